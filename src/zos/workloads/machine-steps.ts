// What machines of full and light nodes go through alike: cards, network, root disk, mounts, run, pause and removal.

import { posix } from 'node:path'
import { networkId } from '../addresses.ts'
import { type Deployment, findWorkload } from '../deployment/deployment.ts'
import { workloadId } from '../deployment/names.ts'
import { cidrContains, isIpv4 } from '../go/ip.ts'
import { createVolume, deleteVolume, findDisk, findVolume } from '../hardware/pools.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import { loadNetwork, type Network } from '../resources/networks.ts'
import {
  type GraphicsCard,
  type Machine,
  type NodeResources,
  withMachine,
} from '../resources/node-resources.ts'
import { type MachineData, rootSize } from './machine-parts.ts'
import {
  done,
  type InstallContext,
  type StepContext,
  type StepOutcome,
  unchanged,
} from './workload-type.ts'

type Install = InstallContext<MachineData>

/** The cards that a machine may have: only on a rented node, and only ones that are there. */
export function claimCards({ node, data, contract }: Install): Outcome<readonly GraphicsCard[]> {
  if (data.gpu.length > 0 && !contract.isRented) {
    return refused('usage of GPU is not allowed unless node is rented')
  }
  const failure = (cause: string) => refused(`failed to prepare requested gpu device(s): ${cause}`)
  if (node.isGpuDisabled) return failure('GPU is disabled on this node')
  const cards: GraphicsCard[] = []
  for (const id of data.gpu) {
    const card = node.graphicsCards.find(entry => entry.id === id)
    if (card === undefined) return failure(`unknown GPU id '${id}'`)
    cards.push(card)
  }
  return accepted(cards)
}

/** The private network of the machine, with its address checked against the subnet. */
export function joinPrivateNetwork({
  node,
  resources,
  data,
  deployment,
}: Install): Outcome<Network> {
  const [wish = { network: '', ip: '' }] = data.network.interfaces
  const id = networkId(deployment.twin_id, wish.network)
  const loaded = loadNetwork(resources.networks, id)
  if (!loaded.ok) {
    const named = node.kind === 'light' ? 'name' : 'id'
    const cause = `couldn't load network with ${named} (${id}): ${loaded.error}`
    return refused(`could not get network resource subnet: ${cause}`)
  }
  const { subnet } = loaded.value
  if (!isIpv4(wish.ip)) return refused('invalid IPv4 supplied to wg interface')
  if (!cidrContains(subnet, wish.ip)) {
    return refused(`IP ${wish.ip} is not part of local nr subnet ${subnet}`)
  }
  if (wish.ip.endsWith('.1')) return refused(`ip ${wish.ip} is reserved`)
  return loaded
}

type Mount = MachineData['mounts'][number]

/** What keeps a disk, volume or file system of the deployment from being mounted. */
function mountRefusal(
  mount: Mount,
  resources: NodeResources,
  deployment: Deployment,
): string | undefined {
  const found = findWorkload(deployment, mount.name)
  if (!found.ok) return `failed to get mount '${mount.name}' workload: ${found.error}`
  if (found.value.result.state !== 'ok') return `invalid disk '${mount.name}' state`
  const id = workloadId(deployment, mount.name)
  switch (found.value.type) {
    case 'zmount':
      if (findDisk(resources.pools, id) !== undefined) return undefined
      return `failed to inspect disk '${mount.name}': file does not exist`
    case 'volume':
      if (findVolume(resources.pools, id) !== undefined) return undefined
      return `failed to lookup volume "${id}": subvolume '${id}' not found: file does not exist`
    case 'qsfs':
      return undefined
    default:
      return `expecting a reservation of type 'zmount' or 'qsfs' for disk '${mount.name}'`
  }
}

function firstMountRefusal(
  mounts: readonly Mount[],
  resources: NodeResources,
  deployment: Deployment,
): string | undefined {
  for (const mount of mounts) {
    const wrong = mountRefusal(mount, resources, deployment)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/** A step that may have taken space before it failed. */
interface Prepared {
  readonly resources: NodeResources
  readonly error?: string
}

function prepared(resources: NodeResources, error: string | undefined): Prepared {
  return error === undefined ? { resources } : { resources, error }
}

/** A container's root: a volume, which stays when a mount fails, until the machine is removed. */
function prepareContainer({ node, resources, id, data, deployment }: Install): Prepared {
  const pools = createVolume(resources.pools, rootVolume(id), rootSize(data), node.storage)
  if (!pools.ok) return { resources, error: `failed to create vm rootfs: ${pools.error}` }
  const withRoot = { ...resources, pools: pools.value }
  return prepared(withRoot, firstMountRefusal(data.mounts, withRoot, deployment))
}

/** A whole disk image is written to the first mount, from which the machine boots. */
function prepareBootDisk({ resources, data, deployment }: Install): Prepared {
  const [boot, ...others] = data.mounts
  if (boot === undefined) {
    return { resources, error: 'at least one mount has to be attached for Vm mode' }
  }
  const disk = findWorkload(deployment, boot.name)
  if (!disk.ok) return { resources, error: disk.error }
  if (disk.value.type !== 'zmount') {
    return { resources, error: 'mount is not a valid disk workload' }
  }
  if (disk.value.result.state !== 'ok') {
    return { resources, error: 'boot disk was not deployed correctly' }
  }
  if (findDisk(resources.pools, workloadId(deployment, boot.name)) === undefined) {
    return { resources, error: 'disk does not exist: file does not exist' }
  }
  return prepared(resources, firstMountRefusal(others, resources, deployment))
}

function mountpointRefusal(mounts: readonly Mount[], deployment: Deployment): string | undefined {
  const atRoot = mounts.filter(mount => posix.normalize(mount.mountpoint) === '/')
  const typeOf = (mount: Mount) => {
    const found = findWorkload(deployment, mount.name)
    return found.ok ? found.value.type : ''
  }
  const shared = atRoot.find(mount => typeOf(mount) !== 'zmount')
  if (shared !== undefined) {
    return `validating virtiofs ${shared.mountpoint}: mount target can't be /`
  }
  const disk = atRoot.find(mount => typeOf(mount) === 'zmount')
  if (disk !== undefined) return `validating disk ${disk.mountpoint}: mount target can't be /`
  return undefined
}

/** What a machine boots from, and what it took for that. */
export interface PreparedDisks {
  readonly resources: NodeResources
  /** Besides the boot disk. */
  readonly mounts: readonly Mount[]
}

/**
 * Mounts the flist, makes ready what the machine boots from, and looks at its mounts. Space that was
 * taken before a failure stays taken: `resources` are those to go on with in either case.
 */
export function prepareDisks(context: Install): PreparedDisks & { readonly error?: string } {
  const { node, resources, id, data } = context
  const mode = node.openFlist(data.flist)
  if (!mode.ok) {
    const error = `failed to mount flist: ${id}: ro mount of flist failed: ${mode.error}`
    return { resources, mounts: [], error }
  }
  const isContainer = mode.value === 'container'
  const prepared = isContainer ? prepareContainer(context) : prepareBootDisk(context)
  return { ...prepared, mounts: isContainer ? data.mounts : data.mounts.slice(1) }
}

/** What the hypervisor's own checks say (threefoldtech/zosbase: pkg/vm.go, pkg/vm/manager.go). */
export function runRefusal(
  { node, data, deployment, resources }: Install,
  { mounts, cards }: { readonly mounts: readonly Mount[]; readonly cards: readonly GraphicsCard[] },
): string | undefined {
  const { cpu } = data.compute_capacity
  const invalid = (cause: string) => `machine configuration validation failed: ${cause}`
  // The node compares in 8 bits.
  if (cpu > (node.cru & 0xff)) {
    const range = node.cru === 1 ? 'must be 1' : `must be between 1 and ${node.cru}`
    return invalid(`invalid cpu ${range}`)
  }
  const wrongTarget = mountpointRefusal(mounts, deployment)
  if (wrongTarget !== undefined) return invalid(wrongTarget)
  const used = new Set(resources.machines.flatMap(machine => machine.deviceSlots))
  const taken = cards.find(card => used.has(card.slot))
  if (taken === undefined) return undefined
  // Light nodes hand devices over with an option, and take it for a part of the name.
  const device = node.kind === 'light' ? `${taken.slot},iommu=on` : taken.slot
  return `device '${device}' is already used by another workload`
}

/** The name of a container's root volume. */
function rootVolume(id: string): string {
  return `rootfs:${id}`
}

function runningMachine(
  { id, data, deployment }: Install,
  cards: readonly GraphicsCard[],
): Machine {
  const [wish] = data.network.interfaces
  return {
    id,
    networkId: networkId(deployment.twin_id, wish?.network ?? ''),
    ip: wish?.ip ?? '',
    cpu: data.compute_capacity.cpu,
    memory: data.compute_capacity.memory,
    deviceSlots: Object.freeze(cards.map(card => card.slot)),
    isPaused: false,
  }
}

/** The node with the machine running. */
export function withRunning(
  context: Install,
  resources: NodeResources,
  cards: readonly GraphicsCard[],
): NodeResources {
  const machines = withMachine(resources.machines, runningMachine(context, cards))
  return { ...resources, machines }
}

/** Takes the machine and its root volume away; whatever of it is not there is no error. */
export function withoutMachine({ resources, id }: StepContext<unknown>): NodeResources {
  return {
    ...resources,
    machines: Object.freeze(resources.machines.filter(machine => machine.id !== id)),
    pools: deleteVolume(resources.pools, rootVolume(id)),
  }
}

/** Stops a running machine, or lets it go on. */
export function setPaused({ resources, id }: StepContext<unknown>, isPaused: boolean): StepOutcome {
  const machine = resources.machines.find(running => running.id === id)
  if (machine === undefined) return unchanged(resources, `machine '${id}' does not exist`)
  return done({
    ...resources,
    machines: withMachine(resources.machines, { ...machine, isPaused }),
  })
}
