import { describe, expect, it } from 'vitest'
import { secp256k1PublicKey } from '../../../src/crypto/secp256k1.ts'
import { verifySignature } from '../../../src/crypto/verify.ts'
import { GridError } from '../../../src/kernel/errors.ts'
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

const day = 24 * hour

describe('a node registers', () => {
  it('by funds, terms, twin, node and the update that always follows, in one instant', () => {
    const { chain, kernel, nodes } = new TestWorld()
    const [applied] = [chain.applied]
    const names = Array.from({ length: applied.length }, (_, i) => applied.at(i)?.name)
    expect(names).toEqual([
      'user_accept_tc',
      'create_twin',
      'create_node',
      'update_node',
      'report_uptime_v2',
    ])
    expect(nodes.areRegistered()).toBe(true)
    expect(kernel.now()).toBe(1_767_225_600_000)
    expect(nodes.list()).toEqual([
      {
        index: 1,
        name: 'node-1',
        nodeId: 1,
        twinId: 4,
        farmId: 1,
        profile: 'A node for tests',
        phase: 'up',
      },
    ])
    const [{ args: created } = { args: null }] = chain.callsOf('create_node')
    const [{ args: updated } = { args: null }] = chain.callsOf('update_node')
    expect(updated).toEqual({ node_id: 1, ...created })
    expect(created).toMatchObject({
      farm_id: 1,
      resources: { cru: 8n, mru: BigInt(16 * GiB), sru: BigInt(100 * GiB), hru: BigInt(200 * GiB) },
      interfaces: [{ name: 'zos', ips: ['10.0.0.1', expect.any(String)] }],
      secure_boot: false,
      virtualized: false,
    })
    expect(chain.callsOf('user_accept_tc')[0]?.args).toEqual({
      document_link: 'http://zos.tf/terms/v0.1',
      document_hash: '9021d4dee05a661e2cb6838152c67f25',
    })
    expect(chain.callsOf('report_uptime_v2')[0]?.args).toEqual({
      uptime: 0n,
      timestamp_hint: 1_767_225_600n,
    })
  })

  it('with a key of its own that signs, and the encryption key that its twin shows', () => {
    const { chain, nodes } = new TestWorld({ profiles: [testProfile(), testProfile()] })
    const [first, second] = nodes.list().map(({ twinId }) => nodes.secretOfTwin(twinId))
    if (!first || !second) throw new TypeError('no keys')
    expect(first.pair.accountId).not.toBe(second.pair.accountId)
    const message = Buffer.from('hello')
    const signature = first.pair.sign(message)
    const account = first.pair.publicKey
    expect(verifySignature({ scheme: 'ed25519', account, message, signature })).toBe(true)
    expect(chain.twin(4)?.account).toBe(first.pair.accountId)
    expect(chain.twin(4)?.pk).toEqual(secp256k1PublicKey(first.secret))
    expect(nodes.secretOfTwin(1)).toBeNull()
    expect(nodes.secretOfTwin(99)).toBeNull()
  })

  it('the same way for the same seed, another way for another', () => {
    const accounts = (seed: string) => {
      const { nodes } = new TestWorld({ seed })
      return nodes.secretOfTwin(4)?.pair.accountId
    }
    expect(accounts('a')).toBe(accounts('a'))
    expect(accounts('a')).not.toBe(accounts('b'))
  })

  it('trying again, ever more rarely, while the chain refuses', () => {
    const world = new TestWorld({ isBare: true })
    const { chain, nodes, kernel } = world
    chain.fail('create_node', 12)
    nodes.add({ farmId: 1, profile: testProfile() })
    world.pass(hour)
    expect(nodes.areRegistered()).toBe(true)
    const times = chain.callsOf('create_node').map(({ at }) => at)
    const waits = times.slice(1).map((at, i) => (at - (times[i] ?? 0)) / 1000)
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 120, 120, 120, 120, 120])
    expect(kernel.pendingForeground).toBe(0)
  })

  it('when the chain can be reached again', () => {
    const world = new TestWorld({ isBare: true })
    world.chain.setReachable(false)
    world.nodes.add({ farmId: 1, profile: testProfile() })
    world.pass(10 * minute)
    expect(world.chain.applied.length).toBe(0)
    expect(world.nodes.areRegistered()).toBe(false)
    world.chain.setReachable(true)
    world.pass(3 * minute)
    expect(world.nodes.areRegistered()).toBe(true)
  })

  it('not at all without a disk for its cache', () => {
    const world = new TestWorld({ isBare: true })
    world.nodes.add({ farmId: 1, profile: testProfile({ disks: [{ type: 'hdd', bytes: 9e11 }] }) })
    world.pass(day)
    expect(world.nodes.areRegistered()).toBe(false)
    expect(world.chain.applied.length).toBe(0)
  })

  it('not at all while its firmware switches virtualization off', () => {
    const world = new TestWorld({ profiles: [testProfile({ isVirtualizationOff: true })] })
    world.pass(day)
    expect(world.nodes.areRegistered()).toBe(false)
    const said = world.kernel.trace.last().map(({ fields }) => JSON.stringify(fields))
    expect(said.some(text => text.includes('please enable in BIOS'))).toBe(true)
  })

  it('once after a network reset: reports go on at their pace, and old traffic is nobody’s', () => {
    const world = new TestWorld()
    const { alice, chain, nodes } = world
    const sent = alice.deploy(1, [disk('a', GiB)])
    world.pass(day)
    nodes.useNetwork(1, sent.contractId, 1000n)
    chain.wipeNodes()
    nodes.onChainReset()
    world.pass(hour)
    const before = chain.callsOf('report_uptime_v2').length
    world.pass(day)
    expect(chain.callsOf('report_uptime_v2')).toHaveLength(before + 36)
    expect(chain.callsOf('add_nru_reports')).toEqual([])
  })

  it('after a network reset without anything of before, be it in error, so that ids can come again', () => {
    const world = new TestWorld()
    const { alice, chain, nodes } = world
    const bad = alice.deploy(1, [disk('a', 900 * GiB)])
    world.pass(5000)
    expect(bad.states()).toEqual({ a: 'error' })
    chain.wipeNodes()
    nodes.onChainReset()
    world.pass(10_000)
    expect(nodes.deploymentsOf(1)).toEqual([])
    expect(alice.send(1, 'deploy', { ...bad.plan })).toMatchObject({ value: null })
  })

  it('after a network reset that it slept through, once it starts', () => {
    const world = new TestWorld({ profiles: [testProfile(), testProfile()] })
    const { alice, chain, nodes } = world
    const sent = alice.deploy(2, [network('net1'), disk('a', GiB)])
    world.pass(5000)
    nodes.crash(2)
    chain.wipeNodes()
    nodes.onChainReset()
    world.pass(hour)
    expect(nodes.list().map(({ nodeId }) => nodeId)).toEqual([1, 0])
    // A contract of the new chain that happens to have the number of the old one.
    chain.putContract({
      id: sent.contractId,
      twinId: alice.twinId,
      state: { type: 'Created' },
      type: { type: 'node', nodeId: 2, hash: 'another', publicIps: [] },
    })
    nodes.boot(2)
    world.pass(3 * minute)
    expect(nodes.list().map(({ nodeId }) => nodeId)).toEqual([1, 2])
    expect(nodes.deploymentsOf(2)).toEqual([])
    expect(nodes.resourcesOf(2).networks).toEqual([])
    nodes.crash(2)
    nodes.bootAt(2)
    world.pass(3 * minute)
    expect(nodes.isUp(2)).toBe(true)
  })

  it('anew after a network reset, and gives up what had a contract', () => {
    const world = new TestWorld()
    const { alice, chain, nodes } = world
    const sent = alice.deploy(1, [disk('a', GiB)])
    world.pass(5000)
    chain.wipeNodes()
    nodes.onChainReset()
    expect(nodes.areRegistered()).toBe(false)
    world.pass(10_000)
    expect(nodes.areRegistered()).toBe(true)
    expect(chain.callsOf('create_node')).toHaveLength(2)
    expect(sent.states()).toEqual({})
    expect(alice.get(1, 'zos.system.version').zos).toBe('3.14.11')
  })

  it('with a profile that exists, else GRID_CONFIG_INVALID', () => {
    const { nodes } = new TestWorld()
    expect(() => nodes.add({ farmId: 1, profile: 'nothing' })).toThrow(GridError)
    expect(nodes.list()).toHaveLength(1)
  })

  it('writes its relay into its twin when that says something else', () => {
    const world = new TestWorld()
    const { chain, nodes } = world
    const twin = chain.twin(4)
    if (!twin) throw new TypeError('no twin')
    chain.submit(
      { pallet: 'TfgridModule', name: 'update_twin', args: { relay: 'other', pk: '' } },
      { signer: twin.account },
    )
    world.pass(1000)
    expect(chain.twin(4)?.relay).toBe('other')
    nodes.reboot(1)
    world.pass(3 * minute)
    expect(chain.twin(4)?.relay).toBe('relay.test')
  })
})

describe('a node reports', () => {
  it('its uptime at every boot and each 40 minutes, in a phase of its own', () => {
    const profiles = Array.from({ length: 3 }, () => testProfile())
    const world = new TestWorld({ profiles })
    const { chain, nodes } = world
    world.pass(day)
    const accounts = nodes.list().map(({ twinId }) => chain.twin(twinId)?.account)
    const times = accounts.map(account =>
      chain
        .callsOf('report_uptime_v2')
        .filter(({ signer }) => signer === account)
        .map(({ at }) => at - 1_767_225_600_000),
    )
    for (const list of times) {
      expect(list[0]).toBe(0)
      expect(list[1]).toBeLessThanOrEqual(40 * minute)
      expect(list.length).toBeGreaterThanOrEqual(36)
      for (const [i, at] of list.entries()) {
        if (i > 1) expect(at - (list[i - 1] ?? 0)).toBe(40 * minute)
      }
    }
    expect(new Set(times.map(list => list[1])).size).toBe(3)
    const last = chain.callsOf('report_uptime_v2').at(-1)
    expect(Number(last?.args.uptime)).toBe(Math.floor(((last?.at ?? 0) - 1_767_225_600_000) / 1000))
  })

  it('nothing while it is down, and from zero when it is back', () => {
    const world = new TestWorld()
    const { chain, nodes } = world
    nodes.crash(1)
    world.pass(3 * hour)
    expect(chain.callsOf('report_uptime_v2')).toHaveLength(1)
    nodes.boot(1)
    world.pass(10 * minute)
    const [, second] = chain.callsOf('report_uptime_v2')
    expect(second?.args.uptime).toBe(0n)
    world.pass(day)
    const { length } = chain.callsOf('report_uptime_v2')
    expect(length).toBeGreaterThanOrEqual(37)
    expect(length).toBeLessThanOrEqual(39)
  })

  it('its first uptime again after ten seconds when the chain refused', () => {
    const world = new TestWorld({ isBare: true })
    world.chain.fail('report_uptime_v2', 2)
    world.nodes.add({ farmId: 1, profile: testProfile() })
    world.pass(minute)
    const calls = world.chain.callsOf('report_uptime_v2')
    expect(calls.map(({ ok }) => ok)).toEqual([false, false, true])
    expect(calls.map(({ at }) => (at - 1_767_225_600_000) / 1000)).toEqual([0, 10, 20])
    world.pass(2 * hour)
    expect(world.chain.callsOf('report_uptime_v2').length).toBeLessThanOrEqual(7)
  })

  it('contract resources again, four times, six seconds apart', () => {
    const world = new TestWorld()
    const { alice, chain } = world
    chain.fail('report_contract_resources', 99)
    alice.deploy(1, [disk('a', GiB)])
    world.pass(hour)
    const times = chain.callsOf('report_contract_resources').map(({ at }) => at)
    const waits = times.slice(1).map((at, i) => (at - (times[i] ?? 0)) / 1000)
    expect(waits).toEqual([6, 6, 6, 6])
  })

  it('what is used when it tries again, not what was', () => {
    const world = new TestWorld()
    const { alice, chain } = world
    chain.fail('report_contract_resources', 1)
    const sent = alice.deploy(1, [disk('a', GiB)])
    world.pass(2000)
    sent.update([disk('a', 2 * GiB, 1)])
    world.pass(10_000)
    const sizes = chain
      .callsOf('report_contract_resources')
      .map(({ args }) => Number(args.contract_resources[0].used.sru) / GiB)
    expect(sizes).toEqual([1, 2, 2])
  })

  it('traffic of deployments hourly, when there was any, until the chain takes it', () => {
    const world = new TestWorld()
    const { alice, chain, nodes } = world
    const sent = alice.deploy(1, [disk('a', GiB)])
    world.pass(2 * hour)
    expect(chain.callsOf('add_nru_reports')).toEqual([])
    chain.fail('add_nru_reports', 1)
    nodes.useNetwork(1, sent.contractId, 1000n)
    nodes.useNetwork(1, sent.contractId, 500n)
    world.pass(hour + minute)
    const calls = chain.callsOf('add_nru_reports')
    expect(calls.map(({ ok }) => ok)).toEqual([false, true])
    const report = { contract_id: sent.contractId, window: 3600n, nru: 1500n }
    expect(calls[1]?.args.reports).toEqual([expect.objectContaining(report)])
    expect(calls[1]?.args).toEqual(calls[0]?.args)
    world.pass(5 * hour)
    expect(chain.callsOf('add_nru_reports')).toHaveLength(2)
    nodes.useNetwork(1, sent.contractId, 7n)
    world.pass(2 * hour)
    expect(chain.callsOf('add_nru_reports')[2]?.args.reports[0].nru).toBe(7n)
  })
})

describe('a farmer', () => {
  const farm = () => new TestWorld({ profiles: [testProfile(), testProfile()] })
  const target = (world: TestWorld, nodeId: number, wish: 'Up' | 'Down') => {
    world.chain.setPowerTarget(nodeId, wish)
    world.nodes.onPowerTarget(1, nodeId, wish)
  }

  it('sends a node to sleep: it says so, reports once more and is silent', () => {
    const world = farm()
    const { chain, nodes, alice } = world
    target(world, 1, 'Down')
    world.pass(10_000)
    expect(nodes.phaseOf(1)).toBe('asleep')
    expect(chain.powerOf(1)).toMatchObject({ state: { type: 'Down' }, target: 'Down' })
    expect(chain.callsOf('report_uptime_v2')).toHaveLength(3)
    expect(alice.ask(1, 'zos.system.version')).toBe('silence')
    world.pass(day)
    const account = chain.twin(nodes.twinOf(1) ?? 0)?.account
    const reports = chain.callsOf('report_uptime_v2').filter(({ signer }) => signer === account)
    expect(reports).toHaveLength(2)
    expect(nodes.phaseOf(2)).toBe('up')
  })

  it('cannot send a node to sleep that nobody could wake', () => {
    const networkCards = [{ name: 'enp1s0', wakesOnLan: false }]
    const world = new TestWorld({ profiles: [testProfile({ networkCards }), testProfile()] })
    const { chain, nodes } = world
    target(world, 1, 'Down')
    world.pass(hour)
    expect(nodes.phaseOf(1)).toBe('up')
    expect(chain.powerOf(1)).toMatchObject({ state: { type: 'Up' }, target: 'Down' })
  })

  it('wakes it through a neighbour, and it says that it is up', () => {
    const world = farm()
    const { chain, nodes, alice } = world
    target(world, 1, 'Down')
    world.pass(10_000)
    target(world, 1, 'Up')
    expect(nodes.phaseOf(1)).toBe('starting')
    world.pass(3 * minute)
    expect(nodes.phaseOf(1)).toBe('up')
    expect(chain.powerOf(1)).toEqual({ state: { type: 'Up' }, target: 'Up' })
    expect(alice.get(1, 'zos.system.version').zos).toBe('3.14.11')
  })

  it('cannot wake a node when none of the farm is up', () => {
    const world = farm()
    target(world, 1, 'Down')
    target(world, 2, 'Down')
    world.pass(10_000)
    target(world, 1, 'Up')
    world.pass(10 * minute)
    expect(world.nodes.phaseOf(1)).toBe('asleep')
    world.nodes.boot(1)
    world.pass(3 * minute)
    expect(world.nodes.phaseOf(1)).toBe('up')
  })

  it('changes his mind before the node is off', () => {
    const world = farm()
    target(world, 1, 'Down')
    world.chain.setPowerTarget(1, 'Up')
    world.pass(10_000)
    expect(world.nodes.phaseOf(1)).toBe('up')
    expect(world.chain.powerOf(1).state.type).toBe('Up')
  })

  it('is obeyed five seconds later when the chain refused', () => {
    const world = farm()
    world.chain.fail('change_power_state', 1)
    target(world, 1, 'Down')
    world.pass(4000)
    expect(world.nodes.phaseOf(1)).toBe('up')
    world.pass(2000)
    expect(world.nodes.phaseOf(1)).toBe('asleep')
  })

  it('gives a public configuration, on which gateways depend', () => {
    const world = farm()
    const { alice, chain, nodes } = world
    chain.putContract({
      id: 500n,
      twinId: alice.twinId,
      state: { type: 'Created' },
      type: { type: 'name', name: 'shop' },
    })
    const gateway = () =>
      workload('gw', 'gateway-name-proxy', {
        name: 'shop',
        tls_passthrough: false,
        backends: ['http://10.1.1.1:80'],
      })
    const before = alice.deploy(1, [gateway()])
    world.pass(5000)
    expect(before.messages().gw).toBe(
      'failed to setup name proxy: gateway is not supported on this node: no public configuration',
    )
    chain.setPublicConfig(1, {
      ip4: { ip: '185.206.122.31/24', gw: '185.206.122.1' },
      ip6: null,
      domain: 'gent01.dev.grid.tf',
    })
    nodes.onPublicConfig(1)
    const after = alice.deploy(1, [gateway()])
    world.pass(5000)
    expect(after.get().workloads[0].result.data).toEqual({ fqdn: 'shop.gent01.dev.grid.tf' })
    chain.removeContract(500n)
    world.pass(hour + minute)
    expect(after.states()).toEqual({})
    expect(after.changes().at(-1).result).toMatchObject({
      state: 'deleted',
      message:
        'workload decommissioned by system, reason: a name contract with the given name must be reserved first',
    })
    chain.setPublicConfig(1, null)
    nodes.onPublicConfig(1)
    expect(alice.ask(1, 'zos.network.public_config_get')).toEqual({
      error: 'no public configuration',
    })
  })
})

describe('the chain out of reach', () => {
  it('keeps what runs, and events come when it is back', () => {
    const world = new TestWorld()
    const { alice, chain, nodes } = world
    const kept = alice.deploy(1, [network('net1'), machine('vm1')])
    const gone = alice.deploy(1, [disk('a', GiB)])
    world.pass(10_000)
    chain.setReachable(false)
    gone.cancel()
    kept.grace(true)
    world.pass(3 * hour)
    expect(kept.states()).toEqual({ net1: 'ok', vm1: 'ok' })
    expect(gone.states()).toEqual({ a: 'ok' })
    chain.setReachable(true)
    world.pass(12_000)
    expect(kept.states()).toEqual({ net1: 'paused', vm1: 'paused' })
    expect(gone.states()).toEqual({})
    expect(nodes.isIdle(1)).toBe(true)
  })

  it('stops uptime reports, which go on ten seconds after it is back', () => {
    const world = new TestWorld()
    const { chain } = world
    chain.setReachable(false)
    world.pass(3 * hour)
    expect(chain.callsOf('report_uptime_v2')).toHaveLength(1)
    chain.setReachable(true)
    world.pass(11_000)
    expect(chain.callsOf('report_uptime_v2')).toHaveLength(2)
  })
})

describe('the reconciliation', () => {
  it('takes down what the chain does not list, within the hour', () => {
    const world = new TestWorld()
    const { alice, chain } = world
    const sent = alice.deploy(1, [disk('a', GiB)])
    world.pass(5000)
    chain.removeContract(sent.contractId)
    world.pass(hour + minute)
    expect(sent.states()).toEqual({})
  })

  it('costs an idle node nothing', () => {
    const world = new TestWorld()
    const waiting = world.kernel.pending().map(({ kind }) => kind)
    expect(waiting).toEqual(['zos.uptime'])
    const sent = world.alice.deploy(1, [disk('a', GiB)])
    world.pass(5000)
    sent.cancel()
    world.pass(2 * hour)
    expect(world.kernel.pending().map(({ kind }) => kind)).toEqual(['zos.uptime'])
  })
})

describe('a node that is down', () => {
  it('gets the messages that still are good when it is back', () => {
    const world = new TestWorld()
    const { alice, nodes } = world
    nodes.reboot(1)
    expect(alice.ask(1, 'zos.system.version', '', 10 * minute)).toMatchObject({
      value: { zos: '3.14.11' },
    })
  })

  it('stays down when it loses power while it starts', () => {
    const world = new TestWorld()
    const { nodes } = world
    nodes.crash(1)
    nodes.boot(1)
    world.pass(1000)
    nodes.crash(1)
    world.pass(hour)
    expect(nodes.phaseOf(1)).toBe('down')
    nodes.boot(1)
    nodes.boot(1)
    world.pass(3 * minute)
    expect(nodes.isUp(1)).toBe(true)
  })
})
