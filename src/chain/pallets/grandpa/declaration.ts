// Grandpa: what it keeps, tells and refuses.

import { tuple, vec } from '../../../scale/containers.ts'
import { u32, u64 } from '../../../scale/primitives.ts'
import {
  constant,
  declarePallet,
  storageMap,
  storageValue,
  twox64Concat,
} from '../../runtime/declare.ts'
import { GrandpaId } from '../../types/primitives.ts'
import { StoredPendingChange, StoredState } from './types.ts'

/** Which blocks are final. */
export const grandpa = declarePallet({
  index: 13,
  name: 'Grandpa',
  storage: {
    State: storageValue(StoredState, { default: { type: 'Live' } }),
    PendingChange: storageValue(StoredPendingChange),
    NextForced: storageValue(u32),
    Stalled: storageValue(tuple(u32, u32)),
    CurrentSetId: storageValue(u64, { default: 0n }),
    SetIdSession: storageMap([twox64Concat(u64)], u32),
  },
  events: {
    NewAuthorities: { authority_set: vec(tuple(GrandpaId, u64)) },
    Paused: [],
    Resumed: [],
  },
  errors: [
    'PauseFailed',
    'ResumeFailed',
    'ChangePending',
    'TooSoon',
    'InvalidKeyOwnershipProof',
    'InvalidEquivocationProof',
    'DuplicateOffenceReport',
  ],
  constants: {
    MaxAuthorities: constant(u32, 100),
    MaxNominators: constant(u32, 0),
    MaxSetIdSessionEntries: constant(u64, 0n),
  },
  paths: {
    calls: { path: ['pallet_grandpa', 'pallet', 'Call'], params: [{ name: 'T', type: null }] },
    events: { path: ['pallet_grandpa', 'pallet', 'Event'] },
    errors: { path: ['pallet_grandpa', 'pallet', 'Error'], params: [{ name: 'T', type: null }] },
  },
})
