// Proof that a request comes from the account that it names: a challenge, signed with the account's key
// (`threefoldtech/tf-kyc-verifier: internal/middleware/middleware.go`).

import { parseHex } from '../../crypto/hex.ts'
import { decodeSs58 } from '../../crypto/ss58.ts'
import { verifySignature } from '../../crypto/verify.ts'
import { type KycError, kycError } from './errors.ts'

/** What a request shows. */
export interface Credentials {
  /** SS58 address. */
  readonly clientId: string
  /** Hex of `<domain>:<unix timestamp>`. */
  readonly challenge: string
  /** Hex of a signature over the bytes of the challenge. */
  readonly signature: string
}

/** By what a challenge is judged. */
export interface ChallengeRules {
  /** The domains that a challenge may name. */
  readonly domains: readonly string[]
  /** How old it may be, in s. */
  readonly windowSeconds: number
  /** Wall time in s since the Unix epoch. */
  readonly now: number
}

/** The first thing that is wrong with credentials, in upstream's order; null when they are good. */
export function credentialsProblem(given: Credentials, rules: ChallengeRules): KycError | null {
  const { clientId, challenge, signature } = given
  if (clientId === '' || signature === '' || challenge === '') {
    return { status: 400, error: 'missing authentication credentials' }
  }
  return challengeProblem(challenge, rules) ?? signatureProblem(given)
}

function challengeProblem(
  challenge: string,
  { domains, windowSeconds, now }: ChallengeRules,
): KycError | null {
  const invalid = (text: string) => kycError('VALIDATION_ERROR', text)
  const bytes = parseHex(challenge)
  if (!bytes) return invalid('malformed challenge: failed to decode hex-encoded challenge')
  const parts = Buffer.from(bytes).toString('utf8').split(':')
  if (parts.length !== 2) return invalid('malformed challenge: invalid challenge format')
  const [domain, timestamp] = parts as [string, string]
  if (!domains.includes(domain)) return invalid('bad challenge: unexpected domain')
  if (!isInt64(timestamp)) return invalid('bad challenge: invalid timestamp')
  if (now - Number(timestamp) > windowSeconds) return invalid('bad challenge: challenge expired')
  return null
}

function signatureProblem({ clientId, challenge, signature }: Credentials): KycError | null {
  const message = parseHex(challenge)
  const bytes = parseHex(signature)
  if (!message || !bytes) {
    const text = 'malformed signature: failed to decode hex-encoded signature'
    return kycError('VALIDATION_ERROR', text)
  }
  const address = decodeSs58(clientId)
  if (!address.ok) {
    // The missing space is upstream's.
    const text = 'malformed address:failed to decode ss58 address'
    return kycError('VALIDATION_ERROR', text, addressTexts[address.error])
  }
  const claim = { account: address.publicKey, message, signature: bytes }
  const isGood =
    verifySignature({ scheme: 'ed25519', ...claim }) ||
    verifySignature({ scheme: 'sr25519', ...claim })
  if (isGood) return null
  return kycError('AUTHORIZATION_ERROR', 'bad signature: signature does not match')
}

/** What `vedhavyas/go-subkey: ss58.go` says of addresses. */
const addressTexts = {
  BadBase58: 'invalid base58 digit',
  BadLength: 'invalid address length',
  InvalidPrefix: 'invalid address prefix',
  FormatNotAllowed: 'invalid address prefix',
  InvalidChecksum: 'checksum mismatch',
} as const

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n } as const

/** Whether Go's `strconv.ParseInt(text, 10, 64)` takes a text. */
function isInt64(text: string): boolean {
  if (!/^[+-]?\d{1,40}$/.test(text)) return false
  const value = BigInt(text.replace('+', ''))
  return value >= int64.min && value <= int64.max
}
