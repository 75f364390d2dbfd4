// What a fault would hit, with the names that people know: nodes with their farms, twins with their owners.

import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import { byteStringToUtf8, utf8ToByteString } from '../crypto/hex.ts'
import type { FaultInput } from '../faults/schema.ts'
import type { FaultPreview } from '../services/control/ports.ts'
import type { World } from './world.ts'

/** Nodes and twins that are named. */
const mostNamed = 50

/** Nodes that are marked on pictures. */
const mostMarked = 20_000

/** What a fault would be if it were added now. GRID_CONFIG_INVALID when it is none. */
export function faultPreviewOf(world: World, input: FaultInput): FaultPreview {
  const { nodes, farms, residents, faults, chain } = world
  const { spec, from, until, isDrawnOnce, aims } = faults.preview(input)
  const farmNames = new Map(farms.map(({ id, name }) => [id, name]))
  const owners = new Map(residents.map(({ twinId, name }) => [twinId, name]))
  const { Nodes, Farms } = chain.runtime.txOf(tfgrid).state
  const farmName = (id: number) =>
    farmNames.get(id) ?? byteStringToUtf8(Farms.get(id)?.name ?? utf8ToByteString(`farm ${id}`))
  const nodeOf = (id: number) => {
    const index = nodes.indexOf(id)
    if (index === null) {
      // Another process plays it, and knows its name.
      const farm = farmName(Nodes.get(id)?.farm_id ?? 0)
      return { id, name: 'of another process', farm, phase: 'unknown' }
    }
    const { name, farmId, phase } = nodes.summaryOf(index)
    return { id, name, farm: farmName(farmId), phase }
  }
  // A picture on which everything is marked says nothing.
  const marked = new Set(aims.flatMap(aim => (aim.isEverybody ? [] : aim.nodes)))
  return {
    fault: spec,
    from,
    until,
    chance: spec.chance,
    isDrawnOnce,
    aims: aims.map(({ role, isEverybody, part, nodes: hit, twins }) => ({
      role,
      isEverybody,
      part,
      nodes: { count: hit.length, items: hit.slice(0, mostNamed).map(nodeOf) },
      twins: {
        count: twins.length,
        items: twins.slice(0, mostNamed).map(id => ({ id, name: owners.get(id) ?? '' })),
      },
    })),
    marked: [...marked].slice(0, mostMarked),
  }
}
