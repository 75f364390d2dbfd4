// Checks a signature against an account, for each scheme that the chain knows.

import { ed25519Verify } from './ed25519.ts'
import { blake2b256 } from './hash.ts'
import { srVerify } from './internal/wasm.ts'
import type { Scheme } from './keys.ts'
import { secp256k1Recover } from './secp256k1.ts'

/** What is claimed: that `account` signed `message`. */
export interface SignatureClaim {
  readonly scheme: Scheme
  /** The 32-byte account id (for ed25519 and sr25519 the public key), or an ecdsa key of 33 bytes. */
  readonly account: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/** Whether the claim holds. False for bytes of any wrong size or kind; never throws. */
export function verifySignature({ scheme, account, message, signature }: SignatureClaim): boolean {
  switch (scheme) {
    case 'ed25519':
      return ed25519Verify(account, message, signature)
    case 'sr25519':
      if (account.length !== 32 || signature.length !== 64) return false
      return srVerify(account, message, signature)
    case 'ecdsa': {
      const signer = secp256k1Recover(blake2b256(message), signature)
      if (signer === undefined) return false
      return equalBytes(account, account.length === 33 ? signer : blake2b256(signer))
    }
  }
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
