// Scenarios that are played on a grid, as the control API tells them: plain data, shared by the server and the page.

/** Where a run is: `lost` when its process has not been heard of for a while, `stopped` when it was ended by hand. */
export type RunState = 'running' | 'passed' | 'failed' | 'skipped' | 'stopped' | 'lost'

/** A part of the story, in virtual ms from the begin of the scenario. */
export interface RunStep {
  readonly title: string
  /** How deep it lies in other steps. */
  readonly depth: number
  readonly from: number
  /** Null while it goes on. */
  readonly to: number | null
  readonly error: string | null
}

/** A scenario as it is or was played, in a list. */
export interface RunItem {
  readonly id: number
  /** What the scenario calls itself; null until its process has told. */
  readonly name: string | null
  readonly file: string
  readonly seed: string
  readonly state: RunState
  /** Time of the wall at which it began, ms since the Unix epoch. */
  readonly startedAt: number
  /** How long it has taken, in ms of the wall clock. */
  readonly tookMs: number
  /** How much virtual time it took, in ms; null until it is over. */
  readonly virtualMs: number | null
  /** The step that goes on, or the last one. */
  readonly step: string | null
  /** Why it was skipped, or the first line of its failure. */
  readonly reason: string | null
  /** Whether this grid has started it, and so can stop it. */
  readonly isOwn: boolean
}

/** A run with its report. */
export interface RunDetail extends RunItem {
  readonly steps: readonly RunStep[]
  /** Earlier steps that are not among them. */
  readonly stepsLeftOut: number
  readonly failure: string | null
  readonly digest: string
  readonly events: number
  readonly blocks: number
  /** The command that plays it again; empty until it is over. */
  readonly repeat: string
  /** The last that its process has printed, where this grid has started it. */
  readonly output: string
}

/** The scenarios that a grid can play on itself. */
export interface ScenarioShelf {
  /** Null when the grid was given none. */
  readonly folder: string | null
  readonly files: readonly string[]
  /** Files that are not among them. */
  readonly leftOut: number
}
