// What the runtime says of an extrinsic before it is in a block: valid, with its place in the pool, or not.

import { bytes } from '../../scale/bytes.ts'
import { struct } from '../../scale/composite.ts'
import { vec } from '../../scale/containers.ts'
import { enumeration, result } from '../../scale/enumeration.ts'
import { bool, u8, u64 } from '../../scale/primitives.ts'
import type { ValueOf } from '../../scale/type.ts'
import { DispatchResult } from './primitives.ts'

const path = 'sp_runtime::transaction_validity'

/** Where an extrinsic came from. */
export const TransactionSource = enumeration({ path: `${path}::TransactionSource` }, [
  'InBlock',
  'Local',
  'External',
])

/** Why an extrinsic can be in no block. */
export const InvalidTransaction = enumeration(
  { path: `${path}::InvalidTransaction` },
  {
    Call: [],
    Payment: [],
    Future: [],
    Stale: [],
    BadProof: [],
    AncientBirthBlock: [],
    ExhaustsResources: [],
    Custom: [u8],
    BadMandatory: [],
    MandatoryValidation: [],
    BadSigner: [],
  },
)
export type InvalidTransaction = ValueOf<typeof InvalidTransaction>

/** Why nothing can be said of an extrinsic. */
export const UnknownTransaction = enumeration(
  { path: `${path}::UnknownTransaction` },
  { CannotLookup: [], NoUnsignedValidator: [], Custom: [u8] },
)
export type UnknownTransaction = ValueOf<typeof UnknownTransaction>

export const TransactionValidityError = enumeration(
  { path: `${path}::TransactionValidityError` },
  { Invalid: [InvalidTransaction], Unknown: [UnknownTransaction] },
)
export type TransactionValidityError = ValueOf<typeof TransactionValidityError>

/** Where a valid extrinsic stands among the others. */
export const ValidTransaction = struct(
  { path: `${path}::ValidTransaction` },
  {
    priority: u64,
    requires: vec(bytes),
    provides: vec(bytes),
    longevity: u64,
    propagate: bool,
  },
)
export type ValidTransaction = ValueOf<typeof ValidTransaction>

export const TransactionValidity = result(ValidTransaction, TransactionValidityError)
export type TransactionValidity = ValueOf<typeof TransactionValidity>

/** What applying an extrinsic gives: it is in no block, or it is in one and did what it did. */
export const ApplyExtrinsicResult = result(DispatchResult, TransactionValidityError)
export type ApplyExtrinsicResult = ValueOf<typeof ApplyExtrinsicResult>
