// Types of Validator: requests to become a validator.

import { bytes } from '../../../scale/bytes.ts'
import { struct } from '../../../scale/composite.ts'
import { enumeration } from '../../../scale/enumeration.ts'
import type { ValueOf } from '../../../scale/type.ts'
import { AccountId32 } from '../../types/primitives.ts'

export const ValidatorRequestState = enumeration(
  { path: 'pallet_validator::types::ValidatorRequestState' },
  ['Created', 'Approved', 'Validating'],
)
export type ValidatorRequestState = ValueOf<typeof ValidatorRequestState>

export const Validator = struct(
  { path: 'pallet_validator::types::Validator', params: { AccountId: AccountId32 } },
  {
    validator_node_account: AccountId32,
    stash_account: AccountId32,
    description: bytes,
    tf_connect_id: bytes,
    info: bytes,
    state: ValidatorRequestState,
  },
)
export type Validator = ValueOf<typeof Validator>
