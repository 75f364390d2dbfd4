// `pocketgrid demo`: a grid to look at, with farms of mixed hardware and a life of its own, the same for the same seed.

import type { GridInput } from '../config/config.ts'
import { startGrid } from '../grid.ts'
import { startBranch } from './branch.ts'
import { isWatched, openPage } from './page.ts'
import { scenarioFolder } from './scenario-folder.ts'
import { banner, endOnSignal, fail } from './up.ts'

/** The options of the command, as they were written. */
export interface DemoOptions {
  readonly seed?: string
  readonly clock?: string
  readonly host?: string
  readonly chainPort?: number
  readonly port?: number
  readonly frontPort?: number | false
  readonly devToken?: string
  readonly scenarios?: string
  /** Whether the page is opened; left out, it is where somebody seems to look. */
  readonly open?: boolean
  readonly json?: boolean
}

/** Time passes this much faster when nothing else is said: something happens every second or two. */
const usualClock = 'warp:20'

/** In the order in which farms get their places on earth, so that each is named after its own. */
const farms: GridInput['farms'] = [
  { name: 'ghent', nodes: 10, hardware: ['server', 'titan', 'nano'], publicIps: 16, gateways: 2 },
  { name: 'lochristi', nodes: 6, hardware: ['titan', 'titan', 'gpu'], publicIps: 8 },
  { name: 'vienna', nodes: 8, hardware: ['server', 'storage-2u', 'legacy-1u'], publicIps: 8 },
  { name: 'cairo', nodes: 6, hardware: ['legacy-1u', 'server', 'light'], publicIps: 4 },
  { name: 'zanzibar', nodes: 4, hardware: ['nano', 'light'], publicIps: 0 },
  { name: 'salzburg', nodes: 5, hardware: ['nano', 'titan'], publicIps: 0 },
  { name: 'dubai', nodes: 6, hardware: ['gpu', 'server'], publicIps: 8, gateways: 1 },
  { name: 'toronto', nodes: 7, hardware: ['storage-2u', 'server'], publicIps: 8 },
  { name: 'dallas', nodes: 6, hardware: ['titan', 'server'], publicIps: 4, gateways: 1 },
  { name: 'sao-paulo', nodes: 4, hardware: ['legacy-1u', 'nano'], publicIps: 0 },
  { name: 'singapore', nodes: 5, hardware: ['server', 'gpu'], publicIps: 4 },
  { name: 'sydney', nodes: 3, hardware: ['titan', 'hdd-only'], publicIps: 0 },
]

const users = ['alice', 'bob', 'charlie', 'dave', 'eve', 'ferdie']

/** The demo's grid with what the options say. */
export function demoInput({
  json: _,
  scenarios: __,
  open: ___,
  ...options
}: DemoOptions): GridInput {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { farms, users, clock: usualClock, life: true, ...Object.fromEntries(given) }
}

/** Starts the demo and resolves when it answers; SIGINT and SIGTERM end it with status 0. */
export async function demo(options: DemoOptions): Promise<void> {
  const startedAt = performance.now()
  process.stdout.on('error', () => undefined)
  const grid = await startGrid(demoInput(options), {
    onFailure: fail,
    scenarios: scenarioFolder(options.scenarios),
    startBranch,
  })
  endOnSignal(grid)
  const info = grid.info()
  const tour = new URL('/#/tour', info.endpoints.control).href
  const isToOpen = options.open ?? (!options.json && isWatched(process.stdout.isTTY, process.env))
  const problem = isToOpen ? await openPage(tour) : null
  if (options.json) {
    process.stdout.write(`${JSON.stringify(info)}\n`)
    return
  }
  process.stdout.write(banner(info, performance.now() - startedAt))
  process.stdout.write(`  The demo's tour is at ${tour}\n`)
  if (problem !== null) process.stdout.write(`  It could not be opened: ${problem}\n`)
  process.stdout.write('\n')
}
