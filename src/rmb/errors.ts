// Every error text and code of the bus: of peers (numbered), of the relay's envelopes, and of its HTTP answers.

/** An error as an envelope carries it. */
export interface RmbError {
  readonly code: number
  readonly message: string
}

/**
 * What a peer finds wrong with an envelope: `rmb-rs: src/peer/protocol.rs` (`ProtocolError`). A
 * request is answered with code and text; anything else is only logged.
 */
export const protocolErrors = {
  /** A frame that is not binary. */
  invalidMessage: (): RmbError => ({ code: 100, message: 'invalid message payload type' }),
  /** Bytes that are not an envelope. */
  invalidPayload: (reason: WireErrorText): RmbError => ({
    code: 101,
    message: `invalid message payload data: ${reason}`,
  }),
  expired: (): RmbError => ({
    code: 102,
    message: 'envelope validation error: message has expired',
  }),
  unknownTwin: (twin: number): RmbError => ({ code: 103, message: `unknown twin id '${twin}'` }),
  invalidSignature: (reason: SignatureErrorText): RmbError => ({
    code: 104,
    message: `invalid envelope signature: ${reason}`,
  }),
  /** A cipher from a twin whose key nobody knows. */
  noPublicKey: (): RmbError => ({ code: 105, message: 'sender twin has no public key' }),
  endToEnd: (reason: CipherErrorText): RmbError => ({
    code: 106,
    message: `e2e error: ${reason}`,
  }),
  /** Trouble with the chain or a store, for example `failed to get twin information`. */
  other: (reason: string): RmbError => ({ code: 500, message: `other: ${reason}` }),
} as const

/** What is wrong with bytes that should be a protobuf message: `rust-protobuf: protobuf/src/error.rs`. */
export type WireErrorText =
  | 'Unexpected EOF'
  | 'Truncated message'
  | 'Incorrect varint'
  | 'Incorrect tag'
  | 'Unexpected wire type'
  | 'Invalid UTF-8 sequence'
  | 'Over recursion limit'

/** What is wrong with a signature: `rmb-rs: src/identity`, `src/types/mod.rs`. */
export type SignatureErrorText =
  | 'message is not signed'
  | `invalid signature length, expected: 65, found: ${number}`
  | 'invalid signature type (expected either sr25519 or ed25519)'
  | 'sr25519 signature verification failed'
  | 'ed25519 signature verification failed'

/** What is wrong with a cipher or with the keys to it: `rmb-rs: src/peer/e2e/mod.rs`. */
export type CipherErrorText =
  | 'invalid cipher data'
  | 'k256: malformed public key'
  | 'k256: malformed or out-of-range secret key'

/** What the relay answers to a request that it does not pass on, under code 0: `rmb-rs: src/relay/api.rs`. */
export const relayErrors = {
  rateLimited: 'exceeded rate limits, dropping message',
  wrongSource: 'message wrong source',
  missingDestination: 'message with missing destination',
  unknownDestination: 'unknown twin destination',
  relayNotSet: 'relay info is not set for this twin',
  destinationOffline: 'destination offline',
  routeFailed: (peer: string, reason: string) =>
    `failed to route message to peer '${peer}': ${reason}`,
  /** From the federation workers. */
  expired: 'message has expired',
  rejectedPermanently: (reason: string) => `remote relay rejected permanently: ${reason}`,
  selfTwinNotFound: 'self twin not found!',
  federationRelayNotSet: 'relay is not set for this twin',
} as const

/** An HTTP answer of the relay: a status and a plain text without content type. */
export interface HttpRefusal {
  readonly status: number
  readonly body: string
}

/** The HTTP answers that refuse something: `rmb-rs: src/relay/mod.rs` (`HttpError`). */
export const httpRefusals = {
  missingJwt: (): HttpRefusal => ({ status: 400, body: 'missing jwt' }),
  invalidJwt: (reason: string): HttpRefusal => ({ status: 401, body: `invalid jwt: ${reason}` }),
  twinLookupFailed: (reason: string): HttpRefusal => ({
    status: 500,
    body: `failed to get twin: ${reason}`,
  }),
  twinNotFound: (twin: number): HttpRefusal => ({ status: 401, body: `twin not found ${twin}` }),
  pageNotFound: (): HttpRefusal => ({ status: 404, body: 'page not found' }),
  badRequest: (reason: string): HttpRefusal => ({ status: 400, body: `bad request: ${reason}` }),
  destinationOffline: (): HttpRefusal => ({ status: 404, body: relayErrors.destinationOffline }),
  switchError: (reason: string): HttpRefusal => ({ status: 500, body: `switch error: ${reason}` }),
} as const
