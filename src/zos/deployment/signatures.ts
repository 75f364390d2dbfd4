// Who signed a deployment: the node's check of every requested signature and of their weight.

import { type SignatureClaim, verifySignature } from '../../crypto/verify.ts'
import { decodeHex } from '../go/hex.ts'
import type { Outcome } from '../outcome.ts'
import type { WorkloadTypes } from '../workloads/workload-type.ts'
import { deploymentHash } from './challenge.ts'
import type { Deployment } from './deployment.ts'

/** The public key of a twin's account as 64 hex digits, or why it cannot be had. */
export type TwinKeyLookup = (twinId: number) => Outcome<string>

/** Checks one signature; the one of `crypto` unless a test brings its own. */
export type SignatureCheck = (claim: SignatureClaim) => boolean

/** The bytes that are signed: the hash, or its text in the tags that browser wallets add. */
function signedMessage(hash: Uint8Array, style: string): Uint8Array {
  if (style !== 'polka-wallet') return hash
  return Buffer.from(`<Bytes>${Buffer.from(hash).toString('hex')}</Bytes>`)
}

/** sr25519 takes the first 64 bytes, padded with zeros; ed25519 takes 64 bytes and nothing else. */
function signatureBytes(scheme: SignatureClaim['scheme'], hex: string): Uint8Array {
  const bytes = Buffer.from(hex, 'hex')
  if (scheme === 'ed25519') return bytes
  const padded = new Uint8Array(64)
  padded.set(bytes.subarray(0, 64))
  return padded
}

/**
 * Why the signatures of a deployment do not do, or nothing. Requests are looked at in order; even an
 * optional signer that did not sign is a failure, as on the real node
 * (threefoldtech/zosbase: pkg/gridtypes/deployment.go).
 */
export function signatureRefusal(
  deployment: Deployment,
  types: WorkloadTypes,
  lookupKey: TwinKeyLookup,
  check: SignatureCheck = verifySignature,
): string | undefined {
  const hash = deploymentHash(deployment, types)
  if (!hash.ok) return hash.error
  const { requests, signatures, signature_style, weight_required } =
    deployment.signature_requirement
  const message = signedMessage(hash.value, signature_style)
  let hasOriginator = false
  let weight = 0n
  for (const request of requests) {
    const isOriginator = request.twin_id === deployment.twin_id
    hasOriginator ||= isOriginator
    const entry = signatures.find(({ twin_id }) => twin_id === request.twin_id)
    if (entry === undefined && (request.required || isOriginator)) {
      return `missing required signature for twin '${request.twin_id}'`
    }
    const key = lookupKey(request.twin_id)
    if (!key.ok) return `failed to get public key for twin '${request.twin_id}': ${key.error}`
    const signature = decodeHex(entry?.signature ?? '')
    if (!signature.ok) return `invalid signature: ${signature.error}`
    const scheme = entry?.signature_type === 'sr25519' ? 'sr25519' : 'ed25519'
    const claim = {
      scheme,
      account: Buffer.from(key.value, 'hex'),
      message,
      signature: signatureBytes(scheme, signature.value),
    } as const
    if (!check(claim)) return 'failed to verify signature'
    weight = BigInt.asUintN(64, weight + request.weight)
  }
  if (!hasOriginator) return 'originator twin id must be in the signature requests'
  if (weight < weight_required) return 'required signature weight is not reached'
  return undefined
}
