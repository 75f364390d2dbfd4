// The vectors made by the real RMB client, with types.

import vectorFile from '../../fixtures/vectors/rmb-vectors.json' with { type: 'json' }
import { fromHex } from '../../src/crypto/hex.ts'
import type { KeyPair } from '../../src/crypto/keys.ts'
import { keyPairFromSeed } from '../../src/crypto/keys.ts'
import { parseSecretSeed } from '../../src/crypto/secret-uri.ts'
import type { Address } from '../../src/rmb/address.ts'
import type { Envelope, Message, Payload } from '../../src/rmb/envelope.ts'

type KeyType = 'ed25519' | 'sr25519'

interface PublicKeyVector {
  readonly publicHex: string
  readonly ss58: string
}

/** An envelope as the vectors write it. */
export interface EnvelopeVector {
  readonly uid: string
  readonly tags?: string
  readonly timestamp: number
  readonly expiration: number
  readonly source?: Address
  readonly destination?: Address
  readonly request?: { readonly command: string }
  readonly response?: object
  readonly error?: { readonly code: number; readonly message: string }
  readonly ping?: object
  readonly pong?: object
  readonly signatureHex?: string
  readonly schema?: string
  readonly federation?: string
  readonly plainHex?: string
  readonly cipherHex?: string
  readonly relays?: readonly string[]
}

interface Categories {
  readonly keys: {
    readonly id: string
    readonly secret: string
    readonly miniSecretHex: string
    readonly sr25519: PublicKeyVector
    readonly ed25519: PublicKeyVector
    readonly e2e: { readonly compressedPublicHex: string }
  }
  readonly keyErrors: {
    readonly id: string
    readonly secret: string
    readonly result: { readonly publicKey?: string }
  }
  readonly sharedKey: {
    readonly id: string
    readonly secretA: string
    readonly publicA: string
    readonly secretB: string
    readonly publicB: string
    readonly sharedKeyHex: string
  }
  readonly cipher: {
    readonly id: string
    readonly senderSecret: string
    readonly senderPublic: string
    readonly receiverSecret: string
    readonly receiverPublic: string
    readonly plaintextUtf8: string
    readonly cipherHex: string
    readonly nonceHex: string
  }
  readonly cipherBad: {
    readonly id: string
    readonly note: string
    readonly receiverSecret: string
    readonly senderPublic: string
    readonly cipherHex: string
  }
  readonly challenge: {
    readonly id: string
    readonly note: string
    readonly envelope: EnvelopeVector
    readonly preimageHex: string
    readonly md5Hex: string
  }
  readonly signature: {
    readonly id: string
    readonly note: string
    readonly signerKeyType: KeyType
    readonly signerSecret: string
    readonly sourceTwin: number
    readonly sourceAccountSs58: string
    readonly sourceAccountHex: string
    readonly envelopeHex: string
    readonly signatureHex: string
    readonly challengeMd5Hex: string
    readonly tsClientVerifies: boolean
  }
  readonly protobuf: {
    readonly id: string
    readonly note: string
    readonly envelope: EnvelopeVector
    readonly protobufHex: string
    readonly oneof: { readonly message: string; readonly payload: string }
  }
  readonly protobufDecode: {
    readonly id: string
    readonly note: string
    readonly protobufHex: string
    readonly decoded: {
      readonly uid: string
      readonly timestamp: number
      readonly expiration: number
      readonly hasSource: boolean
      readonly hasDestination: boolean
      readonly message: string
      readonly payload: string
      readonly hasTags: boolean
      readonly tags: string
      readonly hasSignature: boolean
      readonly signatureHex: string
      readonly hasSchema: boolean
      readonly schema: string
      readonly plainHex: string
      readonly cipherHex: string
      readonly relays: readonly string[]
      readonly source?: { readonly twin: number; hasConnection: boolean; connection: string }
      readonly command?: string
      readonly error?: { readonly code: number; readonly message: string }
    }
  }
  readonly jwt: {
    readonly id: string
    readonly keyType: KeyType
    readonly secret: string
    readonly accountSs58: string
    readonly twin: number
    readonly session: string
    readonly clockMs: number
    readonly signingInput: string
    readonly signaturePrefix: string
    readonly deterministic: boolean
    readonly token: string
  }
  readonly relayJwtCheck: {
    readonly id: string
    readonly note: string
    readonly nowSeconds: number
    readonly chain: { readonly twin: number; readonly accountSs58: string }
    readonly query: string | null
    readonly expect: {
      readonly status: number
      readonly session?: { readonly twin: number; readonly sid: string | null }
      readonly body?: string
      readonly bodyPrefix?: string
    }
  }
  readonly clientFrames: {
    readonly id: string
    readonly note: string
    readonly input: {
      readonly keyType: KeyType
      readonly secret: string
      readonly accountSs58: string
      readonly ownTwinPk: string | null
      readonly destSecret?: string
      readonly command?: string
      readonly data?: string
    }
    readonly frameHex: string
    readonly expect: {
      readonly uid: string
      readonly timestamp: number
      readonly expiration: number
      readonly sourceTwin: number
      readonly sourceConnection: string
      readonly destTwin: number
      readonly destHasConnection: boolean
      readonly message: string
      readonly payload: string
      readonly relays: readonly string[]
      readonly hasTags: boolean
      readonly hasFederation: boolean
      readonly schema: string
      readonly signed: boolean
      readonly challengeMd5Hex?: string
      readonly decryptedUtf8?: string
      readonly plainUtf8?: string
    }
  }
  readonly relayStringOnChain: {
    readonly id: string
    readonly relayUrl: string
    readonly twinRelayWrittenByTsClient: string
  }
}

/** The vectors of a category. */
export function rmbVectors<K extends keyof Categories>(category: K): readonly Categories[K][] {
  return vectorFile.categories[category].vectors as unknown as readonly Categories[K][]
}

/** What the real client did with replies of a node. */
export const responseAcceptance = vectorFile.categories.responseAcceptance as unknown as {
  readonly client: { readonly secret: string; readonly twin: number }
  readonly node: { readonly secret: string }
  readonly twins: readonly {
    readonly id: number
    readonly accountSs58: string
    readonly pk: string | null
  }[]
  readonly cases: readonly {
    readonly id: string
    readonly name: string
    readonly destTwin: number
    readonly requestFrameHex: string
    readonly responseHex: string
    readonly outcome: {
      readonly resolve?: unknown
      readonly reject?: string
      readonly message?: string
      readonly pending?: boolean
    }
    readonly unhandledRejection: string | null
  }[]
}

/** A vector's envelope in our terms. */
export function envelopeOf(vector: EnvelopeVector): Envelope {
  const message = messageOf(vector)
  const payload = payloadOf(vector)
  return {
    uid: vector.uid,
    ...(vector.tags === undefined ? {} : { tags: vector.tags }),
    timestamp: BigInt(vector.timestamp),
    expiration: BigInt(vector.expiration),
    ...(vector.source === undefined ? {} : { source: vector.source }),
    ...(vector.destination === undefined ? {} : { destination: vector.destination }),
    ...(message === undefined ? {} : { message }),
    ...(vector.signatureHex === undefined ? {} : { signature: fromHex(vector.signatureHex) }),
    ...(vector.schema === undefined ? {} : { schema: vector.schema }),
    ...(vector.federation === undefined ? {} : { federation: vector.federation }),
    ...(payload === undefined ? {} : { payload }),
    relays: vector.relays ?? [],
  }
}

function messageOf(vector: EnvelopeVector): Message | undefined {
  if (vector.request !== undefined) return { kind: 'request', command: vector.request.command }
  if (vector.response !== undefined) return { kind: 'response' }
  if (vector.error !== undefined) return { kind: 'error', ...vector.error }
  if (vector.ping !== undefined) return { kind: 'ping' }
  if (vector.pong !== undefined) return { kind: 'pong' }
  return undefined
}

function payloadOf(vector: EnvelopeVector): Payload | undefined {
  if (vector.plainHex !== undefined) return { kind: 'plain', bytes: fromHex(vector.plainHex) }
  if (vector.cipherHex !== undefined) return { kind: 'cipher', bytes: fromHex(vector.cipherHex) }
  return undefined
}

/** The seed of a vector's secret. */
export function seedOf(secret: string): Uint8Array {
  return parseSecretSeed(secret)!
}

/** The key pair of a vector's secret. */
export function pairOf(secret: string, keyType: KeyType): KeyPair {
  return keyPairFromSeed(seedOf(secret), keyType)
}
