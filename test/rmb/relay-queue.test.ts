// What waits for a session that is away: order, bounds, time to live, and delivery at least once.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { queueLifeMs, queueLimit } from '../../src/rmb/bus.ts'
import type { Connection } from '../../src/rmb/relay/internal/connection.ts'
import { framesInFlight } from '../../src/rmb/relay/internal/connection.ts'
import { backPressureMs, Mailbox, type Parcel } from '../../src/rmb/relay/internal/mailbox.ts'
import { type Client, person, Stage } from './relay-support.ts'

const alice = person(1)
const bob = person(2)

describe('the queue of a session', () => {
  let stage: Stage
  let client: Client
  beforeEach(async () => {
    stage = await new Stage().listen()
    stage.add(alice)
    stage.add(bob)
    client = await stage.connect(alice)
  })
  afterEach(() => stage.close())

  it('is delivered in order when the session comes, and is empty then', async () => {
    const uids = Array.from({ length: 600 }, () => client.send(client.request({ twin: 2 })))
    await client.saidBeforePong()
    expect(stage.relay.waitingFor({ twin: 2 })).toBe(600)
    const other = await stage.connect(bob)
    expect((await other.saidBeforePong()).map(({ uid }) => uid)).toEqual(uids)
    expect(stage.relay.waitingFor({ twin: 2 })).toBeLessThanOrEqual(1)
  })

  it('loses nothing between a hundred sessions with ten messages each', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `s${i}`)
    const sessions = await Promise.all(names.map(name => stage.connect(bob, name)))
    const wanted = names.map(() => [] as string[])
    for (let round = 0; round < 10; round += 1) {
      names.forEach((connection, i) => {
        wanted[i]!.push(client.send(client.request({ twin: 2, connection })))
      })
    }
    await client.saidBeforePong()
    for (const [i, session] of sessions.entries()) {
      expect((await session.saidBeforePong()).map(({ uid }) => uid)).toEqual(wanted[i])
    }
    await client.saidBeforePong()
    expect(stage.relay.queuedBytes).toBeLessThan(2000)
  })

  it('ends an hour after its last message, not after its first', async () => {
    const first = client.send(client.request({ twin: 2 }))
    await client.saidBeforePong()
    stage.passWallTime(queueLifeMs - 5000)
    const second = client.send(client.request({ twin: 2 }))
    await client.saidBeforePong()
    stage.passWallTime(queueLifeMs - 5000)
    const other = await stage.connect(bob, 'other')
    expect(await other.saidBeforePong()).toEqual([])
    expect(stage.relay.waitingFor({ twin: 2 })).toBe(2)
    stage.passWallTime(5001)
    stage.relay.sweep()
    expect(stage.relay.waitingFor({ twin: 2 })).toBe(0)
    for (const uid of [first, second]) {
      expect(stage.story(uid)).toEqual(['rmb.sent', 'rmb.queued', 'rmb.expired'])
    }
  })

  it('keeps messages past their own deadline: that is the receiver’s business', async () => {
    client.send(client.request({ twin: 2 }, { expiration: 1n }))
    await client.saidBeforePong()
    stage.passWallTime(60_000)
    const other = await stage.connect(bob)
    expect((await other.next()).expiration).toBe(1n)
  })

  it('does not keep more bytes than the relay may', async () => {
    await stage.close()
    stage = await new Stage({ maxQueuedBytes: 10_000 }).listen()
    stage.add(alice)
    stage.add(bob)
    client = await stage.connect(alice)
    const data = JSON.stringify('x'.repeat(6000))
    client.send(client.request({ twin: 2 }, { data }))
    const uid = client.send(client.request({ twin: 2 }, { data }))
    expect(await client.next()).toMatchObject({
      uid,
      message: {
        code: 0,
        message: expect.stringMatching(/^failed to route message to peer '2': redis error: OOM/),
      },
    })
    expect(stage.relay.waitingFor({ twin: 2 })).toBe(1)
    const other = await stage.connect(bob)
    expect(await other.saidBeforePong()).toHaveLength(1)
    await client.saidBeforePong()
    expect(stage.relay.queuedBytes).toBeLessThan(1000)
  })

  it('survives its connection: what was not written comes with the next one', async () => {
    const other = await stage.connect(bob)
    other.socket.pause()
    const data = JSON.stringify('x'.repeat(1_000_000))
    const uids = Array.from({ length: 40 }, () =>
      client.send(client.request({ twin: 2 }, { data })),
    )
    await client.saidBeforePong()
    const waiting = stage.relay.waitingFor({ twin: 2 })
    expect(waiting).toBeGreaterThan(0)
    const replacement = await stage.connect(bob)
    const rest = await replacement.saidBeforePong()
    expect(rest.map(({ uid }) => uid)).toEqual(uids.slice(-waiting))
    expect(stage.relay.connections).toBe(2)
  })
})

/** A connection whose writes end when the test says so. */
class SlowConnection {
  readonly given: string[] = []
  readonly #written: ((isWritten: boolean) => void)[] = []

  get canTake(): boolean {
    return this.#written.length < framesInFlight
  }

  send(bytes: Uint8Array, written: (isWritten: boolean) => void): void {
    this.given.push(new TextDecoder().decode(bytes))
    this.#written.push(written)
  }

  isFlushed = false

  write(count: number, isWritten = true): void {
    for (const written of this.#written.splice(0, count)) written(isWritten)
  }

  asConnection(): Connection {
    return this as unknown as Connection
  }
}

describe('a mailbox', () => {
  let now = 0
  let weight = 0
  let lost: string[] = []
  let kept = new Set<number>()
  let box: Mailbox
  beforeEach(() => {
    now = 0
    weight = 0
    lost = []
    kept = new Set()
    box = new Mailbox({ twin: 1 }, '1', {
      now: () => now,
      enter: body => body(),
      queued: () => undefined,
      sent: () => undefined,
      lost: (_, { uid }, reason) => lost.push(`${uid} ${reason}`),
      keep: (_, { uid }) => {
        kept.add(Number(uid))
        return Number(uid)
      },
      forget: uid => kept.delete(uid),
      weigh: bytes => {
        weight += bytes
      },
    })
  })
  const parcel = (uid: string | number): Parcel => ({
    uid: String(uid),
    what: 'test',
    bytes: new TextEncoder().encode(String(uid)),
  })
  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => String(from + i))

  it('drops its oldest message when it is full', () => {
    for (let i = 0; i < queueLimit + 3; i += 1) box.push(parcel(i))
    expect(box.length).toBe(queueLimit)
    expect(lost).toEqual(['0 full', '1 full', '2 full'])
    const connection = new SlowConnection()
    box.connect(connection.asConnection())
    expect(connection.given[0]).toBe('3')
  })

  it('keeps over a crash exactly what the system has not taken', () => {
    const connection = new SlowConnection()
    for (let i = 0; i < 600; i += 1) box.push(parcel(i))
    expect(kept.size).toBe(600)
    box.connect(connection.asConnection())
    connection.write(100)
    expect([...kept]).toEqual(numbers(100, 600).map(Number))
    while (box.length > 0) connection.write(50)
    expect(kept.size).toBe(0)
    box.push(parcel(600))
    expect([...kept]).toEqual([600])
    connection.write(1)
    // What a socket takes at once needs no other place.
    connection.isFlushed = true
    box.push(parcel(601))
    expect(kept.size).toBe(0)
    now = queueLifeMs + 1
    box.disconnect()
    box.push(parcel(602))
    now += queueLifeMs + 1
    box.expire()
    expect(kept.size).toBe(0)
  })

  it('gives a connection a bounded number of frames at once, and more as they are written', () => {
    const connection = new SlowConnection()
    for (let i = 0; i < 600; i += 1) box.push(parcel(i))
    box.connect(connection.asConnection())
    expect(connection.given).toEqual(numbers(0, framesInFlight))
    connection.write(100)
    expect(connection.given).toEqual(numbers(0, framesInFlight + 100))
    expect(box.length).toBe(500)
    while (box.length > 0) connection.write(50)
    expect(connection.given).toEqual(numbers(0, 600))
    expect(weight).toBe(0)
  })

  it('sends again what an older connection was given but had not written', () => {
    const [first, second] = [new SlowConnection(), new SlowConnection()]
    box.connect(first.asConnection())
    for (let i = 0; i < 10; i += 1) box.push(parcel(i))
    first.write(4)
    box.disconnect()
    // Too late: another connection may already be at it.
    first.write(3)
    box.connect(second.asConnection())
    expect(second.given).toEqual(numbers(4, 10))
    second.write(2)
    first.write(3)
    expect(box.length).toBe(4)
  })

  it('keeps what could not be written', () => {
    const [first, second] = [new SlowConnection(), new SlowConnection()]
    box.connect(first.asConnection())
    for (let i = 0; i < 3; i += 1) box.push(parcel(i))
    first.write(3, false)
    expect(box.length).toBe(3)
    box.disconnect()
    box.connect(second.asConnection())
    expect(second.given).toEqual(numbers(0, 3))
  })

  it('stays in order when it overflows while its connection is slow', () => {
    const connection = new SlowConnection()
    box.connect(connection.asConnection())
    const total = queueLimit + 400
    for (let i = 0; i < total; i += 1) box.push(parcel(i))
    // The first ones had been given to the connection already: of those nothing is lost.
    expect(lost).toEqual(numbers(framesInFlight, 400).map(uid => `${uid} full`))
    while (box.length > 0) connection.write(200)
    expect(connection.given).toEqual([...numbers(0, framesInFlight), ...numbers(400, total)])
    expect(weight).toBe(0)
  })

  it('is stuck when its connection writes nothing for a minute, though something waits', () => {
    const connection = new SlowConnection()
    box.connect(connection.asConnection())
    for (let i = 0; i < framesInFlight; i += 1) box.push(parcel(i))
    now += 10 * backPressureMs
    expect(box.isStuck).toBe(false)
    box.push(parcel('more'))
    now += backPressureMs
    expect(box.isStuck).toBe(false)
    now += 1
    expect(box.isStuck).toBe(true)
    connection.write(1)
    expect(box.isStuck).toBe(false)
  })
})
