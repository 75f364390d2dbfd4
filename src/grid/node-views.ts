// Nodes and faults as control APIs show them.

import type { Fault } from '../faults/active.ts'
import type { FaultItem, NodeDetail, NodeItem, ScaleState } from '../services/control/ports.ts'
import type { NodeSummary, Nodes } from '../zos/nodes.ts'
import type { Capacity } from '../zos/workloads/capacity.ts'

/** A node in a list. */
export function itemOf({
  nodeId: id,
  name,
  twinId,
  farmId,
  profile,
  phase,
}: NodeSummary): NodeItem {
  return { id, name, twinId, farmId, profile, phase }
}

/** A node with what is on it; null when it is none of these. */
export function detailOf(nodes: Nodes, id: number): NodeDetail | null {
  const index = nodes.indexOf(id)
  if (index === null) return null
  return {
    ...itemOf(nodes.summaryOf(index)),
    isIdle: nodes.isIdle(id),
    version: nodes.stateAt(index)?.version ?? '',
    total: amounts(nodes.totalOf(id)),
    used: amounts(nodes.usedOf(id)),
    deployments: nodes.deploymentsOf(id).map(({ twinId, contractId, version, workloads }) => ({
      twinId,
      contractId: contractId.toString(),
      version,
      workloads: workloads.map(({ name, type, state, message }) => ({
        name,
        type,
        state,
        message,
      })),
    })),
  }
}

function amounts(capacity: Capacity): Record<string, string> {
  return Object.fromEntries(Object.entries(capacity).map(([name, amount]) => [name, `${amount}`]))
}

/** A fault in a list. */
export function faultItem({ id, state, from, until, spec }: Fault): FaultItem {
  return { id, state, from, until, fault: spec }
}

/** How many of these there are. */
export function scaleState(nodes: Nodes): ScaleState {
  const all = nodes.list()
  return { nodes: all.length, registered: all.filter(({ nodeId }) => nodeId > 0).length }
}
