// The control port of a grid of which other processes play nodes: what is theirs is asked of them, and time leads them along.

import { faultSchema } from '../faults/schema.ts'
import type { Driver } from '../kernel/driver.ts'
import { gridError } from '../kernel/errors.ts'
import type { ControlPort, NodeAction, NodeDetail, NodeItem } from '../services/control/ports.ts'
import { detailTold, glanceAt, itemOf, toldOf } from './member-told.ts'
import { type ChainNode, type Member, Members } from './members.ts'
import { nobodyPlays, SplitFaults } from './split-faults.ts'
import type { World } from './world.ts'

/**
 * How far time leaps before the others have come along, in ms: what they do meanwhile reaches the chain too late by that.
 * It leaps farther and farther, since what people wait for follows soon after what they did.
 */
const firstLeapMs = 30_000
const longestLeapMs = 600_000

/** How long the others may take to send what they have to, in ms of wall time. */
const settleMs = 2_000

/** How long a process may take to come along, in ms of wall time. */
const followMs = 60_000

/** How long new nodes may take to come onto the chain, in ms of wall time. */
const growMs = 600_000

/** The port, and the processes that it stands for. */
export interface SplitControl {
  readonly port: ControlPort
  readonly members: Members
  /** The nodes of other processes as they were told of last; without waiting. */
  glance(): readonly NodeItem[]
  close(): void
}

/** Makes the port of a grid that other processes may play nodes of; `own` is that of this process. */
export function splitControl(own: ControlPort, world: World, driver: Driver): SplitControl {
  const members: Members = new Members({
    world,
    driver,
    onJoined: async member => {
      await pace(own, members, [member])
      await faults.welcome(member)
    },
  })
  const faults = new SplitFaults({ world, driver, members: () => members })
  const port: ControlPort = {
    ...own,
    time: timeOf(own, { members, faults, world }),
    nodes: nodesOf(own, members, world, driver),
    faults: faultsOf(own, faults, members),
    snapshots: {
      ...own.snapshots,
      revert(id) {
        refuse(members, 'the grid does not go back')
        own.snapshots.revert(id)
        // Faults may be others than before.
        void faults.sync().catch(() => undefined)
      },
    },
    ...(own.past && {
      past: {
        ...own.past,
        rewind(at: number) {
          refuse(members, 'the grid does not go back')
          const there = own.past!.rewind(at)
          void faults.sync().catch(() => undefined)
          return there
        },
      },
    }),
    scale: scaleOf(own, members),
    members: {
      list: () => members.list(),
      announce: async (announcement, address) => {
        await members.announce(announcement, address)
        return own.time.state()
      },
    },
    reset() {
      refuse(members, 'the chain is not wiped')
      own.reset()
    },
  }
  return { port, members, glance: glanceAt(members), close: () => faults.close() }
}

/** Time here moves a way ahead; then the nodes elsewhere come along, and so on. */
function timeOf(
  own: ControlPort,
  { members, faults, world }: { members: Members; faults: SplitFaults; world: World },
): ControlPort['time'] {
  let turn: Promise<unknown> = Promise.resolve()
  let leapMs = firstLeapMs
  let cameTo = 0
  const advanceTo = async (at: number): Promise<void> => {
    const from = own.time.state().now
    // Who moves time on in small steps, or has let it pass, has done something meanwhile.
    if (at - from <= firstLeapMs || from - cameTo > firstLeapMs) leapMs = firstLeapMs
    for (let now = own.time.state().now; ; now = own.time.state().now) {
      if (members.live().length === 0) {
        await own.time.advanceTo(at)
        return
      }
      // Exactly to where a fault begins or ends.
      const edge = faults.nextEdge() ?? at
      const to = Math.min(at, now + leapMs, edge > now ? edge : at)
      leapMs = Math.min(longestLeapMs, leapMs * 2)
      await own.time.advanceTo(to)
      // A chain that makes no blocks of itself takes nothing, however long one waits.
      const waitMs = world.chain.mode === 'instant' ? settleMs : 0
      await follow(members, own.time.state().now, waitMs)
      await faults.sync()
      cameTo = to
      if (to >= at) return
    }
  }
  return {
    ...own.time,
    advanceTo(at) {
      const moved = turn.then(() => advanceTo(at))
      turn = moved.catch(() => undefined)
      return moved
    },
    async freeze(isFrozen) {
      await own.time.freeze(isFrozen)
      await pace(own, members, members.live())
    },
    async setClock(clock) {
      await own.time.setClock(clock)
      await pace(own, members, members.live())
    },
  }
}

/** Lets the others come to a moment. Who is not there is left behind. */
async function follow(members: Members, at: number, ms: number): Promise<void> {
  const body = { at, settleMs: ms }
  await Promise.allSettled(
    members.live().map(member => members.ask(member, 'POST', '/time/follow', body, followMs)),
  )
}

/** Lets time pass elsewhere as it does here. Ahead of the chain nobody goes: what waits there waits for its time. */
async function pace(own: ControlPort, members: Members, meant: readonly Member[]): Promise<void> {
  const { clock, isFrozen } = own.time.state()
  const body = { clock: clock === 'virtual' ? 'real' : clock, isFrozen }
  await Promise.allSettled(meant.map(member => members.ask(member, 'PUT', '/time/pace', body)))
}

function nodesOf(
  own: ControlPort,
  members: Members,
  world: World,
  driver: Driver,
): ControlPort['nodes'] {
  const isOwn = (id: number) => driver.enter(() => world.nodes.indexOf(id) !== null)
  const elsewhere = (id: number) => members.elsewhere().find(node => node.id === id) ?? null
  return {
    async list() {
      const nodes = [...(await own.nodes.list())]
      const others = members.elsewhere()
      if (others.length === 0) return nodes
      const told = await toldOf(members)
      nodes.push(...others.map(node => told.get(node.id) ?? itemOf(node)))
      // By their ids, as the chain has them; those that have none yet come last.
      return nodes.sort((a, b) => (a.id || Number.MAX_VALUE) - (b.id || Number.MAX_VALUE))
    },
    async find(id) {
      if (isOwn(id)) return own.nodes.find(id)
      const node = elsewhere(id)
      const member = members.ownerOf(id)
      if (node === null) return null
      if (member === null) return detailOf(node)
      try {
        const told = await members.ask(member, 'GET', `/nodes/${id}`)
        return { ...(detailTold(told, id) ?? detailOf(node)), member: member.name }
      } catch {
        return detailOf(node)
      }
    },
    async act(id, action: NodeAction) {
      // The council empties any node of the chain.
      if (isOwn(id) || action.type === 'drain') return own.nodes.act(id, action)
      const member = members.ownerOf(id)
      if (member === null) throw nobodyPlays(id)
      await members.ask(member, 'POST', `/nodes/${id}/actions`, action)
      return 0
    },
  }
}

function detailOf(node: ChainNode): NodeDetail {
  const total = Object.fromEntries(
    Object.entries(node.resources).map(([name, amount]) => [name, `${amount}`]),
  )
  return { ...itemOf(node), isIdle: false, version: '', total, used: {}, deployments: [] }
}

function faultsOf(own: ControlPort, faults: SplitFaults, members: Members): ControlPort['faults'] {
  return {
    ...own.faults,
    async add(input) {
      const spec = faultSchema.parse(input)
      faults.check(spec)
      if (spec.kind === 'chain.reset') refuse(members, 'the chain is not wiped')
      const id = await own.faults.add(input)
      try {
        await faults.sync()
      } catch (cause) {
        // What is not played everywhere is not there at all.
        await own.faults.remove(id)
        await faults.sync().catch(() => undefined)
        throw cause
      }
      return id
    },
    async patch(id, change) {
      const found = own.faults.find(id)
      const changed = faultSchema.safeParse({ ...(found?.fault as object), ...change })
      // What is no fault is refused below, with the reason.
      if (found && changed.success) faults.check(changed.data)
      await own.faults.patch(id, change)
      await faults.sync()
    },
    async remove(id) {
      await own.faults.remove(id)
      // Who is not there plays it no more.
      await faults.sync().catch(() => undefined)
    },
  }
}

function scaleOf(own: ControlPort, members: Members): ControlPort['scale'] {
  const there = () => members.live().reduce((sum, { nodes }) => sum + nodes.size, 0)
  return {
    state() {
      const { nodes, registered } = own.scale.state()
      return { nodes: nodes + there(), registered: registered + there() }
    },
    async add(wish) {
      const { farmId } = wish
      const meant =
        farmId === undefined
          ? []
          : members.live().filter(({ farms }) => farms.some(({ id }) => id === farmId))
      if (meant.length === 0) {
        await own.scale.add(wish)
        return
      }
      const { count, hardware } = wish
      let refusal: unknown = null
      for (const member of meant) {
        try {
          await members.ask(member, 'POST', '/scale', { add: count, farmId, hardware }, growMs)
          return
        } catch (cause) {
          refusal = cause
        }
      }
      throw refusal
    },
  }
}

/** Other processes would keep what they have while this one loses it. GRID_NODE_ELSEWHERE. */
function refuse(members: Members, what: string): void {
  const names = members.live().map(({ name }) => name)
  if (names.length === 0) return
  const detail = `${what} while other processes play nodes on it: ${names.join(', ')}`
  throw gridError('GRID_NODE_ELSEWHERE', { detail, hint: 'End these processes first.' })
}
