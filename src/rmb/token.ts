// The token that opens a connection to a relay: a JWT signed with the twin's account key (`rmb-rs: src/token`).

import type { KeyPair } from '../crypto/keys.ts'
import type { Address } from './address.ts'
import type { HttpRefusal } from './errors.ts'
import { httpRefusals } from './errors.ts'
import { decodeBase64Url, encodeBase64Url } from './internal/base64url.ts'
import type { Fields, ObjectType } from './internal/serde-json.ts'
import { readSerdeObject } from './internal/serde-json.ts'
import { checkSignature, signBytes } from './signature.ts'

/** What a token says. */
export interface TokenClaims {
  readonly twin: number
  /** The session's name; absent for the twin's session without one. */
  readonly session?: string
  /** Unix time in seconds. */
  readonly issuedAt: number
  readonly expiresAt: number
}

// The algorithm's name is a convention of the bus; the signature is made as all others on it.
const ALGORITHM = 'RS512'

/** A signed token, its claims in the order of the TypeScript client. */
export function makeToken(claims: TokenClaims, pair: KeyPair): string {
  const header = encodeBase64Url(JSON.stringify({ alg: ALGORITHM, typ: 'JWT' }))
  const body = encodeBase64Url(
    JSON.stringify({
      sub: claims.twin,
      iat: claims.issuedAt,
      exp: claims.expiresAt,
      sid: claims.session,
    }),
  )
  const signed = `${header}.${body}`
  return `${signed}.${encodeBase64Url(signBytes(pair, Buffer.from(signed)))}`
}

/** What the chain knows of a twin: its account (32 bytes), nothing, or a failure to look. */
export type TwinLookup = { readonly account: Uint8Array } | { readonly failed: string } | undefined

/** The session that a token opens, or the HTTP answer that refuses the connection. */
export type TokenVerdict =
  | { readonly ok: true; readonly session: Address; readonly claims: TokenClaims }
  | { readonly ok: false; readonly refusal: HttpRefusal }

/** What a relay brings along to judge a token. */
export interface TokenCheck {
  /** Wall-clock time in seconds. */
  readonly now: bigint
  readonly findTwin: (twin: number) => TwinLookup
}

/**
 * Judges the query string of a request for a WebSocket (all of it is the token; `undefined` when the
 * URL has none), in the order of `rmb-rs: src/relay/api.rs`.
 */
export function checkToken(query: string | undefined, { now, findTwin }: TokenCheck): TokenVerdict {
  if (query === undefined) return refuse(httpRefusals.missingJwt())
  const parsed = parseToken(query)
  if (!parsed.ok) return refuse(httpRefusals.invalidJwt(`jwt: ${parsed.error}`))
  const { token } = parsed
  if (now > token.expiresAt) return refuse(httpRefusals.invalidJwt('jwt has expired'))
  const twin = findTwin(token.twin)
  if (twin === undefined) return refuse(httpRefusals.twinNotFound(token.twin))
  if ('failed' in twin) return refuse(httpRefusals.twinLookupFailed(twin.failed))
  const fault = signatureFault(token, twin.account)
  if (fault !== undefined) return refuse(httpRefusals.invalidJwt(`jwt: ${fault}`))
  const { session } = token
  const named = session === undefined ? {} : { connection: session }
  const claims = {
    twin: token.twin,
    issuedAt: Number(token.issuedAt),
    expiresAt: Number(token.expiresAt),
    ...(session === undefined ? {} : { session }),
  }
  return { ok: true, session: { twin: token.twin, ...named }, claims }
}

const refuse = (refusal: HttpRefusal): TokenVerdict => ({ ok: false, refusal })

interface ParsedToken {
  readonly algorithm: string
  readonly twin: number
  readonly session: string | undefined
  readonly issuedAt: bigint
  readonly expiresAt: bigint
  readonly signedText: string
  readonly signature: string
}

type Parsed =
  | { readonly ok: true; readonly token: ParsedToken }
  | { readonly ok: false; readonly error: string }

// `rust-jwt: src/algorithm/mod.rs` (`AlgorithmType`): the names that parse, and how each is printed.
const ALGORITHMS = [
  ...['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512'],
  ...['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'none'],
]

// `rust-jwt: src/header.rs`.
const HEADER: ObjectType = {
  name: 'Header',
  fields: {
    alg: { kind: 'variant', optional: false, names: ALGORITHMS },
    kid: { kind: 'string', optional: true },
    typ: { kind: 'variant', optional: true, names: ['JWT'] },
    cty: { kind: 'variant', optional: true, names: ['JWT'] },
  },
}

// `rmb-rs: src/token/mod.rs`.
const CLAIMS: ObjectType = {
  name: 'Claims',
  fields: {
    sub: { kind: 'u32' },
    sid: { kind: 'string', optional: true },
    iat: { kind: 'u64' },
    exp: { kind: 'u64' },
  },
}

// `rust-jwt: src/error.rs`.
function parseToken(text: string): Parsed {
  const [headerText, claimsText, signature, ...more] = text.split('.')
  if (claimsText === undefined) return failed('No claims component found in token string')
  if (signature === undefined) return failed('No signature component found in token string')
  if (more.length > 0) return failed('Too many components found in token string')
  const header = readPart(headerText!, HEADER)
  if (!header.ok) return header
  const claims = readPart(claimsText, CLAIMS)
  if (!claims.ok) return claims
  const token = {
    algorithm: header.fields.get('alg') as string,
    twin: Number(claims.fields.get('sub')),
    session: (claims.fields.get('sid') as string | null) ?? undefined,
    issuedAt: claims.fields.get('iat') as bigint,
    expiresAt: claims.fields.get('exp') as bigint,
    signedText: `${headerText}.${claimsText}`,
    signature,
  }
  return { ok: true, token }
}

const failed = (error: string) => ({ ok: false, error }) as const

type Part =
  | { readonly ok: true; readonly fields: Fields }
  | { readonly ok: false; readonly error: string }

function readPart(text: string, type: ObjectType): Part {
  const decoded = decodeBase64Url(text)
  if (!decoded.ok) return decoded
  return readSerdeObject(decoded.bytes, type)
}

function signatureFault(token: ParsedToken, account: Uint8Array): string | undefined {
  if (token.algorithm !== ALGORITHM) {
    return `Expected algorithm type ${debugName(token.algorithm)} but found ${debugName(ALGORITHM)}`
  }
  const signature = decodeBase64Url(token.signature)
  if (!signature.ok) return signature.error
  const fault = checkSignature(account, Buffer.from(token.signedText), signature.bytes)
  return fault === undefined ? undefined : 'Invalid signature'
}

/** `RS512` as Rust prints the variant's name, `Rs512`. */
function debugName(algorithm: string): string {
  return algorithm.charAt(0).toUpperCase() + algorithm.slice(1).toLowerCase()
}
