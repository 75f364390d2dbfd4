// What machines of full and light nodes have in common: compute, root disk, mounts, interface and rules.

import {
  type Decoded,
  flag,
  hexBytes,
  ip,
  list,
  name,
  optional,
  struct,
  text,
  textMap,
  uint8,
  unit,
  wireName,
} from '../go/json-decoder.ts'
import { type Capacity, GiB, larger, MiB } from './capacity.ts'
import type { ChallengeWriter, Reference } from './workload-type.ts'

const minMemory = 250n * MiB
const smallRoot = 500n * MiB
const usualRoot = 2n * GiB
const seedBytes = 6
const reservedNetworks: readonly string[] = ['ygg', 'pub', 'mycelium']

const machineInterface = struct('zos.MachineInterface', { network: name, ip })

const myceliumIp = struct('zos.MyceliumIP', {
  // The node's type has no wire name for this member; clients write it in either case.
  network: wireName('Network', name),
  hex_seed: hexBytes(),
})

/** The network members that both kinds of machine have. */
export const machineNetwork = {
  mycelium: optional(myceliumIp),
  interfaces: list(machineInterface),
}

/** The members that both kinds of machine have, besides their network. */
export const machineMembers = {
  flist: text(),
  size: unit,
  compute_capacity: struct('zos.MachineCapacity', { cpu: uint8, memory: unit }),
  mounts: list(struct('zos.MachineMount', { name, mountpoint: text() })),
  entrypoint: text(),
  env: textMap,
  corex: flag,
  gpu: list(text('zos.GPU')),
}

/** A machine's wish for a mycelium address. */
export type MyceliumIp = Decoded<typeof myceliumIp>

/** The decoded members that both kinds of machine have. */
export interface MachineData {
  readonly flist: string
  readonly network: {
    readonly mycelium: MyceliumIp | null
    readonly interfaces: readonly Decoded<typeof machineInterface>[]
  }
  readonly size: bigint
  readonly compute_capacity: { readonly cpu: number; readonly memory: bigint }
  readonly mounts: readonly { readonly name: string; readonly mountpoint: string }[]
  readonly entrypoint: string
  readonly env: ReadonlyMap<string, string>
  readonly corex: boolean
  readonly gpu: readonly string[]
}

/** The smallest root disk: threefoldtech/zosbase: pkg/gridtypes/zos/zmachine.go */
export function minRootSize({ cpu, memory }: MachineData['compute_capacity']): bigint {
  const units = BigInt.asUintN(64, BigInt(cpu) * memory) / (8n * GiB)
  return units === 0n ? smallRoot : usualRoot
}

/** The size of the root disk that a machine gets. */
export function rootSize(data: Pick<MachineData, 'size' | 'compute_capacity'>): bigint {
  return larger(data.size, minRootSize(data.compute_capacity))
}

/** What a machine takes. */
export function machineCapacity(data: MachineData): Partial<Capacity> {
  const { cpu, memory } = data.compute_capacity
  return { cru: BigInt(cpu), mru: memory, sru: rootSize(data) }
}

/** The interfaces and mycelium wish in a challenge. */
export function interfacesChallenge(put: ChallengeWriter, data: MachineData['network']): void {
  for (const { network, ip: address } of data.interfaces) {
    put.text(network)
    put.address(address)
  }
  if (data.mycelium !== null) {
    put.text(data.mycelium.network)
    put.text(data.mycelium.hex_seed)
  }
}

/** The part of a challenge after the network. */
export function machineChallenge(put: ChallengeWriter, data: MachineData): void {
  put.number(data.size)
  put.number(data.compute_capacity.cpu)
  put.number(data.compute_capacity.memory)
  for (const mount of data.mounts) {
    put.text(mount.name)
    put.text(mount.mountpoint)
  }
  put.text(data.entrypoint)
  // Names go by their UTF-8 bytes, which is not the order of JavaScript strings.
  const names = Array.from(data.env.keys())
  names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  for (const key of names) put.text(`${key}=${data.env.get(key)}`)
  for (const gpu of data.gpu) put.text(gpu)
}

/** The rules before those on the public address. */
export function computeRefusal(data: MachineData): string | undefined {
  const { interfaces } = data.network
  if (interfaces.length !== 1) {
    return 'only one network private network is supported at the moment'
  }
  if (interfaces.some(entry => entry.ip === '')) return 'invalid IP'
  if (data.compute_capacity.cpu === 0) return "cpu capacity can't be 0"
  if (data.compute_capacity.memory < minMemory) return "mem capacity can't be less that 250M"
  const min = minRootSize(data.compute_capacity)
  if (data.size !== 0n && data.size < min) {
    return `disk size can't be less that ${min}. Set to 0 for minimum`
  }
  return undefined
}

/** The rules after those on the public address. */
export function machineNetworkRefusal(data: MachineData['network']): string | undefined {
  const reserved = data.interfaces.find(entry => reservedNetworks.includes(entry.network))
  if (reserved !== undefined) return `'${reserved.network}' is reserved network name`
  if (data.mycelium !== null && data.mycelium.hex_seed.length !== seedBytes * 2) {
    return 'invalid mycelium seed length expected 6 bytes'
  }
  return undefined
}

/** A machine names its disks in its deployment, and its networks among those of its twin. */
export function machineReferences(data: MachineData): readonly Reference[] {
  const networks = data.network.interfaces.map(entry => entry.network)
  if (data.network.mycelium !== null) networks.push(data.network.mycelium.network)
  return [
    ...data.mounts.map(mount => ({ name: mount.name, scope: 'deployment' as const })),
    ...networks.map(network => ({ name: network, scope: 'twin' as const })),
  ]
}
