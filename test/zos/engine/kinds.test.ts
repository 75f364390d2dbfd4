import { describe, expect, it } from 'vitest'
import { workloadTypes } from '../../../src/zos/workloads/registry.ts'
import { failed, withSteps, workloadTable } from '../../../src/zos/workloads/workload-type.ts'
import { zmachine } from '../../../src/zos/workloads/zmachine.ts'
import {
  disk,
  GiB,
  machine,
  minute,
  network,
  TestWorld,
  testProfile,
  workload,
} from '../support/world.ts'

const key = '11'.repeat(32)

const lightNetwork = (version = 0) =>
  workload(
    'net1',
    'network-light',
    {
      ip_range: '10.20.0.0/16',
      subnet: '10.20.2.0/24',
      wireguard_private_key: '',
      wireguard_listen_port: 0,
      peers: [],
      mycelium: { hex_key: key, peers: [] },
    },
    version,
  )

const lightMachine = workload('vm1', 'zmachine-light', {
  flist: 'https://hub.grid.tf/tf-official-apps/base.flist',
  network: {
    interfaces: [{ network: 'net1', ip: '10.20.2.5' }],
    mycelium: { Network: 'net1', hex_seed: '010203040506' },
  },
  size: 0,
  compute_capacity: { cpu: 1, memory: GiB },
  mounts: [{ name: 'a', mountpoint: '/data' }],
  entrypoint: '',
  env: {},
})

const qsfs = (version = 0) => {
  const encryption = { algorithm: 'AES', key }
  const backends = [{ address: '[::1]:9900', namespace: 'n', password: 'p' }]
  return workload(
    'q',
    'qsfs',
    {
      cache: GiB,
      config: {
        minimal_shards: 1,
        expected_shards: 2,
        redundant_groups: 0,
        redundant_nodes: 0,
        max_zdb_data_dir_size: 32,
        encryption,
        meta: { type: 'zdb', config: { prefix: 'x', encryption, backends } },
        groups: [{ backends }],
        compression: { algorithm: 'snappy' },
      },
    },
    version,
  )
}

describe('a light node', () => {
  it('runs light workloads, also after a reboot', () => {
    const world = new TestWorld({ profiles: [testProfile({ kind: 'light' })] })
    const { alice, nodes } = world
    const sent = alice.deploy(1, [lightMachine, lightNetwork(), disk('a', GiB)])
    world.pass(10_000)
    expect(sent.states()).toEqual({ net1: 'ok', vm1: 'ok', a: 'ok' })
    const [{ result }] = sent.get().workloads
    expect(result.data).toMatchObject({
      ip: '10.20.2.5',
      mycelium_ip: expect.stringMatching(/^[45][0-9a-f]{2}:.*ff0f:102:304:506$/),
      console_url: expect.stringMatching(/^\[[45][0-9a-f:]+\]:20005$/),
    })
    nodes.reboot(1)
    world.pass(3 * minute)
    expect(sent.states()).toEqual({ net1: 'ok', vm1: 'ok', a: 'ok' })
    expect(sent.get().workloads[0].result.data).toEqual(result.data)
    sent.cancel()
    world.pass(1000)
    expect(nodes.deploymentsOf(1)).toEqual([])
  })

  it('does not run what needs a full one, and the other way round', () => {
    const world = new TestWorld({ profiles: [testProfile({ kind: 'light' }), testProfile()] })
    const { alice } = world
    const onLight = alice.deploy(1, [network('net1'), machine('vm1')])
    const onFull = alice.deploy(2, [lightNetwork()])
    world.pass(10_000)
    expect(onLight.states()).toEqual({ net1: 'error', vm1: 'error' })
    expect(onFull.messages().net1).toBe("workload type 'network-light' does not run on a full node")
  })
})

describe('workloads of a full node', () => {
  it('go up in the order of their types and down in the reverse', () => {
    const world = new TestWorld()
    const { alice, nodes } = world
    const publicIps = [{ ip: '185.206.122.33/24', gateway: '185.206.122.1' }]
    const all = [
      workload('logs', 'zlogs', { zmachine: 'vm1', output: 'redis://1.1.1.1/x' }),
      machine('vm1', {
        network: {
          public_ip: 'ip1',
          planetary: true,
          interfaces: [{ network: 'net1', ip: '10.20.2.5' }],
        },
      }),
      workload('ip1', 'ip', { v4: true, v6: false }),
      network('net1'),
      qsfs(),
      workload('v', 'volume', { size: GiB }),
      workload('z', 'zdb', { size: GiB, mode: 'user', password: 'p', public: false }),
      disk('a', GiB),
    ]
    const sent = alice.deploy(1, all, { publicIps })
    world.pass(minute)
    const up = ['a', 'v', 'q', 'net1', 'ip1', 'vm1', 'logs', 'z']
    expect(sent.history().slice(8)).toEqual(up.map(name => `${name}:ok`))
    expect(sent.get().workloads[1].result.data).toMatchObject({
      planetary_ip: expect.stringMatching(/^3[0-9a-f]{2}:/),
    })
    const before = world.kernel.trace.length
    sent.cancel()
    world.pass(minute)
    const down = world.kernel.trace
      .last(world.kernel.trace.length - before)
      .flatMap(({ kind, fields }) => (kind === 'zos.workload' ? [fields as { name: string }] : []))
      .map(({ name }) => name)
    expect(down).toEqual(up.toReversed())
    const { pools: _pools, leavingFileSystems, ...rest } = nodes.resourcesOf(1)
    for (const list of Object.values(rest)) expect(list).toEqual([])
    expect(leavingFileSystems).toEqual([`2-${sent.contractId}-q`])
    world.pass(30 * minute)
    expect(nodes.resourcesOf(1).leavingFileSystems).toEqual([])
  })

  it('are what the user makes of them', () => {
    const rare = withSteps(zmachine, {
      install: (context, original) =>
        context.data.flist.endsWith('rare.flist')
          ? failed(context.resources, 'no such image today')
          : original(context),
    })
    const types = workloadTable([...workloadTypes.values(), rare])
    const world = new TestWorld({ nodes: { types } })
    const sent = world.alice.deploy(1, [
      network('net1'),
      machine('common'),
      machine('rare', { flist: 'https://hub.grid.tf/rare.flist' }),
    ])
    world.pass(minute)
    expect(sent.messages()).toEqual({ net1: '', common: '', rare: 'no such image today' })
  })
})
