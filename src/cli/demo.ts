// `pocketgrid demo`: a grid to look at, with farms of mixed hardware and a life of its own, the same for the same seed.

import type { GridInput } from '../config/config.ts'
import { startGrid } from '../grid.ts'
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
  readonly json?: boolean
}

/** Time passes this much faster when nothing else is said: something happens every second or two. */
const usualClock = 'warp:20'

const farms: GridInput['farms'] = [
  { name: 'ghent', nodes: 12, hardware: ['server', 'titan', 'nano'], publicIps: 16, gateways: 2 },
  { name: 'lochristi', nodes: 8, hardware: ['titan', 'titan', 'gpu'], publicIps: 8 },
  { name: 'vienna', nodes: 10, hardware: ['server', 'storage-2u', 'legacy-1u'], publicIps: 8 },
  { name: 'zanzibar', nodes: 6, hardware: ['nano', 'light'], publicIps: 0 },
  { name: 'cairo', nodes: 9, hardware: ['legacy-1u', 'server', 'light'], publicIps: 4 },
  { name: 'dubai', nodes: 7, hardware: ['gpu', 'server'], publicIps: 8, gateways: 1 },
  { name: 'mumbai', nodes: 10, hardware: ['titan', 'nano', 'hdd-only'], publicIps: 0 },
  { name: 'montreal', nodes: 8, hardware: ['storage-2u', 'server'], publicIps: 8 },
]

const users = ['alice', 'bob', 'charlie', 'dave', 'eve', 'ferdie']

/** The demo's grid with what the options say. */
export function demoInput({ json: _, ...options }: DemoOptions): GridInput {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { farms, users, clock: usualClock, life: true, ...Object.fromEntries(given) }
}

/** Starts the demo and resolves when it answers; SIGINT and SIGTERM end it with status 0. */
export async function demo(options: DemoOptions): Promise<void> {
  const startedAt = performance.now()
  process.stdout.on('error', () => undefined)
  const grid = await startGrid(demoInput(options), { onFailure: fail })
  endOnSignal(grid)
  const info = grid.info()
  if (options.json) {
    process.stdout.write(`${JSON.stringify(info)}\n`)
    return
  }
  process.stdout.write(banner(info, performance.now() - startedAt))
  const page = new URL('/', info.endpoints.control).href
  process.stdout.write(`  The demo is at ${page}#/tour\n\n`)
}
