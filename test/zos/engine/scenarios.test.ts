import { describe, expect, it } from 'vitest'
import { disk, GiB, machine, network, TestWorld, testProfile, workload } from '../support/world.ts'

describe('a deployment', () => {
  it('goes from init to ok, workload by workload, and is reported to the chain', () => {
    const { alice, chain, nodes, pass } = bound(new TestWorld())
    const idle = nodes.usedOf(1)
    const vm = alice.deploy(1, [
      machine('vm1', { mounts: [{ name: 'disk1', mountpoint: '/data' }] }),
      network('net1'),
      disk('disk1', 10 * GiB),
    ])
    expect(vm.states()).toEqual({ vm1: 'init', net1: 'init', disk1: 'init' })
    pass(1500)
    expect(vm.states()).toEqual({ vm1: 'init', net1: 'init', disk1: 'ok' })
    pass(1000)
    expect(vm.states()).toEqual({ vm1: 'init', net1: 'ok', disk1: 'ok' })
    expect(chain.callsOf('report_contract_resources')).toEqual([])
    pass(1000)
    expect(vm.states()).toEqual({ vm1: 'ok', net1: 'ok', disk1: 'ok' })
    const [report] = chain.callsOf('report_contract_resources')
    expect(report?.args).toEqual({
      contract_resources: [
        {
          contract_id: vm.contractId,
          used: { hru: 0n, sru: BigInt(10 * GiB + 500 * 1024 ** 2), cru: 1n, mru: BigInt(2 * GiB) },
        },
      ],
    })
    expect(nodes.usedOf(1).cru - idle.cru).toBe(1n)
    const { workloads } = vm.get()
    const result = workloads.find(({ name }: { name: string }) => name === 'vm1').result
    expect(result).toMatchObject({ state: 'ok', message: '', data: { ip: '10.20.2.5' } })
  })
})

describe('the scenarios of the reference', () => {
  it('S1: a hash that differs ends in an error of every workload, and no report', () => {
    const { alice, chain, pass } = bound(new TestWorld())
    const sent = alice.deploy(1, [disk('a', GiB), disk('b', GiB)], { hash: 'f'.repeat(32) })
    pass(100)
    const { workloads } = sent.get()
    for (const { result } of workloads) {
      expect(result).toMatchObject({
        state: 'error',
        message: 'contract hash does not match deployment hash',
        data: null,
      })
    }
    pass(60_000)
    expect(chain.callsOf('report_contract_resources')).toEqual([])
  })

  it('S2: the same contract again is refused', () => {
    const { alice } = bound(new TestWorld())
    const { plan } = alice.deploy(1, [disk('a', GiB)])
    expect(alice.send(1, 'deploy', plan)).toEqual({ error: 'exists' })
  })

  it('S3: a deployment begins with version 0', () => {
    const { alice } = bound(new TestWorld())
    const plan = alice.plan([disk('a', GiB)], { version: 1, contract_id: 99 })
    expect(alice.send(1, 'deploy', plan)).toEqual({
      error: 'expected version to be 0 on deployment creation: invalid version',
    })
  })

  it('S4: what an update adds has the new version', () => {
    const { alice, pass } = bound(new TestWorld())
    const sent = alice.deploy(1, [disk('a', GiB)])
    pass(5000)
    expect(sent.update([disk('a', GiB), disk('b', GiB)])).toEqual({
      error: "invalid version number for workload 'b' expected '1': upgrade validation error",
    })
  })

  it('S5: versions follow one another', () => {
    const { alice, pass } = bound(new TestWorld())
    const { plan } = alice.deploy(1, [disk('a', GiB)])
    pass(5000)
    expect(alice.send(1, 'update', { ...plan, version: 2 })).toEqual({
      error: 'expecting deployment version 1, got 2: upgrade validation error',
    })
  })

  it('S6: a machine cannot be changed, and the stored version stays', () => {
    const { alice, pass } = bound(new TestWorld())
    const sent = alice.deploy(1, [network('net1'), machine('vm1')])
    pass(5000)
    expect(sent.update([network('net1'), machine('vm1', {}, 1)])).toEqual({
      error: "workload 'zmachine' does not support upgrade: upgrade validation error",
    })
    expect(sent.get().version).toBe(0)
  })

  it('S7: a mounted disk does not grow: only the changes tell', () => {
    const { alice, pass } = bound(new TestWorld())
    const mounted = machine('vm1', { mounts: [{ name: 'a', mountpoint: '/data' }] })
    const sent = alice.deploy(1, [disk('a', GiB), network('net1'), mounted])
    pass(5000)
    expect(sent.update([disk('a', 2 * GiB, 1), network('net1'), mounted])).toMatchObject({
      value: null,
    })
    pass(5000)
    const changes = sent.changes().filter(({ name }: { name: string }) => name === 'a')
    expect(changes.map((entry: { result: { state: string } }) => entry.result.state)).toEqual([
      'init',
      'ok',
      'unchanged',
    ])
    expect(changes.at(-1)).toMatchObject({
      version: 1,
      data: { size: 2 * GiB },
      result: { message: 'disk is mounted, please delete the VM first' },
    })
    const { version, workloads } = sent.get()
    expect(version).toBe(1)
    expect(workloads[0]).toMatchObject({ version: 0, data: { size: GiB }, result: { state: 'ok' } })
  })

  it('S8: a machine fails with its disk', () => {
    const { alice, pass } = bound(new TestWorld())
    const sent = alice.deploy(1, [
      disk('a', 500 * GiB),
      network('net1'),
      machine('vm1', { mounts: [{ name: 'a', mountpoint: '/data' }] }),
    ])
    pass(5000)
    expect(sent.states()).toEqual({ a: 'error', net1: 'ok', vm1: 'error' })
    expect(sent.messages()).toMatchObject({
      a: `failed to find a candidate to host vdisk of size '${500 * GiB}': not enough space left in pools of this type ssd`,
      vm1: "invalid disk 'a' state",
    })
  })

  it('S9: a grace period pauses what is ok, and its end lets it go on; both count', () => {
    const { alice, nodes, pass, chain } = bound(new TestWorld())
    const sent = alice.deploy(1, [network('net1'), machine('vm1'), disk('big', 900 * GiB)])
    pass(5000)
    const used = nodes.usedOf(1)
    sent.grace(true)
    pass(1000)
    expect(sent.states()).toEqual({ net1: 'paused', vm1: 'paused', big: 'error' })
    expect(sent.messages()).toMatchObject({ net1: 'paused', vm1: 'paused' })
    expect(nodes.usedOf(1)).toEqual(used)
    expect(nodes.resourcesOf(1).machines[0]?.isPaused).toBe(true)
    sent.grace(false)
    pass(1000)
    expect(sent.states()).toEqual({ net1: 'ok', vm1: 'ok', big: 'error' })
    expect(sent.messages()).toMatchObject({ net1: '', vm1: '' })
    const [first, ...others] = chain.callsOf('report_contract_resources').map(({ args }) => args)
    expect(others).toEqual([first, first])
  })

  it('S10: a cancelled contract takes everything along', () => {
    const { alice, nodes, pass } = bound(new TestWorld())
    const idle = nodes.usedOf(1)
    const fresh = nodes.resourcesOf(1)
    const sent = alice.deploy(1, [network('net1'), machine('vm1'), disk('a', GiB)])
    pass(5000)
    sent.cancel()
    pass(1000)
    const request = { contract_id: Number(sent.contractId) }
    const gone = { error: 'deployment not found' }
    expect(alice.ask(1, 'zos.deployment.get', request)).toEqual(gone)
    expect(alice.ask(1, 'zos.deployment.changes', request)).toEqual(gone)
    expect(nodes.usedOf(1)).toEqual(idle)
    const { pools, ...left } = nodes.resourcesOf(1)
    expect(left).toMatchObject({ machines: [], networks: [] })
    // The directory of disk images stays, empty.
    expect(pools.flatMap(pool => pool.volumes.flatMap(({ files }) => files))).toEqual([])
    expect(pools.map(({ name }) => name)).toEqual(fresh.pools.map(({ name }) => name))
  })

  it('S11: a network name is unique among the deployments of a twin', () => {
    const { alice, bob, pass } = bound(new TestWorld())
    const first = alice.deploy(1, [network('net1')])
    expect(() => alice.deploy(1, [disk('a', GiB), network('net1')])).toThrow(
      "global workload with the same name 'net1' exists: conflict",
    )
    expect(alice.get(1, 'zos.deployment.list')).toHaveLength(1)
    bob.deploy(1, [network('net1', { wireguard_listen_port: 3012 })])
    first.cancel()
    pass(10_000)
    const again = alice.deploy(1, [network('net1', { wireguard_listen_port: 3013 })])
    pass(5000)
    expect(again.states()).toEqual({ net1: 'ok' })
  })

  it('S12: a machine uses the network of another deployment of its twin', () => {
    const { alice, bob, pass } = bound(new TestWorld())
    alice.deploy(1, [network('net1')])
    const own = alice.deploy(1, [machine('vm1')])
    const foreign = bob.deploy(1, [machine('vm1')])
    pass(10_000)
    expect(own.states()).toEqual({ vm1: 'ok' })
    expect(foreign.states()).toEqual({ vm1: 'error' })
    expect(foreign.messages().vm1).toMatch(/^could not get network resource subnet: couldn't load/)
  })

  it('S14: memory is bounded by what is left', () => {
    const { alice, pass } = bound(new TestWorld())
    const sent = alice.deploy(1, [
      network('net1'),
      machine('vm1', { compute_capacity: { cpu: 1, memory: 15 * GiB } }),
    ])
    pass(5000)
    expect(sent.messages().vm1).toBe(
      `failed to satisfy required capacity: cannot fulfil required memory size 16106127360 bytes out of usable ${14 * GiB} bytes`,
    )
    expect(sent.get().workloads[1].result).toMatchObject({ state: 'error', data: null })
  })

  it('S15: CPUs are shared without a bound', () => {
    const memory = { bytes: 128 * GiB, type: 'DDR4', speed: '', manufacturer: '', moduleGB: [128] }
    const { alice, pass } = bound(new TestWorld({ profiles: [testProfile({ memory })] }))
    const machines = Array.from({ length: 40 }, (_, i) =>
      machine(`vm${i}`, {
        network: { interfaces: [{ network: 'net1', ip: `10.20.2.${i + 2}` }] },
        compute_capacity: { cpu: 8, memory: GiB },
      }),
    )
    const sent = alice.deploy(1, [network('net1'), ...machines])
    pass(60_000)
    expect(new Set(Object.values(sent.states()))).toEqual(new Set(['ok']))
  })

  it('W24: disks are installed with the largest first', () => {
    const { alice, pass } = bound(new TestWorld())
    const sent = alice.deploy(1, [disk('a', 10 * GiB), disk('b', 30 * GiB), disk('c', 20 * GiB)])
    pass(10_000)
    expect(sent.history().slice(3)).toEqual(['b:ok', 'c:ok', 'a:ok'])
  })

  it('W23: a name that was removed can be added again', () => {
    const { alice, pass } = bound(new TestWorld())
    const sent = alice.deploy(1, [disk('a', GiB), disk('b', GiB)])
    pass(5000)
    sent.update([disk('a', GiB)])
    pass(5000)
    sent.update([disk('a', GiB), disk('b', 2 * GiB, 2)])
    pass(5000)
    expect(sent.history()).toEqual([
      'a:init',
      'b:init',
      'a:ok',
      'b:ok',
      'b:deleted',
      'b:init',
      'b:ok',
    ])
    expect(sent.changes()[4].result.message).toBe('deleted by an update')
  })

  it('keeps a deployment without workloads, whose history is null', () => {
    const { alice, pass } = bound(new TestWorld())
    const sent = alice.deploy(1, [])
    pass(1000)
    expect(sent.get().workloads).toEqual([])
    expect(sent.changes()).toBeNull()
    expect(alice.get(1, 'zos.deployment.list')).toEqual([])
  })

  it('refuses an unknown type and data that does not decode', () => {
    const { alice } = bound(new TestWorld())
    const send = (type: string, data: unknown) => {
      const plan = alice.plan([workload('a', type, data)], { contract_id: 5 })
      return alice.ask(1, 'zos.deployment.deploy', plan)
    }
    expect(send('nothing', {})).toEqual({ error: "invalid reservation type 'nothing'" })
    expect(send('zmount', { size: 'x' })).toEqual({
      error:
        "failed to load data into object of type '*zos.ZMount': json: cannot unmarshal string into Go struct field ZMount.size of type gridtypes.Unit",
    })
  })
})

/** The members of a world, its methods bound. */
function bound(world: TestWorld) {
  const { alice, bob, farmer, chain, nodes, kernel } = world
  return { world, alice, bob, farmer, chain, nodes, kernel, pass: (ms: number) => world.pass(ms) }
}
