// A table whose rows are changed and removed: rows by slot in the world's store, and indexes that lead to slots.

import type { Cell, Store, StoreMap } from '../../kernel/store.ts'
import { type CurrentName, type Field, fieldsOf, type Row, type RowKey } from './entities.ts'
import { Revision } from './revision.ts'
import type { LookupValue } from './store.ts'

/** Rows as they were at some moment, by slot, where they differ from now; undefined where there was none. */
export type Overlay<E extends CurrentName> = ReadonlyMap<number, Row<E> | undefined>

/** What a write did, so that it can be taken back. */
export interface Change<E extends CurrentName = CurrentName> {
  readonly entity: E
  readonly slot: number
  readonly before: Row<E> | undefined
}

/**
 * Leads from a value to the slots of rows that have it, and perhaps to some that have had it: what a mark may bring
 * back must be found again, so a slot leaves only when no mark is open. Readers compare the row itself.
 */
class ValueIndex {
  readonly #slots = new Map<unknown, number | Set<number>>()
  /** Values by slot that the row there has no more, and that a mark might bring back. */
  readonly #leaving = new Map<number, Set<unknown>>()

  add(value: unknown, slot: number): void {
    const found = this.#slots.get(value)
    if (found === undefined) this.#slots.set(value, slot)
    else if (typeof found === 'object') found.add(slot)
    else if (found !== slot) this.#slots.set(value, new Set([found, slot]))
  }

  remove(value: unknown, slot: number): void {
    const found = this.#slots.get(value)
    if (found === slot) this.#slots.delete(value)
    else if (typeof found === 'object' && found.delete(slot) && found.size === 0) {
      this.#slots.delete(value)
    }
  }

  /** A slot is to leave once that can be; false when it is to leave already. */
  leave(value: unknown, slot: number): boolean {
    const values = this.#leaving.get(slot)
    if (!values) this.#leaving.set(slot, new Set([value]))
    else if (values.has(value)) return false
    else values.add(value)
    return true
  }

  /** A slot has left, or stays. */
  left(value: unknown, slot: number): void {
    const values = this.#leaving.get(slot)
    if (values?.delete(value) && values.size === 0) this.#leaving.delete(slot)
  }

  candidates(value: unknown): readonly number[] {
    const found = this.#slots.get(value)
    if (found === undefined) return none
    return typeof found === 'object' ? [...found] : [found]
  }
}

/** A slot that an index still leads to from a value which its row had. */
interface Left {
  readonly index: ValueIndex
  readonly value: unknown
  readonly slot: number
}

const none: readonly never[] = []

/** The rows of one entity. */
export class CurrentTable<E extends CurrentName> {
  readonly entity: E
  readonly #store: Store
  readonly #rows: StoreMap<number, Row<E>>
  readonly #nextSlot: Cell<number>
  readonly #revision: Revision
  readonly #fields: Readonly<Record<string, Field>>
  readonly #byKey = new ValueIndex()
  readonly #indexes: readonly (readonly [name: string, index: ValueIndex])[]
  #all: { readonly revision: number; readonly rows: readonly Row<E>[] } | null = null

  constructor(entity: E, store: Store, prefix: string) {
    this.entity = entity
    this.#store = store
    this.#rows = store.map(`${prefix}.${entity}`)
    this.#nextSlot = store.cell(`${prefix}.${entity}.slots`, 0)
    this.#revision = new Revision(store)
    this.#fields = fieldsOf(entity)
    this.#indexes = Object.entries(this.#fields)
      .filter(([, field]) => 'isIndexed' in field && field.isIndexed)
      .map(([name]) => [name, new ValueIndex()])
  }

  /** How many rows there are, or were. */
  count(overlay?: Overlay<E>): number {
    let count = this.#rows.size
    for (const [slot, row] of overlay ?? none) {
      count += (row ? 1 : 0) - (this.#rows.has(slot) ? 1 : 0)
    }
    return count
  }

  /** All rows in the order in which they were made. */
  all(overlay?: Overlay<E>): readonly Row<E>[] {
    if (overlay?.size) {
      const slots = new Set([...this.#rows.keys(), ...overlay.keys()])
      return this.#rowsAt([...slots], overlay)
    }
    if (this.#all?.revision !== this.#revision.value) {
      this.#all = { revision: this.#revision.value, rows: this.#rows.values() }
    }
    return this.#all.rows
  }

  /** The rows with a value in an indexed field, in the order in which they were made. */
  find(name: string, value: LookupValue, overlay?: Overlay<E>): readonly Row<E>[] {
    const wanted = this.#wanted(name, value)
    const index = this.#indexes.find(([field]) => field === name)?.[1]
    const slots = index?.candidates(wanted) ?? none
    const all = overlay?.size ? [...new Set([...slots, ...overlay.keys()])] : slots
    return this.#rowsAt(all, overlay).filter(
      row => (row as unknown as Record<string, unknown>)[name] === wanted,
    )
  }

  get(key: RowKey, overlay?: Overlay<E>): Row<E> | undefined {
    const slot = this.#slotOf(key)
    const row = slot === undefined ? undefined : this.#rowAt(slot, overlay)
    if (row?.key === key) return row
    for (const old of overlay?.values() ?? none) if (old?.key === key) return old
    return undefined
  }

  /** Adds a row, or replaces the one with the same key. */
  put(row: Row<E>): Change<E> {
    const slot = this.#slotOf(row.key) ?? this.#newSlot()
    return this.set(slot, row)
  }

  /** Removes a row; null when there is none. */
  remove(key: RowKey): Change<E> | null {
    const slot = this.#slotOf(key)
    return slot === undefined ? null : this.set(slot, undefined)
  }

  /** Removes all rows. */
  clear(): void {
    for (const slot of this.#rows.keys()) this.set(slot, undefined)
  }

  /** Sets what stands in a slot. */
  set(slot: number, row: Row<E> | undefined): Change<E> {
    const before = this.#rows.get(slot)
    this.#revision.bump()
    if (row) this.#rows.set(slot, row)
    else this.#rows.delete(slot)
    this.#move(this.#byKey, slot, before?.key, row?.key)
    for (const [name, index] of this.#indexes) {
      this.#move(index, slot, columnOf(before, name), columnOf(row, name))
    }
    return { entity: this.entity, slot, before }
  }

  #newSlot(): number {
    const slot = this.#nextSlot.get()
    this.#nextSlot.set(slot + 1)
    return slot
  }

  #move(index: ValueIndex, slot: number, from: unknown, to: unknown): void {
    if (from === to) return
    if (to !== undefined && to !== null) index.add(to, slot)
    if (from === undefined) return
    if (!this.#store.isMarked) index.remove(from, slot)
    else if (index.leave(from, slot)) {
      const left: Left = { index, value: from, slot }
      this.#store.whenUnmarked(this, left)
    }
  }

  /** For the store: lets a slot leave an index under a value that its row has no more; false while a mark may bring that back. */
  sweep({ index, value, slot }: Left): boolean {
    const row = this.#rows.get(slot)
    const name = this.#indexes.find(([, each]) => each === index)?.[0]
    const isBack = (name === undefined ? row?.key : columnOf(row, name)) === value
    if (!isBack && this.#rows.isHeld(slot)) return false
    if (!isBack) index.remove(value, slot)
    index.left(value, slot)
    return true
  }

  #slotOf(key: RowKey): number | undefined {
    return this.#byKey.candidates(key).find(slot => this.#rows.get(slot)?.key === key)
  }

  #rowAt(slot: number, overlay?: Overlay<E>): Row<E> | undefined {
    return overlay?.has(slot) ? overlay.get(slot) : this.#rows.get(slot)
  }

  #rowsAt(slots: readonly number[], overlay?: Overlay<E>): Row<E>[] {
    const sorted = slots.length > 1 ? [...slots].sort((a, b) => a - b) : slots
    const rows: Row<E>[] = []
    for (const slot of sorted) {
      const row = this.#rowAt(slot, overlay)
      if (row) rows.push(row)
    }
    return rows
  }

  /** A number that stands for a bigint is taken for one, so that both can be asked for. */
  #wanted(name: string, value: LookupValue): LookupValue {
    const field = this.#fields[name]
    const isBig = field?.kind === 'scalar' && field.scalar === 'BigInt'
    return isBig && typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value
  }
}

function columnOf<E extends CurrentName>(row: Row<E> | undefined, name: string): unknown {
  return row && (row as unknown as Record<string, unknown>)[name]
}
