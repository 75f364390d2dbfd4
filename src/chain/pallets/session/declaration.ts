// Session: what it keeps, tells and refuses.

import { bytes } from '../../../scale/bytes.ts'
import { tuple, vec } from '../../../scale/containers.ts'
import { bool, u32 } from '../../../scale/primitives.ts'
import { declarePallet, storageMap, storageValue, twox64Concat } from '../../runtime/declare.ts'
import { AccountId32 } from '../../types/primitives.ts'
import { KeyTypeId, SessionKeys } from './types.ts'

/** Which keys the authorities use, and from when on. */
export const session = declarePallet({
  index: 11,
  name: 'Session',
  storage: {
    Validators: storageValue(vec(AccountId32), { default: [] }),
    CurrentIndex: storageValue(u32, { default: 0 }),
    QueuedChanged: storageValue(bool, { default: false }),
    QueuedKeys: storageValue(vec(tuple(AccountId32, SessionKeys)), { default: [] }),
    DisabledValidators: storageValue(vec(u32), { default: [] }),
    NextKeys: storageMap([twox64Concat(AccountId32)], SessionKeys),
    KeyOwner: storageMap([twox64Concat(tuple(KeyTypeId, bytes))], AccountId32),
  },
  events: {
    NewSession: { session_index: u32 },
  },
  errors: ['InvalidProof', 'NoAssociatedValidatorId', 'DuplicatedKey', 'NoKeys', 'NoAccount'],
  constants: {},
  paths: {
    calls: { path: ['pallet_session', 'pallet', 'Call'], params: [{ name: 'T', type: null }] },
    events: { path: ['pallet_session', 'pallet', 'Event'] },
    errors: { path: ['pallet_session', 'pallet', 'Error'], params: [{ name: 'T', type: null }] },
  },
})
