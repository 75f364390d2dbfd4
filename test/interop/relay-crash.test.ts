// A grid that is killed while messages wait at its relay.

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { keyPairFromUri } from '../../src/crypto/keys.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../../src/rmb/envelope.ts'
import { sealEnvelope } from '../../src/rmb/sealing.ts'
import { makeToken } from '../../src/rmb/token.ts'
import { missingBuild, startUp, type Up } from './support.ts'

const now = () => Math.floor(Date.now() / 1000)

/** A session of a user, which speaks raw envelopes. */
class Session {
  readonly got: Envelope[] = []
  readonly #pair
  readonly #source
  readonly #socket: WebSocket

  constructor({ info }: Up, name: string, session: string) {
    const { mnemonic, twinId } = info.accounts.find(each => each.name === name)!
    const made = keyPairFromUri(mnemonic, 'sr25519')
    if (!made.ok) throw new RangeError(made.error)
    this.#pair = made.pair
    this.#source = { twin: twinId, connection: session }
    const claims = { twin: twinId, session, issuedAt: now(), expiresAt: now() + 60 }
    this.#socket = new WebSocket(`${info.endpoints.relay}?${makeToken(claims, made.pair)}`)
    this.#socket.on('message', data => {
      const decoded = decodeEnvelope(new Uint8Array(data as Buffer))
      if (decoded.ok) this.got.push(decoded.value)
    })
    this.#socket.on('error', () => undefined)
  }

  async open(): Promise<this> {
    await once(this.#socket, 'open')
    return this
  }

  send(fields: Pick<Envelope, 'destination' | 'message'>): string {
    const { uid, bytes } = this.seal(fields)
    this.#socket.send(bytes)
    return uid
  }

  seal(fields: Pick<Envelope, 'destination' | 'message'>): { uid: string; bytes: Uint8Array } {
    const uid = randomUUID()
    const envelope: Envelope = {
      uid,
      timestamp: BigInt(now()),
      expiration: 600n,
      source: this.#source,
      schema: 'application/json',
      payload: { kind: 'plain', bytes: new Uint8Array() },
      relays: [],
      ...fields,
    } as Envelope
    return { uid, bytes: encodeEnvelope(sealEnvelope(envelope, { pair: this.#pair })) }
  }

  /** Resolves when the relay has taken all that was sent, and said all that it had to say. */
  async settle(): Promise<void> {
    const uid = this.send({ destination: { twin: 0 }, message: { kind: 'ping' } })
    await expect
      .poll(
        () => this.got.some(({ message, uid: own }) => message?.kind === 'pong' && own === uid),
        {
          interval: 5,
          timeout: 5_000,
        },
      )
      .toBe(true)
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, 'close')
    this.#socket.terminate()
    await closed
  }
}

describe.skipIf(missingBuild)('a grid that is killed while messages wait', () => {
  const dir = mkdtempSync(join(tmpdir(), 'pocketgrid-'))
  let up: Up
  const start = async () => {
    up = await startUp('--data-dir', dir, '--nodes', '1')
  }
  beforeAll(start, 30_000)
  afterAll(async () => {
    await up.stop()
    rmSync(dir, { recursive: true })
  })
  const twinOf = (name: string) => up.info.accounts.find(each => each.name === name)!.twinId
  const requests = ({ got }: Session) =>
    got.filter(({ message }) => message?.kind === 'request').map(({ uid }) => uid)

  it('has what waits for a session that is away, in order, and each message once', async () => {
    const alice = await new Session(up, 'alice', 'sender').open()
    const to = { twin: twinOf('bob'), connection: 'away' }
    const uids = Array.from({ length: 200 }, () =>
      alice.send({ destination: to, message: { kind: 'request', command: 'test.waits' } }),
    )
    await alice.settle()
    await up.stop('SIGKILL')
    await start()
    const bob = await new Session(up, 'bob', 'away').open()
    await bob.settle()
    expect(requests(bob)).toEqual(uids)
    await bob.settle()
    await up.stop('SIGKILL')
    await start()
    const again = await new Session(up, 'bob', 'away').open()
    await again.settle()
    expect(requests(again)).toEqual([])
    await again.close()
  }, 60_000)

  it("has a node's answer to a caller who went away", async () => {
    const alice = await new Session(up, 'alice', 'caller').open()
    const [node] = up.info.nodes
    const message = { kind: 'request', command: 'zos.system.version' } as const
    await alice.close()
    const { uid, bytes } = alice.seal({ destination: { twin: node!.twinId }, message })
    const { control, relay } = up.info.endpoints
    // It comes as from another relay, so that the caller is away for certain.
    const posted = await fetch(relay.replace('ws:', 'http:'), {
      method: 'POST',
      body: bytes as never,
    })
    expect(posted.status).toBe(202)
    const outcome = async () => {
      const answer = await fetch(`${control}/messages/${uid}`)
      return ((await answer.json()) as { outcome?: string }).outcome
    }
    await expect.poll(outcome, { timeout: 5_000, interval: 10 }).toBe('queued')
    await up.stop('SIGKILL')
    await start()
    const back = await new Session(up, 'alice', 'caller').open()
    await back.settle()
    expect(back.got[0]).toMatchObject({ uid, message: { kind: 'response' } })
    expect(back.got).toHaveLength(2)
    await back.close()
  }, 60_000)
})
