import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Kernel, rank } from '../../src/kernel/kernel.ts'

declare module '../../src/kernel/kernel.ts' {
  interface KernelEvents {
    'test.note': string
    'test.again': { left: number; everyMs: number }
  }
}
declare module '../../src/kernel/trace.ts' {
  interface TraceEvents {
    'test.noted': { text: string; draw: number }
  }
}

function world(seed = 'a') {
  const kernel = new Kernel({ seed, startAt: 1000 })
  kernel.handle('test.note', ({ payload, target }) => {
    const draw = kernel.random.stream(`test/${target}`).uint32()
    kernel.trace.add('test.noted', { text: payload, draw })
  })
  kernel.handle('test.again', ({ payload: { left, everyMs }, target }) => {
    const draw = kernel.random.stream(`test/${target}`).uint32()
    kernel.trace.add('test.noted', { text: `${target}:${left}`, draw })
    if (left === 0) return
    const payload = { left: left - 1, everyMs }
    kernel.schedule({ kind: 'test.again', target, payload, afterMs: everyMs })
  })
  const texts = () => kernel.trace.last().map(({ fields }) => (fields as { text: string }).text)
  return { kernel, texts }
}

describe('the kernel', () => {
  it('lets events happen by time, then rank, then order of scheduling', () => {
    const { kernel, texts } = world()
    kernel.schedule({ kind: 'test.note', payload: 'closing', at: 1500, rank: rank.endOfInstant })
    kernel.schedule({ kind: 'test.note', payload: 'late', at: 2000 })
    kernel.schedule({ kind: 'test.note', payload: 'first', at: 1500 })
    kernel.schedule({ kind: 'test.note', payload: 'second', at: 1500 })
    kernel.runUntil(3000)
    expect(texts()).toEqual(['first', 'second', 'closing', 'late'])
    expect(kernel.now()).toBe(3000)
  })

  it('can leave the closing events of the last instant waiting', () => {
    const { kernel, texts } = world()
    kernel.schedule({ kind: 'test.note', payload: 'closing', at: 1500, rank: rank.endOfInstant })
    kernel.schedule({ kind: 'test.note', payload: 'early closing', rank: rank.endOfInstant })
    kernel.runUntil(1500, { holdEndOfInstant: true })
    expect(texts()).toEqual(['early closing'])
  })

  it('forgets a cancelled event, once', () => {
    const { kernel, texts } = world()
    const id = kernel.schedule({ kind: 'test.note', payload: 'never', afterMs: 5 })
    expect(kernel.cancel(id)).toBe(true)
    expect(kernel.cancel(id)).toBe(false)
    kernel.runUntil(2000)
    expect(texts()).toEqual([])
    expect(kernel.pendingEvents).toBe(0)
  })

  it('refuses an event in the past', () => {
    const { kernel } = world()
    expect(() => kernel.schedule({ kind: 'test.note', payload: '', at: 999 })).toThrow('past')
  })

  it('counts the events that make time move apart from those in the background', () => {
    const { kernel } = world()
    kernel.schedule({ kind: 'test.note', payload: 'a', background: true })
    const id = kernel.schedule({ kind: 'test.note', payload: 'b' })
    expect([kernel.pendingEvents, kernel.pendingForeground]).toEqual([2, 1])
    kernel.cancel(id)
    expect([kernel.pendingEvents, kernel.pendingForeground]).toEqual([1, 0])
  })

  it('has the same future after a revert, with a full queue', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ left: fc.nat(6), everyMs: fc.integer({ min: 0, max: 40 }) }), {
          maxLength: 12,
        }),
        fc.nat(120),
        fc.nat(200),
        (timers, before, between) => {
          const { kernel } = world('seed')
          timers.forEach((payload, i) => {
            kernel.schedule({ kind: 'test.again', target: i, payload, afterMs: i })
          })
          kernel.runUntil(1000 + before)
          const snapshot = kernel.snapshot()
          const state = [kernel.trace.digest(), kernel.pendingEvents, kernel.now()]
          kernel.runUntil(1000 + before + between)
          kernel.schedule({ kind: 'test.note', payload: 'another branch', target: 'x' })
          const first = kernel.pending()[0]
          if (first) kernel.cancel(first.seq)
          kernel.runUntil(1000 + before + 300)
          kernel.revert(snapshot)
          expect([kernel.trace.digest(), kernel.pendingEvents, kernel.now()]).toEqual(state)
          kernel.runUntil(2000)
          const straight = world('seed').kernel
          timers.forEach((payload, i) => {
            straight.schedule({ kind: 'test.again', target: i, payload, afterMs: i })
          })
          straight.runUntil(2000)
          expect(kernel.trace.digest()).toBe(straight.trace.digest())
          expect(kernel.pendingForeground).toBe(straight.pendingForeground)
        },
      ),
    )
  })

  it('gives another history for another seed, and the same for the same', () => {
    const digest = (seed: string) => {
      const { kernel } = world(seed)
      kernel.schedule({ kind: 'test.again', target: 'x', payload: { left: 5, everyMs: 7 } })
      kernel.runUntil(2000)
      return kernel.trace.digest()
    }
    expect(digest('a')).toBe(digest('a'))
    expect(digest('a')).not.toBe(digest('b'))
  })
})

describe('random streams', () => {
  it('do not shift one another', () => {
    const one = new Kernel({ seed: 's', startAt: 0 })
    const two = new Kernel({ seed: 's', startAt: 0 })
    two.random.stream('other').bytes(100)
    expect(one.random.stream('x').bytes(32)).toEqual(two.random.stream('x').bytes(32))
  })

  it('are even over their range', () => {
    const stream = new Kernel({ seed: 's', startAt: 0 }).random.stream('even')
    const counts = new Array(16).fill(0)
    for (let i = 0; i < 16_000; i += 1) counts[stream.int(0, 15)] += 1
    const chiSquare = counts.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)
    expect(chiSquare).toBeLessThan(45)
  })

  it('make version 4 UUIDs', () => {
    const uuid = new Kernel({ seed: 's', startAt: 0 }).random.stream('u').uuid()
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})
