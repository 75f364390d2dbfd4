// The state of the world: cells and maps that can be marked in O(1) and taken back at the cost of what changed.

import { invariant } from './errors.ts'

/** A key of a map: strings, numbers and bigints compare by value and can be put in order. */
export type StoreKey = string | number | bigint

/** One value of the world's state. The value is frozen data: it is replaced, never changed in place. */
export interface Cell<T> {
  get(): T
  set(value: T): void
}

/**
 * Something whose state can be saved before its first change after a mark, and restored.
 * `stamp` belongs to the store: it tells at which mark the state was last saved.
 */
export interface Undoable {
  stamp: number
  /** Puts back what `Store.save` was given. */
  restore(state: unknown): void
  /** Whether the present state is the saved one again, so that nothing needs to be put back. */
  isAt(state: unknown): boolean
  /** What it is called and what it holds now, where people can make something of it. */
  describe?(): { readonly name: string; readonly value: unknown }
}

/** A moment to which the store can return. Marks nest: reverting to one drops those taken after it. */
export interface Mark {
  readonly id: number
}

interface LiveMark extends Mark {
  level: number
  logLength: number
}

/** Something that forgets what is absent, as soon as no mark can bring it back. */
export interface Sweeper<K> {
  /** Forgets a key that is still absent; false while a mark may bring its value back. */
  sweep(key: K): boolean
}

interface Grave {
  readonly owner: Sweeper<unknown>
  readonly key: unknown
}

interface LogEntry {
  readonly target: Undoable
  readonly state: unknown
  /** What the target's stamp was before, so the mark in which it was saved the time before. */
  stamp: number
}

class MapCell<K, V> implements Undoable {
  stamp = 0
  value: V | undefined
  readonly key: K
  readonly #map: StoreMap<StoreKey, unknown>

  constructor(key: K, map: StoreMap<StoreKey, unknown>) {
    this.key = key
    this.#map = map
  }

  restore(state: unknown): void {
    this.#map.count(this.value !== undefined, state !== undefined)
    this.value = state as V | undefined
    if (state === undefined) this.#map.bury(this.key as StoreKey)
  }

  isAt(state: unknown): boolean {
    return this.value === state
  }

  describe(): { name: string; value: unknown } {
    return { name: `${this.#map.name}[${String(this.key)}]`, value: this.value }
  }
}

/** A map of the world's state. An absent key reads `undefined`; `undefined` is not a value. */
export class StoreMap<K extends StoreKey, V> {
  readonly name: string
  readonly #store: Store
  readonly #cells = new Map<K, MapCell<K, V>>()
  #size = 0
  #sorted: readonly K[] | null = null
  /** Whether the cells stand in key order, as those of growing numbers do, and the key of the last one. */
  #isOrdered = true
  #lastKey: K | undefined

  constructor(name: string, store: Store) {
    this.name = name
    this.#store = store
  }

  /** How many keys have a value. */
  get size(): number {
    return this.#size
  }

  get(key: K): V | undefined {
    return this.#cells.get(key)?.value
  }

  has(key: K): boolean {
    return this.#cells.get(key)?.value !== undefined
  }

  /** Whether an open mark may bring another value of a key back. */
  isHeld(key: K): boolean {
    const cell = this.#cells.get(key)
    return cell !== undefined && this.#store.holds(cell)
  }

  set(key: K, value: V): void {
    // The sentence is made only when it is needed.
    if (value === undefined) invariant(false, `${this.name}: undefined is not a value`)
    this.#write(this.#cellOf(key), value)
  }

  /** Removes a key; true when it had a value. */
  delete(key: K): boolean {
    const cell = this.#cells.get(key)
    if (cell?.value === undefined) return false
    this.#write(cell, undefined)
    return true
  }

  /** The keys in key order, whatever the order in which they were written. */
  keys(): readonly K[] {
    if (this.#sorted) return this.#sorted
    const keys: K[] = []
    for (const [key, cell] of this.#cells) if (cell.value !== undefined) keys.push(key)
    if (!this.#isOrdered) keys.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    this.#sorted = keys
    return keys
  }

  /**
   * Visits the values in key order, for as long as `visit` returns true: for those who need the first ones of many.
   * A key that was visited may be deleted meanwhile; none is written.
   */
  visit(visit: (value: V) => boolean): void {
    if (this.#isOrdered) {
      for (const { value } of this.#cells.values()) {
        if (value !== undefined && !visit(value)) return
      }
      return
    }
    for (const key of this.keys()) {
      const value = this.get(key)
      if (value !== undefined && !visit(value)) return
    }
  }

  /** The values in key order. */
  values(): V[] {
    return this.keys().map(key => this.#cells.get(key)?.value as V)
  }

  /** The entries in key order. */
  entries(): [K, V][] {
    return this.keys().map(key => [key, this.#cells.get(key)?.value as V])
  }

  /** One entry as a cell that reads `initial` while the key is absent. */
  cell(key: K, initial: V): Cell<V> {
    return {
      get: () => this.get(key) ?? initial,
      set: value => this.set(key, value),
    }
  }

  #cellOf(key: K): MapCell<K, V> {
    let cell = this.#cells.get(key)
    if (!cell) {
      cell = new MapCell<K, V>(key, this as unknown as StoreMap<StoreKey, unknown>)
      const isLast = this.#cells.size === 0 || (this.#lastKey !== undefined && key > this.#lastKey)
      this.#isOrdered = isLast && (this.#isOrdered || this.#cells.size === 0)
      this.#lastKey = key
      this.#cells.set(key, cell)
    }
    return cell
  }

  #write(cell: MapCell<K, V>, value: V | undefined): void {
    this.#store.save(cell, cell.value)
    this.count(cell.value !== undefined, value !== undefined)
    cell.value = value
    if (value === undefined) this.bury(cell.key)
  }

  /** For the map's own cells: keeps the size and the sorted keys true when a value comes or goes. */
  count(was: boolean, is: boolean): void {
    if (was === is) return
    this.#size += is ? 1 : -1
    this.#sorted = null
  }

  /** For the map's own cells: forgets an absent key as soon as no mark can bring it back. */
  bury(key: StoreKey): void {
    this.#store.whenUnmarked<StoreKey>(this as unknown as Sweeper<StoreKey>, key)
  }

  /** For the store: forgets the cell of a key that is still absent; false while a saved state refers to it. */
  sweep(key: StoreKey): boolean {
    const cell = this.#cells.get(key as K)
    if (!cell || cell.value !== undefined) return true
    if (this.#store.holds(cell)) return false
    return this.#cells.delete(key as K)
  }
}

class PlainCell<T> implements Cell<T>, Undoable {
  stamp = 0
  #value: T
  readonly #name: string
  readonly #store: Store

  constructor(name: string, value: T, store: Store) {
    this.#name = name
    this.#value = value
    this.#store = store
  }

  get(): T {
    return this.#value
  }

  set(value: T): void {
    this.#store.save(this, this.#value)
    this.#value = value
  }

  restore(state: unknown): void {
    this.#value = state as T
  }

  isAt(state: unknown): boolean {
    return this.#value === state
  }

  describe(): { name: string; value: unknown } {
    return { name: this.#name, value: this.#value }
  }
}

/** A list that only grows, and shrinks when it is taken back: one write per entry, whatever its length. */
export class AppendLog<T> {
  readonly #items: Cell<T[]>
  readonly #length: Cell<number>

  constructor(items: Cell<T[]>, length: Cell<number>) {
    this.#items = items
    this.#length = length
  }

  get length(): number {
    return this.#length.get()
  }

  at(index: number): T | undefined {
    return index < this.#length.get() ? this.#items.get()[index] : undefined
  }

  push(item: T): void {
    const length = this.#length.get()
    this.#items.get()[length] = item
    this.#length.set(length + 1)
  }

  /** Drops the last entries. What is pushed after it leaves them alone, so that a revert can bring them back. */
  truncate(length: number): void {
    invariant(length <= this.length, 'a log is cut to a part of what is there')
    this.#items.set(this.#items.get().slice(0, length))
    this.#length.set(length)
  }

  /** Puts something in the place of an entry for good: what is replaced does not return with a revert. */
  replaceForGood(index: number, item: T): void {
    invariant(index < this.length, 'only an entry that is there is replaced')
    this.#items.get()[index] = item
  }
}

/** How many saved states there may be before the first look for those that are moot. */
const firstCompaction = 4096

/**
 * Holds all state of a world. A mark costs nothing; a write after it saves the old state once; a revert
 * undoes exactly the writes since. Transactions of the chain and snapshots of the grid are both marks.
 */
export class Store {
  readonly #names = new Set<string>()
  readonly #log: LogEntry[] = []
  readonly #marks: LiveMark[] = []
  #graves: Grave[] = []
  #level = 0
  #lastLevel = 0
  #compactAt = firstCompaction
  #lastMark = 0

  /** A single named value. */
  cell<T>(name: string, initial: T): Cell<T> {
    this.#claim(name)
    return new PlainCell(name, initial, this)
  }

  /** A named map. */
  map<K extends StoreKey, V>(name: string): StoreMap<K, V> {
    this.#claim(name)
    return new StoreMap<K, V>(name, this)
  }

  /** A named list that only grows. */
  log<T>(name: string): AppendLog<T> {
    return new AppendLog<T>(this.cell<T[]>(`${name}.items`, []), this.cell(`${name}.length`, 0))
  }

  /** True while a mark is open, so that what is written may have to be taken back. */
  get isMarked(): boolean {
    return this.#level !== 0
  }

  /** The ids of the open marks, oldest first. */
  get openMarks(): number[] {
    return this.#marks.map(({ id }) => id)
  }

  /** How many saved states the open marks hold. */
  get savedStates(): number {
    return this.#log.length
  }

  /** Saves the state of `target` if it has not been saved since the last mark. Call it before each change. */
  save(target: Undoable, state: unknown): void {
    if (this.#level === 0 || target.stamp === this.#level) return
    if (this.#log.length >= this.#compactAt) this.#compact()
    this.#log.push({ target, state, stamp: target.stamp })
    target.stamp = this.#level
  }

  /** Whether an open mark holds a saved state of `target`. */
  holds(target: Undoable): boolean {
    if (this.#marks.length === 0) return false
    return this.#marks.some(({ level }) => level === target.stamp)
  }

  /** True when `target` was already saved since the last mark, so that its present state may be changed freely. */
  isSaved(target: Undoable): boolean {
    return this.#level === 0 || target.stamp === this.#level
  }

  /** Opens a mark: `revert` returns to this moment, `release` gives the possibility up. */
  mark(): Mark {
    this.#lastMark += 1
    const mark: LiveMark = { id: this.#lastMark, level: 0, logLength: this.#log.length }
    this.#marks.push(mark)
    this.#enter(mark)
    return mark
  }

  /** True while the mark can be reverted to. */
  isOpen(mark: Mark): boolean {
    return this.#marks.includes(mark as LiveMark)
  }

  /** Takes back every write since the mark; later marks are gone, the mark itself stays open. */
  revert(mark: Mark): void {
    const at = this.#marks.lastIndexOf(mark as LiveMark)
    invariant(at >= 0, 'a store is reverted only to an open mark')
    this.#marks.length = at + 1
    const live = this.#marks[at]!
    for (let i = this.#log.length - 1; i >= live.logLength; i -= 1) {
      const entry = this.#log[i]!
      entry.target.restore(entry.state)
      entry.target.stamp = entry.stamp
    }
    this.#log.length = live.logLength
    this.#enter(live)
  }

  /** What was written since a mark and is not as it was then: what it holds now, by name; undefined when it is gone. */
  changedSince(mark: Mark): Map<string, unknown> {
    const at = this.#marks.lastIndexOf(mark as LiveMark)
    invariant(at >= 0, 'changes are counted from an open mark')
    const changed = new Map<string, unknown>()
    // Marks within it may have saved a target again: what it was at the mark itself is the first save.
    const seen = new Set<Undoable>()
    for (let i = this.#marks[at]!.logLength; i < this.#log.length; i += 1) {
      const { target, state } = this.#log[i]!
      if (seen.has(target)) continue
      seen.add(target)
      if (target.isAt(state)) continue
      const described = target.describe?.()
      if (described) changed.set(described.name, described.value)
    }
    return changed
  }

  /** Gives a mark up and keeps what was written since. */
  release(mark: Mark): void {
    const at = this.#marks.lastIndexOf(mark as LiveMark)
    invariant(at >= 0, 'only an open mark is released')
    const released = this.#marks[at]!
    const outer = this.#marks[at - 1]
    const end = this.#marks[at + 1]?.logLength ?? this.#log.length
    const kept = this.#keepFirstSaves(released, outer, end)
    const removed = end - released.logLength - kept
    this.#renameSaves(released, outer, end - removed)
    for (let i = at + 1; i < this.#marks.length; i += 1) this.#marks[i]!.logLength -= removed
    if (at === this.#marks.length - 1) this.#marks.pop()
    else this.#marks.splice(at, 1)
    if (at === this.#marks.length) this.#level = outer?.level ?? 0
    if (this.#level === 0) this.#sweep()
  }

  /** Runs `body` so that either all its writes stay, or none (when it throws). */
  transact<T>(body: () => T): T {
    const mark = this.mark()
    let done = false
    try {
      const result = body()
      done = true
      return result
    } finally {
      if (!done) this.revert(mark)
      this.release(mark)
    }
  }

  /** For what holds keys: remembers an absent one until no mark can bring its value back. */
  whenUnmarked<K>(owner: Sweeper<K>, key: K): void {
    if (this.#level === 0) void owner.sweep(key)
    else this.#graves.push({ owner: owner as Sweeper<unknown>, key })
  }

  /**
   * Folds the saves of a released mark into the mark around it: a state that the outer mark has saved already
   * is dropped, so that an open mark holds one saved state for each target at most. Returns how many stay.
   */
  #keepFirstSaves(released: LiveMark, outer: LiveMark | undefined, end: number): number {
    const start = released.logLength
    let kept = 0
    for (let i = start; i < end; i += 1) {
      const entry = this.#log[i]!
      if (outer === undefined || entry.stamp === outer.level) {
        if (outer && entry.target.stamp === released.level) entry.target.stamp = outer.level
        continue
      }
      if (entry.target.stamp === released.level) entry.target.stamp = outer.level
      this.#log[start + kept] = entry
      kept += 1
    }
    if (end === this.#log.length) this.#log.length = start + kept
    else this.#log.splice(start + kept, end - start - kept)
    return kept
  }

  /** What later marks saved after a released one was saved before in the mark around that: else its save is forgotten. */
  #renameSaves(released: LiveMark, outer: LiveMark | undefined, from: number): void {
    for (let i = from; i < this.#log.length; i += 1) {
      const entry = this.#log[i]!
      if (entry.stamp === released.level) entry.stamp = outer?.level ?? 0
    }
  }

  #enter(mark: LiveMark): void {
    this.#lastLevel += 1
    mark.level = this.#lastLevel
    this.#level = mark.level
  }

  #sweep(): void {
    if (this.#graves.length === 0) return
    this.#graves = this.#graves.filter(({ owner, key }) => !owner.sweep(key))
  }

  /**
   * Drops saved states that are the present ones again: of events that came and went since a mark, of
   * keys that were written and removed. So an open mark costs what differs, not what happened.
   */
  #compact(): void {
    const end = this.#log.length
    let kept = 0
    for (let m = 0; m < this.#marks.length; m += 1) {
      const mark = this.#marks[m]!
      const from = mark.logLength
      const to = this.#marks[m + 1]?.logLength ?? end
      mark.logLength = kept
      for (let i = from; i < to; i += 1) {
        const entry = this.#log[i]!
        if (entry.target.stamp === mark.level && entry.target.isAt(entry.state)) {
          entry.target.stamp = entry.stamp
          continue
        }
        this.#log[kept] = entry
        kept += 1
      }
    }
    this.#log.length = kept
    this.#sweep()
    this.#compactAt = Math.max(firstCompaction, 2 * kept)
  }

  #claim(name: string): void {
    invariant(!this.#names.has(name), `state '${name}' is declared twice`)
    this.#names.add(name)
  }
}
