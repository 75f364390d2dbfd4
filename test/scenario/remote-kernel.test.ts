// The clock of a target as scripts see it: outcomes first, then waits that are over, and time when nothing happens.

import { expect, it } from 'vitest'
import type { TargetLine } from '../../src/scenario/target/line.ts'
import { partial, takeUnsupported } from '../../src/scenario/target/partial.ts'
import { RemoteKernel } from '../../src/scenario/target/remote-kernel.ts'
import type { Outcome } from '../../src/scenario/target/wire.ts'

/** A target whose time moves by command alone. */
function target() {
  const state = { now: 1_000, outcomes: [] as Outcome[], advances: [] as number[] }
  const line = {
    control(_method: string, path: string, body?: { by: number }) {
      if (path === '/time/advance') {
        state.now += body!.by
        state.advances.push(body!.by)
      }
      return { now: state.now }
    },
    next: () => state.outcomes.splice(0),
  }
  return {
    state,
    kernel: new RemoteKernel(line as unknown as TargetLine, { seed: 'seed', isSplit: false }),
  }
}

const answered = (ref: string): Outcome => ({
  type: 'answered',
  ref,
  answer: { type: 'response', payload: null },
})

it('moves time in ever longer steps, and never past the next wait', () => {
  const { state, kernel } = target()
  const woken: unknown[] = []
  kernel.handle('script.wake', ({ target: id }) => woken.push(id))
  kernel.schedule({ kind: 'script.wake', payload: null, target: 7, afterMs: 10_500 })
  while (woken.length === 0) expect(kernel.step()).toBe(true)
  expect(state.advances).toEqual([1_000, 2_000, 4_000, 3_500])
  expect([woken, kernel.now()]).toEqual([[7], 11_500])
  expect(kernel.step()).toBe(false)
})

it('takes outcomes as they come, and gives up what nobody answers in time', () => {
  const { state, kernel } = target()
  const heard: string[] = []
  kernel.onOutcome(({ ref }) => heard.push(ref))
  kernel.began('a', { until: 9_000, expired: () => heard.push('a expired') })
  kernel.began('b', { until: 4_000, expired: () => heard.push('b expired') })
  state.outcomes.push(answered('a'))
  kernel.step()
  expect(heard).toEqual(['a'])
  while (kernel.step());
  expect(heard).toEqual(['a', 'b expired'])
  expect(kernel.now()).toBe(4_000)
  state.outcomes.push(answered('b'))
  expect(kernel.step()).toBe(false)
  expect(heard).toEqual(['a', 'b expired'])
})

it('tells by name what is not there, even when a script catches it', () => {
  const grid = partial<{ now: number; chain: { best: number }; branch(): void }>('grid', {
    now: 5,
    chain: partial('grid.chain', { best: 3 }),
  })
  takeUnsupported()
  expect([grid.now, grid.chain.best, takeUnsupported()]).toEqual([5, 3, null])
  expect(() => grid.branch()).toThrow(/grid\.branch is not there on a target/)
  expect(takeUnsupported()).toBe('grid.branch')
})
