// Whether an extrinsic may enter the pool: the checks in the real node's order, and the reasons for a refusal.

import { fromHex } from '../../crypto/hex.ts'
import { verifySignature } from '../../crypto/verify.ts'
import {
  baseExtrinsicWeight,
  maxBlockLength,
  maxBlockWeight,
  maxNormalLength,
  maxNormalWeight,
} from '../runtime/fees.ts'
import { type SigningContext, signedPayload, type WireExtrinsic } from './extrinsic.ts'

/** `InvalidTransaction`, in index order. */
export const invalidReasons = [
  'Call',
  'Payment',
  'Future',
  'Stale',
  'BadProof',
  'AncientBirthBlock',
  'ExhaustsResources',
  'Custom',
  'BadMandatory',
  'MandatoryValidation',
  'BadSigner',
] as const
export type InvalidReason = (typeof invalidReasons)[number]

/** Why an extrinsic does not enter the pool. */
export type SubmitProblem =
  | { readonly type: 'format'; readonly text: string }
  | { readonly type: 'trap'; readonly text: string }
  | { readonly type: 'invalid'; readonly reason: InvalidReason }
  | { readonly type: 'unknown'; readonly reason: 'CannotLookup' | 'NoUnsignedValidator' }
  | { readonly type: 'imported' }
  | { readonly type: 'lowPriority'; readonly old: bigint; readonly new: bigint }
  | { readonly type: 'full' }

/** What the checks need to know of the chain. */
export interface ValidityView {
  /** Null when the era's birth block is too old for its hash to be known. */
  contextOf(extrinsic: WireExtrinsic): SigningContext | null
  nonceOf(account: string): number
  weightOf(extrinsic: WireExtrinsic): {
    refTime: bigint
    class: 'Normal' | 'Operational' | 'Mandatory'
  }
  /** Whether the account's extrinsics are taken without a valid signature. */
  isImpersonated(account: string): boolean
  /** Whether the account can pay the fee and stay alive. */
  canPay(extrinsic: WireExtrinsic): boolean
}

const zeroAccount = `0x${'00'.repeat(32)}`

/**
 * The first check that a signed extrinsic fails, or null when it is valid. Whether it is signed by its signer is not
 * looked at where that is known.
 */
export function invalidReason(
  extrinsic: WireExtrinsic,
  view: ValidityView,
  isKnownSigned: boolean,
): InvalidReason | null {
  const context = view.contextOf(extrinsic)
  if (!context) return 'AncientBirthBlock'
  const isSigned =
    isKnownSigned ||
    view.isImpersonated(extrinsic.signer) ||
    verifySignature({
      scheme: extrinsic.scheme,
      account: fromHex(extrinsic.signer),
      message: signedPayload(extrinsic, context),
      signature: extrinsic.signature,
    })
  if (!isSigned) return 'BadProof'
  const { refTime, class: dispatchClass } = view.weightOf(extrinsic)
  if (dispatchClass === 'Mandatory') return 'MandatoryValidation'
  if (extrinsic.signer === zeroAccount) return 'BadSigner'
  if (extrinsic.nonce < view.nonceOf(extrinsic.signer)) return 'Stale'
  if (exhausts(extrinsic.bytes.length, refTime, dispatchClass)) return 'ExhaustsResources'
  return view.canPay(extrinsic) ? null : 'Payment'
}

/** Whether an extrinsic is too much for any block. */
export function exhausts(
  length: number,
  refTime: bigint,
  dispatchClass: 'Normal' | 'Operational' | 'Mandatory',
): boolean {
  const isNormal = dispatchClass === 'Normal'
  const weight = refTime + baseExtrinsicWeight
  const maxWeight = isNormal ? maxNormalWeight : maxBlockWeight
  // The largest single extrinsic leaves room for what every block does by itself: a tenth of a block.
  const largest = maxWeight - maxBlockWeight / 10n
  return length > (isNormal ? maxNormalLength : maxBlockLength) || weight > largest
}

/** Priority in the pool (`substrate: frame/transaction-payment/src/lib.rs`, get_priority). */
export function priorityOf(options: {
  length: number
  refTime: bigint
  class: 'Normal' | 'Operational' | 'Mandatory'
  tip: bigint
  fee: bigint
}): bigint {
  const isNormal = options.class === 'Normal'
  const byLength =
    BigInt(isNormal ? maxNormalLength : maxBlockLength) / BigInt(Math.max(1, options.length))
  const bounded = options.refTime < 1n ? 1n : options.refTime
  const byWeight = (isNormal ? maxNormalWeight : maxBlockWeight) / bounded
  const perBlock = byLength < byWeight ? byLength : byWeight
  const scaled = (options.tip + 1n) * perBlock
  return isNormal ? scaled : scaled + options.fee * 5n * perBlock
}
