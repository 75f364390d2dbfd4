// Chain storage: cells of typed values with their history by block; SCALE is made only when a wire asks.

import { blake2b128, twox64, twox128 } from '../../crypto/hash.ts'
import { fromHex, toHex } from '../../crypto/hex.ts'
import { invariant } from '../../kernel/errors.ts'
import type { Cell, Store, Undoable } from '../../kernel/store.ts'
import { bytes } from '../../scale/bytes.ts'
import { decodeFromBytes, encodeToBytes } from '../../scale/codec.ts'
import { ScaleError } from '../../scale/errors.ts'
import { ScaleReader } from '../../scale/reader.ts'
import {
  type HasherName,
  identity,
  type PalletDecl,
  type StorageItem,
  type StorageItems,
} from './declare.ts'

/** One value that a cell held from `block` on. Older values hang behind it, newest first. */
interface Version {
  value: unknown
  readonly block: number
  readonly depth: number
  /** The version before this one. */
  prev: Version | null
  /** A version far behind this one, so that an old block is found in logarithmic time. */
  jump: Version | null
}

/** A change of one cell in one block. */
export interface Change {
  readonly cell: StorageCell
  readonly next: Change | null
}

/** One key of one storage item. */
export class StorageCell implements Undoable {
  stamp = 0
  head: Version | null = null
  readonly item: ItemState
  /** The parts of the map's key; empty for a plain value. */
  readonly keys: readonly unknown[]
  #rawKey: string | null = null

  constructor(item: ItemState, keys: readonly unknown[]) {
    this.item = item
    this.keys = keys
  }

  restore(state: unknown): void {
    this.head = state as Version | null
    this.item.changed()
  }

  isAt(state: unknown): boolean {
    return this.head === state
  }

  describe(): { name: string; value: unknown } {
    const { pallet, name } = this.item
    const keys = this.keys.length > 0 ? `[${this.keys.map(String).join(', ')}]` : ''
    return { name: `${pallet.name}.${name}${keys}`, value: this.head?.value }
  }

  /** The raw storage key, `0x` hex. */
  get rawKey(): string {
    this.#rawKey ??= this.item.rawKeyOf(this.keys)
    return this.#rawKey
  }

  /** The value at the end of `block`; undefined while absent. */
  at(block: number): unknown {
    let version = this.head
    while (version && version.block > block) {
      version = version.jump && version.jump.block > block ? version.jump : version.prev
    }
    return version?.value
  }
}

type LookupKey = string | number | bigint

const noKeys: readonly unknown[] = []

/** A storage item whose value is a function of the block record, never written. */
export type Derived = (block: number, keys: readonly unknown[]) => unknown

/** A derived map also needs its keys. */
export interface DerivedItem {
  read: Derived
  /** The keys present at a block; needed for maps alone. */
  keys?: (block: number) => readonly (readonly unknown[])[]
  /** The SCALE bytes, where they are kept ready. */
  bytes?: (block: number) => Uint8Array
}

/** The state of one storage item: a plain value is a map with one key. */
export class ItemState {
  readonly pallet: PalletDecl
  readonly name: string
  readonly decl: StorageItem<readonly unknown[], unknown, unknown>
  readonly cells = new Map<LookupKey, StorageCell>()
  /** Raw prefix, `0x` and 64 hex digits. */
  readonly prefix: string
  derived: DerivedItem | null = null
  /** Grows whenever a value of the item may have changed: what was worked out from the item holds while it stays. */
  revision = 0
  readonly #state: ChainState
  /** The cell that was asked for last: calls read and write the same one several times. */
  #last: StorageCell | null = null
  #lastKey: unknown
  #sorted: { block: number; version: number; cells: StorageCell[] } | null = null
  #version = 0

  constructor(
    state: ChainState,
    pallet: PalletDecl,
    name: string,
    decl: StorageItem<readonly unknown[], unknown, unknown>,
  ) {
    this.#state = state
    this.pallet = pallet
    this.name = name
    this.decl = decl
    const text = new TextEncoder()
    const storagePrefix = pallet.prefix === undefined ? pallet.name : (pallet.prefix ?? '')
    const prefix = new Uint8Array(32)
    prefix.set(twox128(text.encode(storagePrefix)), 0)
    prefix.set(twox128(text.encode(name)), 16)
    this.prefix = toHex(prefix)
  }

  /** The value now: what is written in the block being made included. Undefined while absent. */
  read(keys: readonly unknown[]): unknown {
    if (this.derived) return this.derived.read(this.#state.block, keys)
    return this.cells.get(lookupKey(keys, this.decl))?.head?.value
  }

  write(keys: readonly unknown[], value: unknown): void {
    invariant(!this.derived, `${this.pallet.name}.${this.name} is derived from the block`)
    const key = lookupKey(keys, this.decl)
    let cell = this.cells.get(key)
    if (!cell) {
      if (value === undefined) return
      cell = new StorageCell(this, keys)
      this.cells.set(key, cell)
    }
    this.#state.write(cell, value)
  }

  /** As `read`, for plain values. */
  readPlain(): unknown {
    if (this.derived) return this.derived.read(this.#state.block, noKeys)
    return this.#cellOf('')?.head?.value
  }

  /** As `read`, for maps with one key, without a list of it. */
  readOne(key: unknown): unknown {
    if (this.derived) return this.derived.read(this.#state.block, [key])
    return this.#cellOf(key)?.head?.value
  }

  /** As `write`, for maps with one key. */
  writeOne(key: unknown, value: unknown): void {
    const cell = this.derived ? undefined : this.#cellOf(key)
    if (cell) this.#state.write(cell, value)
    else this.write([key], value)
  }

  #cellOf(key: unknown): StorageCell | undefined {
    if (this.#last !== null && key === this.#lastKey) return this.#last
    const cell = this.cells.get(lookupPart(key, this.decl, 0))
    if (cell) {
      this.#last = cell
      this.#lastKey = key
    }
    return cell
  }

  /** For cells: the set of keys may be another one now. */
  changed(): void {
    this.#version += 1
    this.revision += 1
  }

  /** The cells that have a value at `block`, in raw-key order. */
  cellsAt(block: number): StorageCell[] {
    const derivedKeys = this.derived?.keys
    if (this.derived) {
      const isThere = derivedKeys || this.derived.read(block, []) !== undefined
      const keys = derivedKeys
        ? derivedKeys(block)
        : this.decl.keys.length === 0 && isThere
          ? [[]]
          : []
      return keys.map(parts => new StorageCell(this, parts)).sort(byRawKey)
    }
    const live = block >= this.#state.block
    if (this.#sorted?.version === this.#version && this.#sorted.block === (live ? -1 : block)) {
      return this.#sorted.cells
    }
    const cells: StorageCell[] = []
    for (const cell of this.cells.values()) if (cell.at(block) !== undefined) cells.push(cell)
    cells.sort(byRawKey)
    this.#sorted = { block: live ? -1 : block, version: this.#version, cells }
    return cells
  }

  /** The value of a cell at a block, derived or stored. */
  valueAt(block: number, keys: readonly unknown[]): unknown {
    if (this.derived) return this.derived.read(block, keys)
    return this.cells.get(lookupKey(keys, this.decl))?.at(block)
  }

  /** Every cell that has a value now, in raw-key order. */
  liveCells(): StorageCell[] {
    return this.cellsAt(this.#state.block)
  }

  /** Forgets a cell that is absent now and has no history left, as soon as no mark can bring a value back. */
  drop(cell: StorageCell): void {
    const { store } = this.#state
    // A head that is gone is what it was before the cell was written: a mark of that time has nothing to keep.
    store.save(cell, cell.head)
    cell.head = null
    store.whenUnmarked(this, cell)
  }

  /** For the store: forgets a cell without a head; false while a mark may bring one back. */
  sweep(cell: StorageCell): boolean {
    const key = lookupKey(cell.keys, this.decl)
    if (cell.head !== null || this.cells.get(key) !== cell) return true
    if (this.#state.store.holds(cell)) return false
    this.cells.delete(key)
    this.#last = null
    this.changed()
    return true
  }

  rawKeyOf(keys: readonly unknown[]): string {
    let raw = this.prefix
    this.decl.keys.forEach((part, i) => {
      const bytes = encodeToBytes(part.type, keys[i])
      raw += toHex(hashKey(part.hasher, bytes)).slice(2)
    })
    return raw
  }

  /** The key's parts when `raw` (after the prefix) is a whole key of this item, else null. */
  parseKey(raw: Uint8Array): readonly unknown[] | null {
    const keys: unknown[] = []
    let at = 0
    for (const part of this.decl.keys) {
      at += hashLength[part.hasher]
      if (at > raw.length) return null
      const reader = new ScaleReader(raw)
      reader.offset = at
      try {
        keys.push(part.type.decode(reader))
      } catch (cause) {
        if (cause instanceof ScaleError) return null
        throw cause
      }
      at = reader.offset
    }
    if (at !== raw.length) return null
    return this.rawKeyOf(keys).slice(this.prefix.length) === toHex(raw).slice(2) ? keys : null
  }
}

const byRawKey = (a: StorageCell, b: StorageCell): number => (a.rawKey < b.rawKey ? -1 : 1)

const hashLength: Record<HasherName, number> = {
  Blake2_128Concat: 16,
  Twox64Concat: 8,
  Identity: 0,
}

function hashKey(hasher: HasherName, bytes: Uint8Array): Uint8Array {
  if (hasher === 'Identity') return bytes
  const hash = hasher === 'Blake2_128Concat' ? blake2b128(bytes) : twox64(bytes)
  const out = new Uint8Array(hash.length + bytes.length)
  out.set(hash, 0)
  out.set(bytes, hash.length)
  return out
}

/** One value by which a Map finds the cell: numbers, bigints and strings as they are, the rest by their bytes. */
function lookupKey(
  keys: readonly unknown[],
  decl: StorageItem<readonly unknown[], unknown, unknown>,
): LookupKey {
  if (keys.length === 0) return ''
  if (keys.length === 1) return lookupPart(keys[0], decl, 0)
  return keys.map((_, i) => `${lookupPart(keys[i], decl, i)}`).join('\u{10ffff}')
}

function lookupPart(
  key: unknown,
  decl: StorageItem<readonly unknown[], unknown, unknown>,
  i: number,
): LookupKey {
  if (typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint') return key
  const part = decl.keys[i]
  invariant(part, 'a storage key has as many parts as its map')
  return toHex(encodeToBytes(part.type, key))
}

const rawPallet: PalletDecl = {
  index: -1,
  name: '',
  storage: {},
  events: {},
  errors: [],
  constants: {},
  paths: {},
}

/** Keys that belong to no item: their bytes, as `0x` hex, by their raw key. */
class RawItem extends ItemState {
  constructor(state: ChainState) {
    super(state, rawPallet, '', {
      keys: [identity(bytes)],
      value: bytes,
      absent: null,
      modifier: 'Optional',
    })
  }

  override rawKeyOf([key]: readonly unknown[]): string {
    return key as string
  }
}

/** All storage of a chain. */
export class ChainState {
  readonly store: Store
  readonly items = new Map<string, ItemState>()
  readonly #byPallet = new Map<string, Map<string, ItemState>>()
  readonly #block: Cell<number>
  readonly #changes: Cell<Change | null>
  /** What belongs to no item. */
  readonly raw: ItemState
  /** The cells written since somebody began to watch. */
  #written: Set<StorageCell> | null = null

  constructor(store: Store, pallets: readonly PalletDecl[]) {
    this.store = store
    this.#block = store.cell('chain.state.block', 0)
    this.#changes = store.cell<Change | null>('chain.state.changes', null)
    this.raw = new RawItem(this)
    for (const pallet of pallets) {
      const items = new Map<string, ItemState>()
      for (const [name, decl] of Object.entries(pallet.storage)) {
        const item = new ItemState(this, pallet, name, decl)
        items.set(name, item)
        this.items.set(item.prefix, item)
      }
      this.#byPallet.set(pallet.name, items)
    }
  }

  /** The block that writes belong to. */
  get block(): number {
    return this.#block.get()
  }

  /** The state of one item; asking for an undeclared one is a broken invariant. */
  item(pallet: string, name: string): ItemState {
    const item = this.#byPallet.get(pallet)?.get(name)
    invariant(item, `${pallet}.${name} is not declared`)
    return item
  }

  /** All items of a pallet, by name. */
  itemsOf(pallet: string): ReadonlyMap<string, ItemState> {
    return this.#byPallet.get(pallet) ?? new Map()
  }

  /** Writes belong to `block` from now on; returns what changed in the block before. */
  enter(block: number): Change | null {
    const changes = this.#changes.get()
    this.#changes.set(null)
    this.#block.set(block)
    return changes
  }

  /** What has changed in the block being made. */
  get changes(): Change | null {
    return this.#changes.get()
  }

  /** Runs `body`; returns the cells that it wrote. */
  watchWrites(body: () => void): StorageCell[] {
    const written = new Set<StorageCell>()
    this.#written = written
    try {
      body()
    } finally {
      this.#written = null
    }
    return [...written]
  }

  write(cell: StorageCell, value: unknown): void {
    this.#written?.add(cell)
    const head = cell.head
    const block = this.#block.get()
    cell.item.revision += 1
    if (head?.value === undefined ? value !== undefined : value === undefined) cell.item.changed()
    if (head && head.block === block && this.store.isSaved(cell)) {
      head.value = value
      return
    }
    this.store.save(cell, head)
    if (head?.block === block) {
      cell.head = { ...head, value }
      return
    }
    cell.head = append(head, block, value)
    this.#changes.set({ cell, next: this.#changes.get() })
  }

  /**
   * Goes back to the end of an earlier block: `undone` are the changes of the blocks after it, `changes` its own.
   * The history of those blocks is gone, but for a snapshot that was taken in it.
   */
  retract(block: number, undone: readonly (Change | null)[], changes: Change | null): void {
    for (const list of undone) {
      for (let change = list; change; change = change.next) this.#restore(change.cell, block)
    }
    this.#block.set(block)
    this.#changes.set(changes)
  }

  /** Forgets everything, as if nothing had ever been written; writes belong to block 0 from now on. */
  wipe(): void {
    for (const item of [this.raw, ...this.items.values()]) {
      for (const cell of item.cells.values()) {
        if (!cell.head) continue
        this.store.save(cell, cell.head)
        cell.head = null
        item.changed()
      }
    }
    this.#block.set(0)
    this.#changes.set(null)
  }

  #restore(cell: StorageCell, block: number): void {
    const { head } = cell
    if (!head || head.block <= block) return
    let version: Version | null = head
    while (version && version.block > block) {
      version = version.jump && version.jump.block > block ? version.jump : version.prev
    }
    this.store.save(cell, head)
    // A version of its own: what is written to it must not reach the history of a snapshot.
    cell.head = version && { ...version }
    cell.item.changed()
  }

  /**
   * Forgets the history before `block`: of each change that was made in it, what had been there before.
   * The changes of a block are those that `enter` returned at its end.
   */
  prune(block: number, changes: Change | null): void {
    for (let change = changes; change; change = change.next) {
      const version = versionOf(change.cell, block)
      if (!version) continue
      version.prev = null
      version.jump = null
      if (version.value === undefined && change.cell.head === version)
        change.cell.item.drop(change.cell)
    }
  }

  /** Finds the item and key that a raw storage key names; null when it names none. */
  locate(rawKey: string): { item: ItemState; keys: readonly unknown[] } | null {
    if (rawKey.length < 66) return null
    const item = this.items.get(rawKey.slice(0, 66))
    if (!item) return null
    const rest = fromHex(`0x${rawKey.slice(66)}`)
    const keys = item.parseKey(rest)
    return keys ? { item, keys } : null
  }

  /** SCALE bytes of a raw key at a block as `0x` hex; null while absent. */
  rawValue(rawKey: string, block: number): string | null {
    const found = this.locate(rawKey)
    if (!found) return (this.raw.valueAt(block, [rawKey]) as string | undefined) ?? null
    const ready = found.item.derived?.bytes
    if (ready) return toHex(ready(block))
    const value = found.item.valueAt(block, found.keys)
    if (value === undefined) return null
    return toHex(encodeToBytes(found.item.decl.value, value))
  }

  /** Sets a raw key from SCALE bytes (null removes it); false when the bytes are no value of the item. */
  setRaw(rawKey: string, value: string | null): boolean {
    const found = this.locate(rawKey)
    if (!found) {
      this.raw.write([rawKey], value ?? undefined)
      return true
    }
    if (found.item.derived) return false
    if (value === null) {
      found.item.write(found.keys, undefined)
      return true
    }
    try {
      found.item.write(found.keys, decodeFromBytes(found.item.decl.value, fromHex(value)))
      return true
    } catch (cause) {
      if (cause instanceof ScaleError) return false
      throw cause
    }
  }

  /** Raw keys that begin with `prefix` at a block, in byte order. */
  rawKeys(prefix: string, block: number): string[] {
    const keys: string[] = []
    for (const item of this.items.values()) {
      const covers = item.prefix.startsWith(prefix) || prefix.startsWith(item.prefix)
      if (!covers) continue
      for (const cell of item.cellsAt(block)) {
        if (cell.rawKey.startsWith(prefix)) keys.push(cell.rawKey)
      }
    }
    for (const { rawKey } of this.raw.cellsAt(block)) {
      if (rawKey.startsWith(prefix)) keys.push(rawKey)
    }
    return keys.sort()
  }
}

function append(prev: Version | null, block: number, value: unknown): Version {
  if (!prev) return { value, block, depth: 0, prev: null, jump: null }
  const far = prev.jump
  const isFull = far?.jump && prev.depth - far.depth === far.depth - far.jump.depth
  return { value, block, depth: prev.depth + 1, prev, jump: isFull ? far.jump : prev }
}

function versionOf(cell: StorageCell, block: number): Version | null {
  let version = cell.head
  while (version && version.block > block) {
    version = version.jump && version.jump.block >= block ? version.jump : version.prev
  }
  return version?.block === block ? version : null
}

/** Typed access to one storage item. */
export interface ItemAccess<Keys extends readonly unknown[], Value, Read> {
  get(...keys: Keys): Read
  has(...keys: Keys): boolean
  set(...keysAndValue: [...Keys, Value]): void
  remove(...keys: Keys): void
  /** Keys and values of a map, in raw-key order. */
  entries(): { keys: Keys; value: Value }[]
}

/** Typed access to the storage of a pallet: `state.Twins.get(1)`. */
export type StateOf<P extends PalletDecl> = {
  readonly [N in keyof P['storage']]: P['storage'][N] extends StorageItem<infer K, infer V, infer R>
    ? ItemAccess<K, V, R>
    : never
}

type Access = ItemAccess<never[], unknown, unknown>

/** Access to a map with one key, which is what nearly all are: nothing is allocated on the way. */
function accessByOne(item: ItemState): Access {
  const { absent } = item.decl
  const access: Omit<ItemAccess<[unknown], unknown, unknown>, 'entries'> = {
    get(key) {
      const value = item.readOne(key)
      return value === undefined ? absent : value
    },
    has: key => item.readOne(key) !== undefined,
    set: (key, value) => item.writeOne(key, value),
    remove: key => item.writeOne(key, undefined),
  }
  return { ...access, entries: entriesOf(item) } as unknown as Access
}

/** Access to a plain value, without a list of keys for each look at it. */
function accessByNone(item: ItemState): Access {
  const { absent } = item.decl
  const access: Omit<ItemAccess<[], unknown, unknown>, 'entries'> = {
    get() {
      const value = item.readPlain()
      return value === undefined ? absent : value
    },
    has: () => item.readPlain() !== undefined,
    set: value => item.write(noKeys, value),
    remove: () => item.write(noKeys, undefined),
  }
  return { ...access, entries: entriesOf(item) } as unknown as Access
}

/** Access to a map with several keys. */
function accessByMany(item: ItemState): Access {
  const { absent, keys: parts } = item.decl
  const access = {
    get(...keys: unknown[]) {
      const value = item.read(keys)
      return value === undefined ? absent : value
    },
    has: (...keys: unknown[]) => item.read(keys) !== undefined,
    set: (...given: unknown[]) => item.write(given.slice(0, parts.length), given[parts.length]),
    remove: (...keys: unknown[]) => item.write(keys, undefined),
  }
  return { ...access, entries: entriesOf(item) } as unknown as Access
}

function entriesOf(item: ItemState) {
  return () => item.liveCells().map(cell => ({ keys: cell.keys, value: cell.head?.value }))
}

/** Makes the typed access to a pallet's storage. */
export function accessTo<P extends PalletDecl<StorageItems>>(
  state: ChainState,
  pallet: P,
): StateOf<P> {
  const access: Record<string, unknown> = {}
  for (const [name, item] of state.itemsOf(pallet.name)) {
    const { length } = item.decl.keys
    access[name] =
      length === 0 ? accessByNone(item) : length === 1 ? accessByOne(item) : accessByMany(item)
  }
  return access as StateOf<P>
}
