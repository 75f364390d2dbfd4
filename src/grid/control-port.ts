// A running grid as its control API knows it: everything enters through the driver, and is recorded where it changes something.

import type { FaultInput } from '../faults/schema.ts'
import type { Driver } from '../kernel/driver.ts'
import { gridError } from '../kernel/errors.ts'
import type { BranchesPort } from '../services/control/past.ts'
import type { ControlPort, TimeState } from '../services/control/ports.ts'
import { clockMode, clockName } from './clock-names.ts'
import { faultPreviewOf } from './fault-preview.ts'
import type { KeptWorld } from './kept-world.ts'
import { detailOf, faultItem, itemOf, scaleState } from './node-views.ts'
import type { KeptSnapshot } from './past.ts'
import { pastPortOf } from './past-port.ts'

/** The port of a running grid. `onReverted` is told when the world was taken back, outside of it. */
export function controlPortOf(
  kept: KeptWorld,
  driver: Driver,
  { onReverted, branches }: { onReverted: () => void; branches?: BranchesPort | undefined },
): ControlPort {
  const { world, hand } = kept
  const { kernel, faults } = world
  const enter = <T>(body: () => T): T => driver.enter(body)
  return {
    time: timeOf(kept, driver),
    nodes: {
      list: () => enter(() => world.nodes.list().map(itemOf)),
      find: id => enter(() => detailOf(world.nodes, id)),
      act: (nodeId, action) => enter(() => Number(hand['node.act']({ nodeId, action }))),
    },
    faults: {
      list: () => enter(() => faults.list().map(faultItem)),
      find: id =>
        enter(() => {
          const found = faults.find(id)
          return found ? faultItem(found) : null
        }),
      preview: input => enter(() => faultPreviewOf(world, input as FaultInput)),
      add: input => enter(() => Number(hand['fault.add'](input as FaultInput))),
      patch: (id, change) => enter(() => void hand['fault.patch']({ id, change })),
      remove: id => enter(() => void hand['fault.remove'](id)),
    },
    snapshots: snapshotsOf(kept, driver, onReverted),
    scale: {
      state: () => enter(() => scaleState(world.nodes)),
      add: ({ count, farmId = world.farms[0]?.id, hardware }) =>
        enter(() => {
          if (farmId === undefined) throw gridError('GRID_NO_FREE_FARM')
          void hand['nodes.add']({ farmId, count, ...(hardware ? { hardware } : {}) })
        }),
    },
    reset: () => enter(() => void hand['fault.add']({ kind: 'chain.reset' })),
    history: {
      state() {
        const { at: time, block, blockHash, digest } = enter(() => kept.end())
        return { time, block, blockHash, digest }
      },
      export: () => enter(() => kept.history()),
    },
    past: pastPortOf(kept, driver, onReverted),
    ...(branches ? { branches } : {}),
    recent: () => kernel.trace.last(),
    listen: listener => kernel.trace.listen(listener),
  }
}

function timeOf({ world: { kernel }, control }: KeptWorld, driver: Driver): ControlPort['time'] {
  const state = (): TimeState =>
    driver.enter(() => ({
      now: kernel.now(),
      clock: clockName(driver.mode),
      isFrozen: driver.isFrozen,
    }))
  return {
    state,
    advanceTo: at => driver.enter(() => control.advance(Math.max(0, at - kernel.now()))),
    freeze: isFrozen => {
      // Time comes up to now before it stands still.
      driver.enter(() => undefined)
      driver.freeze(isFrozen)
    },
    setClock: clock => driver.setMode(clockMode(clock)),
  }
}

function snapshotsOf(
  { control }: KeptWorld,
  driver: Driver,
  onReverted: () => void,
): ControlPort['snapshots'] {
  const list = (): readonly KeptSnapshot[] => driver.enter(() => control.snapshots())
  const find = (key: string) => list().find(({ id, name }) => id === key || name === key) ?? null
  return {
    list,
    find,
    take: name =>
      driver.enter(() => {
        const id = control.snapshot(name)
        return control.snapshots().find(each => each.id === id)!
      }),
    revert: id => {
      driver.enter(() => {
        if (!control.revert(id)) throw gridError('GRID_SNAPSHOT_UNKNOWN', { detail: id })
      })
      onReverted()
    },
    remove: id => driver.enter(() => void control.release(id)),
  }
}
