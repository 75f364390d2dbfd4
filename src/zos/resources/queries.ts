// Questions over the deployments and resources of a node: addresses, ports and cards in use, capacity, counters.

import { type Deployment, isOkay, workloadsOfType } from '../deployment/deployment.ts'
import { decodeJson } from '../go/json-decoder.ts'
import type { UserCounters } from '../hardware/report.ts'
import { accepted, type Outcome } from '../outcome.ts'
import { addCapacity, type Capacity, noCapacity } from '../workloads/capacity.ts'
import type { MachineData } from '../workloads/machine-parts.ts'
import { publicIpResult } from '../workloads/public-ip.ts'
import { type WorkloadTypes, workloadCapacity } from '../workloads/workload-type.ts'
import { zmachineData } from '../workloads/zmachine-data.ts'
import { zmachineLightData } from '../workloads/zmachine-light-data.ts'
import { type Network, reservedPorts } from './networks.ts'
import type { NodeKind } from './node-resources.ts'

type Deployments = Iterable<Deployment>

/** The v4 addresses, with prefix, of every ok ip workload (threefoldtech/zosbase: pkg/provision/engine.go). */
export function listPublicIps(deployments: Deployments): Outcome<readonly string[]> {
  const ips: string[] = []
  for (const deployment of deployments) {
    for (const entry of workloadsOfType(deployment, 'ipv4', 'ip')) {
      if (entry.result.state !== 'ok') continue
      const result = decodeJson(entry.result.data, publicIpResult)
      if (!result.ok) return result
      if (result.value.ip !== '') ips.push(result.value.ip)
    }
  }
  return accepted(ips)
}

interface DeployedMachine {
  readonly state: string
  readonly data: MachineData
}

/** Every machine of a deployment, full ones first. */
function machinesOf(deployment: Deployment): Outcome<readonly DeployedMachine[]> {
  const machines: DeployedMachine[] = []
  for (const [type, decoder] of [
    ['zmachine', zmachineData],
    ['zmachine-light', zmachineLightData],
  ] as const) {
    for (const entry of workloadsOfType(deployment, type)) {
      const data = decodeJson<MachineData>(entry.data, decoder)
      if (!data.ok) return data
      machines.push({ state: entry.result.state, data: data.value })
    }
  }
  return accepted(machines)
}

/**
 * The addresses that machines of the deployments have on a private network, those still waiting for
 * their install included; pass the active deployments of the twin that asks.
 */
export function listPrivateIps(
  deployments: Deployments,
  networkName: string,
): Outcome<readonly string[]> {
  const ips: string[] = []
  for (const deployment of deployments) {
    const machines = machinesOf(deployment)
    if (!machines.ok) return machines
    for (const { state, data } of machines.value) {
      if (state === 'deleted' || state === 'error') continue
      const joined = data.network.interfaces.filter(entry => entry.network === networkName)
      ips.push(...joined.map(entry => (entry.ip === '' ? '<nil>' : entry.ip)))
    }
  }
  return accepted(ips)
}

/** The ports that clients must not choose for WireGuard, in rising order; light nodes reserve none. */
export function wireguardPorts(kind: NodeKind, networks: readonly Network[]): readonly number[] {
  const taken = networks.map(network => network.wireguardPort).filter(port => port !== 0)
  const all = new Set(kind === 'full' ? [...reservedPorts, ...taken] : taken)
  return Array.from(all).sort((a, b) => a - b)
}

/** Does a deployment hold anything on its node? */
export function isActive(deployment: Deployment): boolean {
  return deployment.workloads.some(entry => isOkay(entry.result.state))
}

/**
 * The contract whose deployment lists a graphics card, or 0. The state of the machine itself is not
 * looked at, only whether anything of its deployment is there.
 */
export function contractOfCard(deployments: Deployments, cardId: string): bigint {
  for (const deployment of deployments) {
    const machines = isActive(deployment) ? machinesOf(deployment) : accepted([])
    const holds = machines.ok && machines.value.some(({ data }) => data.gpu.includes(cardId))
    if (holds) return deployment.contract_id
  }
  return 0n
}

/** What the ok and paused workloads of a deployment take. */
export function deploymentCapacity(deployment: Deployment, types: WorkloadTypes): Capacity {
  return deployment.workloads.reduce((sum, entry) => {
    const taken = isOkay(entry.result.state) ? workloadCapacity(entry, types) : undefined
    return taken?.ok ? addCapacity(sum, taken.value) : sum
  }, noCapacity)
}

/** How many deployments and workloads hold something, and when the newest of them was made. */
export function userCounters(deployments: Deployments): UserCounters {
  const counters = { deployments: 0, workloads: 0, last_deployment_timestamp: 0n }
  for (const deployment of deployments) {
    const okay = deployment.workloads.filter(entry => isOkay(entry.result.state))
    if (okay.length > 0) counters.deployments++
    counters.workloads += okay.length
    for (const { result } of okay) {
      if (result.created > counters.last_deployment_timestamp) {
        counters.last_deployment_timestamp = result.created
      }
    }
  }
  return counters
}
