import { describe, expect, it } from 'vitest'
import {
  disk,
  GiB,
  hour,
  machine,
  minute,
  network,
  TestWorld,
  testProfile,
  workload,
} from '../support/world.ts'

const bootMs = 2 * minute + 10_000

describe('a reboot', () => {
  it('S13: installs what was ok again with new times, and forgets what only failed', () => {
    const world = new TestWorld()
    const { alice, nodes } = world
    const good = alice.deploy(1, [network('net1'), machine('vm1'), disk('a', GiB)])
    const bad = alice.deploy(1, [disk('a', 900 * GiB)])
    world.pass(10_000)
    const before = good.get()
    nodes.reboot(1)
    expect(nodes.phaseOf(1)).toBe('starting')
    expect(alice.ask(1, 'zos.system.version')).toBe('silence')
    world.pass(bootMs + 10_000)
    expect(nodes.isUp(1)).toBe(true)
    expect(bad.states()).toEqual({})
    const after = good.get()
    const results = (report: typeof before) =>
      report.workloads.map(({ result }: { result: { data: unknown } }) => result.data)
    expect(results(after)).toEqual(results(before))
    for (const [at, { result }] of after.workloads.entries()) {
      expect(result.state).toBe('ok')
      expect(result.created).toBeGreaterThan(before.workloads[at].result.created)
    }
    expect(good.history().slice(3)).toEqual([
      'a:ok',
      'net1:ok',
      'vm1:ok',
      'a:ok',
      'net1:ok',
      'vm1:ok',
    ])
  })

  it('keeps errors, and lets a paused workload go on until the next reconciliation', () => {
    const world = new TestWorld()
    const { alice, nodes } = world
    const sent = alice.deploy(1, [network('net1'), disk('big', 900 * GiB)])
    world.pass(5000)
    sent.grace(true)
    world.pass(1000)
    nodes.reboot(1)
    world.pass(bootMs + 5000)
    expect(sent.states()).toEqual({ net1: 'ok', big: 'error' })
    world.pass(hour + minute)
    expect(sent.states()).toEqual({ net1: 'paused', big: 'error' })
  })

  it('lets a volume go on whose contract was resumed while nobody listened', () => {
    const world = new TestWorld()
    const { alice, chain, nodes } = world
    const sent = alice.deploy(1, [workload('v', 'volume', { size: GiB })])
    world.pass(5000)
    sent.grace(true)
    world.pass(1000)
    nodes.crash(1)
    sent.grace(false)
    nodes.boot(1)
    world.pass(bootMs)
    expect(chain.contract(sent.contractId)?.state).toEqual({ type: 'Created' })
    expect(sent.states()).toEqual({ v: 'ok' })
    expect(sent.history()).toEqual(['v:init', 'v:ok', 'v:paused', 'v:ok'])
  })

  it('does not count a volume anew: there is nothing to do for it', () => {
    const world = new TestWorld()
    const sent = world.alice.deploy(1, [workload('v', 'volume', { size: GiB })])
    world.pass(5000)
    world.nodes.reboot(1)
    world.pass(bootMs + 5000)
    expect(sent.history()).toEqual(['v:init', 'v:ok'])
  })

  it('sets everything to error whose contract the chain does not have, and takes it down', () => {
    const world = new TestWorld()
    const { alice, chain, nodes } = world
    const sent = alice.deploy(1, [disk('a', GiB)])
    world.pass(5000)
    nodes.crash(1)
    chain.removeContract(sent.contractId)
    nodes.onContractCanceled(1, alice.twinId, sent.contractId)
    nodes.boot(1)
    world.pass(bootMs + 5000)
    expect(sent.states()).toEqual({})
    expect(nodes.deploymentsOf(1)).toEqual([])
    expect(
      nodes.resourcesOf(1).pools.flatMap(({ volumes }) => volumes.flatMap(v => v.files)),
    ).toEqual([])
  })

  it.each([
    ['before anything is installed', 500, {}],
    ['after the first workload', 1500, { a: 'ok', net1: 'ok', vm1: 'ok' }],
    ['before the last workload', 2500, { a: 'ok', net1: 'ok', vm1: 'ok' }],
    ['after all of it', 3500, { a: 'ok', net1: 'ok', vm1: 'ok' }],
  ])('in the middle of an install, %s, ends as on the real node', (_when, after, expected) => {
    const world = new TestWorld()
    const { alice, nodes } = world
    const idle = nodes.usedOf(1)
    const sent = alice.deploy(1, [network('net1'), machine('vm1'), disk('a', GiB)])
    world.pass(after)
    nodes.crash(1)
    world.pass(minute)
    nodes.boot(1)
    world.pass(bootMs + 10_000)
    expect(sent.states()).toEqual(expected)
    if (Object.keys(expected).length === 0) expect(nodes.usedOf(1)).toEqual(idle)
    expect(nodes.isIdle(1)).toBe(true)
  })

  it('forgets the queue', () => {
    const world = new TestWorld()
    const { alice, nodes } = world
    const sent = alice.deploy(1, [disk('a', GiB)])
    world.pass(5000)
    sent.update([disk('a', GiB), disk('b', GiB, 1)])
    nodes.crash(1)
    nodes.boot(1)
    world.pass(bootMs + 5000)
    expect(sent.history()).toEqual(['a:init', 'a:ok', 'a:ok'])
    expect(sent.get().version).toBe(1)
  })
})

describe('a restart of the provisioning daemon', () => {
  it('goes on with its queue, and writes every result once', () => {
    const world = new TestWorld()
    const { alice, nodes, chain } = world
    const sent = alice.deploy(1, [network('net1'), machine('vm1'), disk('a', GiB)])
    world.pass(2500)
    expect(sent.states()).toEqual({ a: 'ok', net1: 'ok', vm1: 'init' })
    nodes.restartDaemon(1)
    world.pass(10_000)
    expect(sent.history()).toEqual(['net1:init', 'vm1:init', 'a:init', 'a:ok', 'net1:ok', 'vm1:ok'])
    const reports = chain.callsOf('report_contract_resources')
    expect(reports.map(({ args }) => args.contract_resources[0].used.cru)).toEqual([0n, 1n])
  })

  it('loses what was only queued', () => {
    const world = new TestWorld()
    const sent = world.alice.deploy(1, [disk('a', GiB)])
    world.pass(500)
    world.nodes.restartDaemon(1)
    world.pass(5000)
    expect(sent.states()).toEqual({})
    expect(world.nodes.isIdle(1)).toBe(true)
  })

  it('finishes an update that it had begun, and does no part of it twice', () => {
    const world = new TestWorld()
    const sent = world.alice.deploy(1, [disk('a', GiB), disk('b', GiB)])
    world.pass(5000)
    sent.update([disk('a', 2 * GiB, 1), disk('c', GiB, 1)])
    world.pass(1500)
    world.nodes.restartDaemon(1)
    world.pass(10_000)
    expect(sent.history().slice(4)).toEqual(['b:deleted', 'a:ok', 'c:init', 'c:ok'])
  })

  it('reports all that is active at once', () => {
    const world = new TestWorld()
    const { alice, bob, nodes, chain } = world
    alice.deploy(1, [disk('a', GiB)])
    bob.deploy(1, [disk('a', GiB)])
    world.pass(5000)
    nodes.restartDaemon(1)
    world.pass(10)
    const last = chain.callsOf('report_contract_resources').at(-1)
    expect(last?.args.contract_resources).toHaveLength(2)
  })
})

describe('a snapshot', () => {
  it('taken in the middle of an install has one future', () => {
    const world = new TestWorld({
      profiles: [
        testProfile({ provisioning: { durationMs: { default: { min: 100, max: 5000 } } } }),
      ],
    })
    const { alice, kernel, nodes } = world
    const sent = alice.deploy(1, [network('net1'), machine('vm1'), disk('a', GiB)])
    const other = world.bob.deploy(1, [disk('x', GiB), disk('y', GiB)])
    world.pass(1000)
    const snapshot = kernel.snapshot()
    const future = () => {
      world.pass(20_000)
      sent.grace(true)
      world.pass(20_000)
      other.cancel()
      nodes.reboot(1)
      world.pass(10 * minute)
      return {
        digest: kernel.trace.digest(),
        states: sent.states(),
        used: nodes.usedOf(1),
        resources: nodes.resourcesOf(1),
        handled: kernel.handledEvents,
      }
    }
    const first = future()
    kernel.revert(snapshot)
    expect(future()).toEqual(first)
    kernel.revert(snapshot)
    nodes.add({ farmId: 1, profile: testProfile() })
    world.pass(1000)
    expect(nodes.list()).toHaveLength(2)
    kernel.revert(snapshot)
    expect(nodes.list()).toHaveLength(1)
    expect(future()).toEqual(first)
  })
})
