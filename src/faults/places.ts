// Whom a fault concerns: nodes by their ids or farms, twins by their ids or nodes.

import type { Bus } from '../rmb/bus.ts'
import type { NodeSummary, Nodes } from '../zos/nodes.ts'
import type { Where } from './schema.ts'

type OnNodes = Pick<Where, 'nodes' | 'farms'>

/** Finds out whom faults concern. */
export class Places {
  readonly #nodes: Nodes
  readonly #bus: Bus

  constructor({ nodes, bus }: { nodes: Nodes; bus: Bus }) {
    this.#nodes = nodes
    this.#bus = bus
  }

  /** Whether a node is one of those that are named; one that has not registered only when all are meant. */
  hasNode({ nodes, farms }: OnNodes, nodeId: number): boolean {
    if (nodes === undefined && farms === undefined) return true
    if (nodes?.includes(nodeId)) return true
    if (farms === undefined) return false
    const index = this.#nodes.indexOf(nodeId)
    return index !== null && farms.includes(this.#nodes.summaryOf(index).farmId)
  }

  /** Whether a twin is one of those that are named, itself or by its node. */
  hasTwin(where: Where, twin: number): boolean {
    if (where.twins?.includes(twin)) return true
    const { nodes, farms } = where
    if (nodes === undefined && farms === undefined) return where.twins === undefined
    const node = this.nodeOfTwin(twin)
    return node !== null && this.hasNode(where, node.nodeId)
  }

  /** The node whose twin this is; null for users. */
  nodeOfTwin(twin: number): NodeSummary | null {
    const attached = this.#bus.attached({ twin })
    return attached?.receiver === 'zos' ? this.#nodes.summaryOf(attached.ref) : null
  }

  /** The ids of all registered nodes that are named. */
  nodesOf(on: OnNodes): number[] {
    const ids = this.#nodes.list().flatMap(({ nodeId }) => (nodeId > 0 ? [nodeId] : []))
    return ids.filter(nodeId => this.hasNode(on, nodeId))
  }

  /** What is named and is not there, in words; null when all is. */
  problemOf({ nodes = [], farms = [] }: OnNodes): string | null {
    const node = nodes.find(nodeId => this.#nodes.indexOf(nodeId) === null)
    if (node !== undefined) return `there is no node ${node}`
    if (farms.length === 0) return null
    const known = new Set(this.#nodes.list().map(({ farmId }) => farmId))
    const farm = farms.find(farmId => !known.has(farmId))
    return farm === undefined ? null : `there is no node on farm ${farm}`
  }
}
