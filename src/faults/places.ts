// Whom a fault concerns: nodes by their ids or farms, twins by their ids or nodes.

import type { Chain } from '../chain/node/chain.ts'
import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import type { Node } from '../chain/pallets/tfgrid/types.ts'
import type { Bus } from '../rmb/bus.ts'
import type { NodeSummary, Nodes } from '../zos/nodes.ts'
import type { Where } from './schema.ts'

type OnNodes = Pick<Where, 'nodes' | 'farms'>

/** Finds out whom faults concern. */
export class Places {
  readonly #nodes: Nodes
  readonly #bus: Bus
  readonly #chain: Chain | null

  /** Without a chain only nodes of this process are known. */
  constructor({ nodes, bus, chain }: { nodes: Nodes; bus: Bus; chain: Chain | null }) {
    this.#nodes = nodes
    this.#bus = bus
    this.#chain = chain
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
    if (node !== null) return this.hasNode(where, node.nodeId)
    return this.#hasTwinElsewhere({ nodes, farms }, twin)
  }

  /** Messages of nodes of other processes pass here too: the chain knows whose twin is which node. */
  #hasTwinElsewhere({ nodes, farms }: OnNodes, twin: number): boolean {
    const grid = this.#chain?.runtime.txOf(tfgrid).state
    const nodeId = grid?.NodeIdByTwinID.get(twin)
    if (!grid || !nodeId) return false
    if (nodes?.includes(nodeId)) return true
    return farms?.includes(grid.Nodes.get(nodeId)?.farm_id ?? 0) ?? false
  }

  /** The node whose twin this is; null for users. */
  nodeOfTwin(twin: number): NodeSummary | null {
    const attached = this.#bus.attached({ twin })
    return attached?.receiver === 'zos' ? this.#nodes.summaryOf(attached.ref) : null
  }

  /** Whether a twin is that of a node, whoever plays it. */
  isTwinOfNode(twin: number): boolean {
    if (this.nodeOfTwin(twin) !== null) return true
    return (this.#chain?.runtime.txOf(tfgrid).state.NodeIdByTwinID.get(twin) ?? 0) > 0
  }

  /** The ids of all registered nodes that are named. */
  nodesOf(on: OnNodes): number[] {
    const ids = this.#nodes.list().flatMap(({ nodeId }) => (nodeId > 0 ? [nodeId] : []))
    return ids.filter(nodeId => this.hasNode(on, nodeId))
  }

  /** Those of them that can lose power. */
  runningNodesOf(on: OnNodes): number[] {
    return this.nodesOf(on).filter(nodeId => this.#nodes.phaseOf(nodeId) !== 'down')
  }

  /** The ids of all registered nodes whose twins are named, whoever plays them. */
  nodesWithTwinIn(where: Where): number[] {
    const own = this.#nodes
      .list()
      .flatMap(({ nodeId, twinId }) => (nodeId > 0 && this.hasTwin(where, twinId) ? [nodeId] : []))
    const others = this.#elsewhere().filter(({ twin_id }) => this.hasTwin(where, twin_id))
    return [...own, ...others.map(({ id }) => id)]
  }

  /** The ids of the nodes that are named and that other processes play. */
  nodesElsewhereOf({ nodes, farms }: OnNodes): number[] {
    const isMeant = ({ id, farm_id }: Node) =>
      (nodes === undefined && farms === undefined) ||
      (nodes?.includes(id) ?? false) ||
      (farms?.includes(farm_id) ?? false)
    return this.#elsewhere().flatMap(node => (isMeant(node) ? [node.id] : []))
  }

  /** Nodes of the chain that other processes play. */
  #elsewhere(): readonly Node[] {
    const grid = this.#chain?.runtime.txOf(tfgrid).state
    // Ids are given in order: where there are as many as nodes here, there is none elsewhere.
    const own = this.#nodes.list().filter(({ nodeId }) => nodeId > 0).length
    if (!grid || grid.NodeID.get() <= own) return []
    return grid.Nodes.entries()
      .map(({ value }) => value)
      .filter(({ id }) => this.#nodes.indexOf(id) === null)
      .sort((a, b) => a.id - b.id)
  }

  /** What is named and is not there, in words; null when all is. */
  problemOf({ nodes = [], farms = [] }: OnNodes): string | null {
    const grid = this.#chain?.runtime.txOf(tfgrid).state
    const isNode = (id: number) => this.#nodes.indexOf(id) !== null || grid?.Nodes.has(id) === true
    const node = nodes.find(nodeId => !isNode(nodeId))
    if (node !== undefined) return `there is no node ${node}`
    if (farms.length === 0) return null
    const known = new Set(this.#nodes.list().map(({ farmId }) => farmId))
    const hasNodes = (id: number) => known.has(id) || (grid?.NodesByFarmID.get(id).length ?? 0) > 0
    const farm = farms.find(farmId => !hasNodes(farmId))
    return farm === undefined ? null : `there is no node on farm ${farm}`
  }
}
