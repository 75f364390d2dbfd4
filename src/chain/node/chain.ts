// The chain: a pool, an author that makes blocks in virtual time, and the archive of what it made.

import type { KeyPair } from '../../crypto/keys.ts'
import { invariant } from '../../kernel/errors.ts'
import { type EventId, type Kernel, rank } from '../../kernel/kernel.ts'
import type { Cell, StoreMap } from '../../kernel/store.ts'
import { encodeToBytes } from '../../scale/codec.ts'
import { vec } from '../../scale/containers.ts'
import { balances } from '../pallets/balances/declaration.ts'
import { canPayFee, depositRefund, payAuthor, withdrawFee } from '../pallets/balances/logic.ts'
import { system } from '../pallets/system/declaration.ts'
import { EventRecord as EventRecordType } from '../pallets/system/types.ts'
import { transactionPayment } from '../pallets/transaction-payment/declaration.ts'
import type { BlockHook, Pallet, PalletDecl } from '../runtime/declare.ts'
import {
  baseExtrinsicWeight,
  feeOf,
  maxBlockLength,
  maxBlockWeight,
  maxNormalLength,
  maxNormalWeight,
} from '../runtime/fees.ts'
import type { ChainCall } from '../runtime/outer.ts'
import { type EventRecord, Runtime } from '../runtime/runtime.ts'
import type { ChainSettings } from '../runtime/settings.ts'
import type { ChainState, Change } from '../runtime/state.ts'
import { RuntimeTrap, type Tx } from '../runtime/tx.ts'
import { RuntimeCall } from '../types/outer.ts'
import type { AccountId32 as AccountId, DispatchError, DispatchInfo } from '../types/primitives.ts'
import { Archive, type BlockContent, type IncludedExtrinsic, slotMs } from './archive.ts'
import { codeKey, codeOf } from './code.ts'
import { deriveBlockItems } from './derived.ts'
import { NextDue } from './due.ts'
import { applyEdit, type ChainEdit } from './edits.ts'
import { birthOf, deathOf, immortal } from './era.ts'
import {
  decodeExtrinsic,
  encodeSigned,
  encodeUnsigned,
  type SigningContext,
  signedLength,
  signedPayload,
  type TrustedExtrinsic,
  type WireExtrinsic,
} from './extrinsic.ts'
import { billCall, billCallLength, OffchainBilling, tagOf } from './offchain.ts'
import {
  type OutcomeKind,
  type OutcomeReply,
  Pool,
  type PoolEntry,
  type PoolStatus,
  poolLimits,
} from './pool.ts'
import {
  exhausts,
  invalidReason,
  priorityOf,
  type SubmitProblem,
  type ValidityView,
} from './validity.ts'

declare module '../../kernel/kernel.ts' {
  interface KernelEvents {
    /** Make a block of what waits in the pool. */
    'chain.author': null
    /** A block is due although nobody asks for one: a hook, or a heartbeat. */
    'chain.heartbeat': null
  }
}

declare module '../../kernel/trace.ts' {
  interface TraceEvents {
    'chain.extrinsic': {
      block: number
      index: number
      signer: string
      call: string
      /** Empty when it succeeded. */
      error: string
    }
    'chain.dropped': { signer: string; call: string; reason: string }
  }
}

/** What became of an extrinsic that was submitted inside this process. */
export interface ChainOutcome {
  readonly ref: string
  readonly block: number
  /**
   * Null when it succeeded; its name is found by `nameOfError`. 'Payment' (the fee could not be paid), 'Trap' (the
   * runtime cannot execute it) and 'Dropped' (the pool lost it, or no block has room for it) mean that it is in no
   * block.
   */
  readonly error: DispatchError | 'Payment' | 'Trap' | 'Dropped' | null
  /** The events of the extrinsic itself. */
  readonly events: readonly EventRecord[]
}

/** When blocks are made: at the end of an instant with work, every 6 s, or when told to. */
export type BlockMode = 'instant' | 'interval' | 'manual'

export interface ChainOptions {
  readonly kernel: Kernel
  readonly pallets: readonly Pallet[]
  /** Writes the genesis state. */
  readonly genesis: (runtime: Runtime) => void
  /** Who makes the blocks, and earns the fees. */
  readonly author: AccountId
  readonly blocks: BlockMode
  /** Make empty blocks as they fall due, because somebody outside watches; else only when looked at. */
  readonly heartbeat: boolean
  /** Keys of the parties of this process: their extrinsics are signed when somebody outside asks for a block. */
  readonly keyOf: (account: AccountId) => KeyPair | undefined
  readonly specVersion: number
  readonly transactionVersion: number
  /** Rules of the chain that are a matter of choice. */
  readonly settings?: Partial<ChainSettings>
  /** Who bills contracts: the author's offchain worker (the default), or nobody but who calls for it. */
  readonly billing?: 'offchain' | 'off'
}

/** Stands before the pool. It is asked only while it is active, so that it costs nothing else. */
export interface Gate {
  readonly isActive: boolean
  /** Whether the pool takes an extrinsic, refuses it, or takes and loses it. */
  verdict(call: ChainCall, signer: AccountId): 'taken' | 'refused' | 'lost'
}

const openGate: Gate = { isActive: false, verdict: () => 'taken' }

/** What the edge hears. All calls are made inside the world: listeners take note and act later. */
export interface ChainListener {
  /** Blocks `first` to `last` are there, in order; `last` is best. */
  onBlocks?(first: number, last: number): void
  /** An extrinsic from outside was taken into the pool, and nothing was told of it yet. */
  onTaken?(bytes: Uint8Array): void
  /** A pool status of a wire extrinsic, by its hash. */
  onStatus?(hash: string, status: PoolStatus): void
  /** The blocks after `best` are gone. */
  onRetracted?(best: number): void
  /** The chain was wiped and began anew, from another genesis. */
  onReset?(): void
  /** The state of the best block was set by hand at these raw keys: it has another hash now. */
  onOverridden?(block: number, oldHash: string, keys: readonly string[]): void
}

/** An extrinsic that may enter the pool, or why it may not. */
type Validated =
  | { ok: true; extrinsic: WireExtrinsic; priority: bigint; deadAt: number }
  | { ok: false; problem: SubmitProblem }

/** Work that a pallet does at the begin or the end of some blocks. */
interface Hook {
  readonly kind: 'onInitialize' | 'onFinalize'
  readonly hook: BlockHook<PalletDecl>
  readonly tx: Tx
  readonly due: NextDue
}

/** An extrinsic whose outcome somebody waits for, with the place of its events in the block. */
interface Done {
  readonly entry: PoolEntry
  readonly error: ChainOutcome['error']
  readonly from: number
  readonly to: number
}

const initialization = { type: 'Initialization' } as const
const finalization = { type: 'Finalization' } as const

/** How many blocks back state and content can be read. */
export const historyWindow = 2400

const timestampCall = (now: number): ChainCall => ({
  pallet: 'Timestamp',
  name: 'set',
  args: { now: BigInt(now) },
})

/** Weight of the timestamp inherent, as every real block reports it. */
const timestampWeight = { ref_time: 284_906_000n, proof_size: 1493n } as const

/** What every block begins with: the timestamp inherent succeeded. */
const timestampSet: EventRecord = Object.freeze({
  phase: Object.freeze({ type: 'ApplyExtrinsic', value: 0 }),
  event: Object.freeze({
    pallet: 'System',
    name: 'ExtrinsicSuccess',
    fields: Object.freeze({
      dispatch_info: Object.freeze({
        weight: timestampWeight,
        class: 'Mandatory',
        pays_fee: 'Yes',
      }),
    }),
  }),
  topics: Object.freeze([]),
})

/** A TFChain in this process. */
export class Chain {
  readonly kernel: Kernel
  readonly runtime: Runtime
  readonly archive: Archive
  readonly pool: Pool
  readonly specVersion: number
  readonly transactionVersion: number
  readonly #options: ChainOptions
  readonly #listeners = new Set<ChainListener>()
  readonly #authorEvent: Cell<EventId | null>
  readonly #heartbeatEvent: Cell<EventId | null>
  readonly #mode: Cell<BlockMode>
  /** From when the block after this one is counted, where that is not the block's own time. */
  readonly #resumed: Cell<{ readonly block: number; readonly at: number } | null>
  readonly #instantGap: Cell<number>
  readonly #finalityLag: Cell<number>
  readonly #impersonated: StoreMap<AccountId, true>
  readonly #system: Tx<typeof system>
  readonly #balances: Tx<typeof balances>
  readonly #fees: Tx<typeof transactionPayment>
  readonly #validity: ValidityView
  /** The work of pallets at the begin and end of blocks, in runtime order. */
  readonly #hooks: readonly Hook[]
  readonly #offchain: OffchainBilling | null
  #lastInfo: DispatchInfo | null = null
  #gate: Gate = openGate
  /** Timestamp of the block being made. */
  #making: { number: number; timestamp: number } | null = null

  constructor(options: ChainOptions) {
    const { kernel } = options
    this.#options = options
    this.kernel = kernel
    this.specVersion = options.specVersion
    this.transactionVersion = options.transactionVersion
    this.runtime = new Runtime(options.pallets, kernel.store, options.settings)
    this.#system = this.runtime.txOf(system)
    this.#balances = this.runtime.txOf(balances)
    this.#fees = this.runtime.txOf(transactionPayment)
    this.#hooks = this.runtime.pallets.flatMap(({ decl, hooks }) => {
      const tx = this.runtime.txOf(decl)
      const kinds = ['onInitialize', 'onFinalize'] as const
      return kinds.flatMap(kind => {
        const hook = hooks[kind]
        if (!hook) return []
        const items = hook.decidedBy?.map(name => this.state.item(decl.name, name)) ?? null
        return [{ kind, hook, tx, due: new NextDue(items, from => hook.nextDue(tx, from)) }]
      })
    })
    this.pool = new Pool(kernel.store)
    this.#offchain =
      options.billing === 'off' ? null : new OffchainBilling(this.runtime, kernel.store)
    this.#authorEvent = kernel.store.cell<EventId | null>('chain.author', null)
    this.#heartbeatEvent = kernel.store.cell<EventId | null>('chain.heartbeat', null)
    this.#mode = kernel.store.cell<BlockMode>('chain.mode', options.blocks)
    this.#resumed = kernel.store.cell<{ block: number; at: number } | null>('chain.resumed', null)
    this.#instantGap = kernel.store.cell('chain.instantGap', 0)
    this.#impersonated = kernel.store.map('chain.impersonated')
    this.#finalityLag = kernel.store.cell('chain.finalityLag', 0)
    this.archive = new Archive(kernel.store, {
      timestamp: kernel.now() - slotMs,
      content: this.#genesis(0),
    })
    deriveBlockItems(this)
    this.#validity = {
      contextOf: extrinsic => this.#signingContext(extrinsic),
      nonceOf: account => this.nonceOf(account as AccountId),
      isImpersonated: account => this.#impersonated.has(account as AccountId),
      weightOf: extrinsic => this.runtime.weightOf(extrinsic.call),
      canPay: extrinsic => {
        const { refTime } = this.runtime.weightOf(extrinsic.call)
        const fee = feeOf(refTime, extrinsic.bytes.length) + extrinsic.tip
        return canPayFee(this.#balances, extrinsic.signer, fee)
      },
    }
    kernel.handle('chain.author', () => {
      this.#authorEvent.set(null)
      this.#author()
    })
    kernel.handle('chain.heartbeat', () => {
      this.#heartbeatEvent.set(null)
      this.#catchUp(this.kernel.now())
      this.#armHeartbeat()
    })
    if (options.blocks !== 'manual') this.makeBlock()
  }

  get state(): ChainState {
    return this.runtime.state
  }

  get mode(): BlockMode {
    return this.#mode.get()
  }

  /** From now on blocks are made in another way; what waits is kept. */
  setMode(mode: BlockMode): void {
    if (this.#mode.get() !== mode) {
      if (this.#mode.get() === 'manual') this.#resume(this.kernel.now())
      else this.#catchUp(this.kernel.now())
    }
    this.#mode.set(mode)
    this.#rearm()
  }

  /** The least distance between instant blocks in ms. */
  get instantGapMs(): number {
    return this.#instantGap.get()
  }

  /** From now on instant blocks keep a distance, so that eras outlive signing while several parties submit. */
  setInstantGap(ms: number): void {
    this.#instantGap.set(ms)
    this.#rearm()
  }

  /** From now on extrinsics of an account are taken without a valid signature, or not any more. */
  impersonate(account: AccountId, isOn: boolean): void {
    if (isOn) this.#impersonated.set(account, true)
    else this.#impersonated.delete(account)
  }

  /** Lets something stand before the pool. */
  setGate(gate: Gate): void {
    this.#gate = gate
  }

  /** The last block that nothing but a reset takes back. */
  finalized(): number {
    return Math.max(0, this.best() - this.#finalityLag.get())
  }

  /** From now on the final block is so many blocks behind the best one. */
  setFinalityLag(blocks: number): void {
    this.#finalityLag.set(blocks)
  }

  /**
   * Wipes the chain: it begins anew from its genesis state, under another genesis hash. What waits is gone; who
   * waits for an outcome is told that it was dropped.
   */
  reset(): void {
    for (const entry of this.pool.entries()) {
      this.pool.remove(entry.id)
      this.#lose(entry.extrinsic, entry.reply, 'Dropped')
    }
    const before = this.archive.contentOf(0)?.overrides ?? 0
    this.state.wipe()
    for (const account of this.#impersonated.keys()) this.#impersonated.delete(account)
    const content = this.#genesis(before + 1)
    this.archive.restart({ timestamp: this.kernel.now() - slotMs, content })
    this.#offchain?.keep([])
    this.resumeAt(this.kernel.now())
    for (const listener of this.#listeners) listener.onReset?.()
  }

  /** Writes the genesis state; gives the content of the genesis block. */
  #genesis(resets: number): BlockContent {
    this.runtime.inBlock(0, 0, () => {
      this.#options.genesis(this.runtime)
      this.state.setRaw(codeKey, codeOf(this.#options))
    })
    const { changes } = this.state
    return { extrinsics: [], events: [], digest: [], changes, overrides: resets }
  }

  /** Takes the chain back to an earlier block of the window; the next block is made from now on. */
  retractTo(block: number): void {
    const { archive } = this
    const best = this.best()
    invariant(block >= archive.floor && block <= best, `block ${block} can be best again`)
    const undone: (Change | null)[] = []
    for (let each = best; each > block; each -= 1) {
      undone.push(archive.contentOf(each)?.changes ?? null)
    }
    this.state.retract(block, undone, archive.contentOf(block)?.changes ?? null)
    archive.truncate(block)
    // A bill that found no room comes again with the contract's next one.
    this.#offchain?.keep([])
    this.resumeAt(this.kernel.now())
    for (const listener of this.#listeners) listener.onRetracted?.(block)
  }

  /**
   * Lets `body` write to the state of the best block. It counts in the block's state root, so that the block has
   * another hash from now on; by the old one it is found too. Nothing happens when nothing is written.
   */
  override(body: () => void): void {
    const best = this.best()
    const events = this.eventsOf(best)
    const written = this.state.watchWrites(body)
    if (written.length === 0) return
    const oldHash = this.archive.override(this.state.changes, events)
    const keys = written.map(({ rawKey }) => rawKey)
    this.#rearm()
    for (const listener of this.#listeners) listener.onOverridden?.(best, oldHash, keys)
  }

  /** After the world was taken back or put elsewhere: blocks are counted from this time, and none is made up for. */
  resumeAt(time: number): void {
    this.#resume(time)
    this.#rearm()
  }

  /** Changes the chain by hand; returns what is wrong with the change, or null. */
  edit(edit: ChainEdit): string | null {
    return applyEdit(this, edit)
  }

  /** Number of the best block, empty ones that fell due included. */
  best(): number {
    if (!this.#making) this.#catchUp(this.kernel.now())
    return this.archive.best
  }

  /** Number and timestamp of the block in the making; of the best block otherwise. */
  get current(): { number: number; timestamp: number } {
    if (this.#making) return this.#making
    const number = this.archive.best
    return { number, timestamp: this.archive.timestampOf(number) }
  }

  genesisHash(): string {
    return this.archive.hashOf(0)
  }

  /** Hears of blocks and statuses from now on; returns how to stop. */
  listen(listener: ChainListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Nonce of an account at the best block. */
  nonceOf(account: AccountId): number {
    return this.#system.state.Account.get(account).nonce
  }

  /** The nonce that the account's next extrinsic needs: what is ready in the pool included. */
  nextNonceOf(account: AccountId): number {
    const nonce = this.nonceOf(account)
    return nonce + this.pool.readyCount(account, nonce)
  }

  /**
   * Takes an extrinsic from outside; returns its hash, or why it is refused. Of one that was taken before, the
   * signature is known to be good, and nobody has to keep it again.
   */
  submitBytes(
    bytes: Uint8Array,
    { wasTaken = false }: { wasTaken?: boolean } = {},
  ): { ok: true; hash: string } | { ok: false; problem: SubmitProblem } {
    const checked = this.#validate(bytes, wasTaken)
    if (!checked.ok) return checked
    const { extrinsic, priority, deadAt } = checked
    const tag = tagOf(extrinsic.call)
    const verdict = this.#verdictOn(extrinsic)
    if (verdict === 'refused') return refuse({ type: 'full' })
    const added = this.pool.addWire(extrinsic, { deadAt, priority, tag })
    if (!('entry' in added)) return { ok: false, problem: added }
    if (!wasTaken) for (const listener of this.#listeners) listener.onTaken?.(bytes)
    for (const { extrinsic: old } of added.replaced) {
      if (old.origin === 'wire') this.#status(old.hash, { type: 'usurped', by: extrinsic.hash })
    }
    if (verdict === 'lost') {
      this.pool.remove(added.entry.id)
      this.#lose(extrinsic, null, 'Dropped')
      return { ok: true, hash: extrinsic.hash }
    }
    const isReady = this.pool.isReady(added.entry, this.nonceOf(extrinsic.signer))
    if (!isReady) this.#status(extrinsic.hash, { type: 'future' })
    this.#promote(extrinsic.signer)
    if (isReady) this.#armAuthor()
    return { ok: true, hash: extrinsic.hash }
  }

  /** The checks of the pool, without entering it. */
  validate(bytes: Uint8Array): Validated {
    return this.#validate(bytes, false)
  }

  #validate(bytes: Uint8Array, wasTaken: boolean): Validated {
    const best = this.best()
    const decoded = decodeExtrinsic(bytes)
    if (!decoded.ok) {
      const { problem } = decoded
      if (problem.type === 'lookup') return refuse({ type: 'unknown', reason: 'CannotLookup' })
      if (problem.type === 'unsigned')
        return refuse({ type: 'unknown', reason: 'NoUnsignedValidator' })
      return refuse(problem)
    }
    const { extrinsic } = decoded
    const reason = invalidReason(extrinsic, this.#validity, wasTaken)
    if (reason) return refuse({ type: 'invalid', reason })
    const { refTime, class: dispatchClass } = this.runtime.weightOf(extrinsic.call)
    const length = extrinsic.bytes.length
    const fee = feeOf(refTime, length)
    const priority = priorityOf({ length, refTime, class: dispatchClass, tip: extrinsic.tip, fee })
    return { ok: true, extrinsic, priority, deadAt: deathOf(extrinsic.era, best) }
  }

  /**
   * Takes an extrinsic from a party of this process: a plain value, trusted, with the account's next nonce.
   * With `reply` a kernel event of that kind brings the outcome; without one the outcome is in the trace alone.
   */
  submit(
    call: ChainCall,
    options: { signer: AccountId; tip?: bigint; reply?: OutcomeReply },
  ): void {
    const extrinsic: TrustedExtrinsic = {
      origin: 'trusted',
      signer: options.signer,
      tip: options.tip ?? 0n,
      call,
    }
    const { reply = null } = options
    if (this.#verdictOn(extrinsic) !== 'taken') {
      this.#lose(extrinsic, reply, 'Dropped')
      return
    }
    const callLength = this.runtime.lengthOf(call)
    const { refTime, class: dispatchClass } = this.runtime.weightOf(call)
    const length = signedLength(callLength, this.nonceOf(options.signer), extrinsic.tip)
    if (exhausts(length, refTime, dispatchClass)) {
      this.#lose(extrinsic, reply, 'ExhaustsResources')
      return
    }
    const added = this.pool.addTrusted(extrinsic, { reply, callLength })
    invariant('id' in added, 'the pool has room for the extrinsics of this process')
    this.#armAuthor()
  }

  /** Makes a block now of what is ready, whatever the mode; returns its number. */
  makeBlock(): number {
    this.#disarm(this.#authorEvent)
    this.#author()
    return this.archive.best
  }

  /** The events of a block, empty blocks included. */
  eventsOf(block: number): readonly EventRecord[] {
    if (this.#making?.number === block) return this.runtime.execution.events
    if (block === 0) return []
    return this.archive.contentOf(block)?.events ?? inherentEvents
  }

  /** `System.Events` of a block as SCALE bytes, made once for all who ask. */
  eventBytesOf(block: number): Uint8Array {
    return this.archive.cached(block, 'events', () =>
      encodeToBytes(vec(EventRecordType), this.eventsOf(block)),
    )
  }

  /** The extrinsics of a block as bytes: the timestamp first, then the signed ones. */
  extrinsicsOf(block: number): readonly Uint8Array[] {
    if (block === 0) return []
    return this.archive.cachedExtrinsics(block, () => [
      encodeUnsigned(timestampCall(this.archive.timestampOf(block))),
      ...(this.archive.contentOf(block)?.extrinsics ?? []).map(included => this.#bytesOf(included)),
    ])
  }

  /** The bytes of a waiting wire extrinsic that is ready, in order of arrival. */
  pendingBytes(): Uint8Array[] {
    return this.pool.readyEntries(account => this.nonceOf(account)).map(({ bytes }) => bytes)
  }

  /** `Pallet.Error` of a module error, the variant's name of another. */
  nameOfError(error: NonNullable<ChainOutcome['error']>): string {
    if (typeof error === 'string') return error
    if (error.type !== 'Module')
      return 'value' in error ? `${error.type}.${String(error.value)}` : error.type
    const { index, error: code } = error.value
    const pallet = this.runtime.pallets.find(({ decl }) => decl.index === index)
    const name = pallet?.decl.errors[Number.parseInt(code.slice(2, 4), 16)]
    return pallet && name ? `${pallet.decl.name}.${name}` : `Module ${index} ${code}`
  }

  #author(): void {
    const now = this.kernel.now()
    this.#catchUp(now - 1)
    const { best } = this.archive
    const timestamp = Math.max(now, best === 0 ? 0 : this.archive.timestampOf(best))
    const { size: waiting, entered } = this.pool
    this.#makeBlock(timestamp, true)
    if (this.#hasReady()) {
      // Else instant blocks would follow one another for ever.
      const left = this.pool.size - (this.pool.entered - entered)
      invariant(left < waiting, 'an empty block has room for something that is ready')
      this.#armAuthor()
    }
    this.#armHeartbeat()
  }

  /** Makes the blocks that fell due without anybody asking, up to and including the time `until`. */
  #catchUp(until: number): void {
    if (this.#mode.get() === 'manual') return
    for (;;) {
      const { best } = this.archive
      const next = this.#timeAfter(best)
      if (next > until) return
      const count = Math.floor((until - next) / slotMs) + 1
      const due = this.#nextDue(best + 1)
      const empty = due === null ? count : Math.min(count, due - best - 1)
      if (empty > 0) {
        this.archive.appendEmpty(next, empty)
        this.state.enter(best + empty)
        this.#announce(best + 1, best + empty)
      }
      if (empty === count) return
      this.#makeBlock(next + empty * slotMs, false)
    }
  }

  /** When the block after `number` falls due. */
  #timeAfter(number: number): number {
    const resumed = this.#resumed.get()
    const from = resumed?.block === number ? resumed.at : this.archive.cadenceOf(number)
    return from + slotMs
  }

  #resume(at: number): void {
    this.#resumed.set({ block: this.archive.best, at })
  }

  #rearm(): void {
    this.#disarm(this.#authorEvent)
    if (this.#hasReady()) this.#armAuthor()
    this.#armHeartbeat()
  }

  #nextDue(from: number): number | null {
    let due: number | null = this.#offchain?.nextDue(from) ?? null
    for (const hook of this.#hooks) {
      const next = hook.due.after(from)
      if (next !== null && (due === null || next < due)) due = next
    }
    return due
  }

  #makeBlock(timestamp: number, withPool: boolean): void {
    const number = this.archive.best + 1
    this.#making = { number, timestamp }
    this.state.enter(number)
    const included: IncludedExtrinsic[] = []
    const done: Done[] = []
    const bills = this.#offchain?.waitingFor(number) ?? noBills
    const events = this.runtime.inBlock(number, timestamp, () => {
      this.#runHooks('onInitialize', number)
      this.#enterPhase(applyPhase(0))
      this.runtime.execution.events.push(timestampSet)
      const room = new BlockRoom()
      if (withPool) this.#runPool(included, done, room)
      if (bills.length > 0) this.#runBills(bills, included, room)
      this.#runHooks('onFinalize', number)
    })
    this.#making = null
    const changes = this.state.changes
    const digest = this.runtime.takeDigest()
    const isPlain = included.length === 0 && events.length === 1 && digest.length === 0
    if (isPlain && changes === null) {
      this.archive.appendEmpty(timestamp, 1)
    } else {
      // Copies: lists that grew have room for more, and these are kept for long.
      this.archive.append(timestamp, {
        extrinsics: included.slice(),
        events: events.slice(),
        digest,
        changes,
        overrides: 0,
      })
    }
    for (const { entry, error, from, to } of done) {
      this.#report(entry, { block: number, error, events: events.slice(from, to) })
    }
    this.#announce(number, number)
    this.#promoteAll(included)
    this.#forget()
  }

  #runHooks(kind: 'onInitialize' | 'onFinalize', number: number): void {
    this.#enterPhase(kind === 'onInitialize' ? initialization : finalization)
    for (const { hook, tx, kind: when, due } of this.#hooks) {
      if (when === kind && due.after(number) === number) hook.run(tx, number)
    }
  }

  #enterPhase(phase: EventRecord['phase']): void {
    this.runtime.execution.phase = phase
  }

  /** Runs what is ready in order of arrival, as far as the block's weight and length go. */
  #runPool(included: IncludedExtrinsic[], done: Done[], room: BlockRoom): void {
    let later: PoolEntry[] = []
    let skipped = 0
    const run = (entry: PoolEntry): boolean => {
      const turn = this.#turnOf(entry)
      if (turn === 'later') later.push(entry)
      if (turn !== 'now' || this.#runEntry(entry, { included, done, room })) return true
      later.push(entry)
      skipped += 1
      return skipped < mostSkipped
    }
    this.pool.visit(run)
    // What waited for the nonces of those that ran comes after them.
    for (let before = -1; later.length > 0 && included.length > before && skipped < mostSkipped; ) {
      before = included.length
      const waiting = later
      later = []
      waiting.every(run)
    }
  }

  /** Runs an entry whose turn has come; false when the block has no room for it. */
  #runEntry(
    entry: PoolEntry,
    { included, done, room }: { included: IncludedExtrinsic[]; done: Done[]; room: BlockRoom },
  ): boolean {
    const { events } = this.runtime.execution
    const { extrinsic } = entry
    const length = this.#lengthOf(entry)
    if (!room.take(this.runtime.weightOf(extrinsic.call), length)) return false
    const from = events.length
    this.pool.remove(entry.id)
    this.#enterPhase(applyPhase(included.length + 1))
    const nonce = this.nonceOf(extrinsic.signer)
    const outcome = this.#applyOrTrap(extrinsic, length)
    const isIncluded = outcome !== 'Payment' && outcome !== 'Trap'
    if (isIncluded) this.#include(included, { extrinsic, nonce, error: outcome })
    else this.#drop(entry, outcome)
    if (extrinsic.origin === 'wire' || entry.reply !== null) {
      done.push({ entry, error: outcome, from, to: isIncluded ? events.length : from })
    }
    return true
  }

  /**
   * Runs the bills of the offchain worker after the pool, so that the author's own extrinsics keep their nonces.
   * What finds no room waits for the next block; the bill of a contract that has gone meanwhile is dropped.
   */
  #runBills(contracts: readonly bigint[], included: IncludedExtrinsic[], room: BlockRoom): void {
    const signer = this.#options.author
    let done = 0
    for (const contractId of contracts) {
      const call = billCall(contractId)
      const nonce = this.nonceOf(signer)
      const length = signedLength(billCallLength, nonce, 0n)
      if (!room.take(this.runtime.weightOf(call), length)) break
      done += 1
      if (!this.#offchain?.canBill(contractId)) continue
      this.#enterPhase(applyPhase(included.length + 1))
      const extrinsic: TrustedExtrinsic = { origin: 'trusted', signer, tip: 0n, call }
      const error = this.#applyOrTrap(extrinsic, length)
      if (error === 'Payment' || error === 'Trap') {
        this.kernel.trace.add('chain.dropped', {
          signer,
          call: this.runtime.titleOf(call),
          reason: error,
        })
      } else this.#include(included, { extrinsic, nonce, error })
    }
    this.#offchain?.keep(done < contracts.length ? contracts.slice(done) : noBills)
  }

  #include(included: IncludedExtrinsic[], extrinsic: IncludedExtrinsic): void {
    included.push(extrinsic)
    const { signer, call } = extrinsic.extrinsic
    this.kernel.trace.add('chain.extrinsic', {
      block: this.runtime.execution.block,
      index: included.length,
      signer,
      call: this.runtime.titleOf(call),
      error: extrinsic.error === null ? '' : this.nameOfError(extrinsic.error),
    })
  }

  /** Whether an entry can run now, later, or never. */
  #turnOf(entry: PoolEntry): 'now' | 'later' | 'gone' {
    const { extrinsic } = entry
    if (extrinsic.origin === 'trusted') return 'now'
    const nonce = this.nonceOf(extrinsic.signer)
    if (extrinsic.nonce < nonce || this.runtime.execution.block >= entry.deadAt) {
      this.pool.remove(entry.id)
      this.#drop(entry, extrinsic.nonce < nonce ? 'Stale' : 'BadProof')
      return 'gone'
    }
    return extrinsic.nonce === nonce ? 'now' : 'later'
  }

  #verdictOn({ call, signer }: WireExtrinsic | TrustedExtrinsic): 'taken' | 'refused' | 'lost' {
    return this.#gate.isActive ? this.#gate.verdict(call, signer) : 'taken'
  }

  /** The pool does not keep an extrinsic; who waits for it is told. */
  #lose(
    extrinsic: WireExtrinsic | TrustedExtrinsic,
    reply: OutcomeReply | null,
    reason: 'Dropped' | 'ExhaustsResources',
  ): void {
    const { signer, call } = extrinsic
    const title = this.runtime.titleOf(call)
    this.kernel.trace.add('chain.dropped', { signer, call: title, reason })
    if (extrinsic.origin === 'wire') this.#status(extrinsic.hash, { type: 'dropped' })
    if (!reply) return
    const { kind, target, ref } = reply
    const outcome: ChainOutcome = { ref, block: this.archive.best, error: 'Dropped', events: [] }
    this.kernel.schedule({ kind, target, payload: outcome as never })
  }

  #drop(entry: PoolEntry, reason: string): void {
    const { extrinsic } = entry
    const call = this.runtime.titleOf(extrinsic.call)
    this.kernel.trace.add('chain.dropped', { signer: extrinsic.signer, call, reason })
    if (extrinsic.origin === 'wire') this.#status(extrinsic.hash, { type: 'invalid' })
  }

  /** Applies a signed extrinsic; where the runtime traps, all of it is taken back, fee and nonce included. */
  #applyOrTrap(
    extrinsic: WireExtrinsic | TrustedExtrinsic,
    length: number,
  ): DispatchError | 'Payment' | 'Trap' | null {
    const { store } = this.kernel
    const { events } = this.runtime.execution
    const from = events.length
    const mark = store.mark()
    try {
      return this.#apply(extrinsic, length)
    } catch (cause) {
      if (!(cause instanceof RuntimeTrap)) throw cause
      store.revert(mark)
      events.length = from
      return 'Trap'
    } finally {
      store.release(mark)
    }
  }

  /** Applies a signed extrinsic: fee, nonce, call, and what is given back. Null when the call succeeded. */
  #apply(
    extrinsic: WireExtrinsic | TrustedExtrinsic,
    length: number,
  ): DispatchError | 'Payment' | null {
    const { signer, call, tip } = extrinsic
    const weight = this.runtime.weightOf(call)
    const isFree = this.runtime.isFree(call, signer)
    // A call that is free gives its tip all the same.
    const fee = (isFree ? 0n : feeOf(weight.refTime, length)) + tip
    if (!withdrawFee(this.#balances, signer, fee)) return 'Payment'
    const account = this.#system.state.Account.get(signer)
    this.#system.state.Account.set(signer, { ...account, nonce: account.nonce + 1 })
    const result = this.runtime.dispatch(call, { type: 'Signed', account: signer })
    const paysFee = !isFree && (result.ok ? result.paysFee : true)
    const used = smaller(result.refTime, weight.refTime)
    const actual = paysFee ? feeOf(used, length) + tip : tip
    // A call may have reaped its signer: what cannot be given back is the author's.
    const isRefunded = fee <= actual || depositRefund(this.#balances, signer, fee - actual)
    const toAuthor = isRefunded ? actual : fee
    if (toAuthor > 0n) payAuthor(this.#balances, this.#options.author, toAuthor)
    this.#fees.deposit('TransactionFeePaid', { who: signer, actual_fee: actual, tip })
    const info = this.#infoOf(used, result.proofSize, { class: weight.class, paysFee })
    if (result.ok) this.#system.deposit('ExtrinsicSuccess', { dispatch_info: info })
    else {
      this.#system.deposit('ExtrinsicFailed', { dispatch_error: result.error, dispatch_info: info })
    }
    return result.ok ? null : result.error
  }

  /** The dispatch info of an event: the same object for as long as the extrinsics are alike, as bills are. */
  #infoOf(
    refTime: bigint,
    proofSize: bigint,
    { class: dispatchClass, paysFee }: { class: DispatchInfo['class']; paysFee: boolean },
  ): DispatchInfo {
    const last = this.#lastInfo
    const refTimeOfAll = refTime + baseExtrinsicWeight
    const pays = paysFee ? 'Yes' : 'No'
    const isSame =
      last !== null &&
      last.pays_fee === pays &&
      last.class === dispatchClass &&
      last.weight.ref_time === refTimeOfAll &&
      last.weight.proof_size === proofSize
    if (isSame) return last
    const weight = { ref_time: refTimeOfAll, proof_size: proofSize }
    this.#lastInfo = { weight, class: dispatchClass, pays_fee: pays }
    return this.#lastInfo
  }

  #lengthOf({ extrinsic, callLength }: PoolEntry): number {
    if (extrinsic.origin === 'wire') return extrinsic.bytes.length
    return signedLength(callLength, this.nonceOf(extrinsic.signer), extrinsic.tip)
  }

  #bytesOf({ extrinsic, nonce }: IncludedExtrinsic): Uint8Array {
    if (extrinsic.origin === 'wire') return extrinsic.bytes
    const { signer, tip, call } = extrinsic
    const key = this.#options.keyOf(signer)
    invariant(
      key && key.scheme !== 'ecdsa',
      `the key of ${signer}, who submitted in this process, is known`,
    )
    const callBytes = encodeToBytes(RuntimeCall, call)
    const genesisHash = this.genesisHash()
    const context = { ...this.#versions(), genesisHash, birthHash: genesisHash }
    const signature = key.sign(signedPayload({ callBytes, era: immortal, nonce, tip }, context))
    return encodeSigned({
      signer,
      scheme: key.scheme,
      signature,
      era: immortal,
      nonce,
      tip,
      callBytes,
    })
  }

  #versions(): { specVersion: number; transactionVersion: number } {
    return { specVersion: this.specVersion, transactionVersion: this.transactionVersion }
  }

  #signingContext(extrinsic: WireExtrinsic): SigningContext | null {
    const genesisHash = this.genesisHash()
    if (extrinsic.era.type === 'Immortal') {
      return { ...this.#versions(), genesisHash, birthHash: genesisHash }
    }
    // The pool validates on top of the best block, as `CheckMortality` sees it.
    const current = this.archive.best
    const birth = birthOf(extrinsic.era, current)
    if (birth > current || (birth !== 0 && birth < current - 2399)) return null
    return { ...this.#versions(), genesisHash, birthHash: this.archive.hashOf(birth) }
  }

  #report(entry: PoolEntry, outcome: Omit<ChainOutcome, 'ref'>): void {
    if (entry.extrinsic.origin === 'wire') {
      if (outcome.error !== 'Payment' && outcome.error !== 'Trap') {
        this.#status(entry.extrinsic.hash, { type: 'inBlock', block: outcome.block })
      }
      return
    }
    if (!entry.reply) return
    const { kind, target, ref } = entry.reply
    this.kernel.schedule({ kind, target, payload: { ...outcome, ref } as never })
  }

  /** Tells of the extrinsics of these accounts that were in the future and are ready now. */
  #promoteAll(included: readonly IncludedExtrinsic[]): void {
    if (!this.pool.hasWire) return
    const signers = new Set(included.map(({ extrinsic }) => extrinsic.signer))
    for (const signer of signers) this.#promote(signer)
  }

  #promote(signer: AccountId): void {
    for (const { hash } of this.pool.takeNewlyReady(signer, this.nonceOf(signer))) {
      this.#status(hash, { type: 'ready' })
    }
  }

  #hasReady(): boolean {
    if (this.pool.hasTrusted) return true
    for (const entry of this.pool.entries()) {
      if (this.pool.isReady(entry, this.nonceOf(entry.extrinsic.signer))) return true
    }
    return false
  }

  #armAuthor(): void {
    const mode = this.#mode.get()
    if (mode === 'manual' || this.#authorEvent.get() !== null) return
    const now = this.kernel.now()
    if (mode === 'instant') {
      const at = Math.max(now, this.archive.cadenceOf(this.archive.best) + this.#instantGap.get())
      const options = { kind: 'chain.author', payload: null, at, rank: rank.endOfInstant } as const
      this.#authorEvent.set(this.kernel.schedule(options))
      return
    }
    this.#catchUp(now)
    const at = this.#timeAfter(this.archive.best)
    const options = { kind: 'chain.author', payload: null, at, rank: rank.endOfInstant } as const
    this.#authorEvent.set(this.kernel.schedule(options))
  }

  /** Sets the next block that somebody or a hook waits for, as a background event. */
  #armHeartbeat(): void {
    this.#disarm(this.#heartbeatEvent)
    if (this.#mode.get() === 'manual') return
    const { best } = this.archive
    const due = this.#options.heartbeat ? best + 1 : this.#nextDue(best + 1)
    if (due === null) return
    const at = Math.max(this.kernel.now(), this.#timeAfter(best) + (due - best - 1) * slotMs)
    this.#heartbeatEvent.set(
      this.kernel.schedule({ kind: 'chain.heartbeat', payload: null, at, background: true }),
    )
  }

  #disarm(cell: Cell<EventId | null>): void {
    const id = cell.get()
    if (id === null) return
    this.kernel.cancel(id)
    cell.set(null)
  }

  #announce(first: number, last: number): void {
    for (const listener of this.#listeners) listener.onBlocks?.(first, last)
  }

  #status(hash: string, status: PoolStatus): void {
    for (const listener of this.#listeners) listener.onStatus?.(hash, status)
  }

  /** Forgets what the blocks before the best one held, hashes excepted, as if they lay before the window. */
  forgetHistory(): void {
    this.#forgetBefore(this.best())
  }

  #forget(): void {
    this.#forgetBefore(this.archive.best - historyWindow)
  }

  #forgetBefore(before: number): void {
    this.archive.forgetBefore(before, (block, changes) => this.state.prune(block, changes))
  }
}

const noBills: readonly bigint[] = []

/** After so many extrinsics that find no room a block counts as full: as many as may wait from outside. */
const mostSkipped = poolLimits.ready

const applyPhases: EventRecord['phase'][] = []

/** The phase of the extrinsic at an index: the same object for all blocks. */
function applyPhase(index: number): EventRecord['phase'] {
  for (let value = applyPhases.length; value <= index; value += 1) {
    applyPhases.push(Object.freeze({ type: 'ApplyExtrinsic', value }))
  }
  return applyPhases[index]!
}

/** What a block has room for: weight and length, by class. */
class BlockRoom {
  #normal = 0n
  #all = 0n
  #length = 0

  take(
    weight: { refTime: bigint; class: 'Normal' | 'Operational' | 'Mandatory' },
    length: number,
  ): boolean {
    const isNormal = weight.class === 'Normal'
    const added = weight.refTime + baseExtrinsicWeight
    if (this.#all + added > maxBlockWeight) return false
    if (isNormal && this.#normal + added > maxNormalWeight) return false
    if (this.#length + length > (isNormal ? maxNormalLength : maxBlockLength)) return false
    this.#all += added
    if (isNormal) this.#normal += added
    this.#length += length
    return true
  }
}

/** The events of a block in which nothing happened: the timestamp inherent succeeded. */
const inherentEvents: readonly EventRecord[] = [timestampSet]

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function refuse(problem: SubmitProblem): { ok: false; problem: SubmitProblem } {
  return { ok: false, problem }
}

export type { OutcomeKind, OutcomeReply }
