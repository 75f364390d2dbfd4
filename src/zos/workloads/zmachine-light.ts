// A virtual machine on a light node.

import { lightConsoleUrl, machineMyceliumIp, networkId } from '../addresses.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import { findNetwork } from '../resources/networks.ts'
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
import {
  done,
  failed,
  type InstallContext,
  noChange,
  type StepOutcome,
  workload,
} from './workload-type.ts'
import { type ZmachineLightData, zmachineLightData } from './zmachine-light-data.ts'

type Install = InstallContext<ZmachineLightData>

/** The real node's engine dies of this; here only the workload does. */
const noMycelium = 'runtime error: invalid memory address or nil pointer dereference'

function myceliumIp(wish: MyceliumIp, { resources, deployment }: Install): Outcome<string> {
  const failure = (cause: string) => refused(`could not set up tap device: ${cause}`)
  const id = networkId(deployment.twin_id, wish.network)
  const found = findNetwork(resources.networks, id)
  if (found === undefined) return failure(`resource not found: ${id}`)
  const address = machineMyceliumIp(found.myceliumAddress, wish.hex_seed)
  return address.ok ? accepted(address.value) : failure(address.error)
}

/** Every step in the node's order; what is known of the result when one fails is kept. */
function install(context: Install): StepOutcome {
  const { resources, id, data } = context
  const result = { id: '', ip: '', mycelium_ip: '', console_url: '' }
  const failure = (error: string, after = resources) => failed(after, error, { ...result })

  if (resources.machines.some(machine => machine.id === id)) return noChange(resources)
  const cards = claimCards(context)
  if (!cards.ok) return failure(cards.error)
  result.id = id
  result.ip = data.network.interfaces[0]?.ip ?? ''
  if (data.network.mycelium === null) return failure(noMycelium)

  const network = joinPrivateNetwork(context)
  if (!network.ok) return failure(network.error)
  const mycelium = myceliumIp(data.network.mycelium, context)
  if (!mycelium.ok) return failure(mycelium.error)
  result.mycelium_ip = mycelium.value

  const disks = prepareDisks(context)
  if (disks.error !== undefined) return failure(disks.error, disks.resources)
  const wrongRun = runRefusal(context, { mounts: disks.mounts, cards: cards.value })
  if (wrongRun !== undefined) return failure(wrongRun, disks.resources)
  result.console_url = lightConsoleUrl(network.value.myceliumAddress, result.ip)
  return done(withRunning(context, disks.resources, cards.value), result)
}

/** `zmachine-light`: threefoldtech/zosbase: pkg/gridtypes/zos/zmachine_light.go, pkg/primitives/vm-light */
export const zmachineLight = workload('zmachine-light', {
  data: zmachineLightData,
  challenge: (put, data) => {
    put.text(data.flist)
    interfacesChallenge(put, data.network)
    machineChallenge(put, data)
  },
  validate: data => computeRefusal(data) ?? machineNetworkRefusal(data.network),
  capacity: machineCapacity,
  references: machineReferences,
  runsOn: ['light'],
  installOrder: { light: 60 },
  install,
  remove: context => done(withoutMachine(context)),
  pause: context => setPaused(context, true),
  resume: context => setPaused(context, false),
})
