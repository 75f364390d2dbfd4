// Extrinsics: what travels in a block, how its bytes are read and made, and what its signer signs.

import { blake2b256 } from '../../crypto/hash.ts'
import { toHex } from '../../crypto/hex.ts'
import type { Scheme as SignatureScheme } from '../../crypto/keys.ts'
import { encodeToBytes } from '../../scale/codec.ts'
import { ScaleError } from '../../scale/errors.ts'
import { ScaleReader } from '../../scale/reader.ts'
import { ScaleWriter } from '../../scale/writer.ts'
import type { ChainCall } from '../runtime/outer.ts'
import { RuntimeCall } from '../types/outer.ts'
import type { AccountId32 as AccountId } from '../types/primitives.ts'
import { type Era, eraFromBytes, eraToBytes, immortal } from './era.ts'

/** What came over a socket: signed, with its bytes. */
export interface WireExtrinsic {
  readonly origin: 'wire'
  readonly signer: AccountId
  readonly scheme: SignatureScheme
  readonly signature: Uint8Array
  readonly era: Era
  readonly nonce: number
  readonly tip: bigint
  readonly call: ChainCall
  readonly callBytes: Uint8Array
  /** Whole, with the length prefix. */
  readonly bytes: Uint8Array
  /** BLAKE2b-256 of the bytes. */
  readonly hash: string
}

/** What a party of this process submitted: a plain value, trusted, signed only if somebody outside asks. */
export interface TrustedExtrinsic {
  readonly origin: 'trusted'
  readonly signer: AccountId
  readonly tip: bigint
  readonly call: ChainCall
}

/** Where signed bytes go wrong, as far as the outside can tell. */
export type ExtrinsicProblem =
  /** Not a length-prefixed blob. */
  | { readonly type: 'format'; readonly text: string }
  /** The runtime cannot decode it: on the real chain the validation traps. */
  | { readonly type: 'trap'; readonly text: string }
  /** The signer's address is not an account id. */
  | { readonly type: 'lookup' }
  /** Decodes, but is not signed. */
  | { readonly type: 'unsigned'; readonly call: ChainCall }

export type DecodedExtrinsic =
  | { readonly ok: true; readonly extrinsic: WireExtrinsic }
  | { readonly ok: false; readonly problem: ExtrinsicProblem }

/** The largest extrinsic that fits a block, in bytes (`tfchain: substrate-node/runtime/src/lib.rs`, BlockLength). */
export const maxExtrinsicLength = 5 * 1024 * 1024

/** Reads the bytes of an extrinsic. */
export function decodeExtrinsic(bytes: Uint8Array): DecodedExtrinsic {
  const input = new ScaleReader(bytes)
  try {
    const length = input.compact()
    if (length !== input.remaining) {
      const text =
        length > input.remaining
          ? 'Not enough data to fill buffer'
          : 'Input buffer has still data left after decoding!'
      return { ok: false, problem: { type: 'format', text } }
    }
  } catch (cause) {
    if (!(cause instanceof ScaleError)) throw cause
    return { ok: false, problem: { type: 'format', text: 'Not enough data to fill buffer' } }
  }
  try {
    return decodeBody(input, bytes)
  } catch (cause) {
    if (!(cause instanceof ScaleError)) throw cause
    return { ok: false, problem: { type: 'trap', text: cause.message } }
  }
}

function decodeBody(input: ScaleReader, bytes: Uint8Array): DecodedExtrinsic {
  const version = input.u8()
  if (version === 0x04) {
    const call = RuntimeCall.decode(input)
    input.expectEnd()
    return { ok: false, problem: { type: 'unsigned', call } }
  }
  if (version !== 0x84) throw new ScaleError('badValue', `Invalid transaction version ${version}`)
  const signer = decodeAddress(input)
  const { scheme, signature } = decodeSignature(input)
  const era = decodeEra(input)
  const nonce = input.compact()
  const tip = input.compactBig(128)
  const callStart = input.offset
  const call = RuntimeCall.decode(input)
  input.expectEnd()
  if (signer === null) return { ok: false, problem: { type: 'lookup' } }
  const callBytes = bytes.subarray(callStart)
  const hash = toHex(blake2b256(bytes))
  return {
    ok: true,
    extrinsic: {
      origin: 'wire',
      signer,
      scheme,
      signature,
      era,
      nonce,
      tip,
      call,
      callBytes,
      bytes,
      hash,
    },
  }
}

/** `MultiAddress`: only the first variant, an account id, can sign on TFChain; the others read as null. */
function decodeAddress(input: ScaleReader): AccountId | null {
  const variant = input.u8()
  switch (variant) {
    case 0:
      return input.hex(32)
    case 1:
      return null
    case 2:
      input.raw(input.listLength())
      return null
    case 3:
      input.raw(32)
      return null
    case 4:
      input.raw(20)
      return null
    default:
      throw new ScaleError('badValue', `MultiAddress has no variant ${variant}`)
  }
}

function decodeSignature(input: ScaleReader): { scheme: SignatureScheme; signature: Uint8Array } {
  const variant = input.u8()
  if (variant === 0) return { scheme: 'ed25519', signature: input.raw(64) }
  if (variant === 1) return { scheme: 'sr25519', signature: input.raw(64) }
  if (variant === 2) return { scheme: 'ecdsa', signature: input.raw(65) }
  throw new ScaleError('badValue', `MultiSignature has no variant ${variant}`)
}

function decodeEra(input: ScaleReader): Era {
  const first = input.u8()
  if (first === 0) return immortal
  const era = eraFromBytes(first, input.u8())
  if (!era) throw new ScaleError('badValue', 'Invalid period and phase')
  return era
}

/** What the signed payload needs of the chain. */
export interface SigningContext {
  readonly specVersion: number
  readonly transactionVersion: number
  /** `0x` hex. */
  readonly genesisHash: string
  /** Hash of the era's birth block; the genesis hash when immortal. */
  readonly birthHash: string
}

/** The bytes that the signer signs: the payload, or its hash when it is longer than 256 bytes. */
export function signedPayload(
  parts: { callBytes: Uint8Array; era: Era; nonce: number; tip: bigint },
  context: SigningContext,
): Uint8Array {
  const out = new ScaleWriter()
  out.raw(parts.callBytes)
  out.raw(eraToBytes(parts.era))
  out.compact(parts.nonce)
  out.compactBig(parts.tip)
  out.u32(context.specVersion)
  out.u32(context.transactionVersion)
  out.hex(context.genesisHash as `0x${string}`, 32)
  out.hex(context.birthHash as `0x${string}`, 32)
  const payload = out.toBytes()
  return payload.length > 256 ? blake2b256(payload) : payload
}

const schemeVariant: Record<SignatureScheme, number> = { ed25519: 0, sr25519: 1, ecdsa: 2 }

/** The bytes of a signed extrinsic, with the length prefix. */
export function encodeSigned(parts: {
  signer: AccountId
  scheme: SignatureScheme
  signature: Uint8Array
  era: Era
  nonce: number
  tip: bigint
  callBytes: Uint8Array
}): Uint8Array {
  const out = new ScaleWriter()
  out.u8(0x84)
  out.u8(0)
  out.hex(parts.signer, 32)
  out.u8(schemeVariant[parts.scheme])
  out.raw(parts.signature)
  out.raw(eraToBytes(parts.era))
  out.compact(parts.nonce)
  out.compactBig(parts.tip)
  out.raw(parts.callBytes)
  return withLength(out.toBytes())
}

/** The bytes of an unsigned extrinsic (an inherent), with the length prefix. */
export function encodeUnsigned(call: ChainCall): Uint8Array {
  const callBytes = encodeToBytes(RuntimeCall, call)
  const body = new Uint8Array(1 + callBytes.length)
  body[0] = 0x04
  body.set(callBytes, 1)
  return withLength(body)
}

function withLength(body: Uint8Array): Uint8Array {
  const out = new ScaleWriter()
  out.compact(body.length)
  out.raw(body)
  return out.toBytes()
}

/** The length in bytes that a trusted extrinsic has once it is signed (ed25519 or sr25519, immortal). */
export function signedLength(callLength: number, nonce: number, tip: bigint): number {
  const body = 1 + 33 + 65 + 1 + compactLength(nonce) + compactLength(tip) + callLength
  return body + compactLength(body)
}

function compactLength(value: bigint | number): number {
  if (value < 64) return 1
  if (value < 16384) return 2
  if (value < 1073741824) return 4
  return 1 + Math.max(4, Math.ceil(value.toString(16).length / 2))
}
