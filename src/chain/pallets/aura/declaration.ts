// Aura: what it keeps, tells and refuses.

import { boundedVec } from '../../../scale/containers.ts'
import { declarePallet, storageValue } from '../../runtime/declare.ts'
import { AuraId } from '../../types/primitives.ts'
import { Slot } from './types.ts'

/** Whose turn it is to make a block. */
export const aura = declarePallet({
  index: 12,
  name: 'Aura',
  storage: {
    Authorities: storageValue(boundedVec(AuraId, 100), { default: [] }),
    CurrentSlot: storageValue(Slot, { default: 0n }),
  },
  events: {},
  errors: [],
  constants: {},
  paths: {},
})
