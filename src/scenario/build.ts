// Builds deployments as the grid's clients do: from a few words to JSON, hash and signature.

import { toHex } from '../crypto/hex.ts'
import type { KeyPair } from '../crypto/keys.ts'
import { gridError } from '../kernel/errors.ts'
import type { RandomStream } from '../kernel/random.ts'
import { deploymentHashText } from '../zos/deployment/challenge.ts'
import { decodeDeployment } from '../zos/deployment/deployment.ts'
import { workloadTypes } from '../zos/workloads/registry.ts'
import type { WorkloadTypes } from '../zos/workloads/workload-type.ts'
import { type Size, sizeBytes } from './durations.ts'

/** What to deploy, in a few words. Every part but the machine's network may be left out. */
export interface MachineWish {
  /** Name of the machine, and the stem of its network's and disk's names. */
  readonly name: string
  /** Range of the private network, a /16; the node gets the second /24 of it. */
  readonly network: string
  readonly disk?: Size
  readonly machine?: { readonly cpu?: number; readonly memory?: Size; readonly rootfs?: Size }
  readonly flist?: string
  readonly entrypoint?: string
  readonly env?: Readonly<Record<string, string>>
  readonly metadata?: string
  readonly description?: string
}

/** A workload as it goes over the bus. */
export interface WorkloadJson {
  version: number
  name: string
  type: string
  data: unknown
  metadata: string
  description: string
}

/** A deployment as it goes over the bus. Sizes above 2^53 do not occur in what is built here. */
export interface DeploymentJson {
  version: number
  twin_id: number
  contract_id: number
  metadata: string
  description: string
  expiration: number
  signature_requirement: {
    requests: { twin_id: number; required: boolean; weight: number }[]
    weight_required: number
    signatures: { twin_id: number; signature: string; signature_type: string }[]
    signature_style: string
  }
  workloads: WorkloadJson[]
}

/** The machine image that is deployed when none is named. */
export const defaultFlist = 'https://hub.grid.tf/tf-official-apps/threefoldtech-ubuntu-22.04.flist'

/** The workloads of a wish, for a node with these WireGuard ports in use. */
export function workloadsOf(
  wish: MachineWish,
  options: { usedPorts: readonly number[]; random: RandomStream },
): WorkloadJson[] {
  const subnet = secondSubnet(wish.network)
  const networkName = `${wish.name}net`
  const diskName = `${wish.name}disk`
  const network = workload(networkName, 'network', {
    ip_range: wish.network,
    subnet,
    wireguard_private_key: Buffer.from(options.random.bytes(32)).toString('base64'),
    wireguard_listen_port: freePort(options),
    peers: [],
  })
  const disk =
    wish.disk === undefined
      ? []
      : [workload(diskName, 'zmount', { size: Number(sizeBytes(wish.disk)) })]
  const machine = workload(wish.name, 'zmachine', {
    flist: wish.flist ?? defaultFlist,
    network: {
      public_ip: '',
      planetary: false,
      interfaces: [{ network: networkName, ip: subnet.replace(/\.0\/24$/, '.2') }],
    },
    size: Number(sizeBytes(wish.machine?.rootfs ?? 0)),
    compute_capacity: {
      cpu: wish.machine?.cpu ?? 1,
      memory: Number(sizeBytes(wish.machine?.memory ?? '1 GB')),
    },
    mounts: wish.disk === undefined ? [] : [{ name: diskName, mountpoint: '/data' }],
    entrypoint: wish.entrypoint ?? '/sbin/zinit init',
    env: wish.env ?? {},
    corex: false,
  })
  return [network, ...disk, machine]
}

/** A deployment of workloads, not yet signed. */
export function deploymentOf(options: {
  twinId: number
  workloads: WorkloadJson[]
  version?: number
  contractId?: bigint
  metadata?: string
  description?: string
}): DeploymentJson {
  return {
    version: options.version ?? 0,
    twin_id: options.twinId,
    contract_id: Number(options.contractId ?? 0n),
    metadata: options.metadata ?? '',
    description: options.description ?? '',
    expiration: 0,
    signature_requirement: {
      requests: [{ twin_id: options.twinId, required: false, weight: 1 }],
      weight_required: 1,
      signatures: [],
      signature_style: '',
    },
    workloads: options.workloads,
  }
}

/** The hash of a deployment: 32 hex characters, as the contract holds them. `types` are those its node knows. */
export function hashOf(deployment: DeploymentJson, types: WorkloadTypes = workloadTypes): string {
  const decoded = decodeDeployment(JSON.stringify(deployment))
  if (!decoded.ok) throw gridError('GRID_CONFIG_INVALID', { detail: decoded.error })
  const hash = deploymentHashText(decoded.value, types)
  if (!hash.ok) throw gridError('GRID_CONFIG_INVALID', { detail: hash.error })
  return hash.value
}

/** Adds the signature of a twin over the deployment's hash. */
export function signDeployment(
  deployment: DeploymentJson,
  hash: string,
  pair: KeyPair,
): DeploymentJson {
  const signature = toHex(pair.sign(Buffer.from(hash, 'hex'))).slice(2)
  const entry = { twin_id: deployment.twin_id, signature, signature_type: pair.scheme }
  const requirement = { ...deployment.signature_requirement, signatures: [entry] }
  return { ...deployment, signature_requirement: requirement }
}

function workload(name: string, type: string, data: unknown): WorkloadJson {
  return { version: 0, name, type, data, metadata: '', description: '' }
}

function secondSubnet(range: string): string {
  const match = /^(\d+\.\d+)\.\d+\.\d+\/16$/.exec(range)
  if (!match) {
    throw gridError('GRID_CONFIG_INVALID', {
      detail: `'${range}' is not the range of a network`,
      hint: 'Write a /16 such as 10.20.0.0/16.',
    })
  }
  return `${match[1]}.2.0/24`
}

/** A port that no network of the node listens on, drawn as the grid's clients draw it. */
function freePort(options: { usedPorts: readonly number[]; random: RandomStream }): number {
  const used = new Set(options.usedPorts)
  for (let tries = 0; tries < 1000; tries += 1) {
    const port = options.random.int(1024, 32_767)
    if (!used.has(port)) return port
  }
  throw gridError('GRID_NO_FREE_FARM', { detail: 'the node has no free WireGuard port' })
}
