// Whole envelopes across the edge: what the real client sends is understood, what we reply it accepts.

import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/crypto/hex.ts'
import { keyPairFromUri } from '../../src/crypto/keys.ts'
import { secp256k1PublicKey } from '../../src/crypto/secp256k1.ts'
import { decodeSs58 } from '../../src/crypto/ss58.ts'
import type { Envelope } from '../../src/rmb/envelope.ts'
import { decodeEnvelope, encodeEnvelope } from '../../src/rmb/envelope.ts'
import type { Outcome } from '../../src/rmb/replies.ts'
import { buildReply, JSON_NULL } from '../../src/rmb/replies.ts'
import type { OpenOptions, SenderKeys } from '../../src/rmb/sealing.ts'
import { openEnvelope, sealEnvelope } from '../../src/rmb/sealing.ts'
import { checkEnvelopeSignature, signEnvelope } from '../../src/rmb/signature.ts'
import { pairOf, responseAcceptance, rmbVectors, seedOf } from './vectors.ts'

function read(hex: string): Envelope {
  const result = decodeEnvelope(fromHex(hex))
  if (!result.ok) expect.unreachable(result.reason)
  return result.value
}

function keysOf(address: string, pk: string | null): SenderKeys {
  const decoded = decodeSs58(address)
  if (!decoded.ok) expect.unreachable(decoded.error)
  return { account: decoded.publicKey, ...(pk === null ? {} : { publicKey: fromHex(pk) }) }
}

describe('frames of the real client', () => {
  it.each(rmbVectors('clientFrames'))('$id: $note', ({ input, frameHex, expect: expected }) => {
    const envelope = read(frameHex)
    expect(encodeEnvelope(envelope)).toEqual(fromHex(frameHex))
    expect({
      uid: envelope.uid,
      timestamp: Number(envelope.timestamp),
      expiration: Number(envelope.expiration),
      source: envelope.source,
      destTwin: envelope.destination?.twin,
      destHasConnection: envelope.destination?.connection !== undefined,
      message: envelope.message?.kind,
      payload: envelope.payload?.kind ?? 'none',
      relays: envelope.relays,
      hasTags: envelope.tags !== undefined,
      hasFederation: envelope.federation !== undefined,
      schema: envelope.schema,
    }).toEqual({
      uid: expected.uid,
      timestamp: expected.timestamp,
      expiration: expected.expiration,
      source: { twin: expected.sourceTwin, connection: expected.sourceConnection },
      destTwin: expected.destTwin,
      destHasConnection: expected.destHasConnection,
      message: expected.message,
      payload: expected.payload,
      relays: expected.relays,
      hasTags: expected.hasTags,
      hasFederation: expected.hasFederation,
      schema: expected.schema,
    })
    if (!expected.signed) return
    const opened = openEnvelope(envelope, {
      now: envelope.timestamp,
      secret: seedOf(input.destSecret!),
      sender: twin =>
        twin === expected.sourceTwin ? keysOf(input.accountSs58, input.ownTwinPk) : undefined,
    })
    if (!opened.ok) expect.unreachable(opened.error.message)
    const { payload, message } = opened.envelope
    expect(message).toEqual({ kind: 'request', command: input.command })
    expect(payload?.kind).toBe('plain')
    expect(Buffer.from(payload!.bytes).toString()).toBe(
      expected.decryptedUtf8 ?? expected.plainUtf8 ?? input.data,
    )
  })
})

describe('replies that the real client judged', () => {
  const { client, node, twins, cases } = responseAcceptance
  const nodePair = pairOf(node.secret, 'ed25519')

  it.each(cases)('$name', ({ responseHex, outcome }) => {
    const response = read(responseHex)
    const sender = twins.find(({ id }) => id === response.source?.twin)
    const resolves = 'resolve' in outcome
    if (sender === undefined) {
      expect(resolves).toBe(false)
      return
    }
    const { account } = keysOf(sender.accountSs58, sender.pk)
    const fault = checkEnvelopeSignature(response, account)
    // The real client tries both schemes whatever the type byte says, and takes the schema for granted.
    const { signature } = response
    const other =
      signature?.length === 65
        ? { ...response, signature: signature.with(0, signature[0] === 0x65 ? 0x73 : 0x65) }
        : response
    const lenient = checkEnvelopeSignature(other, account)
    if (resolves) expect(fault === undefined || lenient === undefined).toBe(true)
    if (outcome.reject === 'InvalidResponse' && response.schema === 'application/json') {
      expect(fault).toBeDefined()
    }
    if (outcome.reject === 'RMBError') {
      const { message } = response
      expect(message?.kind === 'error' && `${message.code} ${message.message}`).toBe(
        outcome.message,
      )
    }
  })

  // Those that a node would send: signed with its ed25519 key, back to the session that asked.
  const ordinary = cases.filter(({ requestFrameHex, responseHex, outcome }) => {
    const { source, destination, signature, payload, federation, relays } = read(responseHex)
    return (
      ('resolve' in outcome || outcome.message === '0 function is not found') &&
      source?.twin === 9 &&
      source.connection === undefined &&
      destination?.connection === read(requestFrameHex).source?.connection &&
      signature?.[0] === 0x65 &&
      checkEnvelopeSignature(read(responseHex), fromHex(nodePair.accountId)) === undefined &&
      payload !== undefined &&
      federation === undefined &&
      relays.length === 0
    )
  })

  it('include ordinary ones, plain and encrypted, successful and not', () => {
    expect(ordinary.length).toBeGreaterThan(8)
    const kinds = ordinary.map(({ responseHex }) => read(responseHex).payload?.kind)
    expect(new Set(kinds)).toEqual(new Set(['plain', 'cipher']))
    expect(ordinary.map(({ name }) => name)).toContain('err-code-zero')
  })

  it.each(ordinary)('carry the same signature when we make them: $name', vector => {
    const response = read(vector.responseHex)
    const { message, timestamp, expiration } = response
    const { payload } = openedByClient(response)
    const outcome: Outcome =
      message?.kind === 'error'
        ? { ok: false, error: message, payload: payload!.bytes }
        : { ok: true, payload: payload!.bytes }
    const from = response.source!
    const reply = buildReply(read(vector.requestFrameHex), outcome, {
      from,
      now: timestamp,
      expiration,
    })
    const sealed = sealEnvelope(reply, { pair: nodePair, ...encryptionOf(response) })
    expect(toHex(sealed.signature!)).toBe(toHex(response.signature!))
    expect(sealed.payload).toEqual(response.payload)
    if ('resolve' in vector.outcome) {
      const value: unknown = JSON.parse(Buffer.from(payload!.bytes).toString())
      expect(value).toEqual(vector.outcome.resolve)
    }
  })

  /** What a node would encrypt with to make this very cipher. */
  function encryptionOf({ payload }: Envelope) {
    if (payload?.kind !== 'cipher') return {}
    const secret = seedOf(node.secret)
    const publicKey = secp256k1PublicKey(seedOf(client.secret))!
    return { encryption: { secret, publicKey, nonce: payload.bytes.subarray(0, 12) } }
  }

  function openedByClient(response: Envelope): Envelope {
    const opened = openEnvelope(response, {
      now: response.timestamp,
      secret: seedOf(client.secret),
      sender: twin => {
        const known = twins.find(({ id }) => id === twin)
        return known === undefined ? undefined : keysOf(known.accountSs58, known.pk)
      },
    })
    if (!opened.ok) expect.unreachable(opened.error.message)
    return opened.envelope
  }
})

describe('crossing the edge', () => {
  const aliceUri = keyPairFromUri('//Alice', 'ed25519')
  if (!aliceUri.ok) expect.unreachable(aliceUri.error)
  const alice = aliceUri.pair
  const aliceSecret = alice.seed!
  const nodeSecret = new Uint8Array(32).fill(3)
  const nodePk = secp256k1PublicKey(nodeSecret)!
  const nonce = new Uint8Array(12).fill(1)
  const keys = { account: fromHex(alice.accountId), publicKey: secp256k1PublicKey(aliceSecret)! }
  const now = 100n
  const options: OpenOptions = {
    now,
    secret: nodeSecret,
    sender: twin => (twin === 7 ? keys : undefined),
  }
  const request: Envelope = {
    uid: 'u',
    timestamp: now,
    expiration: 60n,
    source: { twin: 7, connection: 's' },
    destination: { twin: 9 },
    message: { kind: 'request', command: 'zos.system.version' },
    schema: 'application/json',
    payload: { kind: 'plain', bytes: JSON_NULL },
    relays: [],
  }
  const encryption = { secret: aliceSecret, publicKey: nodePk, nonce }

  it('keeps the content and hides it on the way', () => {
    const sealed = sealEnvelope(request, { pair: alice, encryption })
    expect(sealed.payload?.kind).toBe('cipher')
    const opened = openEnvelope(read(toHex(encodeEnvelope(sealed))), options)
    const { signature, ...content } = opened.ok ? opened.envelope : expect.unreachable()
    expect(content).toEqual(request)
    expect(signature).toHaveLength(65)
    expect(opened).toMatchObject({ fromRelay: false })
  })

  it('encrypts even nothing', () => {
    const { payload: _, ...bare } = request
    const sealed = sealEnvelope(bare, { pair: alice, encryption })
    expect(sealed.payload?.bytes).toHaveLength(28)
    const opened = openEnvelope(sealed, options)
    expect(opened.ok && opened.envelope.payload?.bytes).toHaveLength(0)
  })

  it('sends the error instead of a payload that it cannot encrypt', () => {
    const broken = { ...encryption, publicKey: new Uint8Array(33) }
    const sealed = sealEnvelope(request, { pair: alice, encryption: broken })
    expect(sealed.payload).toBeUndefined()
    expect(sealed.message).toEqual({
      kind: 'error',
      code: 106,
      message: 'e2e error: k256: malformed public key',
    })
    expect(checkEnvelopeSignature(sealed, keys.account)).toBeUndefined()
  })

  it('takes unsigned envelopes of a relay, and says so', () => {
    const { source: _, ...fromRelay } = request
    expect(openEnvelope(fromRelay, options)).toEqual({
      ok: true,
      envelope: fromRelay,
      fromRelay: true,
    })
  })

  const sealed = sealEnvelope(request, { pair: alice, encryption })
  const noKey = { account: keys.account }
  it.each<[string, Envelope, Partial<OpenOptions>, number, string]>([
    [
      'it has expired, whatever else',
      { ...sealed, source: { twin: 8 } },
      { now: 161n },
      102,
      'envelope validation error: message has expired',
    ],
    ['its twin is unknown', { ...sealed, source: { twin: 8 } }, {}, 103, "unknown twin id '8'"],
    ['it is not signed', request, {}, 104, 'invalid envelope signature: message is not signed'],
    [
      'it was changed',
      { ...sealed, uid: 'v' },
      {},
      104,
      'invalid envelope signature: ed25519 signature verification failed',
    ],
    ['its twin has no key', sealed, { sender: () => noKey }, 105, 'sender twin has no public key'],
    [
      'it is for somebody else',
      sealed,
      { secret: new Uint8Array(32).fill(4) },
      106,
      'e2e error: invalid cipher data',
    ],
    [
      'its cipher is too short',
      signEnvelope({ ...request, payload: { kind: 'cipher', bytes: nonce } }, alice),
      {},
      106,
      'e2e error: invalid cipher data',
    ],
  ])('refuses an envelope when %s', (_, envelope, changes, code, message) => {
    expect(openEnvelope(envelope, { ...options, ...changes })).toEqual({
      ok: false,
      error: { code, message },
    })
  })

  it('lets an envelope live through the second of its deadline only as a Go peer', () => {
    const late = { ...options, now: 160n }
    expect(openEnvelope(sealed, late).ok).toBe(true)
    expect(openEnvelope(sealed, { ...late, peer: 'rust' })).toMatchObject({ error: { code: 102 } })
    expect(openEnvelope(sealed, { ...late, now: 159n, peer: 'rust' }).ok).toBe(true)
  })

  it('replies with everything the clients insist on', () => {
    const failure: Outcome = {
      ok: false,
      error: { code: 0, message: 'function is not found' },
      payload: JSON_NULL,
    }
    expect(buildReply(request, failure, { from: { twin: 9 }, now })).toEqual({
      uid: 'u',
      timestamp: now,
      expiration: 300n,
      source: { twin: 9 },
      destination: { twin: 7, connection: 's' },
      message: { kind: 'error', code: 0, message: 'function is not found' },
      schema: 'application/json',
      payload: { kind: 'plain', bytes: JSON_NULL },
      relays: [],
    })
  })
})
