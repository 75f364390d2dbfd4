// The views of all nodes, kept from request to request: what the index changed is derived anew, and nothing else.

import type { RowChange } from '../indexer/change-log.ts'
import type { CurrentName, Row, RowKey } from '../indexer/entities.ts'
import type { RowReader } from '../indexer/store.ts'
import { type NodeView, nodeViewOf } from './node-view.ts'

/** The nodes that a row concerns. */
type Concerned<E extends CurrentName> = (row: Row<E>, rows: RowReader) => readonly RowKey[]

const keysOf = (nodes: readonly Row<'Node'>[]) => nodes.map(({ key }) => key)

const nodesOfFarm = ({ farmID }: Row<'Farm'>, rows: RowReader) =>
  keysOf(rows.find('Node', 'farmID', farmID))

const nodesWithId = ({ nodeID }: { readonly nodeID: number }, rows: RowReader) =>
  keysOf(rows.find('Node', 'nodeID', nodeID))

/** What of a node is derived from which entity; a change of any other one concerns no node. */
const concerned: { readonly [E in CurrentName]?: Concerned<E> | 'all' } = {
  Node: ({ key }) => [key],
  NodeResourcesTotal: ({ node }) => [node],
  PublicConfig: ({ node }) => [node],
  Location: ({ key }, rows) => keysOf(rows.find('Node', 'location', key)),
  Farm: nodesOfFarm,
  PublicIp: ({ farm: key }, rows) => {
    const farm = rows.get('Farm', key)
    return farm ? nodesOfFarm(farm, rows) : []
  },
  NodeContract: nodesWithId,
  RentContract: nodesWithId,
  ContractResources: ({ contract: key }, rows) => {
    const contract = rows.get('NodeContract', key)
    return contract ? nodesWithId(contract, rows) : []
  },
  PricingPolicy: 'all',
  Country: 'all',
}

/** All nodes of the index. */
export class NodeBook {
  readonly #rows: RowReader
  readonly #views = new Map<RowKey, NodeView>()
  #revision: number | null = null
  #mark = -1
  #list: NodeView[] = []
  /** Where a node stands in the list. */
  #places: ReadonlyMap<number, number> = new Map()
  #regions: ReadonlyMap<string, string> = new Map()

  constructor(rows: RowReader) {
    this.#rows = rows
  }

  /** All nodes, ids ascending. The list is shared: it is not changed. */
  list(): readonly NodeView[] {
    this.#refresh()
    return this.#list
  }

  /** The node with an id on the chain. */
  byId(nodeId: number): NodeView | undefined {
    this.#refresh()
    const place = this.#places.get(nodeId)
    return place === undefined ? undefined : this.#list[place]
  }

  #refresh(): void {
    const { revision } = this.#rows
    if (revision === this.#revision) return
    this.#revision = revision
    const changes = this.#rows.changesSince(this.#mark)
    this.#mark = this.#rows.changeMark
    const keys = changes && this.#concernedBy(changes)
    if (keys === null || !this.#renew(keys)) this.#renewAll(keys ?? null)
  }

  /** The nodes that changes concern; null when they concern all. */
  #concernedBy(changes: readonly RowChange[]): ReadonlySet<RowKey> | null {
    const keys = new Set<RowKey>()
    for (const { entity, before, after } of changes) {
      const nodesOf = concerned[entity] as Concerned<CurrentName> | 'all' | undefined
      if (nodesOf === 'all') return null
      if (nodesOf === undefined) continue
      for (const row of [before, after]) {
        if (row) for (const key of nodesOf(row, this.#rows)) keys.add(key)
      }
    }
    return keys
  }

  /** Derives some nodes anew, each in its place; false when places have changed too. */
  #renew(keys: ReadonlySet<RowKey>): boolean {
    for (const key of keys) {
      const row = this.#rows.get('Node', key)
      const known = this.#views.get(key)
      if (row === undefined && known === undefined) continue
      const place = row && this.#places.get(row.nodeID)
      if (row?.nodeID !== known?.nodeId || place === undefined) return false
      this.#list[place] = this.#derive(row!)
    }
    return true
  }

  /** Makes the list anew; views stay but those of some nodes, or none does. */
  #renewAll(stale: ReadonlySet<RowKey> | null): void {
    if (stale === null) {
      this.#views.clear()
      this.#regions = regionsOf(this.#rows)
    } else for (const key of stale) this.#views.delete(key)
    const list = this.#rows
      .all('Node')
      .map(row => this.#views.get(row.key) ?? this.#derive(row))
      .sort((a, b) => a.nodeId - b.nodeId)
    this.#list = list
    this.#places = new Map(list.map(({ nodeId }, place) => [nodeId, place]))
  }

  #derive(row: Row<'Node'>): NodeView {
    const regionOf = (country: string) => this.#regions.get(country.toLowerCase()) ?? null
    const view = nodeViewOf(row, this.#rows, regionOf)
    this.#views.set(row.key, view)
    return view
  }
}

/** Region by country, the names of countries in lower case. */
function regionsOf(rows: RowReader): ReadonlyMap<string, string> {
  return new Map(rows.all('Country').map(({ name, region }) => [name.toLowerCase(), region]))
}
