// Signatures of the bus: one byte for the scheme, then 64 (`rmb-rs: src/identity`).

import type { KeyPair, Scheme } from '../crypto/keys.ts'
import { verifySignature } from '../crypto/verify.ts'
import { invariant } from '../kernel/errors.ts'
import { challengeOf } from './challenge.ts'
import type { Envelope } from './envelope.ts'
import type { SignatureErrorText } from './errors.ts'

/** The size of a signature with its scheme's byte. */
export const SIGNATURE_SIZE = 65

// An account id does not say which scheme its key belongs to, so the signature does.
const TYPE_BYTE: Partial<Record<Scheme, number>> = { ed25519: 0x65, sr25519: 0x73 }

/** Signs any bytes as the bus does. Only ed25519 and sr25519 have a place on it. */
export function signBytes(pair: KeyPair, message: Uint8Array): Uint8Array {
  const type = TYPE_BYTE[pair.scheme]
  invariant(type !== undefined, 'twins of the bus have ed25519 or sr25519 keys')
  const signature = new Uint8Array(SIGNATURE_SIZE)
  signature[0] = type
  signature.set(pair.sign(message), 1)
  return signature
}

/** What is wrong with a signature over `message`; `undefined` when it is the account's. */
export function checkSignature(
  account: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array | undefined,
): SignatureErrorText | undefined {
  if (signature === undefined) return 'message is not signed'
  if (signature.length !== SIGNATURE_SIZE) {
    return `invalid signature length, expected: 65, found: ${signature.length}`
  }
  const scheme = schemeOf(signature[0]!)
  if (scheme === undefined) return 'invalid signature type (expected either sr25519 or ed25519)'
  const holds = verifySignature({ scheme, account, message, signature: signature.subarray(1) })
  return holds ? undefined : `${scheme} signature verification failed`
}

/** The envelope with the signature of its source's key. */
export function signEnvelope(envelope: Envelope, pair: KeyPair): Envelope {
  return { ...envelope, signature: signBytes(pair, challengeOf(envelope)) }
}

/** What is wrong with an envelope's signature; `undefined` when it is the account's. */
export function checkEnvelopeSignature(
  envelope: Envelope,
  account: Uint8Array,
): SignatureErrorText | undefined {
  return checkSignature(account, challengeOf(envelope), envelope.signature)
}

function schemeOf(type: number): 'ed25519' | 'sr25519' | undefined {
  if (type === TYPE_BYTE.ed25519) return 'ed25519'
  if (type === TYPE_BYTE.sr25519) return 'sr25519'
  return undefined
}
