// The past of a grid and its other futures: any moment that it can be taken back to, and branches that live beside it.

import { z } from 'zod'
import { momentSchema, spanSchema } from './moments.ts'
import { NotFound, type Operation, operation } from './operations.ts'
import type { Awaitable, HistoryState } from './ports.ts'

/** The course of a grid. */
export interface PastState {
  /** The earliest moment that it can be taken back to, ms of virtual time. */
  readonly begin: number
  readonly now: number
  /** What happened in equal spans of time; those in which nothing did are left out. */
  readonly spanMs: number
  readonly spans: readonly PastSpan[]
  /** Moments that the grid remembers by itself: from each on, a way back is played again. */
  readonly marks: readonly { readonly at: number; readonly block: number }[]
}

/** What happened in a span of time. */
export interface PastSpan {
  /** Where it begins, ms of virtual time. */
  readonly at: number
  /** The best block at its end. */
  readonly block: number
  /** Entries of the trace by their part of the grid. */
  readonly counts: Readonly<Record<string, number>>
}

/** A moment of the past, as far as is known without going there. */
export interface PastMoment {
  readonly at: number
  readonly block: number
  /** Whether this is the block, or one near to it. */
  readonly isExact: boolean
  /** Whether the grid has left the course that it was on then: it was taken back behind this moment since. */
  readonly isLeft: boolean
  /** What happened in the span around it. */
  readonly counts: Readonly<Record<string, number>>
  /** What came from outside last before it, oldest first. */
  readonly inputs: readonly { readonly at: number; readonly what: string }[]
}

/** Going back. */
export interface PastPort {
  state(): PastState
  look(at: number): PastMoment
  /** Makes the grid what it was at the end of a moment; returns where it stood then. GRID_MOMENT_UNKNOWN. */
  rewind(at: number): HistoryState
}

/** A grid that lives on beside this one from a moment of it. */
export interface BranchItem {
  readonly id: string
  readonly name: string | null
  /** Where it began. */
  readonly from: HistoryState
  readonly state: 'starting' | 'running'
  /** How it is reached; null until it answers. */
  readonly endpoints: Readonly<Record<string, unknown>> | null
}

/** Branches, which end with this grid. */
export interface BranchesPort {
  list(): readonly BranchItem[]
  find(id: string): BranchItem | null
  /** Starts one from a snapshot, or from now; resolves when it answers. GRID_BRANCH_FAILED, GRID_HISTORY_LONG. */
  start(snapshotId: string | null): Promise<BranchItem>
  end(id: string): Awaitable<void>
}

/** The word that stands for the present in the place of a snapshot. */
const present = 'now'

interface Ports {
  readonly past?: PastPort
  readonly branches?: BranchesPort
  readonly time: { state(): { readonly now: number } }
  readonly snapshots: { find(key: string): { readonly id: string } | null }
}

/** The operations on the past and the branches of a grid. */
export function pastOperations(grid: () => Ports): readonly Operation[] {
  return [...historyOperations(grid), ...branchOperations(grid)]
}

function historyOperations(grid: () => Ports): Operation[] {
  const without = { problem: 'the past of this grid is not its own: its chain runs elsewhere' }
  const moment = z.object({ at: z.coerce.number<string>().int().min(0) })
  return [
    operation('GET', '/history/marks', {
      title: 'The course of the grid: from when on it can be taken back, and what happened when',
      run: () => grid().past?.state() ?? without,
    }),
    operation('GET', '/history/moment', {
      title: 'What is known of a moment without going there',
      query: moment,
      run: ({ query }) => grid().past?.look(query.at) ?? without,
    }),
    operation('POST', '/history/rewind', {
      title: 'Make the grid what it was at a moment; time goes on from where it was',
      body: z.union([z.strictObject({ at: momentSchema }), z.strictObject({ by: spanSchema })], {
        error: '{ "at": a moment } or { "by": a time span, such as 10m }',
      }),
      run({ body }) {
        const { past, time } = grid()
        const there = past?.rewind('at' in body ? body.at : time.state().now - body.by)
        return there ? { ...there, now: time.state().now } : without
      },
    }),
  ]
}

function branchOperations(grid: () => Ports): Operation[] {
  const params = z.object({ id: z.string().min(1).max(100) })
  const without = { problem: 'this grid cannot start others: it was not started by `pocketgrid`' }
  return [
    operation('GET', '/branches', {
      title: 'The grids that were branched off this one and live on beside it',
      run: () => grid().branches?.list() ?? [],
    }),
    operation('POST', '/snapshots/{id}/branch', {
      title: 'Start a second grid that stands where a snapshot stands, or this one does now (now)',
      params,
      status: 201,
      run({ params: { id } }) {
        const { branches, snapshots } = grid()
        if (!branches) return without
        const found = snapshots.find(id)
        if (!found && id !== present) return new NotFound(`snapshot ${id}`)
        return branches.start(found?.id ?? null)
      },
    }),
    operation('DELETE', '/branches/{id}', {
      title: 'End a branch',
      params,
      async run({ params: { id } }) {
        const { branches } = grid()
        const found = branches?.find(id)
        if (!found) return new NotFound(`branch ${id}`)
        await branches?.end(id)
        return found
      },
    }),
  ]
}
