// What people change by hand beside the chain: faults, nodes and the size of a grid.

import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import { type FarmConfig, maxNodes } from '../config/config.ts'
import type { FaultInput } from '../faults/schema.ts'
import { gridError, invariant } from '../kernel/errors.ts'
import type { NodeAction } from '../services/control/ports.ts'
import { farmHardware } from '../zos/hardware/generate.ts'
import { loadHardwareProfile } from '../zos/hardware/load-profile.ts'
import { startLife } from './life/life.ts'
import { type MachineOrder, Visitors } from './life/visitors.ts'
import { actAlone } from './node-actions.ts'
import type { World } from './world.ts'

/** The changes by hand that are recorded, and what each carries. */
export interface HandInputs {
  /** Something breaks. */
  'fault.add': FaultInput
  /** A fault changes. */
  'fault.patch': { readonly id: number; readonly change: Readonly<Record<string, unknown>> }
  /** A fault ends before its time. */
  'fault.remove': number
  /** Something is done to a node. */
  'node.act': { readonly nodeId: number; readonly action: NodeAction }
  /** Nodes come to a farm. */
  'nodes.add': {
    readonly farmId: number
    readonly count: number
    /** Profiles in turn; those of the farm when left out. */
    readonly hardware?: readonly string[]
  }
  /** A user deploys a machine. */
  'machine.deploy': MachineOrder
}

/** How each of the changes is made. GRID_CONFIG_INVALID when it cannot be, and then nothing has changed. */
export type Hand = { readonly [K in keyof HandInputs]: (payload: HandInputs[K]) => unknown }

/** The hand of a world; to be made once. A world that is told to begins to live by itself. */
export function handOf(world: World): Hand {
  const { faults } = world
  const visitors = new Visitors(world)
  if (world.config.life) startLife(world, visitors)
  return {
    'fault.add': input => faults.add(input),
    'fault.patch': ({ id, change }) => faults.patch(id, change as Partial<FaultInput>),
    'fault.remove': id => faults.remove(id),
    'node.act': ({ nodeId, action }) => act(world, nodeId, action),
    'nodes.add': wish => addNodes(world, wish),
    'machine.deploy': order => visitors.deploy(order),
  }
}

/** Returns how many contracts a drain cancels; 0 for what cancels none. */
function act(world: World, nodeId: number, action: NodeAction): number {
  const { nodes } = world
  // The council empties any node of the chain, whoever plays it.
  const isDrained = action.type === 'drain' && hasNode(world, nodeId)
  if (nodes.indexOf(nodeId) === null && !isDrained) {
    throw gridError('GRID_CONFIG_INVALID', { detail: `there is no node ${nodeId}` })
  }
  switch (action.type) {
    case 'power':
      setPower(world, nodeId, action.target)
      break
    case 'drain':
      return world.drain(nodeId)
    default:
      actAlone(nodes, nodeId, action)
  }
  return 0
}

const hasNode = ({ chain }: World, nodeId: number): boolean =>
  chain.runtime.txOf(tfgrid).state.Nodes.has(nodeId)

/** Only its farmer may send a node to sleep, or have it woken. */
function setPower(
  { nodes, farms, residents, chain }: World,
  nodeId: number,
  target: 'Up' | 'Down',
) {
  const index = nodes.indexOf(nodeId)
  invariant(index !== null, 'a node that is told something is there')
  const farm = farms.find(({ id }) => id === nodes.summaryOf(index).farmId)
  const farmer = residents.find(({ twinId }) => twinId === farm?.twinId)
  invariant(farmer, 'a node of this grid has a farmer')
  const args = { node_id: nodeId, power_target: target }
  chain.submit(
    { pallet: 'TfgridModule', name: 'change_power_target', args },
    { signer: farmer.pair.accountId },
  )
}

function addNodes(
  { nodes, farms, config, kernel }: World,
  { farmId, count, hardware }: HandInputs['nodes.add'],
): void {
  const at = farms.findIndex(({ id }) => id === farmId)
  const own = config.farms[at]
  if (!own) throw gridError('GRID_CONFIG_INVALID', { detail: `there is no farm ${farmId}` })
  if (nodes.list().length + count > maxNodes) {
    throw gridError('GRID_CONFIG_INVALID', { detail: `a grid has at most ${maxNodes} nodes` })
  }
  const farm: FarmConfig = {
    ...own,
    nodes: count,
    ...(hardware ? { hardware: [...hardware], mix: undefined } : {}),
  }
  // Before the first node is added: an unknown profile changes nothing.
  for (const name of farm.hardware) loadHardwareProfile(name)
  for (const machine of farmHardware(farm, kernel.random)) nodes.add({ farmId, ...machine })
}
