// The thread that brings a target the news of what is played on it: of each run the latest, again while nothing happens.

import { parentPort, workerData } from 'node:worker_threads'
import type { ToldRun } from '../../services/control/run-told.ts'

/** How a run stands, under the key of the run. */
export interface NewsItem {
  readonly key: string
  readonly run: ToldRun
}

/** How often a run is told of while nothing happens, in ms: a target takes who is silent for lost. */
const everyMs = 5_000

/** How long the target may take to hear, in ms. */
const hearWithinMs = 10_000

const { control, token } = workerData as { readonly control: string; readonly token?: string }

/** What is to be told, by key: what comes later takes the place of what was not told yet. */
const waiting = new Map<string, ToldRun>()
let last: NewsItem | null = null
let isSending = false
let isOver = false

const timer = setInterval(() => {
  if (last?.run.state !== 'running') return
  waiting.set(last.key, last.run)
  void send()
}, everyMs)

parentPort!.on('message', (item: NewsItem | null) => {
  if (item === null) isOver = true
  else {
    last = item
    waiting.set(item.key, item.run)
  }
  void send()
})

async function send(): Promise<void> {
  if (isSending) return
  isSending = true
  for (const [key, run] of waiting) {
    waiting.delete(key)
    await tell(key, run)
  }
  isSending = false
  if (!isOver || waiting.size > 0) return
  clearInterval(timer)
  parentPort!.close()
}

/** A target that does not listen, or is of another version, is not told. */
async function tell(key: string, run: ToldRun): Promise<void> {
  try {
    await fetch(`${control}/scenarios/told/${key}`, {
      method: 'PUT',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(run),
      signal: AbortSignal.timeout(hearWithinMs),
    }).then(answer => answer.arrayBuffer())
  } catch {
    // The run itself says what is wrong with its target.
  }
}
