// What can go wrong on nodes beyond their own rules: asked at a few points of their work, and only while something does.

import type { Outcome } from './outcome.ts'

/** What goes wrong on nodes. Nodes are named by their id on the chain. */
export interface Trouble {
  /** False while nothing goes wrong: then nothing else is asked, and it costs nothing. */
  readonly isActive: boolean
  /** Does the worker of a node stand still before its next step on a workload of this type? */
  isStuck(nodeId: number, type: string): boolean
  /** How many times as long installs and updates take. */
  slowness(nodeId: number): number
  /** Why an install fails, or nothing. */
  installFailure(nodeId: number, type: string): string | undefined
  /** What a node answers in the place of its true answer. */
  answer(nodeId: number, command: string, truth: Outcome<string>): Outcome<string>
  /** By how many ms the clock of a node is ahead. */
  clockAheadMs(nodeId: number): number
}

/** Nothing goes wrong. */
export const noTrouble: Trouble = Object.freeze({
  isActive: false,
  isStuck: () => false,
  slowness: () => 1,
  installFailure: () => undefined,
  answer: (_nodeId: number, _command: string, truth: Outcome<string>) => truth,
  clockAheadMs: () => 0,
})

/** How often a worker that stands still tries to go on, in ms. */
export const stuckRetryMs = 5_000
