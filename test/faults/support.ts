// Plays short scripts on a small grid, for the tests of faults.

import { expect } from 'vitest'
import {
  defineScenario,
  type ScenarioContext,
  type ScenarioGrid,
} from '../../src/scenario/define.ts'
import { runScenario, type ScenarioReport } from '../../src/scenario/runner.ts'

type Name = 'alice' | 'bob'
export type Context = ScenarioContext<Name>

/** Plays a script on two nodes with alice and bob; fails the test with the script. */
export async function play(
  run: (context: Context) => Promise<void>,
  { seed = '1', grid = {} }: { seed?: string; grid?: Omit<ScenarioGrid, 'users'> } = {},
): Promise<ScenarioReport> {
  const scenario = defineScenario<Name>({
    name: 'a test of faults',
    grid: { farms: [{ name: 'ghent', nodes: 2 }], ...grid, users: ['alice', 'bob'] },
    run,
  })
  const report = await runScenario(scenario, { seed })
  expect(report.failure).toBeNull()
  return report
}

/** Whether a node answers a user within 30 s. */
export async function answers({ users: { alice } }: Context, nodeId: number): Promise<boolean> {
  const ask = alice.ask(nodeId, 'zos.system.version', undefined, { within: '30s' })
  return ask.then(
    () => true,
    () => false,
  )
}
