// A virtual machine on a full node.

import {
  consoleUrl,
  hashedAddress,
  macBytes,
  machineDevices,
  machineMyceliumIp,
  networkId,
} from '../addresses.ts'
import { type Deployment, findWorkload, workloadsOfType } from '../deployment/deployment.ts'
import { decodeJson } from '../go/json-decoder.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import { loadNetwork } from '../resources/networks.ts'
import {
  computeRefusal,
  interfacesChallenge,
  type MyceliumIp,
  machineCapacity,
  machineChallenge,
  machineNetworkRefusal,
  machineReferences,
} from './machine-parts.ts'
import {
  claimCards,
  joinPrivateNetwork,
  prepareDisks,
  runRefusal,
  setPaused,
  withoutMachine,
  withRunning,
} from './machine-steps.ts'
import { publicIpConfig } from './public-ip.ts'
import {
  done,
  failed,
  type InstallContext,
  noChange,
  type StepContext,
  type StepOutcome,
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

/** Every step in the node's order; what is known of the result when one fails is kept. */
function install(context: Install): StepOutcome {
  const { node, resources, id, data } = context
  const result = { id: '', ip: '', planetary_ip: '', mycelium_ip: '', console_url: '' }
  const failure = (error: string, after = resources) => failed(after, error, { ...result })

  if (resources.machines.some(machine => machine.id === id)) return noChange(resources)
  const cards = claimCards(context)
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

  const disks = prepareDisks(context)
  if (disks.error !== undefined) return failure(disks.error, disks.resources)
  const wrongRun = runRefusal(context, { mounts: disks.mounts, cards: cards.value })
  if (wrongRun !== undefined) return failure(wrongRun, disks.resources)
  result.console_url = consoleUrl(network.value.subnet, result.ip)
  return done(withRunning(context, disks.resources, cards.value), result)
}

/** Takes the machine and its root volume away; whatever of it is not there is no error. */
function remove(context: StepContext<ZmachineData>): StepOutcome {
  const { data, deployment } = context
  const after = withoutMachine(context)
  const { public_ip } = data.network
  const hasLostIp =
    public_ip !== '' && !deployment.workloads.some(entry => entry.name === public_ip)
  // Only the tap of a public address needs its workload (threefoldtech/zosbase: pkg/provision/storage).
  if (hasLostIp) return failed(after, 'workload does not exist: workload does not exist')
  return done(after)
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
