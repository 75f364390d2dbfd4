// Installs that fail: by the rates of the hardware, and by what a user lists.

import { describe, expect, it } from 'vitest'
import { failure } from '../../../src/zos/engine/install-failure.ts'
import { failureRate } from '../../../src/zos/hardware/profile.ts'
import { disk, GiB, machine, network, TestWorld, testProfile } from '../support/world.ts'

const fast = { durationMs: { default: { min: 1, max: 1 } } }

/** How many of 300 disks fail. */
function failedDisks(world: TestWorld): number {
  const disks = Array.from({ length: 300 }, (_, i) => disk(`d${i}`, 2 ** 20))
  const sent = world.alice.deploy(1, disks)
  world.pass(60_000)
  return Object.values(sent.states()).filter(state => state === 'error').length
}

describe('the hardware', () => {
  it('lets a share of installs fail, the same ones for the same seed', () => {
    const profile = testProfile({ provisioning: { ...fast, failureRate: 0.2 } })
    const failed = (seed: string) => failedDisks(new TestWorld({ seed, profiles: [profile] }))
    const once = failed('one')
    expect(once).toBeGreaterThan(30)
    expect(once).toBeLessThan(90)
    expect(failed('one')).toBe(once)
    expect([failed('two'), failed('three')]).not.toEqual([once, once])
  })

  it('has rates per type, and a default for the others', () => {
    const rates = { default: 0, zmachine: 1 }
    const profile = testProfile({ provisioning: { ...fast, failureRate: rates } })
    expect([failureRate(profile, 'zmachine'), failureRate(profile, 'zmount')]).toEqual([1, 0])
    expect(failureRate(profile, 'toString')).toBe(0)
    const world = new TestWorld({ profiles: [profile] })
    const sent = world.alice.deploy(1, [network('net1'), machine('vm1'), disk('a', GiB)])
    world.pass(1000)
    expect(sent.states()).toEqual({ net1: 'ok', vm1: 'error', a: 'ok' })
    expect(sent.messages().vm1).toBe('provision failed: hardware failure rate of the profile')
  })

  it.each([[{ zmachine: 1 }], [{ default: 2 }], [-0.1], ['often']])(
    'refuses %j as a rate',
    rate => {
      const make = () => testProfile({ provisioning: { ...fast, failureRate: rate } })
      expect(make).toThrow(expect.objectContaining({ code: 'GRID_CONFIG_INVALID' }))
    },
  )
})

describe('a failure that a user lists', () => {
  const deployWith = (...failures: ReturnType<typeof failure>[]) => {
    const world = new TestWorld({ nodes: { failures } })
    const sent = world.alice.deploy(1, [network('net1'), machine('vm1'), disk('a', GiB)])
    world.pass(10_000)
    return { world, sent }
  }

  it('strikes the types that it names, in its own words, and leaves nothing behind', () => {
    const message = 'failed to mount flist: connection reset by peer'
    const { world, sent } = deployWith(failure('hub', { message, types: ['zmachine'] }))
    expect(sent.states()).toEqual({ net1: 'ok', vm1: 'error', a: 'ok' })
    expect(sent.messages().vm1).toBe(message)
    expect(world.nodes.resourcesOf(1).machines).toEqual([])
  })

  it('sees the attempt, and is struck or not', () => {
    const seen: unknown[] = []
    const { sent } = deployWith(
      failure('picky', {
        message: 'not this one',
        when: attempt => {
          seen.push([attempt.nodeId, attempt.twinId, attempt.type, attempt.name])
          return attempt.name === 'a' && (attempt.data as { size: bigint }).size === BigInt(GiB)
        },
      }),
    )
    expect(seen).toEqual([
      [1, 2, 'zmount', 'a'],
      [1, 2, 'network', 'net1'],
      [1, 2, 'zmachine', 'vm1'],
    ])
    expect(sent.states()).toEqual({ net1: 'ok', vm1: 'ok', a: 'error' })
  })

  it('strikes by chance, from a stream of its own that shifts no other', () => {
    const often = failure('often', { message: 'no luck', probability: 0.5 })
    const never = failure('never', { message: 'never', probability: 0 })
    const failed = (failures: ReturnType<typeof failure>[]) =>
      failedDisks(
        new TestWorld({ profiles: [testProfile({ provisioning: fast })], nodes: { failures } }),
      )
    const count = failed([often])
    expect(count).toBeGreaterThan(100)
    expect(count).toBeLessThan(200)
    expect(failed([never, often])).toBe(count)
  })

  it('has a probability, else GRID_CONFIG_INVALID', () => {
    for (const probability of [-1, 2, Number.NaN]) {
      expect(() => failure('x', { message: '', probability })).toThrow(/lies between 0 and 1/)
    }
  })
})
