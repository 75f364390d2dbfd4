// A virtual machine on a full node.

import { posix } from 'node:path'
import {
  consoleUrl,
  hashedAddress,
  macBytes,
  machineDevices,
  machineMyceliumIp,
  networkId,
} from '../addresses.ts'
import { type Deployment, findWorkload, workloadsOfType } from '../deployment/deployment.ts'
import { workloadId } from '../deployment/names.ts'
import { cidrContains, isIpv4 } from '../go/ip.ts'
import { decodeJson } from '../go/json-decoder.ts'
import { createVolume, deleteVolume, findDisk, findVolume } from '../hardware/pools.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import { loadNetwork, type Network } from '../resources/networks.ts'
import {
  type GraphicsCard,
  type Machine,
  type NodeResources,
  withMachine,
} from '../resources/node-resources.ts'
import {
  computeRefusal,
  interfacesChallenge,
  type MyceliumIp,
  machineCapacity,
  machineChallenge,
  machineNetworkRefusal,
  machineReferences,
  rootSize,
} from './machine-parts.ts'
import { publicIpConfig } from './public-ip.ts'
import {
  done,
  failed,
  type InstallContext,
  noChange,
  type StepContext,
  type StepOutcome,
  unchanged,
  workload,
} from './workload-type.ts'
import { type ZmachineData, zmachineData } from './zmachine-data.ts'

type Install = InstallContext<ZmachineData>

/** The rules on a public address: it is there, and no other machine of the deployment has it. */
function publicIpRefusal(publicIp: string, deployment: Deployment): string | undefined {
  if (!findWorkload(deployment, publicIp).ok) return 'public ip is not found'
  let uses = 0
  for (const entry of workloadsOfType(deployment, 'zmachine')) {
    const machine =
      entry.data === 'null' ? accepted(zmachineData.zero) : decodeJson(entry.data, zmachineData)
    if (!machine.ok) return machine.error
    if (machine.value.network.public_ip === publicIp) uses++
  }
  return uses > 1 ? 'public ip is assigned to multiple vms' : undefined
}

function refusal(data: ZmachineData, deployment: Deployment): string | undefined {
  const wrong = computeRefusal(data)
  if (wrong !== undefined) return wrong
  const { public_ip } = data.network
  if (public_ip !== '') {
    const found = findWorkload(deployment, public_ip)
    // The node means to refuse other types but loses the error, and with it the rules that follow.
    if (found.ok && found.value.type !== 'ip' && found.value.type !== 'ipv4') return undefined
    const wrongIp = publicIpRefusal(public_ip, deployment)
    if (wrongIp !== undefined) return wrongIp
  }
  return machineNetworkRefusal(data.network)
}

/** The cards that a machine asks for, each with the node's words when it is not to be had. */
function expandGpus({ node, data }: Install): Outcome<readonly GraphicsCard[]> {
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
function joinPrivateNetwork({ resources, data, deployment }: Install): Outcome<Network> {
  const [wish = { network: '', ip: '' }] = data.network.interfaces
  const id = networkId(deployment.twin_id, wish.network)
  const loaded = loadNetwork(resources.networks, id)
  if (!loaded.ok) {
    const cause = `couldn't load network with id (${id}): ${loaded.error}`
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

function checkPublicIp({ data, deployment }: Install): Outcome<undefined> {
  const { public_ip } = data.network
  if (public_ip === '') return accepted(undefined)
  const found = findWorkload(deployment, public_ip)
  if (!found.ok) return found
  const config = publicIpConfig(found.value)
  if (!config.ok) return refused(`could not get public ip config: ${config.error}`)
  return accepted(undefined)
}

function planetaryIp({ node, data, id }: Install): Outcome<string> {
  if (!data.network.planetary) return accepted('')
  if (node.planetarySubnet === '') {
    return refused('could not set up tap device: planetary network is not available')
  }
  const [wish] = data.network.interfaces
  const { mac } = machineDevices(id, wish?.network ?? '').planetary
  return accepted(hashedAddress(node.planetarySubnet, macBytes(mac)))
}

function myceliumIp(wish: MyceliumIp, { resources, deployment }: Install): Outcome<string> {
  const failure = (cause: string) => refused(`could not set up tap device: ${cause}`)
  const id = networkId(deployment.twin_id, wish.network)
  const found = loadNetwork(resources.networks, id)
  if (!found.ok) return failure(`failed to get network resource '${id}': ${found.error}`)
  if (found.value.myceliumAddress === '') {
    return failure('network resource does not support mycelium')
  }
  const address = machineMyceliumIp(found.value.myceliumAddress, wish.hex_seed)
  return address.ok ? address : failure(address.error)
}

type Mount = ZmachineData['mounts'][number]

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
  readonly error: string | undefined
}

/** A container's root: a volume, which stays when a mount fails, until the machine is removed. */
function prepareContainer({ node, resources, id, data, deployment }: Install): Prepared {
  const pools = createVolume(resources.pools, rootVolume(id), rootSize(data), node.storage)
  if (!pools.ok) return { resources, error: `failed to create vm rootfs: ${pools.error}` }
  const withRoot = { ...resources, pools: pools.value }
  return { resources: withRoot, error: firstMountRefusal(data.mounts, withRoot, deployment) }
}

/** A whole disk image is written to the first mount, from which the machine boots. */
function prepareDisk({ resources, data, deployment }: Install): Prepared {
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
  return { resources, error: firstMountRefusal(others, resources, deployment) }
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

/** What the hypervisor's own checks say (threefoldtech/zosbase: pkg/vm.go, pkg/vm/manager.go). */
function runRefusal(
  { node, data, deployment, resources }: Install,
  mounts: readonly Mount[],
  cards: readonly GraphicsCard[],
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
  return taken === undefined
    ? undefined
    : `device '${taken.slot}' is already used by another workload`
}

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

/** Every step in the node's order; what is known of the result when one fails is kept. */
function install(context: Install): StepOutcome {
  const { node, resources, id, data, contract } = context
  const result = { id: '', ip: '', planetary_ip: '', mycelium_ip: '', console_url: '' }
  const failure = (error: string, after = resources) => failed(after, error, { ...result })

  if (resources.machines.some(machine => machine.id === id)) return noChange(resources)
  if (data.gpu.length > 0 && !contract.isRented) {
    return failure('usage of GPU is not allowed unless node is rented')
  }
  const cards = expandGpus(context)
  if (!cards.ok) return failure(cards.error)
  if (data.network.public_ip !== '' && !node.hasPublicBridge) {
    return failure('public ipv4 is requested, but not supported on this node')
  }
  result.id = id
  result.ip = data.network.interfaces[0]?.ip ?? ''

  const network = joinPrivateNetwork(context)
  if (!network.ok) return failure(network.error)
  const publicIp = checkPublicIp(context)
  if (!publicIp.ok) return failure(publicIp.error)
  const planetary = planetaryIp(context)
  if (!planetary.ok) return failure(planetary.error)
  result.planetary_ip = planetary.value
  if (data.network.mycelium !== null) {
    const mycelium = myceliumIp(data.network.mycelium, context)
    if (!mycelium.ok) return failure(mycelium.error)
    result.mycelium_ip = mycelium.value
  }

  const mode = node.openFlist(data.flist)
  if (!mode.ok) {
    return failure(`failed to mount flist: ${id}: ro mount of flist failed: ${mode.error}`)
  }
  const isContainer = mode.value === 'container'
  const prepared = isContainer ? prepareContainer(context) : prepareDisk(context)
  if (prepared.error !== undefined) return failure(prepared.error, prepared.resources)

  const mounts = isContainer ? data.mounts : data.mounts.slice(1)
  const wrongRun = runRefusal(context, mounts, cards.value)
  if (wrongRun !== undefined) return failure(wrongRun, prepared.resources)
  result.console_url = consoleUrl(network.value.subnet, result.ip)
  const machines = withMachine(resources.machines, runningMachine(context, cards.value))
  return done({ ...prepared.resources, machines }, result)
}

/** Takes the machine and its root volume away; whatever of it is not there is no error. */
function remove({ resources, id }: StepContext<ZmachineData>): StepOutcome {
  return done({
    ...resources,
    machines: Object.freeze(resources.machines.filter(machine => machine.id !== id)),
    pools: deleteVolume(resources.pools, rootVolume(id)),
  })
}

function setPaused({ resources, id }: StepContext<ZmachineData>, isPaused: boolean): StepOutcome {
  const machine = resources.machines.find(running => running.id === id)
  if (machine === undefined) return unchanged(resources, `machine '${id}' does not exist`)
  return done({
    ...resources,
    machines: withMachine(resources.machines, { ...machine, isPaused }),
  })
}

/** `zmachine`: threefoldtech/zosbase: pkg/gridtypes/zos/zmachine.go, pkg/primitives/vm */
export const zmachine = workload('zmachine', {
  data: zmachineData,
  challenge: (put, data) => {
    put.text(data.flist)
    put.text(data.network.public_ip)
    put.flag(data.network.planetary)
    interfacesChallenge(put, data.network)
    machineChallenge(put, data)
  },
  validate: refusal,
  capacity: machineCapacity,
  references: data => {
    const { public_ip } = data.network
    const publicIp = public_ip === '' ? [] : [{ name: public_ip, scope: 'deployment' as const }]
    return [...machineReferences(data), ...publicIp]
  },
  runsOn: ['full'],
  installOrder: { full: 60 },
  install,
  remove,
  pause: context => setPaused(context, true),
  resume: context => setPaused(context, false),
})
