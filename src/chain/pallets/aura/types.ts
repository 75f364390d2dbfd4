// Types of Aura.

import { wrapper } from '../../../scale/composite.ts'
import { u64 } from '../../../scale/primitives.ts'

/** A slot of six seconds, in which one authority may make a block. */
export const Slot = wrapper({ path: 'sp_consensus_slots::Slot' }, u64)
