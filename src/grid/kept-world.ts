// A world that outlives its process: what comes from outside is recorded, and comes again after a restart.

import { chainControl } from '../chain/rpc/control.ts'
import type { DevControl } from '../chain/rpc/port.ts'
import type { GridConfig, WorldConfig } from '../config/config.ts'
import { gridError, invariant } from '../kernel/errors.ts'
import type { BusMessage } from '../rmb/bus.ts'
import type { KycChange } from '../services/kyc/table.ts'
import { type Behaviours, behavioursOf } from '../zos/behaviours.ts'
import { Chronicle } from './chronicle.ts'
import { type Hand, type HandInputs, handOf } from './hand.ts'
import { fitHeapTo } from './heap.ts'
import {
  endLine,
  entryLine,
  type History,
  type HistoryEnd,
  headLine,
  historyText,
} from './history.ts'
import { type ApplyInputs, type Entry, Journal, type WorldOrigin } from './journal.ts'
import { endOf, type KeptSnapshot, Past } from './past.ts'
import { createWorld, type World } from './world.ts'

/** A world with the doors through which it is changed from outside. */
export interface KeptWorld {
  readonly world: World
  /** Changes by hand: edits of the chain, time, snapshots. */
  readonly control: KeptControl
  /** Changes by hand beside the chain: faults, nodes, size. */
  readonly hand: Hand
  /** All that made it what it is, as text. GRID_HISTORY_LONG when memory does not hold that any more. */
  history(): string
  /** The same up to a snapshot; null when there is none with this id. */
  historyOf(snapshotId: string): string | null
  /** What is known of its history. */
  readonly past: Past
  /** What happened when, in numbers. */
  readonly chronicle: Chronicle
  /** Where it stands. */
  end(): HistoryEnd
  /** To be told of each message from outside before it enters. */
  onMessage(message: BusMessage): void
  /** Changes who is verified. */
  changeKyc(change: KycChange): void
  /** To be told when events may have happened, before anybody outside hears of them. */
  onReached(): void
  close(): Promise<void>
}

/** Changes by hand, and the snapshots by id and name. */
export interface KeptControl extends DevControl {
  /** Remembers the world, under a name if there is one. */
  snapshot(name?: string | null): string
  /** Oldest first. */
  snapshots(): readonly KeptSnapshot[]
  /** Gives a snapshot up; false when there is none with this id. */
  release(id: string): boolean
  /**
   * Makes the world what it was at the end of a moment of its history; time goes on from where it was. Returns where
   * it stood then. GRID_MOMENT_UNKNOWN.
   */
  rewind(at: number): HistoryEnd
}

/** Moves the world's time forward to a moment. */
export type Advance = (at: number) => void

/**
 * Opens the world of a configuration: a new one, or with a data directory the one that it holds, led through all
 * that happened to it and on to the present. `advance` and `onReverted` are called once the world runs.
 */
export async function openWorld(
  config: GridConfig,
  options: {
    relay: string
    advance: Advance
    onReverted: () => void
    /** A history that the world is led through first; it must be of the same configuration. */
    history?: History | undefined
    /** Is given a history as text, piece by piece, from its first line on. */
    onHistory?: ((text: string) => void) | undefined
  } & Behaviours,
): Promise<KeptWorld> {
  const { accounts, dataDir } = config
  const worldConfig = worldPartOf(config)
  fitHeapTo(worldConfig.farms.reduce((sum, { nodes }) => sum + nodes, 0))
  // A history that is given is held in memory already.
  const journal =
    dataDir === undefined
      ? Journal.inMemory(options.history?.entries.length)
      : await Journal.open(dataDir)
  const kept = journal.origin(worldConfig, accounts)
  const origin = kept ?? originOf(options, worldConfig, accounts)
  const world = createWorld(worldConfig, {
    ...origin,
    ...keptWorldOptions,
    ...behavioursOf(options),
  })
  const { kernel } = world
  let advance: Advance = at => void kernel.runUntil(at)
  const chronicle = new Chronicle(world)
  const parts = partsOf(world, journal, { ...options, advance: at => advance(at) })
  const { past } = parts
  if (kept && options.history) checkKept(journal, options.history)
  if (!kept) {
    journal.begin(origin)
    if (options.history) journal.adopt(options.history.entries, options.history.end)
  }
  recordTo(options.onHistory, { origin, journal })
  if (kept || options.history) {
    replay(world, journal, parts)
    if (!kept && options.history) checkEnd(endOf(world, journal.length), options.history.end)
    // Clients compare the chain's time with their own: it went on while nobody looked.
    const missing = Date.now() - kernel.now()
    if (missing > 0) parts.control.advance(missing)
  }
  advance = options.advance
  const historyUpTo = (end: HistoryEnd): string => {
    const entries = journal.entries()
    if (entries === null) throw gridError('GRID_HISTORY_LONG')
    return historyText({ origin, entries: entries.slice(0, end.inputs), end })
  }
  world.chain.listen({ onTaken: bytes => journal.record(kernel, 'chain.submit', bytes) })
  return {
    world,
    control: parts.control,
    hand: parts.hand,
    onMessage: message => journal.record(kernel, 'rmb.message', message),
    changeKyc: change => {
      journal.record(kernel, 'kyc.change', change)
      world.kyc.apply(change)
    },
    past,
    chronicle,
    onReached: () => {
      past.marks.note()
      // A jump is recorded with where it leads: no place on its way is one to begin at again.
      if (!parts.isOnWay()) journal.reach(kernel)
    },
    history: () => historyUpTo(endOf(world, journal.length)),
    historyOf: id => {
      const end = past.endOf(id)
      return end && historyUpTo(end)
    },
    end: () => endOf(world, journal.length),
    close: async () => {
      options.onHistory?.(endLine(endOf(world, journal.length)))
      await journal.close()
    },
  }
}

/** A world that was led through a history again, with nobody connected to it. */
export interface ReplayedWorld {
  readonly world: World
  /** Where it has come to. */
  readonly end: HistoryEnd
}

/** Leads a new world through a history; `onWorld` is given it before its first input. */
export function replayHistory(
  history: History,
  onWorld: (world: World) => void = () => undefined,
): ReplayedWorld {
  const { origin, entries, end } = history
  const world = createWorld(origin.config, { ...origin, ...keptWorldOptions })
  onWorld(world)
  const journal = Journal.inMemory(Number.POSITIVE_INFINITY)
  journal.adopt(entries, end)
  const advance: Advance = at => void world.kernel.runUntil(at)
  replay(world, journal, partsOf(world, journal, { advance, onReverted: () => undefined }))
  return { world, end: endOf(world, journal.length) }
}

/** What all worlds have in common that outlive their process. */
const keptWorldOptions = { heartbeat: true, userScheme: 'sr25519', isIndexed: true } as const

/** What a new world is made of. */
function originOf(
  { history, relay }: { history?: History | undefined; relay: string },
  config: WorldConfig,
  accounts: readonly string[],
): WorldOrigin {
  if (!history) return { config, startAt: Date.now(), relay, accounts }
  const { origin } = history
  const texts = [
    { config, accounts },
    { config: origin.config, accounts: origin.accounts },
  ].map(each => JSON.stringify(each))
  if (texts[0] === texts[1]) return origin
  throw gridError('GRID_CONFIG_INVALID', {
    detail: 'the snapshot is of a grid with other farms, users, accounts, blocks, network or seed',
    hint: 'Leave these options out: a snapshot brings its own.',
  })
}

/** A data directory that a snapshot was loaded into before goes on from where it is. GRID_DATA_MISMATCH. */
function checkKept(journal: Journal, { entries }: History): void {
  const text = (entry: Entry | undefined) => entry && entryLine(entry)
  const known = journal.entries() ?? []
  const isSame = entries.every((entry, i) => text(entry) === text(known[i]))
  if (!isSame)
    throw gridError('GRID_DATA_MISMATCH', { detail: 'it did not begin with the snapshot' })
}

/** Writes a history as it is made, from its begin. */
function recordTo(
  put: ((text: string) => void) | undefined,
  { origin, journal }: { origin: WorldOrigin; journal: Journal },
): void {
  if (!put) return
  put(headLine(origin))
  for (const entry of journal.entries() ?? []) put(entryLine(entry))
  journal.listen(entry => put(entryLine(entry)))
}

/** The same history leads to the same place. GRID_HISTORY_DIFFERENT. */
export function checkEnd(reached: HistoryEnd, expected: HistoryEnd | null): void {
  if (!expected) return
  for (const name of ['digest', 'block', 'blockHash'] as const) {
    if (reached[name] === expected[name]) continue
    const detail = `its ${name} is ${reached[name]}, and was ${expected[name]}`
    throw gridError('GRID_HISTORY_DIFFERENT', { detail })
  }
}

/** The doors of a world. */
interface Parts {
  readonly control: KeptControl
  readonly hand: Hand
  /** By which what was recorded comes again. */
  readonly apply: ApplyInputs
  readonly past: Past
  /** Whether time is moved by hand at this moment. */
  isOnWay(): boolean
}

/** The doors of a world: those that record, and those by which what was recorded comes again. */
function partsOf(
  world: World,
  journal: Journal,
  options: { readonly advance: Advance; readonly onReverted: () => void },
): Parts {
  const { kernel, chain, bus, kyc } = world
  const bare = chainControl(chain, { advance: ms => options.advance(kernel.now() + ms) })
  const own = handOf(world)
  const past = new Past({ world, journal, book: bare })
  const apply: ApplyInputs = {
    ...own,
    'chain.submit': bytes => {
      const taken = chain.submitBytes(Uint8Array.from(bytes), { wasTaken: true })
      invariant(taken.ok, 'an extrinsic that was taken once is taken again')
    },
    'rmb.message': message => bus.inject(message),
    'kyc.change': change => kyc.apply(change),
    'chain.edit': edit => {
      invariant(bare.edit(edit) === null, 'a change that was made once is made again')
    },
    'world.snapshot': named => void past.take(named?.name ?? null),
    'world.revert': id => void past.revert(id),
    'world.release': id => void past.release(id),
    'world.rewind': at => void past.rewind(at, apply),
    'time.advanceTo': at => past.runUntil(at),
  }
  let isOnWay = false
  const advance = (ms: number): void => {
    isOnWay = true
    try {
      bare.advance(ms)
    } finally {
      isOnWay = false
    }
  }
  const { onReverted } = options
  return {
    control: recorded({ bare: { ...bare, advance }, apply, past, journal, world, onReverted }),
    hand: recordedHand(own, journal, world),
    apply,
    past,
    isOnWay: () => isOnWay,
  }
}

/** The control of a world whose changes by hand are recorded. */
function recorded(parts: {
  bare: DevControl
  apply: ApplyInputs
  past: Past
  journal: Journal
  world: World
  onReverted: () => void
}): KeptControl {
  const { bare, apply, past, journal, onReverted } = parts
  const { kernel } = parts.world
  return {
    edit(edit) {
      const { handledEvents: place } = kernel
      const at = kernel.now()
      const problem = bare.edit(edit)
      if (problem === null) journal.recordAt({ place, at }, 'chain.edit', edit)
      return problem
    },
    advance(ms) {
      journal.record(kernel, 'time.advanceTo', kernel.now() + ms)
      bare.advance(ms)
    },
    snapshot(name = null) {
      journal.record(kernel, 'world.snapshot', name === null ? null : { name })
      return past.take(name)
    },
    snapshots: () => past.snapshots(),
    release(id) {
      if (past.endOf(id) === null) return false
      journal.record(kernel, 'world.release', id)
      return past.release(id)
    },
    revert(id) {
      journal.record(kernel, 'world.revert', id)
      const isDone = past.revert(id)
      if (isDone) onReverted()
      return isDone
    },
    rewind(at) {
      past.check(at)
      journal.record(kernel, 'world.rewind', at)
      const end = past.rewind(at, apply)
      onReverted()
      return end
    },
  }
}

/** A hand whose changes are recorded at the place at which they were made; one that fails is none. */
function recordedHand(own: Hand, journal: Journal, { kernel }: World): Hand {
  const wrapped = <K extends keyof HandInputs>(kind: K): Hand[K] =>
    (payload => {
      const { handledEvents: place } = kernel
      const at = kernel.now()
      const result = own[kind](payload)
      journal.recordAt<keyof HandInputs>({ place, at }, kind, payload)
      return result
    }) as Hand[K]
  return {
    'fault.add': wrapped('fault.add'),
    'fault.patch': wrapped('fault.patch'),
    'fault.remove': wrapped('fault.remove'),
    'node.act': wrapped('node.act'),
    'nodes.add': wrapped('nodes.add'),
    'machine.deploy': wrapped('machine.deploy'),
  }
}

/** Everything that came from outside comes again, each at its place. */
function replay({ kernel, bus }: World, journal: Journal, { apply, past }: Parts): void {
  bus.withDeafOutside(() => {
    journal.replay(kernel, apply, () => past.marks.note())
    // What closed the instant of the last input closes it again.
    kernel.runUntil(kernel.now())
  })
}

/** What of a configuration makes the world, as opposed to how it is run. */
function worldPartOf(config: GridConfig): WorldConfig {
  const { seed, network, farms, users, blocks, strictRelay, kyc, lagMs, life } = config
  const lively = life ? { life } : {}
  return { seed, network, farms, users, blocks, strictRelay, kyc, lagMs, ...lively }
}
