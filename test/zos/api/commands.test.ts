import { describe, expect, it } from 'vitest'
import { answered } from '../../../src/zos/api/context.ts'
import { command } from '../../../src/zos/api/own-command.ts'
import { refused } from '../../../src/zos/outcome.ts'
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

const light = () => new TestWorld({ profiles: ['light'] })
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const config = {
  ip4: { ip: '185.206.122.31/24', gw: '185.206.122.1' },
  ip6: { ip: '2a10:b600:1::31/64', gw: 'fe80::1' },
  domain: 'gent01.dev.grid.tf',
}

describe('the router', () => {
  it('answers an unknown command as the real one does', () => {
    const { alice, farmer } = new TestWorld()
    const missing = { error: 'function is not found' }
    for (const command of ['x', 'zos', 'zos.', 'zos.system', 'zos.vm.list', 'zos.admin', '']) {
      expect(alice.ask(1, command)).toEqual(missing)
    }
    expect(farmer.ask(1, 'zos.admin.reboot')).toEqual(missing)
    expect(farmer.ask(1, 'zos.network.admin.interfaces')).toEqual(missing)
  })

  it('asks the guard of a namespace before it looks for a command', () => {
    const { alice } = new TestWorld()
    const refused = { error: 'unauthorized' }
    expect(alice.ask(1, 'zos.admin.interfaces')).toEqual(refused)
    expect(alice.ask(1, 'zos.admin.nothing')).toEqual(refused)
    expect(alice.ask(1, 'zos.debug.deployment.list')).toEqual(refused)
    expect(alice.ask(1, 'zos.debug.nothing')).toEqual(refused)
  })

  it('on a light node does not know what only full ones serve', () => {
    const { alice } = light()
    const missing = { error: 'function is not found' }
    expect(alice.ask(1, 'zos.network.list_public_ips')).toEqual(missing)
    expect(alice.ask(1, 'zos.debug.deployment.list')).toEqual(missing)
  })

  it('leaves unanswered what is not JSON or has no payload', () => {
    const world = new TestWorld()
    const { bus, alice, kernel } = world
    const send = (schema: string | null, payload: string | null) => {
      const before = kernel.trace.length
      bus.send({
        uid: 'u',
        source: { twin: alice.twinId, connection: 'test' },
        destination: { twin: world.nodes.twinOf(1) ?? 0 },
        expiresAt: kernel.now() + 1000,
        schema,
        body: { type: 'request', command: 'zos.system.version', payload },
      })
      world.pass(1000)
      const entries = kernel.trace.last(kernel.trace.length - before)
      return entries.filter(({ kind }) => kind === 'rmb.sent').length - 1
    }
    expect(send('application/json', '')).toBe(1)
    expect(send('application/json', 'whatever')).toBe(1)
    expect(send('text/plain', '')).toBe(0)
    expect(send(null, '')).toBe(0)
    expect(send('application/json', null)).toBe(0)
  })

  it('takes commands of a user, also in the place of built-in ones', () => {
    const world = new TestWorld({
      nodes: {
        commands: [
          command('zos.own', ({ twinId, payload, node }) =>
            answered({ twinId, from: node.id, says: String(payload), cru: node.used.cru }),
          ),
          command('zos.system.version', (_call, original) => {
            const truth = original()
            return truth.ok ? answered({ ...JSON.parse(truth.value), zos: '9.9.9' }) : truth
          }),
          command('zos.gpu.list', () => refused('nvidia-smi has failed')),
          command('zos.admin.own', () => answered('for the farmer')),
          command('zos.new', (_call, original) => original()),
          command('zos.light', () => answered(true), ['light']),
          command('zos.broken', () => {
            throw new TypeError('out of cheese')
          }),
        ],
      },
    })
    const { alice, farmer } = world
    alice.deploy(1, [network('net1'), machine('vm1')])
    world.pass(5000)
    expect(alice.get(1, 'zos.own', 'true')).toEqual({ twinId: 2, from: 1, says: 'true', cru: 1 })
    expect(alice.get(1, 'zos.own', '{')).toMatchObject({ says: 'undefined' })
    expect(alice.get(1, 'zos.system.version')).toEqual({ zos: '9.9.9', zinit: 'v0.2.26' })
    expect(alice.ask(1, 'zos.gpu.list')).toEqual({ error: 'nvidia-smi has failed' })
    expect(alice.ask(1, 'zos.admin.own')).toEqual({ error: 'unauthorized' })
    expect(farmer.get(1, 'zos.admin.own')).toBe('for the farmer')
    for (const unknown of ['zos.new', 'zos.light']) {
      expect(alice.ask(1, unknown)).toEqual({ error: 'function is not found' })
    }
    expect(alice.ask(1, 'zos.broken')).toEqual({ error: 'handler panicked with: out of cheese' })
  })
})

describe('zos.system', () => {
  it('version', () => {
    expect(new TestWorld().alice.get(1, 'zos.system.version')).toEqual({
      zos: '3.14.11',
      zinit: 'v0.2.26',
    })
    expect(light().alice.get(1, 'zos.system.version').zos).toBe('0.3.18')
  })

  it('version follows an upgrade, which disturbs no machine', () => {
    const world = new TestWorld()
    const sent = world.alice.deploy(1, [network('net1'), machine('vm1')])
    world.pass(5000)
    world.nodes.upgrade(1, '3.15.0')
    world.pass(5000)
    expect(world.alice.get(1, 'zos.system.version').zos).toBe('3.15.0')
    expect(sent.history()).toHaveLength(4)
  })

  it('dmi has the board in its third section, with a serial number of the node', () => {
    const world = new TestWorld({ profiles: [testProfile(), testProfile()] })
    const serial = (node: number) => {
      const { sections } = world.alice.get(node, 'zos.system.dmi')
      expect(sections[2]).toMatchObject({ typestr: 'Baseboard', typenum: 2 })
      return sections[2].subsections[0].properties['Serial Number'].value
    }
    expect([serial(1), serial(2)]).toEqual(['SN000001', 'SN000002'])
    const [call] = world.chain.callsOf('create_node')
    expect(call?.args.serial_number).toBe('SN000001')
  })

  it('hypervisor', () => {
    const { alice } = new TestWorld({ profiles: ['nested-vm', testProfile()] })
    expect(alice.get(1, 'zos.system.hypervisor')).toBe('kvm')
    expect(alice.get(2, 'zos.system.hypervisor')).toBe('')
  })

  it('node_features_get', () => {
    expect(new TestWorld().alice.get(1, 'zos.system.node_features_get')).toContain('zmachine')
    const world = light()
    expect(world.alice.get(1, 'zos.system.node_features_get').slice(-2)).toEqual([
      'mycelium',
      'wireguard',
    ])
    world.chain.setPublicConfig(1, config)
    world.nodes.onPublicConfig(1)
    expect(world.alice.get(1, 'zos.system.node_features_get').slice(-2)).toEqual([
      'gateway-name-proxy',
      'gateway-fqdn-proxy',
    ])
  })

  it('diagnostics', () => {
    const { alice } = new TestWorld()
    const report = alice.get(1, 'zos.system.diagnostics')
    expect(Object.keys(report)).toEqual(['system_status_ok', 'modules', 'healthy'])
    expect(Object.keys(report.modules)).toEqual([
      'storage',
      'node',
      'identityd',
      'vmd',
      'flist',
      'network',
      'container',
      'provision',
      'gateway',
      'qsfsd',
    ])
    expect(report.modules.identityd.status).toEqual({
      objects: [
        { Name: 'manager', Version: '0.0.1' },
        { Name: 'monitor', Version: '0.0.1' },
      ],
      workers: [{ state: 'free', time: '2026-01-01T00:00:00Z', action: '' }],
    })
    expect(report).toMatchObject({ system_status_ok: true, healthy: true })
  })
})

describe('zos.location and zos.statistics', () => {
  it('location.get agrees with what the chain was told', () => {
    const { alice, chain } = new TestWorld()
    expect(alice.get(1, 'zos.location.get')).toEqual({
      longitude: 3.7174,
      latitude: 51.0543,
      continent: 'Europe',
      country_name: 'Belgium',
      country_code: 'BE',
      city_name: 'Ghent',
    })
    expect(chain.callsOf('create_node')[0]?.args.location).toEqual({
      city: 'Ghent',
      country: 'Belgium',
      latitude: '51.0543',
      longitude: '3.7174',
    })
  })

  it('statistics.get adds up', () => {
    const world = new TestWorld()
    const { alice } = world
    const idle = alice.get(1, 'zos.statistics.get')
    const system = { cru: 0, sru: 5 * GiB, hru: 0, mru: 2 * GiB, ipv4u: 0 }
    expect(idle).toMatchObject({
      total: { cru: 8, sru: 100 * GiB, hru: 200 * GiB, mru: 16 * GiB, ipv4u: 0 },
      used: system,
      system,
      users: { deployments: 0, workloads: 0, last_deployment_timestamp: 0 },
    })
    expect(Object.keys(idle)).toEqual(['total', 'used', 'system', 'users', 'open_connections'])
    expect(Object.keys(idle.total)).toEqual(['cru', 'sru', 'hru', 'mru', 'ipv4u'])
    const sent = alice.deploy(1, [network('net1'), machine('vm1'), disk('big', 900 * GiB)])
    world.pass(5000)
    const busy = alice.get(1, 'zos.statistics.get')
    expect(busy.used).toEqual({ ...system, cru: 1, mru: 4 * GiB, sru: 5 * GiB + 500 * 1024 ** 2 })
    const vm = sent.get().workloads[1]
    expect(busy.users).toEqual({
      deployments: 1,
      workloads: 2,
      last_deployment_timestamp: vm.result.created,
    })
  })
})

describe('zos.perf', () => {
  it('get gives the last result of a test', () => {
    const world = new TestWorld()
    const { alice } = world
    const first = alice.get(1, 'zos.perf.get', { name: 'cpu-benchmark' })
    expect(first).toMatchObject({
      name: 'cpu-benchmark',
      timestamp: 1_767_225_600,
      result: { threads: 8, workloads: 0 },
    })
    world.pass(6 * hour)
    const next = alice.get(1, 'zos.perf.get', { Name: 'cpu-benchmark' })
    expect(next.timestamp).toBe(1_767_225_600 + 6 * 3600)
    expect(next.result.single).toBeCloseTo(1, 1)
    const [tcp, udp] = alice.get(1, 'zos.perf.get', { name: 'iperf' }).result
    expect([tcp.test_type, udp.test_type]).toEqual(['tcp', 'udp'])
  })

  it('get knows no result of other names, and none before a test has run', () => {
    const { alice } = new TestWorld()
    const missing = { error: 'result not found' }
    expect(alice.ask(1, 'zos.perf.get', { name: 'nothing' })).toEqual(missing)
    expect(alice.ask(1, 'zos.perf.get', { name: 'iperf' })).toEqual(missing)
    expect(alice.ask(1, 'zos.perf.get', '[]')).toEqual({
      error: expect.stringMatching(/^failed to unmarshal payload \[91 93\]: json: /),
    })
    expect(alice.ask(1, 'zos.perf.get', '')).toEqual({
      error: 'failed to unmarshal payload []: unexpected end of JSON input',
    })
  })

  it('public-ip-validation looks at the addresses of the farm, on its first node that is up', () => {
    const world = new TestWorld({ profiles: [testProfile(), testProfile()] })
    const { alice, chain, nodes } = world
    const gateway = '185.206.122.1'
    chain.setFarmIps(1, [
      { ip: '185.206.122.33/24', gateway, contractId: 0n },
      { ip: '185.206.122.34/24', gateway, contractId: 9n },
      { ip: '185.206.122.35/24', gateway: 'nowhere', contractId: 0n },
    ])
    world.pass(hour)
    const resultOf = (nodeId: number) =>
      alice.get(nodeId, 'zos.perf.get', { name: 'public-ip-validation' }).result
    const expected = {
      '185.206.122.33/24': { state: 'valid', reason: '' },
      '185.206.122.34/24': { state: 'skipped', reason: 'ip is already assigned to a contract' },
      '185.206.122.35/24': {
        state: 'invalid',
        reason: 'public ip or gateway data are not valid',
      },
    }
    expect(resultOf(1)).toEqual(expected)
    expect(resultOf(2)).toEqual({})
    nodes.crash(1)
    expect(resultOf(2)).toEqual(expected)
  })

  it('get_all gives all results there are; a reboot forgets them', () => {
    const world = new TestWorld()
    const names = () =>
      world.alice.get(1, 'zos.perf.get_all').map(({ name }: { name: string }) => name)
    expect(names()).toEqual(['cpu-benchmark', 'healthcheck'])
    world.pass(hour)
    expect(names()).toEqual([
      'iperf',
      'cpu-benchmark',
      'public-ip-validation',
      'healthcheck',
      'provisiontest',
    ])
    world.nodes.reboot(1)
    world.pass(2 * minute)
    expect(names()).not.toContain('provisiontest')
  })
})

describe('zos.gpu and zos.storage', () => {
  it('gpu.list names the contract that holds a card', () => {
    const world = new TestWorld()
    const { alice, chain } = world
    const card = '0000:28:00.0/1002/731f'
    const list = () => alice.get(1, 'zos.gpu.list')
    expect(list()).toEqual([{ id: card, vendor: 'AMD', device: 'Radeon', vram: 6144, contract: 0 }])
    const refused = alice.deploy(1, [network('net1'), machine('vm1', { gpu: [card] })])
    world.pass(5000)
    expect(refused.messages().vm1).toBe('usage of GPU is not allowed unless node is rented')
    refused.cancel()
    world.pass(1000)
    chain.putContract({
      id: 1000n,
      twinId: alice.twinId,
      state: { type: 'Created' },
      type: { type: 'rent', nodeId: 1 },
    })
    const sent = alice.deploy(1, [network('net1'), machine('vm1', { gpu: [card] })])
    world.pass(5000)
    expect(sent.states().vm1).toBe('ok')
    expect(list()[0].contract).toBe(Number(sent.contractId))
  })

  it('gpu.list without cards is null, or an empty list where that was asked for', () => {
    const { alice } = new TestWorld({ profiles: ['nano'] })
    expect(alice.get(1, 'zos.gpu.list')).toBeNull()
    const kind = new TestWorld({ profiles: ['nano'], nodes: { emptyGpuList: '[]' } })
    expect(kind.alice.get(1, 'zos.gpu.list')).toEqual([])
  })

  it('gpu.list is empty on a node booted without cards for machines, on which none starts', () => {
    const world = new TestWorld({ profiles: [testProfile({ isGpuDisabled: true })] })
    const sent = world.alice.deploy(1, [network('net1'), machine('vm1')])
    world.pass(5000)
    expect(world.alice.ask(1, 'zos.gpu.list')).toMatchObject({ text: 'null' })
    expect(sent.messages().vm1).toBe(
      'failed to prepare requested gpu device(s): GPU is disabled on this node',
    )
  })

  it('storage.pools', () => {
    const world = new TestWorld()
    const pools = () => world.alice.get(1, 'zos.storage.pools')
    expect(pools()).toEqual([
      { name: expect.stringMatching(uuid), type: 'ssd', size: 100 * GiB, used: 5 * GiB },
      { name: expect.stringMatching(uuid), type: 'hdd', size: 200 * GiB, used: 0 },
    ])
    const [{ name }] = pools()
    world.alice.deploy(1, [disk('a', 7 * GiB)])
    world.pass(5000)
    expect(pools()[0]).toMatchObject({ name, used: 12 * GiB })
  })
})

describe('zos.network', () => {
  it('list_wg_ports has the reserved ports and those of networks', () => {
    const reserved = [80, 300, 443, 8082, 9651, 9943, 9944, 9945]
    const world = new TestWorld()
    const ports = () => world.alice.get(1, 'zos.network.list_wg_ports')
    expect(ports()).toEqual(reserved)
    const sent = world.alice.deploy(1, [network('net1')])
    world.pass(5000)
    expect(ports()).toContain(3011)
    sent.update([network('net1', { wireguard_listen_port: 4000 }, 1)])
    world.pass(5000)
    expect(ports()).not.toContain(3011)
    expect(ports()).toContain(4000)
    expect(light().alice.get(1, 'zos.network.list_wg_ports')).toEqual([])
  })

  it('public_config_get', () => {
    const full = new TestWorld()
    const get = (world: TestWorld) => world.alice.ask(1, 'zos.network.public_config_get')
    expect(get(full)).toEqual({ error: 'no public configuration' })
    expect(get(light())).toEqual({
      error: 'failed to load public config: no public configuration',
    })
    full.chain.setPublicConfig(1, config)
    full.nodes.onPublicConfig(1)
    expect(get(full)).toMatchObject({
      text: '{"type":"","ipv4":"185.206.122.31/24","ipv6":"2a10:b600:1::31/64","gw4":"185.206.122.1","gw6":"fe80::1","domain":"gent01.dev.grid.tf"}',
    })
  })

  it('a light node keeps its public configuration when it is taken back', () => {
    const world = light()
    const get = () => world.alice.ask(1, 'zos.network.public_config_get')
    world.chain.setPublicConfig(1, { ...config, ip6: null, domain: null })
    world.nodes.onPublicConfig(1)
    const applied = { type: 'macvlan', ipv6: '', gw6: '', domain: '' }
    expect(get()).toMatchObject({ value: applied })
    world.chain.setPublicConfig(1, null)
    world.nodes.onPublicConfig(1)
    expect(get()).toMatchObject({ value: applied })
  })

  it('interfaces and has_ipv6', () => {
    const { alice } = new TestWorld()
    const { zos, ygg } = alice.get(1, 'zos.network.interfaces')
    expect(zos).toEqual(['10.0.0.1', expect.stringMatching(/^2a10:b600:0?:?1?/)])
    expect(ygg).toEqual([expect.stringMatching(/^2[0-9a-f]{2}:/)])
    expect(alice.get(1, 'zos.network.has_ipv6')).toBe(true)
    const without = new TestWorld({ nodes: { publicIpv6Of: () => '' } }).alice
    expect(without.ask(1, 'zos.network.has_ipv6')).toEqual({ error: 'no public ipv6 found' })
    expect(without.get(1, 'zos.network.interfaces').zos).toEqual(['10.0.0.1'])
    expect(light().alice.get(1, 'zos.network.has_ipv6')).toBe(false)
    expect(Object.keys(light().alice.get(1, 'zos.network.interfaces'))).toEqual(['zos'])
  })

  it('list_public_ips has those of all twins', () => {
    const world = new TestWorld()
    const { alice, bob } = world
    expect(alice.get(1, 'zos.network.list_public_ips')).toEqual([])
    const publicIps = [{ ip: '185.206.122.33/24', gateway: '185.206.122.1' }]
    const sent = alice.deploy(1, [workload('ip1', 'ip', { v4: true, v6: true })], { publicIps })
    world.pass(5000)
    expect(sent.get().workloads[0].result.data).toMatchObject({
      ip: '185.206.122.33/24',
      gateway: '185.206.122.1',
      ip6: expect.stringMatching(/\/64$/),
    })
    expect(bob.get(1, 'zos.network.list_public_ips')).toEqual(['185.206.122.33/24'])
  })

  it('list_private_ips has those of the caller, waiting ones too', () => {
    const world = new TestWorld()
    const { alice, bob } = world
    const ask = (user: typeof alice) =>
      user.get(1, 'zos.network.list_private_ips', { network_name: 'net1' })
    expect(ask(alice)).toEqual([])
    alice.deploy(1, [network('net1'), machine('vm1')])
    expect(ask(alice)).toEqual(['10.20.2.5'])
    expect(ask(bob)).toEqual([])
    expect(alice.ask(1, 'zos.network.list_private_ips', '')).toEqual({
      error: 'unexpected end of JSON input',
    })
  })
})

describe('zos.deployment', () => {
  it('delete always fails', () => {
    expect(new TestWorld().alice.ask(1, 'zos.deployment.delete', { contract_id: 1 })).toEqual({
      error: 'deletion over the api is disabled, please cancel your contract instead',
    })
  })

  it('get and changes are for the twin that deployed', () => {
    const world = new TestWorld()
    const { alice, bob } = world
    const sent = alice.deploy(1, [disk('a', GiB)])
    const request = { contract_id: Number(sent.contractId) }
    const missing = { error: 'deployment not found' }
    for (const command of ['get', 'changes']) {
      expect(bob.ask(1, `zos.deployment.${command}`, request)).toEqual(missing)
      expect(alice.ask(1, `zos.deployment.${command}`, { contract_id: 1 })).toEqual(missing)
      expect(alice.ask(1, `zos.deployment.${command}`, { contract_id: '1' })).toEqual({
        error: 'json: cannot unmarshal string into Go struct field .contract_id of type uint64',
      })
      expect(alice.ask(1, `zos.deployment.${command}`, 'x')).toEqual({
        error: "invalid character 'x' looking for beginning of value",
      })
    }
  })

  it('get writes members in order, data as it was sent, and integers in full', () => {
    const { alice, chain } = new TestWorld()
    const data = '{"size": 1073741824,  "__type":"zmount"}'
    const json = JSON.stringify({
      ...alice.sign(alice.plan([disk('a', GiB)], { contract_id: 0 })),
    })
      .replace('"contract_id":0', '"contract_id":18446744073709551615')
      .replace('{"size":1073741824}', data)
    expect(alice.ask(1, 'zos.deployment.deploy', json)).toMatchObject({ text: 'null' })
    expect(chain.contract(2n ** 64n - 1n)).toBeNull()
    const answer = alice.ask(1, 'zos.deployment.get', '{"contract_id":18446744073709551615}')
    expect(answer).toMatchObject({
      text: expect.stringMatching(
        /^\{"version":0,"twin_id":2,"contract_id":18446744073709551615,"metadata":"","description":"","expiration":0,"signature_requirement":\{"requests":\[\{"twin_id":2,"required":false,"weight":1\}\],"weight_required":1,"signatures":\[\{"twin_id":2,"signature":"[0-9a-f]{128}","signature_type":"ed25519"\}\],"signature_style":""\},"workloads":\[\{"version":0,"name":"a","type":"zmount","data":/,
      ),
    })
    expect(answer).toMatchObject({ text: expect.stringContaining(`"data":${data}`) })
  })

  it('list leaves out what holds nothing', () => {
    const world = new TestWorld()
    const { alice, bob } = world
    const good = alice.deploy(1, [disk('a', GiB)])
    alice.deploy(1, [disk('a', 900 * GiB)])
    const ids = (user: typeof alice) =>
      user
        .get(1, 'zos.deployment.list')
        .map(({ contract_id }: { contract_id: number }) => contract_id)
    expect(ids(alice)).toHaveLength(2)
    world.pass(5000)
    expect(ids(alice)).toEqual([Number(good.contractId)])
    expect(ids(bob)).toEqual([])
  })
})

describe('zos.admin', () => {
  it('tells the farmer of network cards, and takes one for public traffic', () => {
    const { farmer } = new TestWorld()
    const cards = farmer.get(1, 'zos.admin.interfaces')
    expect(Object.keys(cards)).toEqual(['eth0', 'eth1'])
    expect(cards.eth0.ips).toEqual(['10.0.0.1/8'])
    expect(cards.eth1.ips).toBeNull()
    const nic = () => farmer.get(1, 'zos.admin.get_public_nic')
    expect(nic()).toEqual({ is_single: true, is_dual: false, dual_interface: '' })
    expect(farmer.get(1, 'zos.admin.set_public_nic', '"eth1"')).toBeNull()
    expect(nic()).toEqual({ is_single: false, is_dual: true, dual_interface: 'eth1' })
    expect(farmer.ask(1, 'zos.admin.set_public_nic', '{}')).toEqual({
      error: expect.stringMatching(/^failed to decode input, expecting string: json: /),
    })
  })

  it('has the cards of its hardware', () => {
    const networkCards = [{ name: 'enp1s0' }, { name: 'enp2s0' }, { name: 'ens3' }]
    const { farmer } = new TestWorld({ profiles: [testProfile({ networkCards })] })
    const cards = farmer.get(1, 'zos.admin.interfaces')
    expect(Object.keys(cards)).toEqual(['enp1s0', 'enp2s0', 'ens3'])
    expect(new Set(Object.values<{ mac: string }>(cards).map(({ mac }) => mac)).size).toBe(3)
    expect(farmer.ask(1, 'zos.admin.set_public_nic', '"eth1"')).toEqual({
      error: "failed to get interface 'eth1': Link not found",
    })
    farmer.get(1, 'zos.admin.set_public_nic', '"ens3"')
    expect(farmer.get(1, 'zos.admin.get_public_nic')).toMatchObject({ dual_interface: 'ens3' })
  })

  it('knows no public card on a light node', () => {
    const { farmer } = light()
    const refused = { error: 'not supported' }
    expect(farmer.ask(1, 'zos.admin.get_public_nic')).toEqual(refused)
    expect(farmer.ask(1, 'zos.admin.set_public_nic', '"eth1"')).toEqual(refused)
    expect(Object.keys(farmer.get(1, 'zos.admin.interfaces'))).toEqual(['eth0', 'eth1'])
  })
})

describe('zos.debug', () => {
  const debug = () => {
    const world = new TestWorld({ nodes: { adminTwins: [1] } })
    const sent = world.alice.deploy(1, [network('net1'), machine('vm1'), disk('a', GiB)])
    world.pass(10_000)
    const id = `${world.alice.twinId}:${sent.contractId}`
    const ask = (command: string, payload: unknown = '') =>
      world.farmer.ask(1, `zos.debug.deployment.${command}`, payload)
    return { world, sent, id, ask }
  }

  it('list, get and history', () => {
    const { world, sent, id, ask } = debug()
    const list = {
      value: {
        deployments: [
          {
            twin_id: 2,
            contract_id: Number(sent.contractId),
            workloads: [
              { type: 'network', name: 'net1', state: 'ok' },
              { type: 'zmachine', name: 'vm1', state: 'ok' },
              { type: 'zmount', name: 'a', state: 'ok' },
            ],
          },
        ],
      },
    }
    expect(ask('list')).toMatchObject(list)
    expect(ask('list', { twin_id: 2 })).toMatchObject(list)
    expect(ask('list', { twin_id: 3 })).toMatchObject({ value: { deployments: [] } })
    expect(ask('get', { deployment: id })).toMatchObject({ value: { deployment: sent.get() } })
    expect(ask('history', { deployment: id })).toMatchObject({
      value: {
        deployment: id,
        history: sent
          .changes()
          .map(
            (
              { type, name, result }: { type: string; name: string; result: object },
              i: number,
            ) => ({
              seq: i + 1,
              type,
              name,
              ...Object.fromEntries(Object.entries(result).filter(([key]) => key !== 'data')),
            }),
          ),
      },
    })
    expect(world.alice.ask(1, 'zos.debug.deployment.list')).toEqual({ error: 'unauthorized' })
  })

  it.each([
    [{}, 'deployment identifier is required'],
    [{ deployment: '2' }, "invalid deployment format: expected 'twin-id:contract-id', got '2'"],
    [
      { deployment: '2:3:4' },
      "invalid deployment format: expected 'twin-id:contract-id', got '2:3:4'",
    ],
    [{ deployment: 'x:3' }, 'invalid twin ID: x: strconv.ParseUint: parsing "x": invalid syntax'],
    [
      { deployment: '2:-1' },
      'invalid contract ID: -1: strconv.ParseUint: parsing "-1": invalid syntax',
    ],
    [{ deployment: '2:3' }, 'failed to get deployment: deployment not found'],
  ])('get refuses %j', (payload, error) => {
    expect(debug().ask('get', payload)).toEqual({ error })
  })

  it('info', () => {
    const { id, ask } = debug()
    expect(ask('info', { deployment: id, workload: 'vm1' })).toMatchObject({
      value: {
        workload_id: id.replace(':', '-').concat('-vm1'),
        type: 'zmachine',
        name: 'vm1',
        info: { HtEnabled: false, Memory: 2 * GiB, CPU: 1 },
        logs: 'no logs available',
      },
    })
    expect(ask('info', { deployment: id, workload: 'net1' })).toMatchObject({
      value: { logs: "Network workloads don't support logs", info: { state: 'up' } },
    })
    expect(ask('info', { deployment: id })).toEqual({ error: 'workload name is required' })
    expect(ask('info', { deployment: id, workload: 'x' })).toEqual({
      error: "workload 'x' not found in deployment",
    })
    expect(ask('info', { deployment: id, workload: 'a' })).toEqual({
      error: "workload type 'zmount' not supported for info command",
    })
  })

  it('health', () => {
    const { world, sent, id, ask } = debug()
    const health = () => ask('health', { deployment: id })
    const statuses = () => {
      const answer = health()
      if (answer === 'silence' || 'error' in answer) throw new TypeError('no answer')
      return answer.value.workloads.map(({ status }: { status: string }) => status)
    }
    expect(statuses()).toEqual(['healthy', 'healthy'])
    world.nodes.crashMachine(1, { twinId: 2, contractId: sent.contractId, name: 'vm1' })
    expect(statuses()).toEqual(['healthy', 'unhealthy'])
    expect(ask('health', {})).toEqual({
      error: 'deployment is required when system_probe is not specified',
    })
    expect(ask('health', { options: { system_probe: 'uptime' } })).toMatchObject({
      value: { workloads: [{ workload_id: 'system', status: 'unhealthy' }] },
    })
  })
})
