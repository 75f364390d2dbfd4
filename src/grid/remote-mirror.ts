// A mirror of a chain elsewhere: the values that a grid reads, kept as of one block after another, so that the world can read them at once.

import { isDeepStrictEqual } from 'node:util'
import type { BlockRef, ChainClient, ItemName } from '../chain/client/port.ts'
import type { EventRecord } from '../chain/pallets/system/types.ts'
import type { PalletDecl } from '../chain/runtime/declare.ts'
import { asError, GridError, gridError } from '../kernel/errors.ts'
import type { Readable } from './chain-port.ts'
import {
  accountKeys,
  changesAlways,
  changesOf,
  changesWith,
  keyOf,
  linksOf,
  type StorageKey,
} from './remote-facts.ts'

/** A block as the mirror shows it now. */
export interface MirroredBlock extends BlockRef {
  readonly events: readonly EventRecord[]
  /** Blocks before it are not what they were: the chain went back, or was away for long. */
  readonly isNewHistory: boolean
}

/** Who hears of the mirror. Called outside of the world, one after another. */
export interface MirrorHost {
  /** The mirror has come to a block. */
  onBlock(block: MirroredBlock): void
  /** The chain answers again, or does not any more. */
  onReachable(isReachable: boolean): void
  /** The mirror cannot go on. */
  onFailure(error: Error): void
}

/** Reads by keys whose types were checked where they were named. */
interface UntypedReader {
  read(pallet: PalletDecl, item: string, ...keys: readonly unknown[]): Promise<unknown>
}

interface Entry {
  readonly key: StorageKey
  value: unknown
  /** A party of this grid needs it: it is never forgotten. */
  isOwn: boolean
}

/** Values that are kept for others: those used longest ago are forgotten first. */
const keptForOthers = 100_000

/** Blocks that are caught up with one by one; of more the last one alone is looked at, with everything read anew. */
const catchUpBlocks = 600

/** Blocks that are asked for at once when there are several to catch up with. */
const blocksAtOnce = 50

/** Questions that are under way at once. */
const questionsAtOnce = 256

/** How long whoever waits for the newest state is held up when the chain is slow, in ms. */
const patienceMs = 5_000

/** How often a chain that says nothing is asked whether it is there, in ms. */
const watchEveryMs = 5_000

/** Waits between tries to reach the chain again, in ms. */
const reconnectMs = 1_000

/** Keeps what was asked for as of the best block. */
export class ChainMirror {
  readonly #connect: () => Promise<ChainClient>
  readonly #host: MirrorHost
  readonly #own = new Map<string, Entry>()
  readonly #others = new Map<string, Entry>()
  readonly #genesisHash: string
  #client: ChainClient
  #stopHeads: (() => void) | null = null
  #best: BlockRef
  #told: BlockRef
  #turn: Promise<void> = Promise.resolve()
  #isFollowing = false
  #isReachable = true
  #isClosed = false
  #catching: Promise<void> | null = null
  #nextCatching: Promise<void> | null = null
  #watcher: NodeJS.Timeout | null = null
  readonly #arrivals = new Set<() => void>()

  private constructor(
    client: ChainClient,
    best: BlockRef,
    options: { connect: () => Promise<ChainClient>; host: MirrorHost },
  ) {
    this.#client = client
    this.#connect = options.connect
    this.#host = options.host
    this.#genesisHash = client.genesisHash
    this.#best = best
    this.#told = best
  }

  /** Begins a mirror that holds nothing yet. `connect` is called again whenever the chain is lost. */
  static async open(connect: () => Promise<ChainClient>, host: MirrorHost): Promise<ChainMirror> {
    const client = await connect()
    const mirror = new ChainMirror(client, await client.best(), { connect, host })
    await mirror.own(changesAlways)
    await mirror.#listen()
    mirror.#watcher = setInterval(() => void mirror.#watch(), watchEveryMs).unref()
    return mirror
  }

  /** The connection to the chain. */
  get client(): ChainClient {
    return this.#client
  }

  /** The block whose state is shown. */
  get best(): BlockRef {
    return this.#best
  }

  /** Whether the chain answers. */
  get isReachable(): boolean {
    return this.#isReachable
  }

  /** Whether a newer block is known than the one that is shown. */
  get isBehind(): boolean {
    return this.#told.number > this.#best.number || this.#isFollowing
  }

  /** How many values are held. */
  get size(): number {
    return this.#own.size + this.#others.size
  }

  /** Whether a value is held. */
  holds(key: StorageKey): boolean {
    return this.#find(key) !== undefined
  }

  /** The storage of a pallet as it is held. What is not held reads as absent. */
  storageOf<P extends PalletDecl>(pallet: P): Readable<P> {
    const items = Object.keys(pallet.storage).map(name => {
      const item = name as ItemName<P>
      const absent = pallet.storage[name]?.absent
      const held = (keys: readonly unknown[]) => this.#held(keyOf(pallet, item, ...(keys as never)))
      const get = (...keys: unknown[]) => held(keys)?.value ?? absent
      const has = (...keys: unknown[]) => {
        const entry = held(keys)
        return entry !== undefined && !isDeepStrictEqual(entry.value, absent)
      }
      return [name, { get, has }]
    })
    return Object.fromEntries(items)
  }

  /** Holds these values from now on, for others; resolves when they are there. */
  load(keys: readonly StorageKey[]): Promise<void> {
    return this.#inTurn(() => this.#loadMissing(keys, false))
  }

  /** Holds these values from now on, for parties of this grid, and all that belongs to them. */
  own(keys: readonly StorageKey[]): Promise<void> {
    return this.#inTurn(() => this.#loadMissing(keys, true))
  }

  /** Holds what concerns these accounts, their twins, their nodes and the contracts of these. */
  ownAccounts(accounts: readonly string[]): Promise<void> {
    return this.own(accounts.flatMap(accountKeys))
  }

  /** Reads held values anew. */
  refresh(keys: readonly StorageKey[]): Promise<void> {
    return this.#inTurn(() => this.#update(keys.filter(key => this.holds(key))))
  }

  /**
   * Resolves when the state is shown that the chain had when this was called, or a newer one. When the chain is slow
   * or away it resolves too, after a while.
   */
  catchUp(): Promise<void> {
    // An answer that is under way may be older than this question.
    this.#nextCatching ??= (this.#catching ?? Promise.resolve()).then(() => {
      this.#catching = this.#nextCatching
      this.#nextCatching = null
      return this.#reachBest()
    })
    return this.#nextCatching
  }

  /** Resolves when a block is shown, or a later one. */
  async reached(number: number): Promise<void> {
    while (this.#best.number < number && this.#isReachable && !this.#isClosed) {
      await new Promise<void>(resolve => this.#arrivals.add(resolve))
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#watcher) clearInterval(this.#watcher)
    this.#stopHeads?.()
    this.#arrive()
    await this.#client.close().catch(() => undefined)
  }

  #find({ id }: StorageKey): Entry | undefined {
    return this.#own.get(id) ?? this.#others.get(id)
  }

  /** A value for a reader. One that nobody has asked for is asked for: whoever reads it again finds it. */
  #held(key: StorageKey): Entry | undefined {
    const own = this.#own.get(key.id)
    if (own) return own
    const entry = this.#others.get(key.id)
    if (entry) {
      this.#others.delete(key.id)
      this.#others.set(key.id, entry)
    } else if (this.#isReachable && !this.#isClosed) {
      this.load([key]).catch(cause => this.#lose(cause))
    }
    return entry
  }

  async #reachBest(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>(resolve => {
      timer = setTimeout(resolve, patienceMs)
    })
    try {
      await Promise.race([this.#askBest().then(() => this.#turn), patience])
    } catch (cause) {
      this.#lose(cause)
    } finally {
      clearTimeout(timer)
    }
  }

  async #askBest(): Promise<BlockRef> {
    const best = await this.#client.best()
    if (best.hash !== this.#told.hash) this.#tell(best)
    return best
  }

  /** What changes the mirror happens one after another: what is loaded is as of the block that is shown. */
  #inTurn<T>(body: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(body)
    this.#turn = result.then(
      () => undefined,
      () => undefined,
    )
    return result
  }

  async #listen(): Promise<void> {
    const client = this.#client
    this.#stopHeads = await client.subscribeHeads(head => {
      if (client === this.#client) this.#tell(head)
    })
  }

  #tell(head: BlockRef): void {
    this.#told = head
    if (this.#isFollowing || this.#isClosed || !this.#isReachable) return
    this.#isFollowing = true
    void this.#inTurn(() => this.#follow()).catch(cause => this.#lose(cause))
  }

  async #follow(): Promise<void> {
    try {
      while (!this.#isClosed && this.#told.hash !== this.#best.hash) {
        if (this.#told.number <= this.#best.number && (await this.#isStale(this.#told))) {
          // It was told late, by a subscription that is behind a question.
          this.#told = this.#best
          return
        }
        await this.#step(this.#told)
      }
    } finally {
      this.#isFollowing = false
    }
  }

  /** Whether a head is an ancestor of the block that is shown. */
  async #isStale(head: BlockRef): Promise<boolean> {
    const [shown, known] = await Promise.all([
      this.#client.hashOf(this.#best.number),
      this.#client.hashOf(head.number),
    ])
    return shown === this.#best.hash && known === head.hash
  }

  /** Some blocks further towards a head, or straight to it when history has changed. */
  async #step(head: BlockRef): Promise<void> {
    const { number, hash } = this.#best
    const ahead = head.number - number
    const isNear = ahead > 0 && ahead <= catchUpBlocks
    const last = number + Math.min(ahead, blocksAtOnce)
    const run = isNear ? await this.#client.blocks(number, last) : null
    const [known, ...blocks] = run ?? []
    if (known?.hash !== hash || blocks.length === 0) {
      const events = await this.#client.events(head.hash)
      await this.#updateAt(head, this.#allKeys())
      this.#show(head, events, true)
      return
    }
    for (const { events, ...block } of blocks) {
      // What changes with every block is not read of those that are left behind at once.
      const always = block.number === last ? changesAlways : []
      await this.#updateAt(block, [...this.#touched(events), ...always])
      this.#show(block, events, false)
    }
  }

  #show(block: BlockRef, events: readonly EventRecord[], isNewHistory: boolean): void {
    this.#best = block
    this.#host.onBlock({ ...block, events, isNewHistory })
    this.#arrive()
  }

  /** The held values that events have changed, and those that a party of this grid has got by them. */
  #touched(events: readonly EventRecord[]): StorageKey[] {
    const touched = new Map<string, StorageKey>()
    const add = (key: StorageKey) => {
      const entry = this.#find(key)
      if (!entry || touched.has(key.id)) return
      touched.set(key.id, key)
      for (const other of changesWith(key, entry.value)) add(other)
    }
    for (const { event } of events) for (const key of changesOf(event)) add(key)
    return [...touched.values()]
  }

  #allKeys(): StorageKey[] {
    return [...this.#own.values(), ...this.#others.values()].map(({ key }) => key)
  }

  #update(keys: readonly StorageKey[]): Promise<void> {
    return this.#updateAt(this.#best, keys)
  }

  /** Reads held values as of a block, and what belongs to a party by them. All change together. */
  async #updateAt(block: BlockRef, keys: readonly StorageKey[]): Promise<void> {
    const fresh = await this.#closure(block, keys, key => this.#own.has(key.id))
    for (const { key, value, isOwn } of fresh) this.#keep(key, value, isOwn)
  }

  async #loadMissing(keys: readonly StorageKey[], isOwn: boolean): Promise<void> {
    const missing = keys.filter(key => {
      const entry = this.#find(key)
      return entry === undefined || (isOwn && !entry.isOwn)
    })
    if (missing.length === 0) return
    const fresh = await this.#closure(this.#best, missing, () => isOwn)
    for (const entry of fresh) this.#keep(entry.key, entry.value, entry.isOwn)
  }

  /** Values at a block, and step by step those that they lead to and that are not held yet. */
  async #closure(
    block: BlockRef,
    keys: readonly StorageKey[],
    isOwnOf: (key: StorageKey) => boolean,
  ): Promise<Entry[]> {
    const read = new Map<string, Entry>()
    let wanted = keys.map(key => ({ key, isOwn: isOwnOf(key) }))
    while (wanted.length > 0) {
      const values = await this.#readAll(
        block,
        wanted.map(({ key }) => key),
      )
      const found = wanted.map((each, i) => ({ ...each, value: values[i] }))
      for (const entry of found) read.set(entry.key.id, entry)
      const next = new Map<string, { key: StorageKey; isOwn: boolean }>()
      for (const { key, value, isOwn } of found) {
        for (const other of linksOf(key, value, isOwn)) {
          const held = this.#find(other)
          if (read.has(other.id) || (held && (held.isOwn || !isOwn))) continue
          next.set(other.id, { key: other, isOwn })
        }
      }
      wanted = [...next.values()]
    }
    return [...read.values()]
  }

  async #readAll(block: BlockRef, keys: readonly StorageKey[]): Promise<unknown[]> {
    const state = this.#client.at(block.hash) as unknown as UntypedReader
    const values: unknown[] = []
    for (let at = 0; at < keys.length; at += questionsAtOnce) {
      const some = keys.slice(at, at + questionsAtOnce)
      const read = ({ pallet, item, keys: parts }: StorageKey) => state.read(pallet, item, ...parts)
      values.push(...(await Promise.all(some.map(read))))
    }
    return values
  }

  #keep(key: StorageKey, value: unknown, isOwn: boolean): void {
    const entry = this.#find(key)
    if (!entry) {
      const map = isOwn ? this.#own : this.#others
      map.set(key.id, { key, value, isOwn })
    } else {
      // What is equal stays the same, so that it can be compared.
      if (!isDeepStrictEqual(entry.value, value)) entry.value = value
      if (isOwn && !entry.isOwn) {
        entry.isOwn = true
        this.#others.delete(key.id)
        this.#own.set(key.id, entry)
      }
    }
    if (this.#others.size <= keptForOthers) return
    const oldest = this.#others.keys().next()
    if (!oldest.done) this.#others.delete(oldest.value)
  }

  #arrive(): void {
    const waiting = [...this.#arrivals]
    this.#arrivals.clear()
    for (const resolve of waiting) resolve()
  }

  async #watch(): Promise<void> {
    if (!this.#isReachable || this.#isClosed) return
    await this.catchUp()
  }

  /** A question failed: when it is the connection that is lost, a new one is made. */
  #lose(cause: unknown): void {
    if (this.#isClosed || !this.#isReachable) return
    if (!(cause instanceof GridError) || cause.code === 'GRID_CHAIN_DIFFERENT') {
      this.#host.onFailure(asError(cause))
      return
    }
    // A block that was taken back meanwhile: the next head leads on.
    if (cause.code === 'GRID_BLOCK_UNKNOWN') return
    this.#isReachable = false
    this.#arrive()
    this.#host.onReachable(false)
    void this.#reconnect()
  }

  async #reconnect(): Promise<void> {
    this.#stopHeads?.()
    void this.#client.close().catch(() => undefined)
    while (!this.#isClosed) {
      await new Promise<void>(resolve => setTimeout(resolve, reconnectMs).unref())
      if (this.#isClosed) return
      const client = await this.#connect().catch(() => null)
      if (client === null) continue
      if (client.genesisHash !== this.#genesisHash) {
        await client.close().catch(() => undefined)
        this.#host.onFailure(
          gridError('GRID_CHAIN_DIFFERENT', { detail: 'another chain answers at its URL now' }),
        )
        return
      }
      this.#client = client
      this.#isReachable = true
      try {
        await this.#listen()
        await this.#askBest()
        this.#host.onReachable(true)
        return
      } catch {
        this.#isReachable = false
      }
    }
  }
}
