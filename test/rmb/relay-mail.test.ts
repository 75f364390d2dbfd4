// What waits at a relay when its process ends, and is there for the next one.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { queueLifeMs } from '../../src/rmb/bus.ts'
import type { KeptMail, MailStore } from '../../src/rmb/relay/mail-store.ts'
import type { RelayOptions } from '../../src/rmb/relay/relay.ts'
import { person, Stage } from './relay-support.ts'

const alice = person(1)
const bob = person(2)
const node = person(7)

/** A store that outlives relays. */
class Memory implements MailStore {
  readonly mails = new Map<number, KeptMail>()
  #last = 0

  put(mail: KeptMail): number {
    this.#last += 1
    this.mails.set(this.#last, structuredClone(mail))
    return this.#last
  }

  remove(ids: readonly number[]): void {
    for (const id of ids) this.mails.delete(id)
  }

  all() {
    return [...this.mails].map(([id, mail]) => ({ id, mail }))
  }
}

describe('a relay that is killed', () => {
  let mail: Memory
  let stages: Stage[]
  beforeEach(() => {
    mail = new Memory()
    stages = []
  })
  afterEach(async () => {
    for (const stage of stages) await stage.close()
  })

  /** A relay with the messages that an earlier one has kept; a copy, so that the earlier one is dead to it. */
  const start = async (options: Partial<RelayOptions> = {}): Promise<Stage> => {
    const before = mail
    mail = new Memory()
    for (const { mail: each } of before.all()) mail.put(each)
    const people = [
      [alice, 'localhost'],
      [bob, 'localhost'],
      [node, 'far.test'],
    ] as const
    const stage = new Stage({ ...options, mail, people })
    stages.push(stage)
    return stage.listen()
  }

  it('has every message for sessions that were away, in order, each for its own', async () => {
    const first = await start()
    const client = await first.connect(alice)
    const to = [{ twin: 2 }, { twin: 2, connection: 'web' }, { twin: 2, connection: '' }]
    const uids = Array.from({ length: 90 }, (_, i) => client.send(client.request(to[i % 3]!)))
    await client.saidBeforePong()
    const second = await start()
    expect(second.relay.queuedBytes).toBe(first.relay.queuedBytes)
    for (const [i, { connection }] of to.entries()) {
      const other = await second.connect(bob, connection)
      const got = (await other.saidBeforePong()).map(({ uid }) => uid)
      expect(got).toEqual(uids.filter((_, at) => at % 3 === i))
      await second.disconnect(other)
    }
    await expect.poll(() => mail.mails.size).toBe(0)
    expect(second.relay.queuedBytes).toBe(0)
  })

  it('has what the world has sent and was not yet sealed', async () => {
    const first = await start()
    first.addEcho(alice)
    first.driver.enter(() => {
      first.bus.send({
        uid: 'early',
        source: { twin: 1 },
        destination: { twin: 2 },
        expiresAt: first.kernel.now() + 60_000,
        schema: 'application/json',
        body: { type: 'request', command: 'test', payload: '1' },
      })
    })
    first.driver.advance(100)
    // In the same turn of the event loop nothing was sealed yet.
    expect([...mail.mails.values()].map(({ type }) => type)).toEqual(['departure'])
    const second = await start({ secretOfTwin: () => alice })
    const other = await second.connect(bob)
    expect((await other.next()).uid).toBe('early')
    await expect.poll(() => mail.mails.size).toBe(0)
  })

  it('has what waits for another relay', async () => {
    const federation = {
      isHome: (domain: string) => domain !== 'far.test',
      urlOf: () => 'http://127.0.0.1:1/',
    }
    const first = await start({ federation })
    const client = await first.connect(alice)
    client.send(client.request({ twin: 7 }, { expiration: 1n }))
    await client.saidBeforePong()
    expect([...mail.mails.values()].map(({ type }) => type)).toEqual(['relay'])
    const second = await start({ federation })
    second.passWallTime(10_000)
    const again = await second.connect(alice)
    const isRefused = () => second.entries.some(({ kind }) => kind === 'rmb.refused')
    await expect.poll(() => second.relay.sweep() ?? isRefused(), { timeout: 5_000 }).toBe(true)
    expect((await again.next()).message).toMatchObject({ message: 'message has expired' })
    await expect.poll(() => mail.mails.size).toBe(0)
  })

  it('has nothing whose time was over when it came back', async () => {
    const first = await start()
    const client = await first.connect(alice)
    client.send(client.request({ twin: 2 }))
    client.send(client.request({ twin: 2, connection: 'web' }))
    await client.saidBeforePong()
    for (const [id, kept] of mail.mails) {
      if (kept.type === 'departure' || kept.to !== '2') continue
      mail.mails.set(id, { ...kept, at: kept.at - queueLifeMs - 1 })
    }
    const second = await start()
    expect(second.relay.waitingFor({ twin: 2 })).toBe(0)
    expect(second.relay.waitingFor({ twin: 2, connection: 'web' })).toBe(1)
    await expect.poll(() => mail.mails.size).toBe(1)
  })

  it('keeps nothing of what was delivered at once', async () => {
    const first = await start()
    first.addEcho(node)
    const client = await first.connect(alice, 'web')
    for (let i = 0; i < 20; i += 1) {
      client.send(client.request({ twin: 7 }))
      await client.next()
    }
    await expect.poll(() => mail.mails.size).toBe(0)
  })
})
