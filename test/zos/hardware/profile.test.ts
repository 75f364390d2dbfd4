import { describe, expect, it } from 'vitest'
import { GridError } from '../../../src/kernel/errors.ts'
import { dmi } from '../../../src/zos/hardware/dmi.ts'
import {
  hardwareProfileNames,
  loadHardwareProfile,
  parseHardwareProfile,
} from '../../../src/zos/hardware/load-profile.ts'
import {
  installDuration,
  nodeFacts,
  profilePools,
  systemCapacity,
  totalCapacity,
} from '../../../src/zos/hardware/profile.ts'
import {
  graphicsCardReports,
  nodeFeatures,
  poolReports,
  statistics,
} from '../../../src/zos/hardware/report.ts'
import { accepted } from '../../../src/zos/outcome.ts'
import { GiB, noCapacity } from '../../../src/zos/workloads/capacity.ts'
import { workloadTypes } from '../../../src/zos/workloads/registry.ts'

describe('hardware profiles', () => {
  it.each([
    ['nano', 8n, 16_600_420_352n, 512_110_190_592n, 0n],
    ['titan', 8n, 31_461_322_752n, 1_024_209_543_168n, 0n],
    ['legacy-1u', 12n, 67_447_877_632n, 480_103_981_056n, 8_001_595_736_064n],
    ['storage-2u', 40n, 202_802_905_088n, 1_920_394_248_192n, 36_007_083_270_144n],
    ['server', 32n, 270_303_690_752n, 3_840_766_820_352n, 0n],
    ['gpu', 32n, 135_051_644_928n, 2_000_409_772_032n, 0n],
    ['nested-vm', 4n, 8_329_768_960n, 107_374_182_400n, 0n],
    ['hdd-only', 12n, 50_547_081_216n, 0n, 3_000_614_658_048n],
    ['light', 4n, 16_492_937_216n, 512_110_190_592n, 0n],
  ])('%s', (name, cru, mru, sru, hru) => {
    const profile = loadHardwareProfile(name)
    expect(totalCapacity(profile)).toEqual({ cru, mru, sru, hru, ipv4u: 0n })
    const pools = profilePools(
      profile,
      profile.disks.map((_disk, index) => `uuid-${index}`),
    )
    expect(pools.flatMap(pool => pool.volumes)).toHaveLength(1)
    expect(new Set(pools.map(pool => pool.name)).size).toBe(profile.disks.length)
  })

  it('are nine, and each can be loaded', () => {
    expect(hardwareProfileNames()).toHaveLength(9)
    expect(hardwareProfileNames()).toContain('light')
  })

  it('name every type that their kind of node runs, and have a time for others', () => {
    for (const name of hardwareProfileNames()) {
      const profile = loadHardwareProfile(name)
      const named = Object.keys(profile.provisioning.durationMs).filter(type => type !== 'default')
      expect(named.filter(type => !workloadTypes.has(type))).toEqual([])
      const usual = installDuration(profile, 'something new')
      expect(usual).toEqual(profile.provisioning.durationMs.default)
      expect(installDuration(profile, 'constructor')).toEqual(usual)
      expect(installDuration(profile, 'zmount')).not.toEqual(usual)
    }
  })

  it('that are not there are refused with the names of those that are', () => {
    expect(() => loadHardwareProfile('mainframe')).toThrowError(GridError)
    expect(() => loadHardwareProfile('../package')).toThrowError(
      /no hardware profile '..\/package'/,
    )
    expect(() => loadHardwareProfile('mainframe')).toThrowError(/gpu, hdd-only.*, server/)
  })

  it('of users are checked, and the wrong member is named', () => {
    const good = { ...loadHardwareProfile('nano'), disks: [], memory: undefined }
    expect(() => parseHardwareProfile(good, 'mine.json')).toThrowError(
      /hardware profile mine.json: memory: /,
    )
  })

  it('tell workloads what they need to know of the node', () => {
    const facts = nodeFacts(loadHardwareProfile('gpu'), {
      isGpuDisabled: false,
      hasPublicBridge: false,
      publicIpv6Subnet: '',
      planetarySubnet: '',
      openFlist: () => accepted('container'),
    })
    expect(facts).toMatchObject({
      kind: 'full',
      cru: 32,
      storage: { isSsdMissing: false },
      graphicsCards: [
        { id: '0000:28:00.0/1002/731f', slot: '0000:28:00.0' },
        { id: '0000:29:00.0/10de/2204', slot: '0000:29:00.0' },
      ],
    })
  })
})

describe('what the system reports', () => {
  it('keeps a tenth of the memory, but at least 2 GiB, and the cache for itself', () => {
    expect(systemCapacity({ mru: 33_374_218_247n }, 5n * GiB)).toMatchObject({
      mru: 3_337_421_824n,
      sru: 5n * GiB,
    })
    expect(systemCapacity({ mru: 8n * GiB }, 0n)).toMatchObject({ mru: 2n * GiB, sru: 0n })
  })

  it('adds the share of the system to what workloads use', () => {
    const total = totalCapacity(loadHardwareProfile('nano'))
    const system = systemCapacity(total, 5n * GiB)
    const users = { deployments: 1, workloads: 2, last_deployment_timestamp: 1_767_225_600n }
    const workloads = { ...noCapacity, cru: 2n, mru: GiB, sru: 10n * GiB, ipv4u: 1n }
    expect(statistics({ total, workloads, system, users, openConnections: 14 })).toEqual({
      total,
      used: { cru: 2n, mru: 3n * GiB, sru: 15n * GiB, hru: 0n, ipv4u: 1n },
      system,
      users,
      open_connections: 14,
    })
  })

  it('lists pools with what is used of them', () => {
    const pools = profilePools(loadHardwareProfile('nano'), ['uuid'])
    expect(poolReports(pools)).toEqual([
      { name: 'uuid', type: 'ssd', size: 512_110_190_592n, used: 5n * GiB },
    ])
  })

  it('lists graphics cards with the contract that holds them (W45)', () => {
    const reports = graphicsCardReports(loadHardwareProfile('gpu'), id =>
      id.endsWith('2204') ? 77n : 0n,
    )
    expect(reports).toEqual([
      {
        id: '0000:28:00.0/1002/731f',
        vendor: 'Advanced Micro Devices, Inc. [AMD/ATI]',
        device: 'Navi 10 [Radeon RX 5600 OEM/5600 XT / 5700/5700 XT]',
        vram: 6144,
        contract: 0n,
      },
      {
        id: '0000:29:00.0/10de/2204',
        vendor: 'NVIDIA Corporation',
        device: 'GA102 [GeForce RTX 3090]',
        vram: 24_576,
        contract: 77n,
      },
    ])
  })

  it('names the features of its kind', () => {
    expect(nodeFeatures('full', false)).toContain('gateway-name-proxy')
    expect(nodeFeatures('full', false)).toContain('wireguard')
    expect(nodeFeatures('light', false)).toEqual([
      'zmachine-light',
      'network-light',
      'zdb',
      'zmount',
      'volume',
      'qsfs',
      'zlogs',
      'mycelium',
      'wireguard',
    ])
    expect(nodeFeatures('light', true).slice(-2)).toEqual([
      'gateway-name-proxy',
      'gateway-fqdn-proxy',
    ])
  })
})

describe('firmware tables', () => {
  const tables = dmi(loadHardwareProfile('storage-2u'), 'SERIAL-7')

  it('have the board third, with its serial', () => {
    const [bios, system, board, chassis] = tables.sections
    expect([bios, system, board, chassis].map(section => section?.typestr)).toEqual([
      'BIOS',
      'System',
      'Baseboard',
      'Chassis',
    ])
    expect(board?.subsections[0]?.properties['Serial Number']).toEqual({ value: 'SERIAL-7' })
    expect(board?.handleline).toBe('Handle 0x0002, DMI type 2, 15 bytes')
  })

  it('have a record for each processor and each memory module', () => {
    const all = (type: string) => tables.sections.filter(section => section.typestr === type)
    expect(all('Processor')).toHaveLength(2)
    expect(all('MemoryDevice')).toHaveLength(12)
    const [processor] = all('Processor')
    expect(processor?.typenum).toBe(4)
    expect(processor?.subsections[0]?.properties).toMatchObject({
      Version: { value: 'Intel(R) Xeon(R) CPU E5-2690 v2 @ 3.00GHz' },
      'Thread Count': { value: '20' },
      'Core Count': { value: '10' },
      Characteristics: { value: '', items: expect.arrayContaining(['64-bit capable']) },
    })
    expect(all('MemoryDevice')[0]?.subsections[0]?.properties).toMatchObject({
      Type: { value: 'DDR3' },
      Size: { value: '16 GB' },
    })
  })
})
