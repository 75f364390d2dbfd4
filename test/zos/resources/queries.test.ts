import { describe, expect, it } from 'vitest'
import type { WorkloadState } from '../../../src/zos/deployment/deployment.ts'
import { accepted } from '../../../src/zos/outcome.ts'
import {
  contractOfCard,
  deploymentCapacity,
  isActive,
  listPrivateIps,
  listPublicIps,
  userCounters,
  wireguardPorts,
} from '../../../src/zos/resources/queries.ts'
import { GiB, MiB } from '../../../src/zos/workloads/capacity.ts'
import { workloadTypes } from '../../../src/zos/workloads/registry.ts'
import {
  machineData,
  network,
  resourcesAfter,
  sampleDeployment,
  step,
  zmachine,
  zmount,
} from '../sample.ts'

const ip = (name: string, type: string, state: WorkloadState, address: string) => ({
  name,
  type,
  data: { v4: true },
  state,
  result: { ip: address, ip6: '', gateway: '' },
})

describe('public addresses in use', () => {
  it('are those of ok ip workloads of all deployments', () => {
    const deployments = [
      sampleDeployment([
        ip('a', 'ip', 'ok', '1.1.1.1/24'),
        ip('b', 'ip', 'error', '1.1.1.2/24'),
        ip('c', 'ip', 'ok', ''),
        zmount('disk', 1, 'ok'),
      ]),
      sampleDeployment([
        ip('d', 'ip', 'paused', '1.1.1.4/24'),
        ip('e', 'ipv4', 'ok', '1.1.1.3/24'),
      ]),
    ]
    expect(listPublicIps(deployments)).toEqual(accepted(['1.1.1.1/24', '1.1.1.3/24']))
    expect(listPublicIps([])).toEqual(accepted([]))
  })
})

describe('private addresses in use', () => {
  const vm = (name: string, address: string, state: WorkloadState, net = 'net1') =>
    zmachine(name, { network: { interfaces: [{ network: net, ip: address }] } }, state)

  it('are those of machines that are not in error, waiting ones included', () => {
    const light = { ...vm('light', '10.20.2.9', 'ok'), type: 'zmachine-light' }
    const deployment = sampleDeployment([
      light,
      vm('a', '10.20.2.2', 'init'),
      vm('b', '10.20.2.3', 'error'),
      vm('c', '10.20.2.4', 'deleted'),
      vm('d', '10.20.2.5', 'paused'),
      vm('e', '10.20.3.5', 'ok', 'net2'),
    ])
    expect(listPrivateIps([deployment], 'net1')).toEqual(
      accepted(['10.20.2.2', '10.20.2.5', '10.20.2.9']),
    )
    expect(listPrivateIps([deployment], 'net2')).toEqual(accepted(['10.20.3.5']))
    expect(listPrivateIps([deployment], 'net3')).toEqual(accepted([]))
  })

  it('are not told when a machine cannot be read', () => {
    const broken = sampleDeployment([{ name: 'vm', type: 'zmachine', data: { size: 'x' } }])
    expect(listPrivateIps([broken], 'net1').ok).toBe(false)
  })
})

describe('ports of WireGuard', () => {
  it('are those of networks and, on full nodes, the reserved ones', () => {
    const net = sampleDeployment([network('net1')])
    const { networks } = resourcesAfter(step('install', net, 'net1'))
    const reserved = [80, 300, 443, 8082, 9651, 9943, 9944, 9945]
    expect(wireguardPorts('full', [])).toEqual(reserved)
    expect(wireguardPorts('full', networks)).toEqual([80, 300, 443, 3011, ...reserved.slice(3)])
    expect(wireguardPorts('light', networks)).toEqual([3011])
    expect(wireguardPorts('light', [])).toEqual([])
  })
})

describe('graphics cards', () => {
  const card = '0000:28:00.0/1002/731f'
  const holder = (type: string, disk: WorkloadState, members = {}) =>
    sampleDeployment(
      [
        { name: 'vm', type, data: machineData({ gpu: [card] }), state: 'error' as const },
        zmount('disk', 1, disk),
      ],
      members,
    )

  it.each(['zmachine', 'zmachine-light'])('belong to the deployment whose %s lists them', type => {
    const deployments = [holder(type, 'error', { contract_id: 8 }), holder(type, 'paused')]
    expect(contractOfCard(deployments, card)).toBe(10n)
    expect(contractOfCard(deployments, 'other')).toBe(0n)
    expect(contractOfCard([], card)).toBe(0n)
  })
})

describe('what deployments hold', () => {
  const deployment = sampleDeployment([
    zmachine('vm', {}, 'ok'),
    zmachine('vm2', {}, 'error'),
    zmount('disk', 10n * GiB, 'paused'),
    zmount('disk2', 10n * GiB, 'init'),
  ])

  it('is the capacity of ok and paused workloads', () => {
    expect(deploymentCapacity(deployment, workloadTypes)).toEqual({
      cru: 1n,
      mru: 2n * GiB,
      sru: 10n * GiB + 500n * MiB,
      hru: 0n,
      ipv4u: 0n,
    })
  })

  it('is counted, with the time of the newest', () => {
    const [vm, , disk] = deployment.workloads
    const aged = [vm, disk].flatMap((entry, index) =>
      entry === undefined
        ? []
        : [{ ...entry, result: { ...entry.result, created: BigInt(100 - index) } }],
    )
    const idle = sampleDeployment([zmount('disk', 1, 'error')])
    expect(userCounters([{ ...deployment, workloads: aged }, idle])).toEqual({
      deployments: 1,
      workloads: 2,
      last_deployment_timestamp: 100n,
    })
    expect(userCounters([])).toEqual({
      deployments: 0,
      workloads: 0,
      last_deployment_timestamp: 0n,
    })
    expect([isActive(deployment), isActive(idle)]).toEqual([true, false])
  })
})
