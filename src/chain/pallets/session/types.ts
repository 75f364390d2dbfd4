// Types of Session: the keys of an authority.

import { byteArray } from '../../../scale/bytes.ts'
import { struct, wrapper } from '../../../scale/composite.ts'
import type { ValueOf } from '../../../scale/type.ts'
import { AuraId, GrandpaId } from '../../types/primitives.ts'

export const SessionKeys = struct(
  { path: 'tfchain_runtime::opaque::SessionKeys' },
  {
    aura: AuraId,
    grandpa: GrandpaId,
  },
)
export type SessionKeys = ValueOf<typeof SessionKeys>

export const KeyTypeId = wrapper({ path: 'sp_core::crypto::KeyTypeId' }, byteArray(4))
