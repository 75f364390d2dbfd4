// The public API of Pocketgrid.

export type { ConfigProblem, GridInput } from './config/config.ts'
export { inTurn, oneOf, type Plan, perhaps, repeated, together, within } from './faults/nemesis.ts'
export type { FaultInput, FaultKind } from './faults/schema.ts'
export { type History, readHistory } from './grid/history.ts'
export { type JoinedGrid, type JoinOptions, joinGrid } from './grid/remote-grid.ts'
export { type Grid, type GridInfo, type GridOptions, startGrid } from './grid.ts'
export { GridError, type GridErrorCode } from './kernel/errors.ts'
export type { Farmer, Operator, User } from './scenario/actors.ts'
export type { Branch, Difference } from './scenario/branch.ts'
export { type DeploymentJson, deploymentOf, type WorkloadJson } from './scenario/build.ts'
export {
  defineFixture,
  defineScenario,
  type Fixture,
  type Scenario,
  type ScenarioContext,
  type UserInvariant,
} from './scenario/define.ts'
export type { Deployment, DeploymentReport, WorkloadReport } from './scenario/deployment.ts'
export { type Duration, GB, type Size } from './scenario/durations.ts'
export type { GridView, NodeView } from './scenario/grid-view.ts'
export { parts } from './scenario/parts.ts'
export { runScenario, type ScenarioReport } from './scenario/runner.ts'
export { answered } from './zos/api/context.ts'
export {
  type CommandCall,
  command,
  type OwnCommand,
  type OwnHandler,
} from './zos/api/own-command.ts'
export type { Behaviours } from './zos/behaviours.ts'
export {
  failure,
  type InstallAttempt,
  type InstallFailure,
} from './zos/engine/install-failure.ts'
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
export { refused } from './zos/outcome.ts'
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
