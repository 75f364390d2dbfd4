// Scheduler: calls that Root puts on the agenda of a later block, and what becomes of them there.

import { describe, expect, it } from 'vitest'
import { scheduler } from '../../../src/chain/pallets/scheduler/declaration.ts'
import type { ChainCall } from '../../../src/chain/runtime/outer.ts'
import { accountOf, address, type Caller, type TestChain, testChain } from '../support/chain.ts'

const remark: ChainCall = { pallet: 'System', name: 'remark', args: { remark: '' } }
const fund = (new_free: bigint): ChainCall => ({
  pallet: 'Balances',
  name: 'force_set_balance',
  args: { who: address('charlie'), new_free },
})
const id = 'a name of thirty-two bytes length'.slice(0, 32)

const run = (t: TestChain, name: string, args: Record<string, unknown>, caller: Caller = 'root') =>
  t.run(caller, 'Scheduler', name, { maybe_periodic: null, priority: 100, ...args })

/** The events of the scheduler in a block, names and fields. */
const told = (t: TestChain, block: number) =>
  t.chain
    .eventsOf(block)
    .filter(({ event }) => event.pallet === 'Scheduler')
    .map(({ event, phase }) => [phase.type, event.name, event.fields])

describe('a call on the agenda', () => {
  it('runs at its block, which is not skipped', () => {
    const t = testChain()
    const when = t.chain.best() + 300
    expect(run(t, 'schedule', { when, call: fund(7000n) }).events).toEqual([
      { pallet: 'Scheduler', name: 'Scheduled', fields: { when, index: 0 } },
    ])
    t.blocks(500)
    expect(t.balance('charlie')).toBe(7000n)
    expect(told(t, when)).toEqual([
      [
        'Initialization',
        'Dispatched',
        { task: [when, 0], id: null, result: { type: 'Ok', value: null } },
      ],
    ])
    expect(t.state(scheduler).Agenda.has(when)).toBe(false)
  })

  it('runs as Root does, and may fail', () => {
    const t = testChain()
    const when = t.chain.best() + 2
    const call: ChainCall = {
      pallet: 'Balances',
      name: 'transfer',
      args: { dest: address('bob'), value: 1n },
    }
    run(t, 'schedule', { when, call })
    t.blocks(3)
    expect(told(t, when)[0]?.[2]).toMatchObject({
      result: { type: 'Err', value: { type: 'BadOrigin' } },
    })
  })

  it('may be asked for after so many blocks', () => {
    const t = testChain()
    run(t, 'schedule_after', { after: 0, call: fund(500n) })
    const scheduled = t.chain.best()
    t.blocks(1)
    expect(told(t, scheduled + 1)).toHaveLength(1)
    run(t, 'schedule_named_after', { id, after: 5, call: fund(600n) })
    expect(t.state(scheduler).Lookup.get(id)).toEqual([t.chain.best() + 6, 0])
  })

  it('comes back as often as it is told to', () => {
    const t = testChain()
    const when = t.chain.best() + 2
    run(t, 'schedule_named', { id, when, maybe_periodic: [10, 3], call: remark })
    t.blocks(100)
    const runs = [when, when + 10, when + 20]
    expect(runs.map(block => told(t, block).map(([, name]) => name))).toEqual([
      ['Dispatched', 'Scheduled'],
      ['Dispatched', 'Scheduled'],
      ['Dispatched'],
    ])
    expect(told(t, when + 30)).toEqual([])
    expect(t.state(scheduler).Lookup.has(id)).toBe(false)
    expect(t.state(scheduler).Agenda.entries()).toEqual([])
  })

  it('runs before those of lower priority', () => {
    const t = testChain()
    const when = t.chain.best() + 10
    run(t, 'schedule', { when, priority: 200, call: fund(1000n) })
    run(t, 'schedule', { when, priority: 0, call: fund(2000n) })
    t.blocks(12)
    expect(told(t, when).map(([, , fields]) => (fields as { task: number[] }).task)).toEqual([
      [when, 1],
      [when, 0],
    ])
    expect(t.balance('charlie')).toBe(1000n)
  })

  it('waits for the next block when the block has no room, and is given up when none ever has', () => {
    const t = testChain()
    const when = t.chain.best() + 20
    const heavy = (ref_time: bigint): ChainCall => ({
      pallet: 'Utility',
      name: 'with_weight',
      args: { call: remark, weight: { ref_time, proof_size: 0n } },
    })
    run(t, 'schedule', { when, call: heavy(1_000_000_000_000n) })
    run(t, 'schedule', { when, call: heavy(1_000_000_000_000n) })
    run(t, 'schedule', { when: when + 5, call: heavy(1_600_000_000_001n) })
    t.blocks(40)
    expect([told(t, when), told(t, when + 1)].map(list => list.length)).toEqual([1, 1])
    expect(told(t, when + 5).map(([, name]) => name)).toEqual(['PermanentlyOverweight'])
    expect(t.state(scheduler).IncompleteSince.has()).toBe(false)
    expect(t.state(scheduler).Agenda.get(when + 5)).toHaveLength(1)
  })

  it('is taken off by its place or its name', () => {
    const t = testChain()
    const when = t.chain.best() + 100
    run(t, 'schedule', { when, call: remark })
    run(t, 'schedule_named', { id, when, call: remark })
    expect(run(t, 'cancel', { when, index: 0 }).events).toEqual([
      { pallet: 'Scheduler', name: 'Canceled', fields: { when, index: 0 } },
    ])
    expect(t.state(scheduler).Agenda.get(when)[0]).toBeNull()
    expect(run(t, 'cancel', { when, index: 0 }).error).toBe('Scheduler.NotFound')
    expect(run(t, 'cancel', { when: when + 1, index: 0 }).error).toBe('Scheduler.NotFound')
    expect(run(t, 'cancel_named', { id }).ok).toBe(true)
    expect(t.state(scheduler).Agenda.has(when)).toBe(false)
    expect(run(t, 'cancel_named', { id }).error).toBe('Scheduler.NotFound')
  })

  it('is refused for a block that is past, a name that is taken, a full agenda, a long call', () => {
    const t = testChain()
    const when = t.chain.best() + 100
    const now = t.chain.best() + 1
    expect(run(t, 'schedule', { when: now, call: remark }).error).toBe(
      'Scheduler.TargetBlockNumberInPast',
    )
    run(t, 'schedule_named', { id, when, call: remark })
    expect(run(t, 'schedule_named', { id, when, call: remark }).error).toBe(
      'Scheduler.FailedToSchedule',
    )
    const calls = Array.from(
      { length: 49 },
      (): ChainCall => ({
        pallet: 'Scheduler',
        name: 'schedule',
        args: { when, maybe_periodic: null, priority: 1, call: remark },
      }),
    )
    expect(t.run('root', 'Utility', 'batch_all', { calls }).ok).toBe(true)
    expect(run(t, 'schedule', { when, call: remark }).error).toBe('Exhausted')
    run(t, 'cancel', { when, index: 3 })
    expect(run(t, 'schedule', { when, call: remark }).events[0]?.fields).toEqual({ when, index: 3 })
    const long = { pallet: 'System', name: 'remark', args: { remark: 'x'.repeat(130) } }
    expect(run(t, 'schedule', { when: when + 1, call: long }).error).toBe('Exhausted')
  })

  it('is for Root alone', () => {
    const t = testChain()
    const when = t.chain.best() + 100
    const later = { after: 9, call: remark }
    const calls: [string, Record<string, unknown>][] = [
      ['schedule', { when, call: remark }],
      ['schedule_named', { id, when, call: remark }],
      ['schedule_after', later],
      ['schedule_named_after', { id, ...later }],
      ['cancel', { when, index: 0 }],
      ['cancel_named', { id }],
    ]
    for (const [name, args] of calls) {
      for (const caller of ['restricted', accountOf('alice')] as const) {
        expect([name, run(t, name, args, caller).error]).toEqual([name, 'BadOrigin'])
      }
    }
  })
})
