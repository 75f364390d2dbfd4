// A running grid as its control API knows it: everything enters through the driver, and is recorded where it changes something.

import type { Fault } from '../faults/active.ts'
import type { FaultInput } from '../faults/schema.ts'
import type { ClockMode, Driver } from '../kernel/driver.ts'
import { gridError } from '../kernel/errors.ts'
import type {
  ControlPort,
  FaultItem,
  NodeDetail,
  NodeItem,
  ScaleState,
  TimeState,
} from '../services/control/ports.ts'
import type { Capacity } from '../zos/workloads/capacity.ts'
import type { KeptSnapshot, KeptWorld } from './kept-world.ts'
import type { World } from './world.ts'

/** The mode of a clock that is named as in a grid file. */
export function clockMode(clock: string): ClockMode {
  if (clock === 'real' || clock === 'virtual') return { type: clock }
  return { type: 'warp', rate: Number(clock.slice('warp:'.length)) }
}

function clockName(mode: ClockMode): string {
  return mode.type === 'warp' ? `warp:${mode.rate}` : mode.type
}

/** The port of a running grid. `onReverted` is told when the world was taken back, outside of it. */
export function controlPortOf(
  kept: KeptWorld,
  driver: Driver,
  onReverted: () => void,
): ControlPort {
  const { world, hand } = kept
  const { kernel, faults } = world
  const enter = <T>(body: () => T): T => driver.enter(body)
  return {
    time: timeOf(kept, driver),
    nodes: {
      list: () => enter(() => world.nodes.list().map(itemOf)),
      find: id => enter(() => detailOf(world, id)),
      act: (nodeId, action) => enter(() => void hand['node.act']({ nodeId, action })),
    },
    faults: {
      list: () => enter(() => faults.list().map(faultItem)),
      find: id => enter(() => faultOr(faults.find(id))),
      add: input => enter(() => Number(hand['fault.add'](input as FaultInput))),
      patch: (id, change) => enter(() => void hand['fault.patch']({ id, change })),
      remove: id => enter(() => void hand['fault.remove'](id)),
    },
    snapshots: snapshotsOf(kept, driver, onReverted),
    scale: {
      state: () => enter(() => scaleState(world)),
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

function itemOf({
  nodeId: id,
  name,
  twinId,
  farmId,
  profile,
  phase,
}: ReturnType<World['nodes']['summaryOf']>): NodeItem {
  return { id, name, twinId, farmId, profile, phase }
}

function detailOf({ nodes }: World, id: number): NodeDetail | null {
  const index = nodes.indexOf(id)
  if (index === null) return null
  return {
    ...itemOf(nodes.summaryOf(index)),
    isIdle: nodes.isIdle(id),
    total: amounts(nodes.totalOf(id)),
    used: amounts(nodes.usedOf(id)),
    deployments: nodes.deploymentsOf(id).map(({ twinId, contractId, version, workloads }) => ({
      twinId,
      contractId: contractId.toString(),
      version,
      workloads: workloads.map(({ name, type, state, message }) => ({
        name,
        type,
        state,
        message,
      })),
    })),
  }
}

function amounts(capacity: Capacity): Record<string, string> {
  return Object.fromEntries(Object.entries(capacity).map(([name, amount]) => [name, `${amount}`]))
}

function faultOr(fault: Fault | undefined): FaultItem | null {
  return fault ? faultItem(fault) : null
}

function faultItem({ id, state, from, until, spec }: Fault): FaultItem {
  return { id, state, from, until, fault: spec }
}

function scaleState({ nodes }: World): ScaleState {
  const all = nodes.list()
  return { nodes: all.length, registered: all.filter(({ nodeId }) => nodeId > 0).length }
}
