// Worlds that go astray and come back: held against one that stayed, in all that it holds and all that comes after.

import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { World } from '../../../src/grid/world.ts'
import type { Snapshot } from '../../../src/kernel/kernel.ts'
import type { Mark } from '../../../src/kernel/store.ts'
import { entityNames } from '../../../src/services/indexer/entities.ts'
import { readers } from '../../../src/services/indexer/indexer.ts'
import { type Draw, drawsOf, storedAt } from '../../chain/support/random.ts'
import { Hustle } from './hustle.ts'

/** How long the future is played after a revert, in ms of virtual time. */
const futureMs = 2 * 3_600_000

/** How many blocks before the best one are looked at. */
const blocksShown = 300

/** A grid whose whole state can be named, because a mark was set when it was born. */
interface Subject {
  readonly hustle: Hustle
  readonly world: World
  readonly birth: Mark
}

function subjectOf(seed: number): Subject {
  const hustle = new Hustle(`detour-${seed}`)
  const { world } = hustle
  const birth = world.kernel.store.mark()
  hustle.bustle(drawsOf(seed))
  return { hustle, world, birth }
}

/**
 * Plays two grids of one seed up to a snapshot; one does `actions` things, returns, and must be as the other in
 * everything; then both have the same future, twice. Returns how busy the moment of the snapshot was.
 */
export function expectReturn(seed: number, actions: number): Hustle['traffic'] {
  const astray = subjectOf(seed)
  const stayed = subjectOf(seed)
  const { hustle, world } = astray
  expect(differencesOf(astray, stayed), 'two grids of one seed').toEqual([])
  const { traffic } = hustle
  const { digest, at } = { digest: world.kernel.trace.digest(), at: world.kernel.now() }
  const snapshot = world.kernel.snapshot()
  goAstray(hustle, drawsOf(seed + 1), actions)
  expect(world.kernel.trace.digest()).not.toBe(digest)
  world.kernel.revert(snapshot)
  expect(world.kernel.now()).toBe(at)
  expect(world.kernel.trace.digest()).toBe(digest)
  expect(differencesOf(astray, stayed), 'a grid that returned').toEqual([])
  goOn(stayed.hustle, seed + 2)
  goOn(hustle, seed + 2)
  expect(differencesOf(astray, stayed), 'its future').toEqual([])
  // The snapshot stays good; given up, it leaves what happened since.
  world.kernel.revert(snapshot)
  goOn(hustle, seed + 2)
  world.kernel.release(snapshot)
  expect(differencesOf(astray, stayed), 'its future once more').toEqual([])
  return traffic
}

/** Does many things, in snapshots within snapshots that are reverted to or given up in any order. */
function goAstray(hustle: Hustle, draw: Draw, actions: number): void {
  const { kernel } = hustle.world
  const open: Snapshot[] = []
  for (let i = 0; i < actions; i += 1) {
    const fork = draw(20)
    if (fork === 0) open.push(kernel.snapshot())
    else if (fork === 1 && open.length > 0) {
      const to = draw(open.length)
      kernel.revert(open[to]!)
      open.length = to + 1
    } else if (fork === 2 && open.length > 0) {
      const [given] = open.splice(draw(open.length), 1)
      kernel.release(given!)
    } else hustle.act(draw)
  }
}

/** The same two hours, for whoever stands at the same place. */
function goOn(hustle: Hustle, seed: number): void {
  const { kernel, faults } = hustle.world
  const end = kernel.now() + futureMs
  const draw = drawsOf(seed)
  for (let i = 0; i < 25; i += 1) hustle.act(draw)
  faults.heal()
  for (let nodeId = 1; nodeId <= 4; nodeId += 1) hustle.world.nodes.boot(nodeId)
  for (let i = 0; i < 15; i += 1) hustle.act(draw)
  kernel.runUntil(Math.max(end, kernel.now()))
}

/** The names of all in which two grids differ. */
function differencesOf(left: Subject, right: Subject): string[] {
  const different: string[] = []
  // The view first: who looks at a chain makes it note the empty blocks that are due.
  for (const of of [viewOf, stateOf]) {
    const [a, b] = [of(left), of(right)]
    for (const name of new Set([...a.keys(), ...b.keys()])) {
      if (!isDeepStrictEqual(a.get(name), b.get(name))) different.push(name)
    }
  }
  return different
}

/** Every piece of state that was ever written after birth, by its name in the store. */
function stateOf({ world, birth }: Subject): Map<string, unknown> {
  const state = new Map<string, unknown>()
  for (const [name, value] of world.kernel.store.changedSince(birth)) {
    if (value !== undefined && !isShared(name)) state.set(name, value)
  }
  return state
}

/**
 * What is no value by itself: lists of which the beginning alone is state, cells with the past of their own, and hashes
 * that a block remembers for whoever asked. What they say is part of the view.
 */
function isShared(name: string): boolean {
  return /^(.*\.(items|chunks)|chain\.state\.changes|chain\.archive\.tail)$/.test(name)
}

/** What the parts of a grid show to the world. */
function viewOf({ world }: Subject): Map<string, unknown> {
  const { kernel, chain, nodes, faults, bus } = world
  const best = chain.best()
  const view = new Map<string, unknown>([
    ['now', kernel.now()],
    ['digest', kernel.trace.digest()],
    ['handled', kernel.handledEvents],
    ['foreground', kernel.pendingForeground],
    ['next', kernel.nextAt()],
    ['best', [best, chain.finalized(), chain.mode, chain.genesisHash()]],
    ['stored', storedAt(chain, best)],
    ['pool', chain.pool.entries()],
    ['pending extrinsics', chain.pendingBytes()],
    ['messages', [bus.waitingBytes, faults.keptMessages]],
    ['faults', faults.list()],
    ['draws', drawsToCome(world)],
    ['verified', world.kyc.list()],
  ])
  for (const [i, event] of kernel.pending().entries()) {
    const { at, seq, rank, kind, target, payload, background } = event
    view.set(`event ${i} ${kind}`, { at, seq, rank, target, payload, background })
  }
  for (let block = Math.max(0, best - blocksShown); block <= best; block += 1) {
    view.set(`block ${block}`, [chain.archive.hashOf(block), chain.eventsOf(block)])
  }
  for (const { nodeId, ...summary } of nodes.list()) {
    const deployments = nodes.deploymentsOf(nodeId)
    const state = [nodes.stateAt(summary.index), nodes.usedOf(nodeId), nodes.isIdle(nodeId)]
    const counters = nodes.ask(summary.index, 'zos.statistics.get')
    view.set(`node ${nodeId}`, [summary, deployments, state, counters])
  }
  for (const name of readers) {
    const rows = world.indexer!.reader(name)
    for (const entity of entityNames) view.set(`${name} ${entity}`, [...rows.each(entity)])
  }
  return view
}

/** What each stream of randomness would give next. */
function drawsToCome({ kernel }: World): readonly number[] {
  const names = ['rmb/uid', 'hustle', 'nemesis/nemesis', 'unheard of']
  const before = kernel.snapshot()
  const draws = names.map(name => kernel.random.stream(name).uint32())
  kernel.revert(before)
  kernel.release(before)
  return draws
}
