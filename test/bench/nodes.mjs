// Many idle nodes in process: how long their start takes, what they keep in memory, and a virtual day of their reports.

import { execFileSync } from 'node:child_process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { tfgrid } from '../../dist/chain/pallets/tfgrid/declaration.js'
import { checkWorld, spreadNodes } from '../../dist/config/config.js'
import { cryptoReady } from '../../dist/crypto/ready.js'
import { createWorld } from '../../dist/grid/world.js'
import { memoryInUse, print } from './support.mjs'

const MiB = 2 ** 20
const minuteMs = 60_000

/** How far apart a node's reports are, and how many a day has. */
const reportEveryMs = 40 * minuteMs
const reportsADay = 36

/** One size, in a process of its own, so that its memory is its own. */
async function measure(count, blocks) {
  await cryptoReady()
  const { config } = checkWorld({ farms: spreadNodes(count, Math.max(1, count / 100)), blocks })
  const options = { startAt: 1_700_000_000_000, relay: 'localhost', heartbeat: false }
  const atStart = stopwatch()
  const { kernel, chain } = createWorld(config, { ...options, userScheme: 'ed25519' })
  const start = atStart()
  const registered = chain.runtime.txOf(tfgrid).state.NodeID.get()
  if (registered !== count) throw new Error(`${registered} of ${count} nodes are registered`)
  const residentMiB = process.memoryUsage().rss / MiB
  const inUseMiB = memoryInUse() / MiB
  const collectedMiB = process.memoryUsage().rss / MiB
  // The nodes begin to report one after the other; then every day is like the next.
  kernel.runUntil(kernel.now() + reportEveryMs)
  const before = kernel.trace.length
  const inDay = stopwatch()
  kernel.runUntil(kernel.now() + reportsADay * reportEveryMs)
  chain.best()
  const day = inDay()
  const reports = kernel.trace.length - before
  if (reports !== reportsADay * count) throw new Error(`${reports} reports of ${count} nodes`)
  return { start, residentMiB, inUseMiB, collectedMiB, day }
}

/** Measures wall time and the CPU time of the process, both in s. */
function stopwatch() {
  const from = performance.now()
  const cpu = process.cpuUsage()
  return () => ({
    seconds: (performance.now() - from) / 1000,
    cpu: process.cpuUsage(cpu).user / 1e6,
  })
}

const cases = [
  [1000, '6s'],
  [1000, 'instant'],
  [10_000, '6s'],
  [10_000, 'instant'],
  [100_000, '6s'],
]

/** Runs the bench; with `calibration` the figures are comparable. */
export function nodes(calibration) {
  for (const [count, blocks] of cases) {
    const file = fileURLToPath(import.meta.url)
    const out = execFileSync(process.execPath, [file, String(count), blocks], { encoding: 'utf8' })
    const found = JSON.parse(out)
    const name = `${count} nodes, blocks ${blocks}`
    print(`start of ${name}`, found.start.seconds, 's', calibration)
    print('    CPU time', found.start.cpu, 's', calibration)
    print('    resident memory', found.residentMiB, 'MiB', 1)
    print('    resident memory after a collection', found.collectedMiB, 'MiB', 1)
    print('    memory in use', found.inUseMiB, 'MiB', 1)
    print(`a virtual day of ${name}, all reports`, found.day.seconds, 's', calibration)
    print('    CPU time', found.day.cpu, 's', calibration)
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(JSON.stringify(await measure(Number(process.argv[2]), process.argv[3])))
}
