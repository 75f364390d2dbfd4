// More nodes for a process that plays nodes on a chain elsewhere, while it runs.

import type { GridConfig } from '../config/config.ts'
import { gridError } from '../kernel/errors.ts'
import type { NodesPort } from '../services/control/ports.ts'
import { farmHardware } from '../zos/hardware/generate.ts'
import { loadHardwareProfile } from '../zos/hardware/load-profile.ts'
import { Identities } from '../zos/lifecycle/identity.ts'
import type { FarmView } from './farms.ts'
import type { RemoteWorld } from './remote-world.ts'

/**
 * How nodes are added. The keys of nodes follow from their positions, so that only the last part of a grid may grow;
 * for good it grows by a larger `--count`: GRID_CONFIG_INVALID for the others.
 */
export function growthOf(
  world: RemoteWorld,
  config: GridConfig,
  views: readonly FarmView[],
): NodesPort['scale']['add'] {
  const { farms, shard = { index: 1, of: 1 } } = config
  const identities = new Identities(world.kernel.random)
  let turn: Promise<unknown> = Promise.resolve()
  const grow: NodesPort['scale']['add'] = async ({ count, farmId = views[0]?.id, hardware }) => {
    const own = farms[views.findIndex(({ id }) => id === farmId)]
    if (!own) throw gridError('GRID_CONFIG_INVALID', { detail: `there is no farm ${farmId} here` })
    if (shard.index !== shard.of) {
      const detail = `part ${shard.index} of ${shard.of} cannot grow, only the last one can`
      throw gridError('GRID_CONFIG_INVALID', { detail })
    }
    const farm = {
      ...own,
      nodes: count,
      ...(hardware ? { hardware: [...hardware], mix: undefined } : {}),
    }
    // Before the first node is added: an unknown profile changes nothing.
    for (const name of farm.hardware) loadHardwareProfile(name)
    const made = farmHardware(farm, world.kernel.random)
    const first = world.nextIndex
    await world.addNodes(
      made.map(machine => ({ farmId: farmId!, ...machine })),
      made.map((_, i) => identities.lightPairOf(first + i).accountId),
    )
  }
  return wish => {
    // Positions are given one after the other.
    const grown = turn.then(() => grow(wish))
    turn = grown.catch(() => undefined)
    return grown
  }
}
