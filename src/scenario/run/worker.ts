// A process that plays the jobs that it is sent, one after the other, until nobody sends any more.

import { traceFileIn, type WorkerOrder } from './crew.ts'
import { perform, watchProcess } from './perform.ts'

const watch = watchProcess(() => undefined)

process.on('message', (order: WorkerOrder) => void work(order))
// Ctrl-C reaches all processes of a terminal; the first one decides.
process.on('SIGINT', () => undefined)

async function work({ job, options }: WorkerOrder): Promise<void> {
  const traceFile = traceFileIn(options.traceFolder)
  const report = await perform(job, { ...options, traceFile, progress: {}, watch })
  process.send?.(report)
}
