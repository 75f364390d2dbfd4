// The rows of the chain index: a table per entity, and per block what it changed, so that blocks can be taken back.

import type { Store, StoreMap } from '../../kernel/store.ts'
import { ChangeLog, type RowChange } from './change-log.ts'
import { type Change, CurrentTable, type Overlay } from './current-table.ts'
import {
  type Columns,
  type CurrentName,
  type EntityName,
  entityNames,
  type HistoryName,
  isHistory,
  type LookupName,
  type Row,
  type RowKey,
} from './entities.ts'
import { HistoryTable } from './history-table.ts'
import { birthOf, idOfKey, keysOfId } from './keys.ts'
import { Revision } from './revision.ts'
import type { LookupValue, RowReader, RowWriter } from './store.ts'

/** What a block did to the rows, and when it was there. */
interface BlockChanges {
  /** Virtual time in ms. */
  readonly at: number
  readonly changes: readonly Change[]
}

export interface RowsOptions {
  readonly store: Store
  /** Hash of a block, for ids. */
  readonly hashOf: (block: number) => string
  /** The countries, which are the same in every world; without them they are rows like any others. */
  readonly countries?: () => readonly Row<'Country'>[]
}

type Tables = {
  [E in EntityName]: E extends CurrentName
    ? CurrentTable<E>
    : E extends HistoryName
      ? HistoryTable<E>
      : never
}

/** All rows; it writes, and gives readers. */
export class Rows implements RowWriter {
  readonly #tables: Tables
  readonly #journal: StoreMap<number, BlockChanges>
  /** Hashes that ids were given by, of blocks that were set by hand later. */
  readonly #pinned: StoreMap<number, string>
  readonly #revision: Revision
  readonly #log = new ChangeLog()
  readonly #options: RowsOptions
  /** The changes of the block that is being written. */
  #changes: Change[] | null = null
  #countries: readonly Row<'Country'>[] | null = null

  constructor(options: RowsOptions) {
    const { store } = options
    this.#options = options
    const table = (name: EntityName) =>
      isHistory(name)
        ? new HistoryTable(name, store, 'index')
        : new CurrentTable(name as CurrentName, store, 'index')
    this.#tables = Object.fromEntries(entityNames.map(name => [name, table(name)])) as never
    this.#journal = store.map('index.journal')
    this.#pinned = store.map('index.pinned')
    this.#revision = new Revision(store)
  }

  get revision(): number {
    return this.#revision.value
  }

  put<E extends CurrentName>(entity: E, row: Row<E>): void {
    this.#revision.bump()
    const change = this.#currentOf(entity).put(row)
    const { before } = change
    this.#log.add(this.revision, { entity, before, after: row } as unknown as RowChange)
    this.#changes?.push(change as unknown as Change)
  }

  remove(entity: CurrentName, key: RowKey): boolean {
    this.#revision.bump()
    const change = this.#currentOf(entity).remove(key)
    const gone = change && ({ entity, before: change.before, after: undefined } as RowChange)
    this.#log.add(this.revision, gone)
    if (change) this.#changes?.push(change as Change)
    return change !== null
  }

  append<E extends HistoryName>(
    entity: E,
    birth: { readonly block: number; readonly event: number },
    columns: Columns<E>,
  ): void {
    this.#revision.bump()
    this.#log.add(this.revision, null)
    this.#historyOf(entity).append(birth, columns)
  }

  /** Lets `body` write what a block does; it can be taken back until the block is forgotten. */
  inBlock(block: number, at: number, body: () => void): void {
    const changes: Change[] = []
    this.#changes = changes
    try {
      body()
    } finally {
      this.#changes = null
    }
    this.#journal.set(block, { at, changes })
  }

  /** Takes back what the blocks after this one did. */
  retractTo(block: number): void {
    this.#revision.bump()
    for (const each of [...this.#journal.keys()].reverse()) {
      if (each <= block) break
      for (const { entity, slot, before } of [...this.#journal.get(each)!.changes].reverse()) {
        this.#currentOf(entity).set(slot, before as never)
      }
      this.#journal.delete(each)
    }
    for (const table of Object.values(this.#tables)) {
      if (table instanceof HistoryTable) table.retractTo(block)
    }
    for (const each of this.#pinned.keys()) if (each > block) this.#pinned.delete(each)
  }

  /** Removes everything: the chain begins anew. */
  clear(): void {
    this.#revision.bump()
    for (const table of Object.values(this.#tables)) {
      if (table instanceof HistoryTable) table.retractTo(-1)
      else table.clear()
    }
    for (const block of this.#journal.keys()) this.#journal.delete(block)
    for (const block of this.#pinned.keys()) this.#pinned.delete(block)
  }

  /** Gives up taking back the blocks before this one. */
  forgetBefore(block: number): void {
    for (const each of this.#journal.keys()) {
      if (each >= block) return
      this.#journal.delete(each)
    }
  }

  /** How many blocks can be taken back. */
  get journalled(): number {
    return this.#journal.size
  }

  /** The block has another hash from now on; ids that were made from this one stay. */
  pinHash(block: number, hash: string): void {
    if (this.#journal.has(block) && !this.#pinned.has(block)) this.#pinned.set(block, hash)
  }

  /** A reader of everything, or of what was there at a time that moves: `until` gives it, in virtual ms. */
  reader(until?: () => number): RowReader {
    return new Reader(this, until ?? null)
  }

  /** For readers: what they need of the tables. */
  tableOf<E extends EntityName>(entity: E): Tables[E] {
    return this.#tables[entity]
  }

  /** For readers: the countries of the world, or null where they are rows. */
  countries(): readonly Row<'Country'>[] | null {
    this.#countries ??= this.#options.countries?.() ?? null
    return this.#countries
  }

  /** For readers: what writes have changed between a revision and now; null when that is not known. */
  changesSince(revision: number): readonly RowChange[] | null {
    return this.#log.between(revision, this.revision)
  }

  idOf(key: RowKey): string {
    return idOfKey(key, block => this.#pinned.get(block) ?? this.#options.hashOf(block))
  }

  /** For readers: the newest block that was there at a time; null when nothing has changed since. */
  lastBlockAt(time: number): number | null {
    const blocks = this.#journal.keys()
    let newest = blocks.length
    while (newest > 0 && this.#journal.get(blocks[newest - 1]!)!.at > time) newest -= 1
    if (newest === blocks.length) return null
    return newest > 0 ? blocks[newest - 1]! : blocks[0]! - 1
  }

  /** For readers: the rows as they were after a block, where they differ from now. */
  overlayAt(block: number): ReadonlyMap<CurrentName, Map<number, unknown>> {
    const overlay = new Map<CurrentName, Map<number, unknown>>()
    for (const each of [...this.#journal.keys()].reverse()) {
      if (each <= block) break
      for (const { entity, slot, before } of [...this.#journal.get(each)!.changes].reverse()) {
        const slots = overlay.get(entity) ?? new Map<number, unknown>()
        overlay.set(entity, slots.set(slot, before))
      }
    }
    return overlay
  }

  #currentOf<E extends CurrentName>(entity: E): CurrentTable<E> {
    return this.#tables[entity] as unknown as CurrentTable<E>
  }

  #historyOf<E extends HistoryName>(entity: E): HistoryTable<E> {
    return this.#tables[entity] as unknown as HistoryTable<E>
  }
}

/** The mark of a moment from which changes are not known. */
const unknownMark = -1

/** What a reader that lags behind sees. */
interface Past {
  readonly revision: number
  readonly block: number
  readonly overlay: ReadonlyMap<CurrentName, Map<number, unknown>>
}

/** The rows as one service sees them: at once, or as they were a while ago. */
class Reader implements RowReader {
  readonly #rows: Rows
  readonly #until: (() => number) | null
  #past: Past | null = null
  #revision = 0
  /** What the revision was told for. */
  #seen: { readonly rows: number; readonly block: number | null } | null = null

  constructor(rows: Rows, until: (() => number) | null) {
    this.#rows = rows
    this.#until = until
  }

  get revision(): number {
    const rows = this.#rows.revision
    const block = this.#pastNow()?.block ?? null
    if (this.#seen?.rows !== rows || this.#seen.block !== block) {
      this.#seen = { rows, block }
      this.#revision += 1
    }
    return this.#revision
  }

  get changeMark(): number {
    // What a reader sees that lags behind is not what the newest change left.
    return this.#pastNow() === null ? this.#rows.revision : unknownMark
  }

  changesSince(mark: number): readonly RowChange[] | null {
    if (mark === unknownMark || this.#pastNow() !== null) return null
    return this.#rows.changesSince(mark)
  }

  count(entity: EntityName): number {
    if (this.#isCountry(entity)) return this.#rows.countries()!.length
    const table = this.#rows.tableOf(entity)
    if (table instanceof HistoryTable) return this.#endOf(table) - table.first
    return (table as CurrentTable<CurrentName>).count(this.#overlayOf(entity as CurrentName))
  }

  all<E extends EntityName>(entity: E): readonly Row<E>[] {
    if (this.#isCountry(entity)) return this.#rows.countries() as readonly Row<E>[]
    const table: unknown = this.#rows.tableOf(entity)
    if (table instanceof HistoryTable) return [...table.each(this.#endOf(table))] as never
    return (table as CurrentTable<CurrentName>).all(this.#overlayOf(entity as CurrentName)) as never
  }

  each<E extends EntityName>(entity: E): Iterable<Row<E>> {
    const table: unknown = this.#rows.tableOf(entity)
    return table instanceof HistoryTable ? table.each(this.#endOf(table)) : this.all(entity)
  }

  find<E extends EntityName>(
    entity: E,
    field: LookupName<E>,
    value: LookupValue,
  ): readonly Row<E>[] {
    const table: unknown = this.#rows.tableOf(entity)
    const name = field as string
    if (table instanceof HistoryTable) return table.find(name, value, this.#endOf(table)) as never
    const overlay = this.#overlayOf(entity as CurrentName)
    return (table as CurrentTable<CurrentName>).find(name, value, overlay) as never
  }

  one<E extends EntityName>(
    entity: E,
    field: LookupName<E>,
    value: LookupValue,
  ): Row<E> | undefined {
    return this.find(entity, field, value)[0]
  }

  get<E extends EntityName>(entity: E, key: RowKey | null): Row<E> | undefined {
    if (key === null) return undefined
    if (this.#isCountry(entity)) return this.all(entity).find(row => row.key === key)
    const table: unknown = this.#rows.tableOf(entity)
    if (table instanceof HistoryTable) {
      const birth = birthOf(key)
      return birth ? (table.bornAt(birth, this.#endOf(table)) as Row<E> | undefined) : undefined
    }
    const overlay = this.#overlayOf(entity as CurrentName)
    return (table as CurrentTable<CurrentName>).get(key, overlay) as Row<E> | undefined
  }

  byId<E extends EntityName>(entity: E, id: string): Row<E> | undefined {
    for (const key of keysOfId(id)) {
      const row = this.get(entity, key)
      if (row && this.idOf(row.key) === id) return row
    }
    return undefined
  }

  idOf(key: RowKey): string {
    return this.#rows.idOf(key)
  }

  #isCountry(entity: EntityName): boolean {
    return entity === 'Country' && this.#rows.countries() !== null
  }

  #endOf(table: HistoryTable<HistoryName>): number {
    const past = this.#pastNow()
    return past ? table.endAt(past.block) : table.end
  }

  #overlayOf(entity: CurrentName): Overlay<CurrentName> | undefined {
    return this.#pastNow()?.overlay.get(entity) as Overlay<CurrentName> | undefined
  }

  /** What hides the newest blocks; null when there is nothing to hide. */
  #pastNow(): Past | null {
    if (!this.#until) return null
    const block = this.#rows.lastBlockAt(this.#until())
    if (block === null) return null
    const { revision } = this.#rows
    if (this.#past?.revision !== revision || this.#past.block !== block) {
      this.#past = { revision, block, overlay: this.#rows.overlayAt(block) }
    }
    return this.#past
  }
}
