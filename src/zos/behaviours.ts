// What a user gives nodes beside upstream's rules: lists of workload types, commands and failures.

import type { OwnCommand } from './api/own-command.ts'
import type { InstallFailure } from './engine/install-failure.ts'
import { workloadTypes } from './workloads/registry.ts'
import { type WorkloadType, type WorkloadTypes, workloadTable } from './workloads/workload-type.ts'

/** Behaviours of a user's own, added to those of every node of a grid. */
export interface Behaviours {
  /** Workload types that nodes know beside upstream's, or in the place of one of the same name. */
  readonly workloads?: readonly WorkloadType[]
  /** Commands that nodes serve beside upstream's, or in the place of one of the same name. */
  readonly commands?: readonly OwnCommand[]
  /** Why installs fail now and then. */
  readonly failures?: readonly InstallFailure[]
}

/** The behaviours as nodes take them: with upstream's workload types, and empty lists for what was left out. */
export function nodeBehaviours({ workloads = [], commands = [], failures = [] }: Behaviours): {
  readonly types: WorkloadTypes
  readonly commands: readonly OwnCommand[]
  readonly failures: readonly InstallFailure[]
} {
  return { types: workloadTable([...workloadTypes.values(), ...workloads]), commands, failures }
}

/** The behaviours among other options. */
export function behavioursOf({ workloads, commands, failures }: Behaviours): Behaviours {
  return {
    ...(workloads && { workloads }),
    ...(commands && { commands }),
    ...(failures && { failures }),
  }
}
