// A table whose rows are only added: columns in chunks, about 40 bytes a row, of which the oldest go.

import type { Cell, Store, Undoable } from '../../kernel/store.ts'
import { entities, enums, fieldsOf, type HistoryName, type Row, type RowKey } from './entities.ts'
import { keyOfBirth } from './keys.ts'
import type { LookupValue } from './store.ts'

/** The most rows of one kind that are kept; upstream keeps all. A month of bills of 1 000 contracts is 720 000. */
export const historyLimit = 200_000

/** Rows of a chunk: the oldest chunk goes as a whole. */
const chunkRows = 4_000

/** One column of a chunk. `raw` is what rows are looked up by. */
interface Column {
  set(at: number, value: unknown): void
  get(at: number): unknown
  raw(at: number): number
  /** One with the same values, that can be written apart. */
  copy(): Column
}

/** Numbers, and bigints as far as they are exact as numbers; the others stand beside. NaN is null. */
class NumberColumn implements Column {
  readonly #values = new Float64Array(chunkRows)
  readonly #isBig: boolean
  #large: Map<number, bigint> | null = null

  constructor(isBig: boolean) {
    this.#isBig = isBig
  }

  set(at: number, value: unknown): void {
    if (typeof value === 'bigint' && value > Number.MAX_SAFE_INTEGER) {
      this.#large ??= new Map()
      this.#large.set(at, value)
    }
    this.#values[at] = value === null ? Number.NaN : Number(value as number | bigint)
  }

  get(at: number): number | bigint | null {
    const value = this.#values[at]!
    if (Number.isNaN(value)) return null
    if (!this.#isBig) return value
    return value > Number.MAX_SAFE_INTEGER ? (this.#large?.get(at) ?? 0n) : BigInt(value)
  }

  raw(at: number): number {
    return this.#values[at]!
  }

  copy(): NumberColumn {
    const copy = new NumberColumn(this.#isBig)
    copy.#values.set(this.#values)
    if (this.#large) copy.#large = new Map(this.#large)
    return copy
  }
}

/** Members of an enum, by their place in it. */
class EnumColumn implements Column {
  readonly #values = new Uint8Array(chunkRows)
  readonly #members: readonly string[]

  constructor(members: readonly string[]) {
    this.#members = members
  }

  set(at: number, value: unknown): void {
    this.#values[at] = this.#members.indexOf(value as string)
  }

  get(at: number): string {
    return this.#members[this.#values[at]!]!
  }

  raw(at: number): number {
    return this.#values[at]!
  }

  copy(): EnumColumn {
    const copy = new EnumColumn(this.#members)
    copy.#values.set(this.#values)
    return copy
  }
}

class TextColumn implements Column {
  readonly #values: (string | null)[] = []

  set(at: number, value: unknown): void {
    this.#values[at] = value as string | null
  }

  get(at: number): string | null {
    return this.#values[at] ?? null
  }

  raw(): number {
    return Number.NaN
  }

  copy(): TextColumn {
    const copy = new TextColumn()
    copy.#values.push(...this.#values)
    return copy
  }
}

class Chunk {
  readonly blocks = new Uint32Array(chunkRows)
  readonly events = new Uint32Array(chunkRows)
  /** The row before that has the same value in the indexed column, or -1. */
  readonly earlier = new Int32Array(chunkRows)
  readonly columns: readonly Column[]

  constructor(columns: readonly Column[]) {
    this.columns = columns
  }

  copy(): Chunk {
    const copy = new Chunk(this.columns.map(column => column.copy()))
    copy.blocks.set(this.blocks)
    copy.events.set(this.events)
    copy.earlier.set(this.earlier)
    return copy
  }
}

/** A row of a history, made when it is read. Its key is made when somebody asks. */
class HistoryRow {
  readonly #block: number
  readonly #event: number

  constructor(block: number, event: number) {
    this.#block = block
    this.#event = event
  }

  get key(): RowKey {
    return keyOfBirth(this.#block, this.#event)
  }
}

/** The rows of one history, numbered from 0 since the beginning of the world. */
export class HistoryTable<E extends HistoryName> implements Undoable {
  stamp = 0
  readonly entity: E
  readonly #store: Store
  readonly #names: readonly string[]
  /** Place of the column by which rows are found, or -1. */
  readonly #indexed: number
  readonly #chunks: Cell<readonly Chunk[]>
  /** Chunks that have gone. */
  readonly #gone: Cell<number>
  readonly #end: Cell<number>
  /** The last row of each value; null after going back, until somebody asks. */
  #heads: Map<number, number> | null = new Map()

  constructor(entity: E, store: Store, prefix: string) {
    this.entity = entity
    this.#store = store
    this.#names = Object.keys(entities[entity].fields)
    this.#indexed = Object.values(fieldsOf(entity)).findIndex(
      field => 'isIndexed' in field && field.isIndexed,
    )
    this.#chunks = store.cell<readonly Chunk[]>(`${prefix}.${entity}.chunks`, [])
    this.#gone = store.cell(`${prefix}.${entity}.gone`, 0)
    this.#end = store.cell(`${prefix}.${entity}.end`, 0)
  }

  /** Number of the oldest row that is kept. */
  get first(): number {
    return this.#gone.get() * chunkRows
  }

  /** Number after the last row. */
  get end(): number {
    return this.#end.get()
  }

  append(
    birth: { readonly block: number; readonly event: number },
    values: Readonly<Record<string, unknown>>,
  ): void {
    const number = this.end
    const at = number % chunkRows
    if (at === 0) this.#addChunk()
    const chunk = this.#chunks.get().at(-1)!
    chunk.blocks[at] = birth.block
    chunk.events[at] = birth.event
    for (let i = 0; i < this.#names.length; i += 1) {
      chunk.columns[i]!.set(at, values[this.#names[i]!])
    }
    this.#link(chunk, at, number)
    this.#store.save(this, null)
    this.#end.set(number + 1)
  }

  /** Drops the rows of the blocks after this one; what is added then leaves them alone, since a revert may bring them back. */
  retractTo(block: number): void {
    const end = this.endAt(block)
    if (end === this.end) return
    const chunks = Math.ceil(end / chunkRows) - this.#gone.get()
    const kept = this.#chunks.get().slice(0, chunks)
    if (end % chunkRows > 0) kept.push(kept.pop()!.copy())
    this.#chunks.set(kept)
    this.#store.save(this, null)
    this.#end.set(end)
    this.#heads = null
  }

  /** Number after the last row of this block or one before it. */
  endAt(block: number): number {
    let low = this.first
    let high = this.end
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#blockOf(middle) <= block) low = middle + 1
      else high = middle
    }
    return low
  }

  row(number: number): Row<E> {
    const chunk = this.#chunkOf(number)
    const at = number % chunkRows
    const row = new HistoryRow(chunk.blocks[at]!, chunk.events[at]!)
    const fields = row as unknown as Record<string, unknown>
    for (let i = 0; i < this.#names.length; i += 1) {
      fields[this.#names[i]!] = chunk.columns[i]!.get(at)
    }
    return row as unknown as Row<E>
  }

  /** The rows before number `end`, oldest first. */
  *each(end: number): Generator<Row<E>> {
    for (let number = this.first; number < end; number += 1) yield this.row(number)
  }

  /** The rows before number `end` with a value in the indexed column, oldest first. */
  find(name: string, value: LookupValue, end: number): Row<E>[] {
    if (value === null || this.#names[this.#indexed] !== name) return []
    const raw = Number(value)
    const rows: Row<E>[] = []
    let number = this.#headsNow().get(raw) ?? -1
    for (; number >= this.first; number = this.#earlierOf(number)) {
      if (number < end) rows.push(this.row(number))
    }
    return rows.reverse()
  }

  /** The row before number `end` that an event made. */
  bornAt(birth: { block: number; event: number }, end: number): Row<E> | undefined {
    for (let number = this.endAt(birth.block - 1); number < end; number += 1) {
      const at = number % chunkRows
      if (this.#blockOf(number) !== birth.block) return undefined
      if (this.#chunkOf(number).events[at] === birth.event) return this.row(number)
    }
    return undefined
  }

  restore(): void {
    this.#heads = null
  }

  isAt(): boolean {
    return false
  }

  #addChunk(): void {
    const columns = Object.values(fieldsOf(this.entity)).map((field): Column => {
      if (field.kind === 'enum') return new EnumColumn(enums[field.name])
      const isText = field.kind === 'scalar' && field.scalar === 'String'
      if (isText) return new TextColumn()
      return new NumberColumn(field.kind === 'scalar' && field.scalar === 'BigInt')
    })
    const chunks = [...this.#chunks.get(), new Chunk(columns)]
    if (chunks.length * chunkRows > historyLimit) {
      chunks.shift()
      this.#gone.set(this.#gone.get() + 1)
    }
    this.#chunks.set(chunks)
  }

  #link(chunk: Chunk, at: number, number: number): void {
    if (this.#indexed === -1) return
    const heads = this.#headsNow()
    const raw = chunk.columns[this.#indexed]!.raw(at)
    chunk.earlier[at] = heads.get(raw) ?? -1
    heads.set(raw, number)
  }

  #headsNow(): Map<number, number> {
    if (this.#heads) return this.#heads
    const heads = new Map<number, number>()
    for (let number = this.first; number < this.end; number += 1) {
      const chunk = this.#chunkOf(number)
      heads.set(chunk.columns[this.#indexed]!.raw(number % chunkRows), number)
    }
    this.#heads = heads
    return heads
  }

  #earlierOf(number: number): number {
    return this.#chunkOf(number).earlier[number % chunkRows]!
  }

  #blockOf(number: number): number {
    return this.#chunkOf(number).blocks[number % chunkRows]!
  }

  #chunkOf(number: number): Chunk {
    return this.#chunks.get()[Math.floor(number / chunkRows) - this.#gone.get()]!
  }
}
