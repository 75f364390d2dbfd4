// Builds deployments as the grid's clients do: from a few words to JSON, hash and signature.

import { toHex } from '../crypto/hex.ts'
import type { KeyPair } from '../crypto/keys.ts'
import { gridError } from '../kernel/errors.ts'
import type { RandomStream } from '../kernel/random.ts'
import { deploymentHashText } from '../zos/deployment/challenge.ts'
import { decodeDeployment } from '../zos/deployment/deployment.ts'
import { workloadTypes } from '../zos/workloads/registry.ts'
import type { WorkloadTypes } from '../zos/workloads/workload-type.ts'
import type { Size } from './durations.ts'
import { parts } from './parts.ts'

/** What to deploy, in a few words: a machine on a network, with what it needs; or other parts. */
export interface Wish {
  /** Name of the machine, and the stem of the names of its network, disk and address. */
  readonly name: string
  /** Range of a new private network, a /16; the node gets the second /24 of it. Without it and `joins`, no machine. */
  readonly network?: string
  /** A network that another deployment of the twin made on the node: its name, and an address in it. */
  readonly joins?: { readonly network: string; readonly ip: string }
  readonly disk?: Size
  readonly volume?: Size
  readonly machine?: { readonly cpu?: number; readonly memory?: Size; readonly rootfs?: Size }
  /** Public addresses for the machine. */
  readonly publicIp?: 'v4' | 'v6' | 'both'
  /** Ids of graphics cards for the machine. */
  readonly gpu?: readonly string[]
  /** For a light node. */
  readonly isLight?: boolean
  /** What comes beside the machine, or in the place of it: `parts.zdb('db', '10 GB')`. */
  readonly with?: readonly WorkloadJson[]
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

/** The workloads of a wish, for a node with these WireGuard ports in use. */
export function workloadsOf(
  wish: Wish,
  options: { usedPorts: readonly number[]; random: RandomStream },
): WorkloadJson[] {
  const { name, network: range, joins, publicIp } = wish
  const others = wish.with ?? []
  if (range === undefined && joins === undefined) return [...others]
  const subnet = range === undefined ? '' : secondSubnet(range)
  const ip = joins?.ip ?? subnet.replace(/\.0\/24$/, '.2')
  const network = joins?.network ?? `${name}net`
  const disk = wish.disk === undefined ? [] : [parts.disk(`${name}disk`, wish.disk)]
  const volume = wish.volume === undefined ? [] : [parts.volume(`${name}vol`, wish.volume)]
  const address =
    publicIp === undefined
      ? []
      : [parts.publicIp(`${name}ip`, { v4: publicIp !== 'v6', v6: publicIp !== 'v4' })]
  const machine = {
    ...wish.machine,
    network,
    ip,
    mounts: [...disk, ...volume].map((mount, i) => ({
      name: mount.name,
      mountpoint: i === 0 ? '/data' : `/${mount.name}`,
    })),
    ...(address[0] && { publicIp: address[0].name }),
    ...pick(wish, ['flist', 'entrypoint', 'env', 'gpu']),
  }
  if (wish.isLight) {
    const own = range === undefined ? [] : [parts.lightNetwork(network, subnet)]
    return [...own, ...disk, ...volume, parts.lightMachine(name, machine), ...others]
  }
  const key = Buffer.from(options.random.bytes(32)).toString('base64')
  const own =
    range === undefined
      ? []
      : [parts.network(network, range, { subnet, key, port: freePort(options) })]
  return [...own, ...disk, ...volume, ...address, parts.machine(name, machine), ...others]
}

/** The members of an object that are there. */
function pick<T extends object, K extends keyof T>(
  from: T,
  names: readonly K[],
): Partial<Pick<T, K>> {
  const found: Partial<Pick<T, K>> = {}
  for (const name of names) if (from[name] !== undefined) found[name] = from[name]
  return found
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
