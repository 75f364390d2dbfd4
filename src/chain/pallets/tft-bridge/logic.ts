// What mints, burns and refunds of the bridge share: validators, their majority, and the signatures that they collect.

import { searchSorted } from '../../runtime/sorted.ts'
import type { Tx } from '../../runtime/tx.ts'
import type { AccountId } from '../../types/primitives.ts'
import type { tftBridge } from './declaration.ts'
import type { StellarSignature } from './types.ts'

export type BridgeTx = Tx<typeof tftBridge>

/** Fails unless the signer is a validator; found by halves, as upstream does. */
export function ensureValidator(tx: BridgeTx): AccountId {
  const account = tx.signer()
  if (!searchSorted(tx.state.Validators.get(), account).isFound) {
    throw tx.error('ValidatorNotExists')
  }
  return account
}

/** How many votes or signatures decide: more than half of the validators. */
export function majority(tx: BridgeTx): number {
  return Math.floor(tx.state.Validators.get().length / 2) + 1
}

/** A record that collects signatures. */
interface Signable {
  readonly signatures: readonly StellarSignature[]
  readonly sequence_number: bigint
}

/** A signature with the sequence number of the Stellar transaction that it signs. */
export interface GivenSignature extends StellarSignature {
  readonly sequence_number: bigint
}

/** Adds a signature, one of each key and each value, to a record that does not have exactly enough. */
export function withSignature<R extends Signable>(
  tx: BridgeTx,
  record: R,
  given: GivenSignature,
  errors: {
    readonly enough: 'EnoughBurnSignaturesPresent' | 'EnoughRefundSignaturesPresent'
    readonly exists: 'BurnSignatureExists' | 'RefundSignatureExists'
  },
): { record: R; added: StellarSignature; isReady: boolean } {
  const { signature, stellar_pub_key, sequence_number } = given
  const enough = majority(tx)
  if (record.signatures.length === enough) throw tx.error(errors.enough)
  const isKnown = record.signatures.some(
    each => each.stellar_pub_key === stellar_pub_key || each.signature === signature,
  )
  if (isKnown) throw tx.error(errors.exists)
  const added = { signature, stellar_pub_key }
  const signatures = [...record.signatures, added]
  return {
    record: { ...record, sequence_number, signatures },
    added,
    isReady: signatures.length >= enough,
  }
}
