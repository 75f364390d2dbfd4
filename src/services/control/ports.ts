// What the control API needs of a grid; the composition root supplies it. Every method is called from outside the world.

import type { TraceEntry } from '../../kernel/trace.ts'

/** How time passes. */
export interface TimeState {
  /** Virtual time, ms since the Unix epoch. */
  readonly now: number
  /** `real`, `virtual` or `warp:N`. */
  readonly clock: string
  readonly isFrozen: boolean
}

/** A node in a list. */
export interface NodeItem {
  /** Id on the chain; 0 before it has registered. */
  readonly id: number
  readonly name: string
  readonly twinId: number
  readonly farmId: number
  readonly profile: string
  /** starting, up, down or asleep. */
  readonly phase: string
}

/** A node with what is on it. Amounts are decimal text in bytes, CPUs are numbers. */
export interface NodeDetail extends NodeItem {
  /** Whether no job waits and none is worked on. */
  readonly isIdle: boolean
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
  | { readonly type: 'crash' | 'boot' | 'reboot' | 'restartDaemon' }
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

/** A grid as the control API knows it. */
export interface ControlPort {
  readonly time: {
    state(): TimeState
    advanceTo(at: number): void
    freeze(isFrozen: boolean): void
    setClock(clock: string): void
  }
  readonly nodes: {
    list(): readonly NodeItem[]
    find(id: number): NodeDetail | null
    act(id: number, action: NodeAction): void
  }
  readonly faults: {
    list(): readonly FaultItem[]
    find(id: number): FaultItem | null
    add(input: unknown): number
    patch(id: number, change: Readonly<Record<string, unknown>>): void
    remove(id: number): void
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
    }): void
  }
  /** Wipes the chain: it begins anew, nodes register again. */
  reset(): void
  readonly history: {
    state(): HistoryState
    /** All that made this world, as text that `up --snapshot` and `run --replay` read. */
    export(): string
  }
  /** The last entries of the trace, oldest first. */
  recent(): readonly TraceEntry[]
  /** Hears of each entry of the trace from now on, inside the world; returns how to stop. */
  listen(listener: (entry: TraceEntry) => void): () => void
}
