// The public API of Pocketgrid.

export type { ConfigProblem, GridInput } from './config/config.ts'
export { type Grid, type GridInfo, startGrid } from './grid.ts'
export { GridError, type GridErrorCode } from './kernel/errors.ts'
export type { Deployment, DeploymentReport, User, WorkloadReport } from './scenario/actors.ts'
export { defineScenario, type Scenario, type ScenarioContext } from './scenario/define.ts'
export { type Duration, GB, type Size } from './scenario/durations.ts'
export type { GridView, NodeView } from './scenario/grid-view.ts'
export { runScenario, type ScenarioReport } from './scenario/runner.ts'
