// What the identity provider tells: the end of a verification, signed with a shared key
// (`threefoldtech/tf-kyc-verifier: internal/services/services.go`, ProcessVerificationResult).

import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Hex, parseHex, toHex } from '../../crypto/hex.ts'
import { decodeSs58 } from '../../crypto/ss58.ts'
import { keptData } from './data.ts'
import { type KycError, kycError } from './errors.ts'
import type { KycRecord } from './table.ts'

/** What follows from a message of the provider. */
export type WebhookOutcome =
  | { readonly ok: false; readonly error: KycError }
  /** Null when nothing is to be kept: the verification ran out. */
  | { readonly ok: true; readonly kept: null }
  | { readonly ok: true; readonly kept: { readonly account: Hex; readonly record: KycRecord } }

/** Judges a message: its form first, then its signature, then whom it is about. */
export function verificationUpdate(
  body: Buffer,
  { signature, key, network }: { signature: string; key: string; network: string },
): WebhookOutcome {
  const failed = (error: KycError): WebhookOutcome => ({ ok: false, error })
  const message = objectOf(body)
  if (message === null) return failed({ status: 400, error: 'invalid verification update' })
  const problem = signatureProblem(body, { signature, key })
  if (problem !== null) {
    return failed(kycError('AUTHORIZATION_ERROR', 'verifying callback signature', problem))
  }
  const parts = String(message.clientId ?? '').split(':')
  const address = decodeSs58(parts[0]!)
  if (parts.length < 2 || parts.at(-1) !== network || !address.ok) {
    return failed(kycError('INTERNAL_ERROR', 'invalid clientID'))
  }
  const overall = (message.status as { overall?: unknown } | null | undefined)?.overall
  if (typeof overall !== 'string' || overall === 'EXPIRED') return { ok: true, kept: null }
  const isVerified = overall === 'APPROVED' || overall === 'SUSPECTED'
  const record = {
    status: isVerified ? ('VERIFIED' as const) : ('REJECTED' as const),
    idenfyRef: typeof message.scanRef === 'string' ? message.scanRef.slice(0, 256) : '',
    data: keptData(message.data),
  }
  return { ok: true, kept: { account: toHex(address.publicKey), record } }
}

function objectOf(body: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function signatureProblem(
  body: Buffer,
  { signature, key }: { signature: string; key: string },
): string | null {
  const given = signature.startsWith('0x') ? undefined : parseHex(signature)
  if (!given) return 'encoding/hex: invalid byte'
  const right = createHmac('sha256', key).update(body).digest()
  const isRight = given.length === right.length && timingSafeEqual(given, right)
  return isRight ? null : 'signature verification failed'
}
