// A process that plays nodes on a chain elsewhere, as its control API knows it.

import type { FaultInput } from '../faults/schema.ts'
import { gridError } from '../kernel/errors.ts'
import type { NodesPort, TimeState } from '../services/control/ports.ts'
import { clockMode, clockName } from './clock-names.ts'
import { actAlone } from './node-actions.ts'
import { detailOf, faultItem, itemOf, scaleState } from './node-views.ts'
import type { RemoteWorld } from './remote-world.ts'

/** What the port needs of a process beside its world. */
export interface NodesPortParts {
  readonly world: RemoteWorld
  /** The farmer of a farm sends a node to sleep, or has it woken. */
  readonly power: (nodeId: number, target: 'Up' | 'Down') => Promise<void>
  /** Brings more nodes to a farm, the first one when none is named. */
  readonly grow: NodesPort['scale']['add']
}

/** Makes the port. */
export function nodesPortOf({ world, power, grow }: NodesPortParts): NodesPort {
  const { kernel, driver, nodes, faults } = world
  const enter = <T>(body: () => T): T => driver.enter(body)
  const state = (): TimeState =>
    enter(() => ({
      now: kernel.now(),
      clock: clockName(driver.mode),
      isFrozen: driver.isFrozen,
    }))
  return {
    time: {
      state,
      freeze(isFrozen) {
        if (isFrozen === driver.isFrozen) return
        // Time comes up to now before it stands still.
        enter(() => undefined)
        driver.freeze(isFrozen)
      },
      setClock(clock) {
        if (clock !== clockName(driver.mode)) driver.setMode(clockMode(clock))
      },
      follow: (at, settleMs) => world.follow(at, settleMs),
    },
    nodes: {
      list: () => enter(() => nodes.list().map(itemOf)),
      find: id => enter(() => detailOf(nodes, id)),
      async act(id, action) {
        if (action.type === 'drain') {
          const detail = 'drain: the council is where the chain is: ask there'
          throw gridError('GRID_CONFIG_INVALID', { detail })
        }
        if (action.type === 'power') await power(id, action.target)
        else enter(() => actAlone(nodes, id, action))
        return 0
      },
    },
    faults: {
      list: () => enter(() => faults.list().map(faultItem)),
      find: id =>
        enter(() => {
          const found = faults.find(id)
          return found ? faultItem(found) : null
        }),
      add: input => enter(() => faults.add(input as FaultInput)),
      patch: (id, change) => enter(() => void faults.patch(id, change as Partial<FaultInput>)),
      remove: id => enter(() => void faults.remove(id)),
    },
    scale: { state: () => enter(() => scaleState(nodes)), add: grow },
    recent: () => kernel.trace.last(),
    listen: listener => kernel.trace.listen(listener),
  }
}
