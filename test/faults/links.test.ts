import { describe, expect, it } from 'vitest'
import { answers, play } from './support.ts'

const version = 'zos.system.version'

describe('faults of links', () => {
  it('lose what goes one way, and leave the other way alone', async () => {
    await play(async context => {
      const { grid, users, faults } = context
      const loss = faults.loseMessages({ from: users.alice, to: grid.node(1), oneWay: true })
      expect(await answers(context, 1)).toBe(false)
      expect(await answers(context, 2)).toBe(true)
      expect(grid.trace('rmb.dropped').map(({ fields }) => fields.reason)).toEqual([
        'lost on its way',
      ])
      loss.end()
      expect(await answers(context, 1)).toBe(true)
      // Only the way back is cut: the node does the work, and the answer is lost.
      faults.loseMessages({ from: grid.node(1), to: users.alice, oneWay: true })
      const delivered = grid.messages().delivered
      expect(await answers(context, 1)).toBe(false)
      expect(grid.messages().delivered).toBe(delivered + 1)
    })
  })

  it('lose about as many as their chance says, the same ones each time', async () => {
    const lost: number[][] = []
    const tally = () =>
      play(async ({ users: { alice }, faults }) => {
        faults.loseMessages({ chance: 0.3 })
        const ends = await Promise.all(
          Array.from({ length: 200 }, () =>
            alice.ask(1, version, undefined, { within: '30s' }).then(
              () => 0,
              () => 1,
            ),
          ),
        )
        lost.push(ends)
      })
    const [first, second] = [await tally(), await tally()]
    expect(first.digest).toBe(second.digest)
    expect(lost[0]).toEqual(lost[1])
    const share = lost[0]!.reduce<number>((sum, one) => sum + one, 0) / 200
    // Request and answer are lost each with a chance of 0.3: half of the pairs.
    expect(share).toBeGreaterThan(0.4)
    expect(share).toBeLessThan(0.62)
  })

  it('delay messages by what they say', async () => {
    await play(async ({ grid, users: { alice }, faults }) => {
      faults.delayMessages({ by: '2s' })
      const start = grid.now
      await alice.ask(1, version)
      expect(grid.now - start).toBe(4_000 + 10)
    })
  })

  it('double messages', async () => {
    await play(async ({ grid, users: { alice }, faults }) => {
      faults.doubleMessages({ from: alice, to: grid.node(1), oneWay: true })
      await alice.ask(1, version)
      await grid.advance('5s')
      const { sent, delivered, dropped } = grid.messages()
      // One request, delivered twice, and two answers, of which nobody waits for the second.
      expect({ sent, arrived: delivered + dropped }).toEqual({ sent: 3, arrived: 4 })
    })
  })

  it('let messages overtake each other', async () => {
    await play(async ({ users: { alice, bob }, faults }) => {
      faults.shuffleMessages({ within: '10s' })
      const order: number[] = []
      await Promise.all(
        Array.from({ length: 12 }, async (_, i) => {
          await (i % 2 ? alice : bob).ask(1, version)
          order.push(i)
        }),
      )
      expect(order).not.toEqual(order.toSorted((a, b) => a - b))
      expect(order).toHaveLength(12)
    })
  })

  it('corrupt messages, which their receivers discard', async () => {
    await play(async context => {
      context.faults.corruptMessages({ to: context.grid.node(1) })
      expect(await answers(context, 1)).toBe(false)
      const [dropped] = context.grid.trace('rmb.dropped')
      expect(dropped?.fields.reason).toContain('signature')
    })
  })

  it('keep messages while a link is clogged, and let them go in their order', async () => {
    await play(async ({ grid, users: { alice }, faults }) => {
      const clog = faults.clog({ to: grid.node(1), for: '1m' })
      const ends: number[] = []
      const asked = Array.from({ length: 5 }, async (_, i) => {
        await alice.ask(1, version)
        ends.push(i)
      })
      await grid.advance('59s')
      expect(ends).toEqual([])
      expect(faults.faults.keptMessages).toBe(5)
      await Promise.all(asked)
      expect(ends).toEqual([0, 1, 2, 3, 4])
      expect(clog.isThere).toBe(false)
    })
  })

  it('keep what a second fault still holds back', async () => {
    await play(async ({ grid, users: { alice }, faults }) => {
      faults.clog({ to: grid.node(1), for: '10s' })
      faults.clog({ from: alice, for: '20s' })
      const start = grid.now
      await alice.ask(1, version)
      expect(grid.now - start).toBeGreaterThanOrEqual(20_000)
    })
  })

  it('let senders keep their messages while the relay is down, as long as these live', async () => {
    await play(async ({ grid, users: { alice, bob }, faults }) => {
      faults.relayDown({ for: '2m' })
      const patient = alice.ask(1, version, undefined, { within: '10m' })
      await expect(bob.ask(1, version, undefined, { within: '1m' })).rejects.toThrow(
        'Nobody answered',
      )
      expect(await patient).toBeTruthy()
      await grid.advance('5s')
      expect(grid.messages().expired).toBe(1)
    })
  })

  it('lose the oldest messages of a queue that is full', async () => {
    await play(async ({ grid, users: { alice }, faults }) => {
      faults.start({ kind: 'relay.queue-full', limit: 2 })
      grid.node(1).crash()
      const asked = Array.from({ length: 4 }, () =>
        alice.ask(1, version, undefined, { within: '10m' }).then(
          () => true,
          () => false,
        ),
      )
      await grid.advance('1s')
      expect(grid.messages().dropped).toBe(2)
      grid.node(1).boot()
      expect(await Promise.all(asked)).toEqual([false, false, true, true])
    })
  })
})
