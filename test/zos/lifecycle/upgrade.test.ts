import { describe, expect, it } from 'vitest'
import { offeredVersion } from '../../../src/zos/lifecycle/upgrader.ts'
import {
  disk,
  GiB,
  hour,
  machine,
  minute,
  network,
  TestWorld,
  testProfile,
} from '../support/world.ts'

const offer = (safe_to_upgrade: boolean) =>
  JSON.stringify({ safe_to_upgrade, version: '3.15.0', version_light: '0.4.0' })

const versions = ({ nodes, alice }: TestWorld) =>
  nodes.list().map(({ nodeId }) => alice.get(nodeId, 'zos.system.version').zos)

const many = (nodes: { testFarms?: number[] } = {}) =>
  new TestWorld({
    profiles: [...new Array(20).fill(testProfile()), testProfile({ kind: 'light' })],
    nodes,
  })

describe('the version that the chain names', () => {
  it.each([
    ['3.15.0', { full: '3.15.0', light: '3.15.0', isSafe: true }],
    ['v3.15.0-rc1', { full: '3.15.0-rc1', light: '3.15.0-rc1', isSafe: true }],
    [offer(true), { full: '3.15.0', light: '0.4.0', isSafe: true }],
    [offer(false), { full: '3.15.0', light: '0.4.0', isSafe: false }],
    ['{"version":"3.15.0"}', { full: '3.15.0', light: '', isSafe: false }],
    ['{"version":7,"safe_to_upgrade":true}', { full: '', light: '', isSafe: true }],
    ['', null],
    ['latest', null],
    ['null', null],
    ['{"version":', null],
    ['"3.15.0"', null],
  ])('%s', (text, expected) => {
    expect(offeredVersion(text)).toEqual(expected)
  })

  it('is taken by each node within seventy minutes, at a time of its own, each kind its own', () => {
    const world = many()
    world.nodes.onZosVersion(offer(true))
    world.pass(30 * minute)
    const half = versions(world)
    expect(half).toContain('3.14.11')
    expect(half).toContain('3.15.0')
    world.pass(41 * minute)
    expect(versions(world)).toEqual([...new Array(20).fill('3.15.0'), '0.4.0'])
    expect(world.kernel.pending().some(({ kind }) => kind === 'zos.upgrade')).toBe(false)
  })

  it('is left to farms that test while it is not safe', () => {
    const cautious = many()
    const bold = many({ testFarms: [1] })
    for (const world of [cautious, bold]) {
      world.nodes.onZosVersion(offer(false))
      world.pass(71 * minute)
    }
    expect(new Set(versions(cautious))).toEqual(new Set(['3.14.11', '0.3.18']))
    expect(new Set(versions(bold))).toEqual(new Set(['3.15.0', '0.4.0']))
    cautious.nodes.onZosVersion(offer(true))
    cautious.pass(71 * minute)
    expect(new Set(versions(cautious))).toEqual(new Set(['3.15.0', '0.4.0']))
  })

  it('restarts the daemon, which goes on with its work, and no machine', () => {
    const world = new TestWorld()
    const { alice, nodes, chain } = world
    const sent = alice.deploy(1, [network('net1'), machine('vm1'), disk('a', GiB)])
    world.pass(10_000)
    const before = sent.get()
    const reports = chain.callsOf('report_contract_resources').length
    nodes.onZosVersion('3.15.0')
    world.pass(71 * minute)
    expect(sent.get()).toEqual(before)
    expect(nodes.resourcesOf(1).machines).toHaveLength(1)
    // The daemon tells the chain at its start what is active.
    expect(chain.callsOf('report_contract_resources')).toHaveLength(reports + 1)
  })

  it('is what a node starts with that was down, or could not reach the chain in time', () => {
    const world = new TestWorld({ profiles: [testProfile(), testProfile()] })
    const { nodes, chain } = world
    nodes.crash(1)
    nodes.onZosVersion('3.15.0')
    chain.setReachable(false)
    world.pass(3 * hour)
    chain.setReachable(true)
    nodes.boot(1)
    world.pass(2 * minute + 1000)
    expect(versions(world)[0]).toBe('3.15.0')
    world.pass(71 * minute)
    expect(versions(world)).toEqual(['3.15.0', '3.15.0'])
  })

  it('gives way to a later one', () => {
    const world = new TestWorld()
    world.nodes.onZosVersion('3.15.0')
    world.nodes.onZosVersion('3.15.1')
    world.pass(71 * minute)
    expect(versions(world)).toEqual(['3.15.1'])
  })
})
