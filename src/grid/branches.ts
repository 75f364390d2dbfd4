// Grids that live on beside this one: each begins at a moment of it, in a process of its own, and ends with it.

import type { Driver } from '../kernel/driver.ts'
import { gridError } from '../kernel/errors.ts'
import type { BranchesPort, BranchItem } from '../services/control/past.ts'
import type { HistoryState } from '../services/control/ports.ts'
import { clockName } from './clock-names.ts'
import { type HistoryEnd, readHistory } from './history.ts'
import type { KeptWorld } from './kept-world.ts'

/** The most that may live at once. */
export const mostBranches = 4

/** How a branch is run. */
export interface BranchOrder {
  /** All that leads to where it begins, as text. */
  readonly history: string
  readonly host: string
  readonly clock: string
  /** What has to be shown there to change it. */
  readonly devToken: string | undefined
  readonly rpc: 'full' | 'upstream'
}

/** A process that is, or will be, a branch. */
export interface BranchProcess {
  /** How it is reached, when it answers. GRID_BRANCH_FAILED when it ends before. */
  readonly ready: Promise<Readonly<Record<string, unknown>>>
  readonly ended: Promise<unknown>
  /** Ends it; resolves when it has. */
  stop(): Promise<void>
}

/** Starts processes. Whoever starts the grid supplies it. */
export type StartBranch = (order: BranchOrder) => BranchProcess

interface Branch extends BranchItem {
  state: BranchItem['state']
  endpoints: BranchItem['endpoints']
  readonly process: BranchProcess
}

/** The branches of a grid. */
export class Branches implements BranchesPort {
  readonly #kept: KeptWorld
  readonly #driver: Driver
  readonly #start: StartBranch
  readonly #settings: Omit<BranchOrder, 'history' | 'clock'>
  readonly #branches = new Map<string, Branch>()
  #lastId = 0

  constructor(parts: {
    kept: KeptWorld
    driver: Driver
    start: StartBranch
    settings: Omit<BranchOrder, 'history' | 'clock'>
  }) {
    this.#kept = parts.kept
    this.#driver = parts.driver
    this.#start = parts.start
    this.#settings = parts.settings
  }

  list(): readonly BranchItem[] {
    return [...this.#branches.values()].map(shown)
  }

  find(id: string): BranchItem | null {
    const found = this.#branches.get(id)
    return found ? shown(found) : null
  }

  async start(snapshotId: string | null): Promise<BranchItem> {
    if (this.#branches.size >= mostBranches) {
      throw gridError('GRID_BRANCH_FAILED', { detail: `there are ${mostBranches} branches` })
    }
    const { history, name } = this.#begin(snapshotId)
    this.#lastId += 1
    const id = String(this.#lastId)
    const clock = clockName(this.#driver.mode)
    const process = this.#start({ ...this.#settings, history, clock })
    const from = stateOf(readHistory(history).end!)
    const branch: Branch = { id, name, from, state: 'starting', endpoints: null, process }
    this.#branches.set(id, branch)
    void process.ended.then(() => this.#branches.delete(id))
    branch.endpoints = await process.ready
    branch.state = 'running'
    return shown(branch)
  }

  async end(id: string): Promise<void> {
    await this.#branches.get(id)?.process.stop()
  }

  /** Ends all. */
  async close(): Promise<void> {
    await Promise.all([...this.#branches.values()].map(({ process }) => process.stop()))
  }

  #begin(snapshotId: string | null): { history: string; name: string | null } {
    const { control } = this.#kept
    return this.#driver.enter(() => {
      if (snapshotId === null) return { history: this.#kept.history(), name: null }
      const history = this.#kept.historyOf(snapshotId)
      if (history === null) throw gridError('GRID_SNAPSHOT_UNKNOWN', { detail: snapshotId })
      const { name } = control.snapshots().find(({ id }) => id === snapshotId)!
      return { history, name: name ?? snapshotId }
    })
  }
}

function stateOf({ at: time, block, digest, blockHash }: HistoryEnd): HistoryState {
  return { time, block, digest, blockHash }
}

function shown({ id, name, from, state, endpoints }: Branch): BranchItem {
  return { id, name, from, state, endpoints }
}
