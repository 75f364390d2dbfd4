// For the suites of other people: each test has a grid of its own, taken back to where the set-up left it.

import { test as base, type TestAPI } from 'vitest'
import type { GridInput } from './config/config.ts'
import { type Grid, type GridOptions, startGrid } from './grid.ts'
import { gridError } from './kernel/errors.ts'
import { defineFixture, type ScenarioContext, type ScenarioGrid } from './scenario/define.ts'
import { runScenario } from './scenario/runner.ts'

/** Plays a script on a grid of its own in virtual time: the same for the same seed, and without any socket. */
export type PlayScript<Given> = (
  script: (context: ScenarioContext<string, Given>) => Promise<void>,
  options?: { readonly seed?: string },
) => Promise<void>

/** What tests are given. */
export interface GridFixtures<Given> {
  /** A running grid with sockets, for clients of any kind; each test finds it as the set-up left it. */
  readonly grid: Grid
  /** Plays a script as a scenario; each begins where the set-up of scripts ended. */
  readonly play: PlayScript<Given>
}

/** How the grids of a suite are made. */
export interface GridTestOptions<Given> extends GridOptions {
  /** The running grid; ports are free ones, and its clock is virtual, unless said otherwise. */
  readonly grid?: GridInput
  /** Brings the running grid to where each test shall find it; runs once per file. */
  setUp?(grid: Grid): Promise<void> | void
  /** The grid of scripts; that of scenarios when left out. */
  readonly scriptGrid?: ScenarioGrid
  /** Brings the grid of scripts to where each script shall begin; runs once per file and seed. */
  setUpScripts?(context: ScenarioContext): Promise<Given>
}

/** Seed of scripts that name none. */
const usualSeed = '1'

const usualGrid = { port: 0, chainPort: 0, frontPort: false, clock: 'virtual' } as const

/**
 * Makes a `test` whose tests are given a grid.
 *
 *     const test = createGridTest({ grid: { farms: [{ name: 'ghent', nodes: 3 }] } })
 *
 *     test('my client finds the nodes', async ({ grid, expect }) => {
 *       const { endpoints } = grid.info()
 *       expect(await myClient(endpoints.substrate).countNodes()).toBe(3)
 *     })
 *
 *     test('a machine is installed', async ({ play }) => {
 *       await play(async ({ users: { alice }, eventually }) => {
 *         const vm = await alice.deploy({ on: 1, name: 'web', network: '10.20.0.0/16' })
 *         await eventually('it is there', () => vm.isOk())
 *       })
 *     })
 *
 * Tests of one file use their grid one after the other: `test.concurrent` does not go with `grid`.
 */
export function createGridTest<Given = undefined>(
  options: GridTestOptions<Given> = {},
): TestAPI<GridFixtures<Given>> {
  const { grid: input, setUp, scriptGrid, setUpScripts, ...gridOptions } = options
  const fixture = defineFixture<string, Given>({
    name: 'the set-up of scripts',
    ...(scriptGrid ? { grid: scriptGrid } : {}),
    setUp: async context => (await setUpScripts?.(context)) as Given,
  })
  return base.extend<GridFixtures<Given> & { readonly sharedGrid: SharedGrid }>({
    sharedGrid: [
      // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern what a fixture needs.
      async ({}, use) => {
        const grid = await startGrid({ ...usualGrid, ...input }, gridOptions)
        try {
          await setUp?.(grid)
          await use({ grid, begin: grid.snapshot() })
        } finally {
          await grid.close()
        }
      },
      { scope: 'file' },
    ],
    grid: async ({ sharedGrid: { grid, begin } }, use) => {
      grid.revert(begin)
      await use(grid)
    },
    play: async ({ task }, use) => {
      await use(async (script, { seed = usualSeed } = {}) => {
        const { failure } = await runScenario({ name: task.name, fixture, run: script }, { seed })
        if (failure !== null) throw gridError('GRID_SCRIPT_FAILED', { detail: failure })
      })
    },
  }) as unknown as TestAPI<GridFixtures<Given>>
}

/** The running grid of a file, and where each test finds it. */
interface SharedGrid {
  readonly grid: Grid
  readonly begin: string
}

/** A `test` whose tests are given the default grid: `import { test } from 'pocketgrid/vitest'`. */
export const test: TestAPI<GridFixtures<undefined>> = createGridTest()
