// Faults of a grid whose nodes are played by several processes: this one keeps the list, the others play what is on their nodes.

import { z } from 'zod'
import type { Fault } from '../faults/active.ts'
import { type FaultSpec, instantKinds, wholeKinds } from '../faults/schema.ts'
import type { Driver } from '../kernel/driver.ts'
import { gridError } from '../kernel/errors.ts'
import type { Member, Members } from './members.ts'
import type { World } from './world.ts'

/** A fault as a process plays it. */
interface Played {
  readonly spec: FaultSpec
  /** Its id there. */
  readonly id: number
}

/** What a process answers that has taken a fault. */
const addedSchema = z.object({ id: z.int() })

type OnNodes = Pick<Extract<FaultSpec, { kind: 'node.hang' }>, 'nodes' | 'farms'>

/** Lets other processes play the active faults that are on their nodes. */
export class SplitFaults {
  readonly #world: World
  readonly #driver: Driver
  readonly #members: Members
  readonly #played = new WeakMap<Member, Map<number, Played>>()
  /** Faults of one instant that the others have yet to play. */
  #instants: FaultSpec[] = []
  #turn: Promise<void> = Promise.resolve()
  readonly #stop: () => void

  constructor(options: { world: World; driver: Driver; members: () => Members }) {
    const { world, driver, members } = options
    this.#world = world
    this.#driver = driver
    this.#members = members()
    // Inside the world nobody is asked: that waits until it has come to rest.
    this.#stop = world.faults.listen(({ spec }, moment) => {
      if (!isOfNodes(spec) || this.#members.live().length === 0) return
      if (moment === 'begins' && instantKinds.has(spec.kind)) this.#instants.push(spec)
      setImmediate(() => void this.sync().catch(() => undefined))
    })
  }

  /**
   * Brings the others to what is broken now; resolves when all have it. Fails with what the first one says that
   * refuses, or is not there any more.
   */
  sync(): Promise<void> {
    const result = this.#turn.then(() => this.#syncAll())
    this.#turn = result.catch(() => undefined)
    return result
  }

  /** A process that has come begins with nothing broken. */
  async welcome(member: Member): Promise<void> {
    this.#played.set(member, new Map())
    await this.#members.ask(member, 'DELETE', '/faults')
    await this.sync()
  }

  /** GRID_NODE_ELSEWHERE when a fault names a node that nobody who is there plays. */
  check(spec: FaultSpec): void {
    if (!isOfNodes(spec)) return
    const { nodes = [], farms = [] } = spec as OnNodes
    const gone = this.#members
      .elsewhere()
      .filter(({ id, farmId }) => nodes.includes(id) || farms.includes(farmId))
      .find(({ id }) => this.#members.ownerOf(id) === null)
    if (gone) throw nobodyPlays(gone.id)
  }

  /** When a fault begins or ends next, in virtual ms; null when none will. */
  nextEdge(): number | null {
    const edges = this.#driver.enter(() =>
      this.#world.faults
        .list()
        .flatMap(({ state, from, until }) => (state === 'planned' ? [from] : (until ?? []))),
    )
    return edges.length === 0 ? null : Math.min(...edges)
  }

  close(): void {
    this.#stop()
  }

  async #syncAll(): Promise<void> {
    const instants = this.#instants.splice(0)
    const active = this.#driver.enter(() =>
      this.#world.faults.list().filter(({ state, spec }) => state === 'active' && isOfNodes(spec)),
    )
    const ends = await Promise.allSettled(
      this.#members.live().map(member => this.#syncOne(member, active, instants)),
    )
    const failed = ends.find(end => end.status === 'rejected')
    if (failed) throw failed.reason
  }

  async #syncOne(
    member: Member,
    active: readonly Fault[],
    instants: readonly FaultSpec[],
  ): Promise<void> {
    const played = this.#played.get(member) ?? new Map<number, Played>()
    this.#played.set(member, played)
    const lasting = new Map(active.map(({ id, spec }) => [id, spec]))
    for (const [id, { spec, id: there }] of [...played]) {
      if (lasting.get(id) === spec) continue
      await this.#members.ask(member, 'DELETE', `/faults/${there}`)
      played.delete(id)
    }
    for (const [id, spec] of lasting) {
      const part = played.has(id) ? null : partOf(spec, member)
      if (part === null) continue
      const added = addedSchema.safeParse(await this.#members.ask(member, 'POST', '/faults', part))
      if (!added.success) {
        const detail = `${member.name}: it does not say which fault it has added`
        throw gridError('GRID_NODE_ELSEWHERE', { detail })
      }
      played.set(id, { spec, id: added.data.id })
    }
    for (const spec of instants) {
      const part = partOf(spec, member)
      if (part !== null) await this.#members.ask(member, 'POST', '/faults', part)
    }
  }
}

/** What is said of a node whose process is not there. */
export function nobodyPlays(nodeId: number): Error {
  const detail = `node ${nodeId}, and no process that plays it is there`
  return gridError('GRID_NODE_ELSEWHERE', { detail })
}

/** Whether a fault acts where nodes are played; messages and extrinsics pass by this process in any case. */
function isOfNodes(spec: FaultSpec): boolean {
  if (spec.kind === 'chain.unreachable') return spec.nodes !== undefined || spec.farms !== undefined
  return spec.kind.startsWith('node.')
}

/** What of a fault is on the nodes of a process; null for nothing. It begins at once, and ends when it is told to. */
function partOf(spec: FaultSpec, { nodes }: Member): object | null {
  const { nodes: named, farms, afterMs: _, forMs: __, ...rest } = spec as FaultSpec & OnNodes
  const own = [...nodes.values()].flatMap(({ id, farmId }) =>
    named?.includes(id) || farms?.includes(farmId) ? [id] : [],
  )
  const isForAll = named === undefined && farms === undefined
  if (own.length === 0 && !isForAll) return null
  return {
    ...rest,
    // Whether it strikes as a whole was drawn when it began.
    ...(wholeKinds.has(spec.kind) ? { chance: 1 } : {}),
    ...(isForAll ? {} : { nodes: own }),
  }
}
