// The rules that a deployment must meet before its node looks at who sent it.

import { loadWorkload, type WorkloadTypes } from '../workloads/workload-type.ts'
import type { Deployment } from './deployment.ts'
import { nameRefusal } from './names.ts'

/**
 * The first rule that a deployment breaks, in the node's words, or nothing: versions, names, types,
 * data, and the rules of each type, workload by workload (threefoldtech/zosbase:
 * pkg/gridtypes/deployment.go).
 */
export function deploymentRefusal(
  deployment: Deployment,
  types: WorkloadTypes,
): string | undefined {
  const seen = new Set<string>()
  for (const workload of deployment.workloads) {
    const { name, version } = workload
    if (version > deployment.version) {
      return `workload '${name}' version '${version}' cannot be higher than deployment version '${deployment.version}'`
    }
    const wrongName = nameRefusal(name)
    if (wrongName !== undefined) return `name '${name}' is invalid: ${wrongName}`
    if (seen.has(name)) return `multiple workloads with the same name '${name}'`
    seen.add(name)
    const loaded = loadWorkload(workload, types)
    if (!loaded.ok) return loaded.error
    const refusal = loaded.value.type.validate(loaded.value.data, deployment)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

/** The refusal of a deployment that names another twin than the one that sent it. */
export function senderRefusal(deployment: Deployment, senderTwinId: number): string | undefined {
  if (deployment.twin_id === senderTwinId) return undefined
  return `twin id mismatch (deployment: ${deployment.twin_id}, message: ${senderTwinId})`
}
