import { describe, expect, it } from 'vitest'
import { type ClockMode, Driver, type WallClock } from '../../src/kernel/driver.ts'
import { Kernel, rank } from '../../src/kernel/kernel.ts'

declare module '../../src/kernel/kernel.ts' {
  interface KernelEvents {
    'test.tick': string
  }
}

/** A wall clock that a test moves by hand. */
function handClock(start: number) {
  let now = start
  const soon: (() => void)[] = []
  let timers: { at: number; run: () => void }[] = []
  const clock: WallClock = {
    now: () => now,
    soon: run => soon.push(run),
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter(other => other !== timer)
      }
    },
  }
  const settle = () => {
    for (let run = soon.shift(); run; run = soon.shift()) run()
  }
  const pass = (ms: number) => {
    const end = now + ms
    settle()
    for (;;) {
      const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      timers = timers.filter(other => other !== next)
      now = Math.max(now, next.at)
      next.run()
      settle()
    }
    now = end
    settle()
  }
  return { clock, settle, pass }
}

function driven(mode: ClockMode) {
  const kernel = new Kernel({ seed: 'd', startAt: 1_000_000 })
  const seen: string[] = []
  kernel.handle('test.tick', ({ payload, at }) => {
    seen.push(`${payload}@${at - 1_000_000}`)
    if (payload === 'broken') throw new RangeError('broken')
  })
  const hand = handClock(1_000_000)
  const failures: Error[] = []
  const onFailure = (error: Error) => failures.push(error)
  /** What a journal knows of when it is asked last. */
  const reached = { events: 0 }
  const onReached = () => {
    reached.events = kernel.handledEvents
  }
  const driver = new Driver({ kernel, mode, clock: hand.clock, onFailure, onReached })
  driver.start()
  return { kernel, seen, reached, driver, failures, ...hand }
}

describe('the driver', () => {
  it('lets virtual time follow wall time', () => {
    const { kernel, seen, pass } = driven({ type: 'real' })
    kernel.schedule({ kind: 'test.tick', payload: 'a', afterMs: 250 })
    pass(200)
    expect(seen).toEqual([])
    pass(100)
    expect(seen).toEqual(['a@250'])
  })

  it('says how far it has come before anybody outside can be told of it', () => {
    const { kernel, reached, driver, pass } = driven({ type: 'virtual' })
    const tick = (afterMs: number, background: boolean) =>
      kernel.schedule({ kind: 'test.tick', payload: 'a', afterMs, background })
    tick(10, true)
    pass(20)
    expect(reached.events).toBe(1)
    tick(1000, false)
    pass(0)
    expect(reached.events).toBe(1)
    driver.enter(() => undefined)
    pass(0)
    expect(reached.events).toBe(2)
    // What is due is known inside already, what is caused there when the caller is answered.
    tick(0, true)
    driver.enter(() => {
      expect(reached.events).toBe(3)
      tick(0, true)
    })
    expect(reached.events).toBe(4)
    tick(5000, true)
    driver.advance(5000)
    expect(reached.events).toBe(5)
  })

  it('runs N times faster in warp', () => {
    const { kernel, seen, pass } = driven({ type: 'warp', rate: 60 })
    kernel.schedule({ kind: 'test.tick', payload: 'a', afterMs: 60_000 })
    pass(999)
    expect(seen).toEqual([])
    pass(1)
    expect(seen).toEqual(['a@60000'])
  })

  it('goes ahead at once to foreground work in virtual mode, and stays there', () => {
    const { kernel, seen, driver, pass, settle } = driven({ type: 'virtual' })
    driver.enter(() => {
      kernel.schedule({ kind: 'test.tick', payload: 'work', afterMs: 90_000 })
      kernel.schedule({ kind: 'test.tick', payload: 'beat', afterMs: 80_000, background: true })
      kernel.schedule({ kind: 'test.tick', payload: 'later', afterMs: 95_000, background: true })
    })
    settle()
    expect(seen).toEqual(['beat@80000', 'work@90000'])
    pass(4000)
    expect(seen).toEqual(['beat@80000', 'work@90000'])
    pass(1000)
    expect(seen).toContain('later@95000')
  })

  it('closes an instant only when all inputs that have arrived were taken', () => {
    const { kernel, seen, driver, settle } = driven({ type: 'real' })
    settle()
    const input = (payload: string) =>
      driver.enter(() => kernel.schedule({ kind: 'test.tick', payload }))
    driver.enter(() =>
      kernel.schedule({ kind: 'test.tick', payload: 'block', rank: rank.endOfInstant }),
    )
    input('one')
    input('two')
    expect(seen).toEqual(['one@0', 'two@0'])
    settle()
    expect(seen).toEqual(['one@0', 'two@0', 'block@0'])
  })

  it('moves time by command in every mode, and never back', () => {
    const { kernel, driver, pass } = driven({ type: 'real' })
    driver.advance(3_600_000)
    expect(kernel.now()).toBe(4_600_000)
    pass(1000)
    driver.enter(() => undefined)
    expect(kernel.now()).toBe(4_601_000)
  })

  it('stands still while frozen', () => {
    const { kernel, driver, pass } = driven({ type: 'real' })
    driver.freeze(true)
    pass(5000)
    driver.enter(() => undefined)
    expect(kernel.now()).toBe(1_000_000)
    driver.freeze(false)
    pass(5000)
    driver.enter(() => undefined)
    expect(kernel.now()).toBe(1_005_000)
  })

  it('stops and tells when an event breaks the world', () => {
    const { kernel, failures, pass } = driven({ type: 'real' })
    kernel.schedule({ kind: 'test.tick', payload: 'broken', afterMs: 1 })
    pass(10)
    expect(failures.map(({ message }) => message)).toEqual(['broken'])
  })
})
