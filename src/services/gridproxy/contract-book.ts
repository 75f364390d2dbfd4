// Contracts of all three types in one list, as the proxy shows them.

import type { RowChange } from '../indexer/change-log.ts'
import type { Row } from '../indexer/entities.ts'
import type { RowReader } from '../indexer/store.ts'
import type { NodeBook } from './node-book.ts'

interface Common {
  readonly id: number
  readonly twinId: number
  readonly state: string
  /** Unix seconds. */
  readonly createdAt: number
}

/** A contract, whatever its type; what a type does not have is empty or 0. */
export interface ContractView extends Common {
  readonly type: 'node' | 'name' | 'rent'
  /** 0 for contracts of names. */
  readonly nodeId: number
  readonly name: string
  readonly deploymentData: string
  readonly deploymentHash: string
  readonly publicIps: number
}

type ContractRow = Row<'NodeContract'> | Row<'NameContract'> | Row<'RentContract'>

const nothing = { nodeId: 0, name: '', deploymentData: '', deploymentHash: '', publicIps: 0 }

function commonOf(row: ContractRow): Common {
  return {
    id: Number(row.contractID),
    twinId: row.twinID,
    state: row.state,
    createdAt: Number(row.createdAt),
  }
}

const made = {
  node: (row: Row<'NodeContract'>): ContractView => ({
    ...commonOf(row),
    ...nothing,
    type: 'node',
    nodeId: row.nodeID,
    deploymentData: row.deploymentData,
    deploymentHash: row.deploymentHash,
    publicIps: row.numberOfPublicIPs,
  }),
  name: (row: Row<'NameContract'>): ContractView => ({
    ...commonOf(row),
    ...nothing,
    type: 'name',
    name: row.name,
  }),
  rent: (row: Row<'RentContract'>): ContractView => ({
    ...commonOf(row),
    ...nothing,
    type: 'rent',
    nodeId: row.nodeID,
  }),
}

const views = new WeakMap<ContractRow, ContractView>()

/** The view of a row, made once for each version of it. */
function viewOf<R extends ContractRow>(row: R, make: (row: R) => ContractView): ContractView {
  let view = views.get(row)
  if (view === undefined) {
    view = make(row)
    views.set(row, view)
  }
  return view
}

/** The view of a row of any of the three entities; undefined for others. */
function viewOfChanged(change: RowChange): ContractView | undefined {
  const { entity, after } = change
  if (after === undefined) return undefined
  switch (entity) {
    case 'NodeContract':
      return viewOf(after as Row<'NodeContract'>, made.node)
    case 'NameContract':
      return viewOf(after as Row<'NameContract'>, made.name)
    case 'RentContract':
      return viewOf(after as Row<'RentContract'>, made.rent)
    default:
      return undefined
  }
}

const contractEntities: ReadonlySet<string> = new Set([
  'NodeContract',
  'NameContract',
  'RentContract',
])

/** The contracts of the index. */
export class ContractBook {
  readonly #rows: RowReader
  readonly #nodes: NodeBook
  #revision: number | null = null
  #mark = -1
  #list: ContractView[] = []
  /** Where a contract stands in the list. */
  readonly #places = new Map<number, number>()

  constructor(rows: RowReader, nodes: NodeBook) {
    this.#rows = rows
    this.#nodes = nodes
  }

  /** All contracts, ids ascending. The list is shared: it is not changed. */
  list(): readonly ContractView[] {
    const { revision } = this.#rows
    if (revision === this.#revision) return this.#list
    this.#revision = revision
    const changes = this.#rows.changesSince(this.#mark)
    this.#mark = this.#rows.changeMark
    if (changes === null || !changes.every(change => this.#renew(change))) this.#renewAll()
    return this.#list
  }

  /** Puts a changed contract in its place, or a new one at the end; false when neither will do. */
  #renew(change: RowChange): boolean {
    if (!contractEntities.has(change.entity)) return true
    const view = viewOfChanged(change)
    if (view === undefined) return false
    const place = this.#places.get(view.id)
    if (place !== undefined) {
      this.#list[place] = view
      return true
    }
    const last = this.#list.at(-1)
    if (last !== undefined && last.id > view.id) return false
    this.#places.set(view.id, this.#list.push(view) - 1)
    return true
  }

  #renewAll(): void {
    this.#list = ordered([
      ...this.#rows.all('NodeContract').map(row => viewOf(row, made.node)),
      ...this.#rows.all('NameContract').map(row => viewOf(row, made.name)),
      ...this.#rows.all('RentContract').map(row => viewOf(row, made.rent)),
    ])
    this.#places.clear()
    for (const [place, { id }] of this.#list.entries()) this.#places.set(id, place)
  }

  /** The contracts with a number in a field by which rows are found, ids ascending. */
  with(field: 'contractID' | 'twinID' | 'nodeID', value: number): readonly ContractView[] {
    const wanted = field === 'contractID' ? BigInt(value) : value
    const ofNames = field === 'nodeID' ? [] : this.#rows.find('NameContract', field, wanted)
    return ordered([
      ...this.#rows.find('NodeContract', field, wanted).map(row => viewOf(row, made.node)),
      ...ofNames.map(row => viewOf(row, made.name)),
      ...this.#rows.find('RentContract', field, wanted).map(row => viewOf(row, made.rent)),
    ])
  }

  /** The contracts of the nodes of a farm, ids ascending. */
  ofFarm(farmId: number): readonly ContractView[] {
    const nodes = this.nodesOfFarms(({ farmID }) => farmID === farmId)
    return ordered([...nodes].flatMap(nodeId => this.with('nodeID', nodeId)))
  }

  /** The contract with an id. */
  byId(id: number): ContractView | undefined {
    return this.with('contractID', id)[0]
  }

  /** The ids of the nodes of some farms: contracts of names have no node, and so no farm. */
  nodesOfFarms(isWanted: (farm: Row<'Farm'>) => boolean): ReadonlySet<number> {
    const nodes = this.#nodes.list().filter(({ farm }) => farm !== undefined && isWanted(farm))
    return new Set(nodes.map(({ nodeId }) => nodeId))
  }

  /** The farm of a contract's node; contracts of names, and those of unknown nodes, have none. */
  farmOf({ nodeId }: ContractView): Row<'Farm'> | undefined {
    return nodeId === 0 ? undefined : this.#nodes.byId(nodeId)?.farm
  }
}

/** In order of ids; mostly the parts are so already, which the sort notices. */
function ordered(contracts: ContractView[]): ContractView[] {
  return contracts.sort((a, b) => a.id - b.id)
}
