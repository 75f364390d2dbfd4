// What the control API needs of a grid; the composition root supplies it. Every method is called from outside the world.

import type { TraceEntry } from '../../kernel/trace.ts'
import type { BranchesPort, PastPort } from './past.ts'

/** How time passes. */
export interface TimeState {
  /** Virtual time, ms since the Unix epoch. */
  readonly now: number
  /** `real`, `virtual` or `warp:N`. */
  readonly clock: string
  readonly isFrozen: boolean
}

/** A value, or one that comes later: some nodes of a grid may be played by other processes. */
export type Awaitable<T> = T | Promise<T>

/** A node in a list. */
export interface NodeItem {
  /** Id on the chain; 0 before it has registered. */
  readonly id: number
  readonly name: string
  readonly twinId: number
  readonly farmId: number
  readonly profile: string
  /** starting, up, down or asleep; unknown where the process that plays it does not answer. */
  readonly phase: string
  /** The process that plays it, where it is another one. */
  readonly member?: string
}

/** A node with what is on it. Amounts are decimal text in bytes, CPUs are numbers. */
export interface NodeDetail extends NodeItem {
  /** Whether no job waits and none is worked on. */
  readonly isIdle: boolean
  /** The version of zos that it runs; empty where the process that plays it does not answer. */
  readonly version: string
  readonly total: Readonly<Record<string, string>>
  readonly used: Readonly<Record<string, string>>
  readonly deployments: readonly {
    readonly twinId: number
    readonly contractId: string
    readonly version: number
    readonly workloads: readonly {
      readonly name: string
      readonly type: string
      readonly state: string
      readonly message: string
    }[]
  }[]
}

/** What can be done to a node. */
export type NodeAction =
  | { readonly type: 'crash' | 'boot' | 'reboot' | 'restartDaemon' | 'drain' }
  | { readonly type: 'power'; readonly target: 'Up' | 'Down' }
  | { readonly type: 'upgrade'; readonly version: string }

/** A planned or active fault. */
export interface FaultItem {
  readonly id: number
  readonly state: string
  /** Virtual time at which it begins or has begun. */
  readonly from: number
  /** Null when it lasts until it is removed. */
  readonly until: number | null
  /** The fault as it was added, with defaults. */
  readonly fault: unknown
}

/** Some of many: how many there are, and the first of them. */
export interface Some<T> {
  readonly count: number
  readonly items: readonly T[]
}

/** What a fault would hit, by name, and from when to when. */
export interface FaultPreview {
  /** The fault with its defaults. */
  readonly fault: unknown
  /** Virtual time at which it would begin. */
  readonly from: number
  /** Null when it would last until it is removed; equal to `from` when it is over at once. */
  readonly until: number | null
  /** How likely it strikes: below 1 of each message, install or extrinsic, or once of the fault as a whole. */
  readonly chance: number
  readonly isDrawnOnce: boolean
  readonly aims: readonly {
    /** Those that are hit, or those at the two ends of a link. */
    readonly role: 'hit' | 'from' | 'to'
    /** Whether everybody is meant. */
    readonly isEverybody: boolean
    /** What is hit beside nodes and twins, in words. */
    readonly part: string | null
    readonly nodes: Some<{
      readonly id: number
      readonly name: string
      readonly farm: string
      readonly phase: string
    }>
    /** Twins that are no node's; one that is nobody's here has no name. */
    readonly twins: Some<{ readonly id: number; readonly name: string }>
  }[]
  /** Ids of all nodes that it concerns, for pictures; of very many the first, and none where everybody is meant. */
  readonly marked: readonly number[]
}

/** A snapshot that can be returned to. */
export interface SnapshotItem {
  readonly id: string
  readonly name: string | null
  /** Virtual time at which it was taken. */
  readonly at: number
  /** The best block then. */
  readonly block: number
}

/** How many nodes a grid has been told to have, and how many of them have registered. */
export interface ScaleState {
  readonly nodes: number
  readonly registered: number
}

/** A piece of history: what outlives a process, and what can be played again. */
export interface HistoryState {
  readonly time: number
  readonly block: number
  /** Digest over all that has happened. */
  readonly digest: string
  /** Hash of the best block. */
  readonly blockHash: string
}

/** What is broken, or will be. */
export interface FaultsPort {
  list(): readonly FaultItem[]
  find(id: number): FaultItem | null
  add(input: unknown): Awaitable<number>
  patch(id: number, change: Readonly<Record<string, unknown>>): Awaitable<void>
  remove(id: number): Awaitable<void>
}

/** A grid as the control API knows it. */
export interface ControlPort {
  readonly time: {
    state(): TimeState
    advanceTo(at: number): Awaitable<void>
    freeze(isFrozen: boolean): Awaitable<void>
    setClock(clock: string): Awaitable<void>
  }
  readonly nodes: {
    list(): Awaitable<readonly NodeItem[]>
    find(id: number): Awaitable<NodeDetail | null>
    /** Returns how many contracts a drain cancels; 0 for what cancels none. */
    act(id: number, action: NodeAction): Awaitable<number>
  }
  readonly faults: FaultsPort & {
    /** What a fault would hit. Changes nothing; GRID_CONFIG_INVALID as `add`. */
    preview(input: unknown): FaultPreview
  }
  readonly snapshots: {
    list(): readonly SnapshotItem[]
    take(name: string | null): SnapshotItem
    /** By id or name. */
    find(key: string): SnapshotItem | null
    revert(id: string): void
    remove(id: string): void
  }
  readonly scale: {
    state(): ScaleState
    /** Adds so many nodes to a farm, the first one when none is named. */
    add(wish: {
      readonly count: number
      readonly farmId?: number | undefined
      readonly hardware?: readonly string[] | undefined
    }): Awaitable<void>
  }
  /** The processes that play further nodes of it; left out where there can be none. */
  readonly members?: MembersPort
  /** Wipes the chain: it begins anew, nodes register again. */
  reset(): void
  readonly history: {
    state(): HistoryState
    /** All that made this world, as text that `up --snapshot` and `run --replay` read. */
    export(): string
  }
  /** Going back to any moment; left out where the chain runs elsewhere. */
  readonly past?: PastPort
  /** Grids that are branched off this one; left out where none can be started. */
  readonly branches?: BranchesPort
  /** The last entries of the trace, oldest first. */
  recent(): readonly TraceEntry[]
  /** Hears of each entry of the trace from now on, inside the world; returns how to stop. */
  listen(listener: (entry: TraceEntry) => void): () => void
}

/** A process that plays nodes of a grid, as it announces itself: its control API is at the address that it comes from. */
export interface Announcement {
  /** Tells it from the others; a process that is started again has the name that it had. */
  readonly name: string
  readonly port: number
  /** What it wants to be shown by whoever changes something there. */
  readonly secret: string
  /** The chain that its nodes live on. */
  readonly genesisHash: string
  /** Another one when other nodes than before are played. */
  readonly revision: number
}

/** A process that plays nodes of a grid. */
export interface MemberItem {
  readonly name: string
  /** `http://127.0.0.1:40123/api`. */
  readonly control: string
  /** The ids of its nodes. */
  readonly nodes: readonly number[]
}

/** The processes that play nodes of a grid elsewhere. */
export interface MembersPort {
  list(): readonly MemberItem[]
  /** A process says that it is there; resolves with how time passes. To be said again every few seconds. */
  announce(member: Announcement, address: string): Promise<TimeState>
}

/** A process that plays nodes of a grid and nothing else, as its control API knows it. */
export interface NodesPort extends Pick<ControlPort, 'nodes' | 'scale' | 'recent' | 'listen'> {
  readonly faults: FaultsPort
  readonly time: {
    state(): TimeState
    freeze(isFrozen: boolean): void
    setClock(clock: string): void
    /**
     * Comes to what the chain shows now, and to a moment; a moment that has passed changes nothing. What nodes send the
     * chain meanwhile is waited for, for so many ms of wall time.
     */
    follow(at: number, settleMs: number): Promise<void>
  }
}
