// Deployments, nodes and their resources for the tests of `zos`.

import {
  type Deployment,
  decodeDeployment,
  type Workload,
  type WorkloadState,
} from '../../src/zos/deployment/deployment.ts'
import { workloadId } from '../../src/zos/deployment/names.ts'
import { type Pool, preparePools } from '../../src/zos/hardware/pools.ts'
import { accepted } from '../../src/zos/outcome.ts'
import {
  emptyResources,
  type NodeFacts,
  type NodeResources,
} from '../../src/zos/resources/node-resources.ts'
import { GiB } from '../../src/zos/workloads/capacity.ts'
import { workloadTypes } from '../../src/zos/workloads/registry.ts'
import {
  type ContractFacts,
  type InstallContext,
  loadWorkload,
  type StepContext,
  type StepOutcome,
  type UpdateContext,
  type WorkloadType,
  type WorkloadTypes,
} from '../../src/zos/workloads/workload-type.ts'

interface WorkloadSample {
  readonly name: string
  readonly type: string
  readonly version?: number
  readonly data?: unknown
  readonly state?: WorkloadState
  readonly result?: unknown
}

/** A deployment of twin 29 with contract 10. */
export function sampleDeployment(
  workloads: readonly WorkloadSample[],
  members: Record<string, unknown> = {},
): Deployment {
  const sent = workloads.map(({ state: _state, result: _result, ...workload }) => workload)
  const json = JSON.stringify({ twin_id: 29, contract_id: 10, ...members, workloads: sent })
  const decoded = decodeDeployment(json)
  if (!decoded.ok) throw new TypeError(decoded.error)
  const withResults = decoded.value.workloads.map((workload, index): Workload => {
    const { state = '', result } = workloads[index] ?? {}
    const data = result === undefined ? '' : JSON.stringify(result)
    return { ...workload, result: { created: 0n, state, message: '', data } }
  })
  return { ...decoded.value, workloads: withResults }
}

export const zmount = (name: string, size: number | bigint, state: WorkloadState = '') => ({
  name,
  type: 'zmount',
  data: { size: Number(size) },
  state,
})

const key = Buffer.alloc(32, 7).toString('base64')

export const network = (name: string, data: Record<string, unknown> = {}) => ({
  name,
  type: 'network',
  data: {
    ip_range: '10.20.0.0/16',
    subnet: '10.20.2.0/24',
    wireguard_private_key: key,
    wireguard_listen_port: 3011,
    peers: [],
    ...data,
  },
})

export const peer = (data: Record<string, unknown> = {}) => ({
  subnet: '10.20.3.0/24',
  wireguard_public_key: key,
  allowed_ips: ['10.20.3.0/24'],
  endpoint: '',
  ...data,
})

export const machineData = (data: Record<string, unknown> = {}) => ({
  flist: 'https://hub.grid.tf/tf-official-apps/base.flist',
  network: { interfaces: [{ network: 'net1', ip: '10.20.2.5' }] },
  size: 0,
  compute_capacity: { cpu: 1, memory: 2 * 1024 ** 3 },
  mounts: [],
  entrypoint: '/sbin/init',
  env: {},
  ...data,
})

export const zmachine = (
  name: string,
  data: Record<string, unknown> = {},
  state: WorkloadState = '',
) => ({ name, type: 'zmachine', data: machineData(data), state })

/** A full node of 8 CPUs that can do everything. */
export const sampleNode: NodeFacts = {
  kind: 'full',
  cru: 8,
  storage: { isSsdMissing: false },
  graphicsCards: [
    { id: '0000:28:00.0/1002/731f', slot: '0000:28:00.0' },
    { id: '0000:29:00.0/10de/2204', slot: '0000:29:00.0' },
  ],
  isGpuDisabled: false,
  hasPublicBridge: true,
  publicIpv6Subnet: '2a10:b600:1::/64',
  planetarySubnet: '302:e21d:5b76:9f0c::/64',
  openFlist: () => accepted('container'),
}

/** A light node of 8 CPUs with mycelium. */
export const sampleLightNode: NodeFacts = {
  ...sampleNode,
  kind: 'light',
  hasPublicBridge: false,
  publicIpv6Subnet: '',
  planetarySubnet: '',
  myceliumSubnet: '4b1:2c3:4d5:6e7::/64',
}

/** One SSD of 100 GiB, with its cache volume. */
export function samplePools(...sizes: readonly bigint[]): readonly Pool[] {
  const disks = (sizes.length === 0 ? [100n * GiB] : sizes).map((size, index) => ({
    name: `ssd${index}`,
    type: 'ssd' as const,
    size,
  }))
  return preparePools(disks, sampleNode.storage)
}

export const sampleResources: NodeResources = emptyResources(samplePools())

const noContract: ContractFacts = { publicIps: [], isRented: false }

interface Situation {
  readonly node?: Partial<NodeFacts>
  readonly resources?: NodeResources
  readonly contract?: Partial<ContractFacts>
  /** The built-in types by default. */
  readonly types?: WorkloadTypes
}

function contextOf(
  deployment: Deployment,
  name: string,
  situation: Situation,
): { readonly type: WorkloadType; readonly context: InstallContext<unknown> } {
  const workload = deployment.workloads.find(entry => entry.name === name)
  if (workload === undefined) throw new TypeError(`no workload '${name}' in the sample`)
  const loaded = loadWorkload(workload, situation.types ?? workloadTypes)
  if (!loaded.ok) throw new TypeError(loaded.error)
  const context = {
    node: { ...sampleNode, ...situation.node },
    resources: situation.resources ?? sampleResources,
    contract: { ...noContract, ...situation.contract },
    id: workloadId(deployment, name),
    workload,
    data: loaded.value.data,
    deployment,
  }
  return { type: loaded.value.type, context }
}

/** Runs one step of a workload's life. */
export function step(
  kind: 'install' | 'remove' | 'pause' | 'resume',
  deployment: Deployment,
  name: string,
  situation: Situation = {},
): StepOutcome {
  const { type, context } = contextOf(deployment, name, situation)
  const run = type[kind] as ((context: StepContext<unknown>) => StepOutcome) | undefined
  if (run === undefined) throw new TypeError(`${type.name} has no ${kind}`)
  return run(context)
}

/** Updates a workload: `current` is the stored deployment, `next` the one that was sent. */
export function update(
  current: Deployment,
  next: Deployment,
  name: string,
  situation: Situation = {},
): StepOutcome {
  const before = contextOf(current, name, situation)
  const after = contextOf(next, name, situation)
  const context: UpdateContext<unknown> = {
    ...after.context,
    deployment: current,
    current: before.context.data,
  }
  if (after.type.update === undefined) throw new TypeError(`${after.type.name} has no update`)
  return after.type.update(context)
}

/** The resources after a step that must have gone well. */
export function resourcesAfter(outcome: StepOutcome): NodeResources {
  if (outcome.kind !== 'ok')
    throw new TypeError(`the step ended in ${JSON.stringify(outcome.kind)}`)
  return outcome.resources
}

/** How a step ended, without the resources. */
export function ending(outcome: StepOutcome): Record<string, unknown> {
  const { resources: _resources, ...rest } = outcome
  return rest
}
