// The public API of Pocketgrid.

export type { ConfigProblem, GridInput } from './config/config.ts'
export { type Grid, type GridInfo, type GridOptions, startGrid } from './grid.ts'
export { GridError, type GridErrorCode } from './kernel/errors.ts'
export type { Deployment, DeploymentReport, User, WorkloadReport } from './scenario/actors.ts'
export { type DeploymentJson, deploymentOf, type WorkloadJson } from './scenario/build.ts'
export { defineScenario, type Scenario, type ScenarioContext } from './scenario/define.ts'
export { type Duration, GB, type Size } from './scenario/durations.ts'
export type { GridView, NodeView } from './scenario/grid-view.ts'
export { runScenario, type ScenarioReport } from './scenario/runner.ts'
export {
  flag,
  list,
  optional,
  struct,
  text,
  uint8,
  uint16,
  uint32,
  uint64,
  wireName,
} from './zos/go/json-decoder.ts'
export { workloadTypes } from './zos/workloads/registry.ts'
export {
  done,
  failed,
  noChange,
  unchanged,
  type WorkloadDeclaration,
  type WorkloadType,
  withSteps,
  workload,
} from './zos/workloads/workload-type.ts'
