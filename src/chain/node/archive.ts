// The blocks so far: full ones as records, empty ones as runs that are a function of their number.

import { blake2b256 } from '../../crypto/hash.ts'
import { fromHex, toHex } from '../../crypto/hex.ts'
import { invariant } from '../../kernel/errors.ts'
import type { AppendLog, Cell, Store, StoreMap } from '../../kernel/store.ts'
import { ScaleWriter } from '../../scale/writer.ts'
import type { EventRecord } from '../runtime/runtime.ts'
import type { Change } from '../runtime/state.ts'
import { RuntimeCall } from '../types/outer.ts'
import type { DispatchError } from '../types/primitives.ts'
import type { TrustedExtrinsic, WireExtrinsic } from './extrinsic.ts'

/** Duration of a slot and of a block in ms (`tfchain: substrate-node/runtime/src/lib.rs`). */
export const slotMs = 6000

/** An extrinsic as a block holds it: with the nonce that it used, and its outcome. */
export interface IncludedExtrinsic {
  readonly extrinsic: WireExtrinsic | TrustedExtrinsic
  readonly nonce: number
  /** Null when it succeeded. */
  readonly error: DispatchError | null
}

/** What a block holds besides the timestamp inherent. */
export interface BlockContent {
  readonly extrinsics: readonly IncludedExtrinsic[]
  readonly events: readonly EventRecord[]
  /** Digest items after the slot and before the seal, SCALE bytes as `0x` hex. */
  readonly digest: readonly string[]
  /** What it changed in the state. */
  readonly changes: Change | null
  /** State that was set by hand while this block was best: part of its state root. */
  readonly overrides: number
}

/** A stretch of blocks: one block with content, or any number without. */
interface Run {
  readonly first: number
  readonly last: number
  /** Timestamp of the first block in ms; the next ones follow every 6 s. */
  readonly timestamp: number
  readonly content: BlockContent | null
  /** Hashes found so far; a function of what stands before, so it is shared and not part of the state. */
  readonly hashes: HashCache
  /** `extrinsicsRoot` of a block whose content is forgotten and whose hash nobody has needed. */
  readonly root?: Uint8Array
}

interface HashCache {
  /** Every 1024th hash of the run, by number; and those that were needed. */
  readonly checkpoints: KnownHashes
  /** The bytes of the events, made once for all who ask. */
  events: Uint8Array | null
  encoded: readonly Uint8Array[] | null
}

/** Hashes by block number: most runs are one block, so the first one needs no map. */
class KnownHashes {
  #number = -1
  #hash = ''
  #more: Map<number, string> | null = null

  get(number: number): string | undefined {
    return number === this.#number ? this.#hash : this.#more?.get(number)
  }

  set(number: number, hash: string): void {
    if (this.#number === -1 || this.#number === number) {
      this.#number = number
      this.#hash = hash
      return
    }
    this.#more ??= new Map()
    this.#more.set(number, hash)
  }
}

/**
 * Blocks before the window whose content is forgotten, by the place of their run in the log: in columns, since a
 * month has 432 000 blocks. The run that is asked for is made anew.
 */
class PastBlocks {
  #numbers = new Float64Array(0)
  #timestamps = new Float64Array(0)
  /** The hash of each block where it was known, else the root from which it can be found. */
  #digests = new Uint8Array(0)
  #isHash = new Uint8Array(0)
  /** Hashes found after all. */
  readonly #found = new Map<number, string>()

  put(index: number, { first, timestamp, content, hashes }: Run): void {
    if (index >= this.#numbers.length) this.#grow(index)
    this.#found.delete(index)
    this.#numbers[index] = first
    this.#timestamps[index] = timestamp
    const known = hashes.checkpoints.get(first)
    this.#isHash[index] = known ? 1 : 0
    this.#digests.set(known ? fromHex(known) : contentRoot(timestamp, content), 32 * index)
  }

  numberOf(index: number): number {
    return this.#numbers[index]!
  }

  runAt(index: number): Run {
    const first = this.numberOf(index)
    const timestamp = this.#timestamps[index]!
    const digest = this.#digests.subarray(32 * index, 32 * index + 32)
    const hashes = newCache()
    const run = { first, last: first, timestamp, content: forgotten, hashes }
    const hash = this.#isHash[index] ? toHex(digest) : this.#found.get(index)
    if (hash === undefined) return { ...run, root: digest }
    hashes.checkpoints.set(first, hash)
    return run
  }

  /** Keeps a hash that was found from the root. */
  found(index: number, hash: string): void {
    this.#found.set(index, hash)
  }

  #grow(index: number): void {
    const capacity = Math.max(1024, 2 * index)
    const numbers = new Float64Array(capacity)
    const timestamps = new Float64Array(capacity)
    const digests = new Uint8Array(32 * capacity)
    const isHash = new Uint8Array(capacity)
    numbers.set(this.#numbers)
    timestamps.set(this.#timestamps)
    digests.set(this.#digests)
    isHash.set(this.#isHash)
    this.#numbers = numbers
    this.#timestamps = timestamps
    this.#digests = digests
    this.#isHash = isHash
  }
}

/** A stretch of blocks, both ends included. */
interface Window {
  readonly from: number
  readonly to: number
}

const noWindows: readonly Window[] = []

const checkpointEvery = 1024

/** In place of the content of a block that lies before the window. */
const forgotten: BlockContent = {
  extrinsics: [],
  events: [],
  digest: [],
  changes: null,
  overrides: 0,
}

/** How many replaced blocks are found by the hash that they had. */
const mostReplaced = 1024

/** A block header, in the JSON shape's order. */
export interface Header {
  readonly parentHash: string
  readonly number: number
  readonly stateRoot: string
  readonly extrinsicsRoot: string
  readonly digest: readonly string[]
}

/** The seal of every block: a constant, because nothing random may enter a block. */
const seal = `0x05617572610101${Buffer.from('pocketgrid'.repeat(7).slice(0, 64)).toString('hex')}`

const zeroHash = `0x${'00'.repeat(32)}`

/** The digest items of a block: the slot, what consensus has to say, the seal. */
function digestOf(number: number, timestamp: number, extra: readonly string[]): readonly string[] {
  if (number === 0) return []
  const slot = new Uint8Array(8)
  new DataView(slot.buffer).setBigUint64(0, BigInt(Math.floor(timestamp / slotMs)), true)
  return [`0x066175726120${Buffer.from(slot).toString('hex')}`, ...extra, seal]
}

/** The SCALE bytes of a header. */
export function encodeHeader(header: Header): Uint8Array {
  const out = new ScaleWriter()
  out.hex(header.parentHash as `0x${string}`, 32)
  out.compact(header.number)
  out.hex(header.stateRoot as `0x${string}`, 32)
  out.hex(header.extrinsicsRoot as `0x${string}`, 32)
  out.compact(header.digest.length)
  for (const item of header.digest) out.raw(fromHex(item as `0x${string}`))
  return out.toBytes()
}

/** All blocks of a chain, from genesis to best. */
export class Archive {
  /** Every run but the last; null in the place of those that are among the past blocks. */
  readonly #runs: AppendLog<Run | null>
  readonly #past: Cell<PastBlocks>
  readonly #tail: Cell<Run>
  readonly #byHash = new Map<string, number>()
  /** Up to where every hash was looked at, as long as that block has this hash. */
  #indexed = { number: 0, hash: '' }
  /** For each block that was replaced by one with state set by hand: the hash that it has now. */
  readonly #replacedBy: StoreMap<string, string>
  /** The oldest block whose content is still kept. */
  readonly #floor: Cell<number>
  readonly #nextForgotten: Cell<number>
  readonly #store: Store
  /** The window of each open mark, which somebody may return to: it is not forgotten. */
  readonly #windows = new Map<number, Window>()

  constructor(store: Store, genesis: { timestamp: number; content: BlockContent }) {
    const run: Run = {
      first: 0,
      last: 0,
      timestamp: genesis.timestamp,
      content: genesis.content,
      hashes: newCache(),
    }
    this.#store = store
    this.#past = store.cell('chain.archive.past', new PastBlocks())
    this.#floor = store.cell('chain.archive.floor', 0)
    this.#nextForgotten = store.cell('chain.archive.nextForgotten', 0)
    this.#replacedBy = store.map('chain.archive.replaced')
    this.#runs = store.log<Run | null>('chain.archive.runs')
    this.#tail = store.cell<Run>('chain.archive.tail', run)
  }

  /** The chain begins anew: every block is gone, and this is the only one. */
  restart({ timestamp, content }: { timestamp: number; content: BlockContent }): void {
    this.#runs.truncate(0)
    this.#tail.set({ first: 0, last: 0, timestamp, content, hashes: newCache() })
    this.#past.set(new PastBlocks())
    this.#floor.set(0)
    this.#nextForgotten.set(0)
    for (const hash of this.#replacedBy.keys()) this.#replacedBy.delete(hash)
    this.#windows.clear()
    this.#indexed = { number: 0, hash: '' }
  }

  /** Number of the best block. */
  get best(): number {
    return this.#tail.get().last
  }

  get floor(): number {
    return this.#floor.get()
  }

  /** Adds the next block. */
  append(timestamp: number, content: BlockContent): void {
    const tail = this.#tail.get()
    this.#runs.push(tail)
    const number = tail.last + 1
    this.#tail.set({ first: number, last: number, timestamp, content, hashes: newCache() })
  }

  /** Adds `count` empty blocks, 6 s apart, the first at `timestamp`. */
  appendEmpty(timestamp: number, count: number): void {
    if (count <= 0) return
    const tail = this.#tail.get()
    const follows = timestamp === tail.timestamp + (tail.last - tail.first + 1) * slotMs
    if (tail.content === null && follows) {
      this.#tail.set({ ...tail, last: tail.last + count })
      return
    }
    this.#runs.push(tail)
    const first = tail.last + 1
    const last = tail.last + count
    this.#tail.set({ first, last, timestamp, content: null, hashes: newCache() })
  }

  /** Drops the blocks after `number`, which is best from now on. */
  truncate(number: number): void {
    const tail = this.#tail.get()
    if (number >= tail.last) return
    if (number >= tail.first) {
      this.#tail.set({ ...tail, last: number })
      return
    }
    const index = this.#indexOf(number)
    const run = this.#runOf(number)
    this.#runs.truncate(index)
    this.#tail.set({ ...run, last: number })
    this.#nextForgotten.set(Math.min(this.#nextForgotten.get(), index))
  }

  /**
   * The state of the best block was set by hand: it is another block now, with other changes. `events` are its events
   * when it was an empty one. Returns its old hash.
   */
  override(changes: Change | null, events: readonly EventRecord[]): string {
    const { best } = this
    const oldHash = this.hashOf(best)
    const tail = this.#tail.get()
    const content = { ...(tail.content ?? { ...forgotten, events }), changes }
    if (best === 0) {
      // Everything that is signed is bound to the genesis hash.
      this.#tail.set({ ...tail, content })
      return oldHash
    }
    const timestamp = tail.timestamp + (best - tail.first) * slotMs
    if (tail.first < best) this.#runs.push({ ...tail, last: best - 1 })
    const overrides = content.overrides + 1
    this.#tail.set({
      first: best,
      last: best,
      timestamp,
      content: { ...content, overrides },
      hashes: newCache(),
    })
    if (this.#replacedBy.size >= mostReplaced) {
      for (const hash of this.#replacedBy.keys()) this.#replacedBy.delete(hash)
    }
    this.#replacedBy.set(oldHash, this.hashOf(best))
    return oldHash
  }

  /** `Timestamp.Now` of a block in ms since the Unix epoch; 0 at genesis, as on the real chain. */
  timestampOf(number: number): number {
    return number === 0 ? 0 : this.cadenceOf(number)
  }

  /** The time from which the next block is counted: a block's timestamp, one slot before the start at genesis. */
  cadenceOf(number: number): number {
    const run = this.#runOf(number)
    return run.timestamp + (number - run.first) * slotMs
  }

  /**
   * Forgets what the blocks before `before` held, hashes excepted; `prune` hears of each that had content and
   * of what it had changed. To be called after each block, so that a mark keeps no more than it has to.
   */
  forgetBefore(before: number, prune: (block: number, changes: Change | null) => void): void {
    const block = Math.max(before, this.floor)
    const next = this.#nextForgotten.get()
    // What a mark kept that is gone now lies before the place at which the last look ended.
    for (const { from, to } of this.#noteWindows()) {
      const last = this.#indexOf(Math.min(to, this.best))
      this.#forgetRuns({ index: this.#indexOf(from), end: Math.min(last + 1, next), block }, prune)
    }
    if (block === this.floor) return
    const end = this.#runs.length
    this.#nextForgotten.set(this.#forgetRuns({ index: next, end, block }, prune))
    this.#floor.set(block)
  }

  /** Forgets the runs from `index` on that end before `block`, and no mark keeps; returns where it stopped. */
  #forgetRuns(
    { index, end, block }: { index: number; end: number; block: number },
    prune: (block: number, changes: Change | null) => void,
  ): number {
    let at = index
    for (; at < end; at += 1) {
      const run = this.#runs.at(at)
      // It was forgotten before, in a future that was left.
      if (!run) continue
      if (run.last >= block) break
      if (run.content && run.root === undefined && !this.#isInWindow(run.first)) {
        prune(run.first, run.content.changes)
        this.#runs.replaceForGood(at, this.#withoutContent(at, run))
      }
    }
    return at
  }

  /**
   * Notes the windows of marks that are new; a mark is met before anything is forgotten that it could return to.
   * Returns the windows of marks that are gone.
   */
  #noteWindows(): readonly Window[] {
    if (!this.#store.isMarked && this.#windows.size === 0) return noWindows
    const open = new Set(this.#store.openMarks)
    const gone = [...this.#windows].filter(([id]) => !open.has(id))
    for (const [id] of gone) this.#windows.delete(id)
    for (const id of open) {
      if (!this.#windows.has(id)) this.#windows.set(id, { from: this.floor, to: this.best })
    }
    return gone.map(([, window]) => window)
  }

  #isInWindow(number: number): boolean {
    for (const { from, to } of this.#windows.values()) {
      if (number >= from && number <= to) return true
    }
    return false
  }

  /** What is kept of a block beyond the window: most go to the columns, a few have more in their header. */
  #withoutContent(index: number, run: Run): Run | null {
    const { first, timestamp, content, hashes } = run
    const { digest, overrides } = content ?? forgotten
    if (first > 0 && digest.length === 0 && overrides === 0) {
      this.#past.get().put(index, run)
      return null
    }
    const { checkpoints } = hashes
    const root = contentRoot(first === 0 ? 0 : timestamp, content)
    const left = { ...forgotten, digest, overrides }
    return { ...run, content: left, hashes: { ...newCache(), checkpoints }, root }
  }

  /** What a block holds; null for an empty one. */
  contentOf(number: number): BlockContent | null {
    return this.#runOf(number).content
  }

  has(number: number): boolean {
    return number >= 0 && number <= this.best
  }

  /** The number of the block with this hash, or null. */
  numberOf(hash: string): number | null {
    const known = this.#find(hash)
    if (known !== null) return known
    const now = this.#replacedBy.get(hash)
    if (now !== undefined) return this.numberOf(now)
    this.#indexHashes()
    return this.#find(hash)
  }

  #find(hash: string): number | null {
    const number = this.#byHash.get(hash)
    return number !== undefined && this.has(number) && this.hashOf(number) === hash ? number : null
  }

  /**
   * Finds the hashes that nobody was told of in this process: of blocks that were kept over a restart, and of those
   * that were named as a parent alone. Each block is looked at once.
   */
  #indexHashes(): void {
    const { best } = this
    const indexed = this.#indexed
    const isSame = indexed.number <= best && this.#hashAt(indexed.number) === indexed.hash
    let number = Math.max(isSame ? indexed.number + 1 : 0, best - mostIndexed)
    if (number > best) return
    let hash = number === 0 ? '' : this.#hashAt(number - 1)
    for (; number <= best; number += 1) {
      const run = this.#runOf(number)
      if (run.content) hash = this.#hashAt(number)
      else {
        const timestamp = run.timestamp + (number - run.first) * slotMs
        hash = hashEmptyBlocks({
          first: number,
          last: number,
          timestamp,
          parent: hash,
          mark: noMark,
        })
      }
      this.#byHash.set(hash, number)
    }
    this.#indexed = { number: best, hash }
  }

  /** The hash of a block; hashes chain, so they are found when one is needed. */
  hashOf(number: number): string {
    const hash = this.#hashAt(number)
    // A hash that somebody was told of is one that somebody may ask by.
    if (this.#byHash.get(hash) !== number) this.#byHash.set(hash, number)
    return hash
  }

  #hashAt(number: number): string {
    const run = this.#runOf(number)
    const known = run.hashes.checkpoints.get(number)
    if (known) return known
    let { number: at, hash } = this.#nearestHash(number)
    while (at < number) {
      at += 1
      const here = this.#runOf(at)
      if (here.content) {
        hash = this.#hashFull(at, here, hash)
      } else {
        const last = Math.min(here.last, number)
        const timestamp = here.timestamp + (at - here.first) * slotMs
        const mark = (passed: number, found: string) => here.hashes.checkpoints.set(passed, found)
        hash = hashEmptyBlocks({ first: at, last, timestamp, parent: hash, mark })
        at = last
      }
      if (here.content !== forgotten) here.hashes.checkpoints.set(at, hash)
      else if (at === number || at % checkpointEvery === 0)
        this.#past.get().found(this.#indexOf(at), hash)
    }
    return hash
  }

  #hashFull(number: number, { timestamp, content, root: kept }: Run, parent: string): string {
    if (number === 0 || content === null || content.digest.length > 0) {
      return toHex(blake2b256(encodeHeader(this.#headerOn(number, parent))))
    }
    const root = kept ?? contentRoot(timestamp, content)
    const { overrides } = content
    return toHex(plainHasher.hash({ parent: fromHex(parent), number, timestamp, root, overrides }))
  }

  headerOf(number: number): Header {
    return this.#headerOn(number, number === 0 ? zeroHash : this.hashOf(number - 1))
  }

  /** Something of a block that is made once for all who ask. */
  cached(number: number, kind: 'events', make: () => Uint8Array): Uint8Array {
    const cache = this.#runOf(number).hashes
    if (this.contentOf(number) === null) return make()
    cache[kind] ??= make()
    return cache[kind]
  }

  /** The signed bytes of a block's extrinsics, made once. */
  cachedExtrinsics(number: number, make: () => readonly Uint8Array[]): readonly Uint8Array[] {
    const cache = this.#runOf(number).hashes
    if (this.contentOf(number) === null) return make()
    cache.encoded ??= make()
    return cache.encoded
  }

  /** The hash and number of the last block at or before `number` whose hash is known. */
  #nearestHash(number: number): { number: number; hash: string } {
    for (let at = number; at >= 0; ) {
      const run = this.#runOf(at)
      for (let back = at; back >= run.first; ) {
        const hash = run.hashes.checkpoints.get(back)
        if (hash) return { number: back, hash }
        const step = back % checkpointEvery
        back = step === 0 ? back - checkpointEvery : back - step
        if (back < run.first && at !== run.first) {
          const first = run.hashes.checkpoints.get(run.first)
          if (first) return { number: run.first, hash: first }
        }
      }
      at = run.first - 1
    }
    const hash = toHex(blake2b256(encodeHeader(this.#headerOn(0, zeroHash))))
    this.#runOf(0).hashes.checkpoints.set(0, hash)
    return { number: 0, hash }
  }

  #headerOn(number: number, parentHash: string): Header {
    const run = this.#runOf(number)
    const { content, root } = run
    const timestamp = number === 0 ? 0 : run.timestamp + (number - run.first) * slotMs
    const extrinsicsRoot = toHex(root ?? contentRoot(timestamp, content))
    const stateRoot = rootOf(parentHash, extrinsicsRoot, content?.overrides ?? 0)
    const digest = digestOf(number, timestamp, content?.digest ?? [])
    return { parentHash, number, stateRoot, extrinsicsRoot, digest }
  }

  /** The place in the log of the run that a block is in. */
  #indexOf(number: number): number {
    const runs = this.#runs
    let low = 0
    let high = runs.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((runs.at(middle)?.first ?? this.#past.get().numberOf(middle)) <= number) low = middle
      else high = middle - 1
    }
    return low
  }

  #runOf(number: number): Run {
    const tail = this.#tail.get()
    if (number >= tail.first) {
      invariant(number <= tail.last, `block ${number} does not exist yet`)
      return tail
    }
    const index = this.#indexOf(number)
    const run = this.#runs.at(index) ?? this.#past.get().runAt(index)
    invariant(run && number >= run.first && number <= run.last, `block ${number} does not exist`)
    return run
  }
}

/** How far back blocks are found by hashes that nobody was told of: a week. */
const mostIndexed = 100_800

const noMark = () => undefined

/** The digest of an empty block in SCALE, with the place of the slot: two items, the slot and the seal. */
const emptyDigest = fromHex(`0x08066175726120${'00'.repeat(8)}${seal.slice(2)}`)
const slotOffset = 7

/**
 * Hashes blocks whose digest is the slot and the seal alone: the same as through `encodeHeader`, without its costs,
 * since a month has 432 000 of them.
 */
class PlainHasher {
  readonly #root = new Uint8Array(68)
  readonly #rootView = new DataView(this.#root.buffer)
  #header = new Uint8Array(0)
  #headerView = new DataView(this.#header.buffer)
  #numberSize = 0

  hash(block: {
    readonly parent: Uint8Array
    readonly number: number
    readonly timestamp: number
    /** What `contentRoot` gives. */
    readonly root: Uint8Array
    readonly overrides: number
  }): Uint8Array {
    const { parent, number, timestamp, root, overrides } = block
    const size = number < 64 ? 1 : number < 16_384 ? 2 : 4
    if (size !== this.#numberSize) this.#resize(size)
    this.#root.set(parent, 0)
    this.#root.set(root, 32)
    this.#rootView.setUint32(64, overrides, true)
    const header = this.#header
    header.set(parent, 0)
    if (size === 1) header[32] = number << 2
    else if (size === 2) this.#headerView.setUint16(32, (number << 2) | 1, true)
    else this.#headerView.setUint32(32, ((number << 2) | 2) >>> 0, true)
    header.set(blake2b256(this.#root), 32 + size)
    header.set(root, 64 + size)
    this.#headerView.setUint32(96 + size + slotOffset, Math.floor(timestamp / slotMs), true)
    return blake2b256(header)
  }

  #resize(numberSize: number): void {
    this.#numberSize = numberSize
    this.#header = new Uint8Array(96 + numberSize + emptyDigest.length)
    this.#header.set(emptyDigest, 96 + numberSize)
    this.#headerView = new DataView(this.#header.buffer)
  }
}

const plainHasher = new PlainHasher()

/** The hash of the last of a stretch of empty blocks. `mark` hears of every 1024th. */
function hashEmptyBlocks(options: {
  first: number
  last: number
  timestamp: number
  parent: string
  mark: (number: number, hash: string) => void
}): string {
  const time = new Uint8Array(8)
  const timeView = new DataView(time.buffer)
  let timestamp = options.timestamp
  let parent: Uint8Array = fromHex(options.parent)
  for (let number = options.first; number <= options.last; number += 1) {
    timeView.setBigUint64(0, BigInt(timestamp), true)
    const root = blake2b256(time)
    parent = plainHasher.hash({ parent, number, timestamp, root, overrides: 0 })
    if (number % checkpointEvery === 0) options.mark(number, toHex(parent))
    timestamp += slotMs
  }
  return toHex(parent)
}

const scratch = new ScaleWriter()

/** `extrinsicsRoot`: a hash over what the extrinsics say, without their signatures. */
function contentRoot(timestamp: number, content: BlockContent | null): Uint8Array {
  scratch.reset()
  scratch.u64(BigInt(timestamp))
  for (const { extrinsic, nonce } of content?.extrinsics ?? []) {
    scratch.hex(extrinsic.signer, 32)
    scratch.u32(nonce)
    scratch.compactBig(extrinsic.tip)
    RuntimeCall.encode(extrinsic.call, scratch)
  }
  return blake2b256(scratch.view())
}

/** `stateRoot`: a hash over the parent, the extrinsics and how often state was set by hand. Not a trie root. */
function rootOf(parentHash: string, extrinsicsRoot: string, overrides: number): string {
  const out = new ScaleWriter()
  out.hex(parentHash as `0x${string}`, 32)
  out.hex(extrinsicsRoot as `0x${string}`, 32)
  out.u32(overrides)
  return toHex(blake2b256(out.toBytes()))
}

function newCache(): HashCache {
  return { checkpoints: new KnownHashes(), events: null, encoded: null }
}
