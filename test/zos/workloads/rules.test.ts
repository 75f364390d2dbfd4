import { describe, expect, it } from 'vitest'
import { deploymentRefusal } from '../../../src/zos/deployment/validate.ts'
import { struct, text } from '../../../src/zos/go/json-decoder.ts'
import { accepted } from '../../../src/zos/outcome.ts'
import {
  backendAddress,
  backendRefusal,
  backendRefusals,
} from '../../../src/zos/workloads/backends.ts'
import { GiB, MiB, memoryRefusal } from '../../../src/zos/workloads/capacity.ts'
import { rootSize } from '../../../src/zos/workloads/machine-parts.ts'
import { workloadTypes } from '../../../src/zos/workloads/registry.ts'
import {
  installOrder,
  installSize,
  loadWorkload,
  sortForInstall,
  workload,
  workloadTable,
} from '../../../src/zos/workloads/workload-type.ts'
import { machineData, network, peer, sampleDeployment, zmachine, zmount } from '../sample.ts'

const key32 = 'ab'.repeat(32)

function refusalOf(...workloads: Parameters<typeof sampleDeployment>[0]): string | undefined {
  return deploymentRefusal(sampleDeployment(workloads), workloadTypes)
}

const nic = (ip: string, net = 'net1') => ({ interfaces: [{ network: net, ip }] })
const compute = (cpu: number, memory: bigint) => ({
  compute_capacity: { cpu, memory: Number(memory) },
})

describe('the rules of each type', () => {
  const light = (data: object) => ({
    name: 'w',
    type: 'network-light',
    data: { subnet: '10.1.2.0/24', mycelium: { hex_key: key32 }, ...data },
  })
  const gateway = (data: object) => ({
    name: 'w',
    type: 'gateway-name-proxy',
    data: { name: 'a-b_c', backends: ['http://1.1.1.1'], ...data },
  })
  const fqdn = (name: string) => ({
    name: 'w',
    type: 'gateway-fqdn-proxy',
    data: { fqdn: name, backends: ['http://1.1.1.1'] },
  })
  const zdb = (data: object) => ({
    name: 'w',
    type: 'zdb',
    data: { size: 1, mode: 'seq', ...data },
  })
  const qsfs = (minimal_shards: number, expected_shards: number) => ({
    name: 'w',
    type: 'qsfs',
    data: { config: { minimal_shards, expected_shards } },
  })

  it.each([
    ['zmount of nothing', zmount('w', 0), 'invalid size'],
    ['zmount of one byte', zmount('w', 1), undefined],
    ['volume of nothing', { name: 'w', type: 'volume', data: {} }, 'invalid size'],
    ['zdb of nothing', zdb({ size: 0, mode: 'x' }), 'invalid size'],
    ['zdb mode', zdb({ mode: 'User' }), 'invalid mode'],
    ['zdb', zdb({ mode: 'user' }), undefined],
    [
      'ip of neither kind',
      { name: 'w', type: 'ip', data: {} },
      'public ip workload with no selections',
    ],
    ['ip v6', { name: 'w', type: 'ip', data: { v6: true } }, undefined],
    ['ipv4', { name: 'w', type: 'ipv4', data: {} }, undefined],
    ['network range', network('w', { ip_range: '' }), 'network IP range cannot be empty'],
    ['network subnet', network('w', { subnet: null }), 'network resource subnet cannot empty'],
    [
      'network key',
      network('w', { wireguard_private_key: '' }),
      'network resource wireguard private key cannot empty',
    ],
    [
      'peer subnet',
      network('w', { peers: [peer(), peer({ subnet: '', allowed_ips: [] })] }),
      'peer wireguard subnet cannot empty',
    ],
    [
      'peer ranges',
      network('w', { peers: [peer({ allowed_ips: [], wireguard_public_key: '' })] }),
      'peer wireguard allowedIPs cannot empty',
    ],
    [
      'peer key',
      network('w', { peers: [peer({ wireguard_public_key: '' })], mycelium: {} }),
      'peer wireguard public key cannot empty',
    ],
    [
      'mycelium key',
      network('w', { mycelium: { hex_key: 'ab' } }),
      'invalid mycelium key length, expected 32',
    ],
    [
      'mycelium peers',
      network('w', { mycelium: { hex_key: key32, peers: ['tcp://1.1.1.1:9651'] } }),
      'user defined peers list is not supported right now',
    ],
    [
      'network',
      network('w', { peers: [peer()], mycelium: { hex_key: key32, peers: [] } }),
      undefined,
    ],
    ['light subnet', light({ subnet: '', mycelium: {} }), 'network resource subnet cannot empty'],
    ['light mycelium', light({ mycelium: undefined }), 'invalid mycelium key length, expected 32'],
    ['light network', light({}), undefined],
    ['gateway name', gateway({ name: 'a.b', backends: [] }), 'name a.b is invalid'],
    ['gateway without backends', gateway({ backends: [] }), 'backends list can not be empty'],
    [
      'the first bad backend',
      gateway({ backends: ['http://1.1.1.1', 'https://1.1.1.1', 'x'] }),
      "failed to validate backend 'https://1.1.1.1': scheme expected to be http",
    ],
    ['gateway', gateway({}), undefined],
    ['fqdn without a dot', fqdn('example'), 'fqdn example is invalid'],
    ['fqdn with a short end', fqdn('example.x'), 'fqdn example.x is invalid'],
    ['fqdn', fqdn('my.example.com'), undefined],
    ['qsfs shards', qsfs(3, 2), "minimal shards can't be greater than expected shards"],
    ['qsfs', qsfs(2, 2), undefined],
  ])('%s', (_what, sent, refusal) => {
    expect(refusalOf(sent)).toBe(refusal)
  })

  const zlogs = (output: string, machine = 'vm') => ({
    name: 'logs',
    type: 'zlogs',
    data: { zmachine: machine, output },
  })
  it.each([
    ['redis://1.1.1.1:6379', undefined],
    ['wss://example.com/x', undefined],
    ['http://1.1.1.1', "invalid output schema 'http' not supported"],
    ['', "invalid output schema '' not supported"],
    ['://x', 'invalid url supplied in output: parse "://x": missing protocol scheme'],
  ])('zlogs to %j', (output, refusal) => {
    expect(refusalOf(zmachine('vm'), zlogs(output))).toBe(refusal)
  })

  it('zlogs only of a full machine of the same deployment', () => {
    expect(refusalOf(zmount('vm', 1), zlogs('ws://a'))).toBe("no zmachine with name 'vm' found")
    expect(refusalOf(zlogs('ws://a', ''))).toBe("no zmachine with name '' found")
  })
})

describe('the rules of machines', () => {
  it.each(['zmachine', 'zmachine-light'])('%s: each rule in its turn', type => {
    const refuse = (data: object) => refusalOf({ name: 'vm', type, data: machineData({ ...data }) })
    expect(refuse({ network: {}, ...compute(0, 0n) })).toBe(
      'only one network private network is supported at the moment',
    )
    expect(refuse({ network: nic(''), ...compute(0, 0n) })).toBe('invalid IP')
    expect(refuse(compute(0, 0n))).toBe("cpu capacity can't be 0")
    expect(refuse({ size: 1, ...compute(1, 250n * MiB - 1n) })).toBe(
      "mem capacity can't be less that 250M",
    )
    expect(refuse({ size: 1, ...compute(1, 250n * MiB) })).toBe(
      "disk size can't be less that 524288000. Set to 0 for minimum",
    )
    expect(refuse({ size: Number(2n * GiB) - 1, ...compute(2, 4n * GiB) })).toBe(
      "disk size can't be less that 2147483648. Set to 0 for minimum",
    )
    expect(refuse({ network: nic('10.20.2.5', 'pub') })).toBe("'pub' is reserved network name")
    const seed = { ...nic('10.20.2.5'), mycelium: { network: 'net1', hex_seed: '0011' } }
    expect(refuse({ network: seed })).toBe('invalid mycelium seed length expected 6 bytes')
    expect(refuse({ network: nic('fd00::5') })).toBeUndefined()
    expect(refuse({})).toBeUndefined()
  })

  const withIp = (name: string, public_ip: string, more: object = {}) =>
    zmachine(name, { network: { ...nic('10.20.2.5'), public_ip, ...more } })
  const ip = { name: 'pip', type: 'ip', data: { v4: true } }

  it('want a public address that is there and theirs alone', () => {
    expect(refusalOf(withIp('vm', 'pip'), ip)).toBeUndefined()
    expect(refusalOf(withIp('vm', 'pip'))).toBe('public ip is not found')
    expect(refusalOf(withIp('vm', 'a-b'))).toBe('public ip is not found')
    expect(refusalOf(withIp('vm', 'pip'), withIp('vm2', 'pip'), ip)).toBe(
      'public ip is assigned to multiple vms',
    )
  })

  it('answer the decoder for another machine that cannot be read while addresses are counted', () => {
    const broken = { name: 'vm2', type: 'zmachine' }
    expect(refusalOf(withIp('vm', 'pip'), ip, broken)).toBe('unexpected end of JSON input')
  })

  it('lose their later rules when the public address is of another type, as on the real node', () => {
    const bad = { interfaces: [{ network: 'ygg', ip: '10.20.2.5' }] }
    expect(refusalOf(withIp('vm', 'disk', bad), zmount('disk', 1))).toBeUndefined()
    expect(refusalOf(withIp('vm', '', bad), zmount('disk', 1))).toBe(
      "'ygg' is reserved network name",
    )
  })
})

describe('root disks', () => {
  it.each([
    ['W1', 1, 8n * GiB, 2n * GiB],
    ['W2', 1, 4n * GiB, 500n * MiB],
    ['W3', 2, 4n * GiB, 2n * GiB],
    ['W4', 1, 250n * MiB, 500n * MiB],
  ])('%s: %d CPUs and %d bytes of memory', (_id, cpu, memory, size) => {
    expect(rootSize({ size: 0n, compute_capacity: { cpu, memory } })).toBe(size)
    expect(rootSize({ size: 50n * GiB, compute_capacity: { cpu, memory } })).toBe(50n * GiB)
  })
})

describe('backends', () => {
  const v6 = '[2001:db8:3333:4444:CCCC:DDDD:EEEE:FFFF]:200'
  const parsing = (backend: string, why: string) =>
    `failed to parse backend ${backend} with error: ${why}`
  const noPort =
    'failed to parse backend 1.1.1.1 with error: address 1.1.1.1: missing port in address'

  it.each([
    ['W5', '1.1.1.1:10', true, undefined],
    [
      'W5',
      '1.1.1.1:10',
      false,
      'failed to parse backend with error: parse "1.1.1.1:10": first path segment in URL cannot contain colon',
    ],
    ['W6', '1.1.1.1', true, parsing('1.1.1.1', noPort)],
    ['W6', '1.1.1.1:port', true, parsing('1.1.1.1:port', 'invalid port in backend: port')],
    ['W6', 'ip:10', true, parsing('ip:10', 'invalid ip')],
    ['W6', '1.1.1.1:1000000', true, parsing('1.1.1.1:1000000', "port '1000000' must be <= 65535")],
    ['W6', '1.1.1.1:65535', true, undefined],
    ['W7', 'http://1.1.1.1:10', false, undefined],
    ['W7', 'http://1.1.1.1', false, undefined],
    [
      'W7',
      'http://1.1.1.1:10',
      true,
      parsing(
        'http://1.1.1.1:10',
        'failed to parse backend http://1.1.1.1:10 with error: address http://1.1.1.1:10: too many colons in address',
      ),
    ],
    [
      'W8',
      'http://1.1.1.1:port',
      false,
      'failed to parse backend with error: parse "http://1.1.1.1:port": invalid port ":port" after host',
    ],
    ['W8', 'http://ip:10', false, 'invalid ip address in backend: ip'],
    ['loopback', 'http://127.0.0.1:80', false, 'invalid ip address in backend: 127.0.0.1'],
    ['loopback', 'http://[::1]:80', false, 'invalid ip address in backend: ::1'],
    ['loopback', '127.0.0.1:80', true, undefined],
    ['scheme', 'https://1.1.1.1', false, 'scheme expected to be http'],
    ['empty', '', false, 'scheme expected to be http'],
    ['IPv6', 'http://[2001:db8::1]:80/x', false, undefined],
  ])('%s: %s, passed through: %s', (_id, backend, isPassthrough, refusal) => {
    expect(backendRefusal(backend, isPassthrough)).toBe(refusal)
  })

  it.each([
    ['W9', 'http://10.20.30.40', '10.20.30.40:80'],
    ['W10', v6, v6],
    ['W10', `http://${v6}`, v6],
    ['W10', '10.20.30.40:500', '10.20.30.40:500'],
  ])('%s: %s is dialled at %s', (_id, backend, address) => {
    expect(backendAddress(backend)).toEqual(accepted(address))
  })

  it('W11: an IPv6 address without brackets is not dialled', () => {
    expect(backendAddress('2001:db8:3333:4444:CCCC:DDDD:EEEE:FFFF:200').ok).toBe(false)
  })

  it('W12: IPv4 and bracketed IPv6 with ports pass through', () => {
    expect(backendRefusals(['1.1.1.1:80', '2.2.2.2:443', v6], true)).toEqual([])
  })

  it('W13: four of the eight are refused', () => {
    const backends = [
      '1.1.1.1:80',
      'http://2.2.2.2:443',
      '2.2.2.2',
      '3.3.3.3:port',
      '127.0.0.1:8080',
      '[::1]:8080',
      '[2001:db8::1]:8080',
      '2001:db8::1:8080',
    ]
    expect(backendRefusals(backends, true)).toHaveLength(4)
  })
})

describe('the order of installs', () => {
  it('is that of the node for each kind of node, and then that of the table or of a shuffle', () => {
    const rest = [
      'zdb',
      'gateway-name-proxy',
      'gateway-fqdn-proxy',
      'network-light',
      'zmachine-light',
    ]
    const full = ['zmount', 'volume', 'qsfs', 'network', 'ipv4', 'ip', 'zmachine', 'zlogs']
    expect(installOrder(workloadTypes, 'full')).toEqual([...full, ...rest])
    const reversed = installOrder(workloadTypes, 'full', names => names.toReversed())
    expect(reversed).toEqual([...full, ...rest.toReversed()])
    expect(installOrder(workloadTypes, 'light').slice(0, 8)).toEqual([
      'zmount',
      'volume',
      'qsfs',
      'network-light',
      'ipv4',
      'ip',
      'zmachine-light',
      'zlogs',
    ])
  })

  it('W24: larger disks come first, equal ones in list order', () => {
    const { workloads } = sampleDeployment([
      zmount('a', 10),
      zmount('b', 30),
      zmount('c', 20),
      zmount('d', 20),
    ])
    const names = sortForInstall(workloads, workloadTypes).map(entry => entry.name)
    expect(names).toEqual(['b', 'c', 'd', 'a'])
  })

  it('W25: only disks and volumes have a size by which they are sorted', () => {
    const [unknown, zdb, volume] = sampleDeployment([
      { name: 'a', type: 'invalid', data: {} },
      { name: 'b', type: 'zdb', data: { size: 10, mode: 'seq' } },
      { name: 'c', type: 'volume', data: { size: 10 } },
    ]).workloads
    expect(unknown && installSize(unknown, workloadTypes)).toBeUndefined()
    expect(zdb && installSize(zdb, workloadTypes)).toBeUndefined()
    expect(volume && installSize(volume, workloadTypes)).toBe(10n)
  })
})

describe('the table of types', () => {
  it('says which types are shared and which can be updated', () => {
    const namesWhere = (is: (type: { isSharable: boolean; isUpdatable: boolean }) => boolean) =>
      Array.from(workloadTypes.values())
        .filter(is)
        .map(type => type.name)
        .sort()
    expect(namesWhere(type => type.isSharable)).toEqual(['network', 'network-light'])
    expect(namesWhere(type => type.isUpdatable)).toEqual([
      'network',
      'network-light',
      'qsfs',
      'volume',
      'zdb',
      'zmount',
    ])
  })

  it('takes types of users, with plain defaults', () => {
    const beacon = workload('beacon', {
      data: struct('zos.Beacon', { text: text() }),
      challenge: (put, data) => put.text(data.text),
    })
    const types = workloadTable([...workloadTypes.values(), beacon])
    const deployment = sampleDeployment([{ name: 'b', type: 'beacon', data: { text: 'x' } }])
    expect(deploymentRefusal(deployment, types)).toBeUndefined()
    expect(deploymentRefusal(deployment, workloadTypes)).toBe("invalid reservation type 'beacon'")
    const [entry] = deployment.workloads
    expect(entry && loadWorkload(entry, types)).toMatchObject({
      ok: true,
      value: { data: { text: 'x' } },
    })
    expect(beacon).toMatchObject({
      isSharable: false,
      isUpdatable: false,
      runsOn: ['full', 'light'],
      installOrder: {},
    })
    expect(installOrder(types, 'full').at(-1)).toBe('beacon')
    expect(beacon.capacity({ text: '' })).toEqual({ cru: 0n, mru: 0n, sru: 0n, hru: 0n, ipv4u: 0n })
  })

  it('knows what workloads refer to', () => {
    const data = {
      network: {
        ...nic('10.20.2.5'),
        public_ip: 'pip',
        mycelium: { network: 'net2', hex_seed: '001122334455' },
      },
      mounts: [{ name: 'disk', mountpoint: '/data' }],
    }
    const [machine] = sampleDeployment([zmachine('vm', data)]).workloads
    const loaded = machine && loadWorkload(machine, workloadTypes)
    expect(loaded?.ok && loaded.value.type.references(loaded.value.data)).toEqual([
      { name: 'disk', scope: 'deployment' },
      { name: 'net1', scope: 'twin' },
      { name: 'net2', scope: 'twin' },
      { name: 'pip', scope: 'deployment' },
    ])
  })
})

describe('memory', () => {
  it('is refused beyond what the node has left (S14)', () => {
    const totalMru = 16n * GiB
    const refusal = memoryRefusal({ requiredMru: 15n * GiB, totalMru, usedMru: 2n * GiB })
    expect(refusal).toBe(
      'failed to satisfy required capacity: cannot fulfil required memory size 16106127360 bytes out of usable 15032385536 bytes',
    )
    expect(memoryRefusal({ requiredMru: 14n * GiB, totalMru, usedMru: 2n * GiB })).toBeUndefined()
  })

  it('counts what is really in use when that is more', () => {
    const memory = { requiredMru: 2n, totalMru: 10n, usedMru: 5n }
    expect(memoryRefusal({ ...memory, reallyUsedMru: 8n })).toBeUndefined()
    expect(memoryRefusal({ ...memory, reallyUsedMru: 9n })).toMatch(/out of usable 1 bytes$/)
  })
})
