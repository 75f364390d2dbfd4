// What a process that plays a scenario tells the grid on which it does, checked and bounded.

import { z } from 'zod'

/** Bounds of what is told of one run; who tells cuts to them. */
export const runBounds = { steps: 200, title: 300, text: 500, failure: 20_000 } as const

const ms = z.number().min(0).max(Number.MAX_SAFE_INTEGER)
const count = z.int().min(0)

/** A run as it is now, or as it ended. */
export const toldRunSchema = z.strictObject({
  /** Null until it is over. */
  name: z.string().max(runBounds.text).nullable(),
  file: z.string().min(1).max(runBounds.text),
  seed: z.string().max(100),
  state: z.enum(['running', 'passed', 'failed', 'skipped']),
  /** Why it was skipped. */
  reason: z.string().max(runBounds.text).nullable(),
  steps: z
    .array(
      z.strictObject({
        title: z.string().max(runBounds.title),
        depth: z.int().min(0).max(100),
        from: ms,
        to: ms.nullable(),
        error: z.string().max(runBounds.text).nullable(),
      }),
    )
    .max(runBounds.steps),
  stepsLeftOut: count,
  failure: z.string().max(runBounds.failure).nullable(),
  digest: z.string().max(200),
  events: count,
  blocks: count,
  virtualMs: ms.nullable(),
  repeat: z.string().max(2_000),
})

/** What is told of a run. */
export type ToldRun = z.output<typeof toldRunSchema>

/** A run of which nothing is known yet but what is played. */
export const nothingTold: Omit<ToldRun, 'file' | 'seed'> = {
  name: null,
  state: 'running',
  reason: null,
  steps: [],
  stepsLeftOut: 0,
  failure: null,
  digest: '',
  events: 0,
  blocks: 0,
  virtualMs: null,
  repeat: '',
}

/** The name under which a process tells of a run, the same each time. */
export const runKeySchema = z
  .string()
  .regex(/^[\w-]{8,64}$/, 'a key has 8 to 64 of A-Z a-z 0-9 _ -')
