// A runtime: pallets put together, their calls found by name, dispatched in layers, with events and weights.

import { invariant } from '../../kernel/errors.ts'
import type { Store } from '../../kernel/store.ts'
import { encodeToBytes } from '../../scale/codec.ts'
import { fixedSizeOfAll } from '../../scale/size.ts'
import { RuntimeCall } from '../types/outer.ts'
import type {
  AccountId32 as AccountId,
  DispatchError,
  DispatchInfo,
  Phase,
} from '../types/primitives.ts'
import type { Call, CallWeight, Pallet, PalletDecl, PostInfo } from './declare.ts'
import type { ChainCall, ChainEvent } from './outer.ts'
import { type ChainSettings, defaultChainSettings } from './settings.ts'
import { accessTo, ChainState, type StateOf } from './state.ts'
import {
  DispatchFailure,
  type DispatchResult,
  type Origin,
  type RawStorage,
  RuntimeTrap,
  type Tx,
} from './tx.ts'

/** An event with its place in the block. */
export interface EventRecord {
  readonly phase: Phase
  readonly event: ChainEvent
  readonly topics: readonly `0x${string}`[]
}

/** How deep calls may nest in calls (batches of batches, motions of batches). */
const nestingLimit = 64

/** The call in execution: shared by the views of all pallets. */
interface Execution {
  origin: Origin
  block: number
  now: number
  phase: Phase
  depth: number
  events: EventRecord[]
  /** Digest items that the block's hooks added, SCALE bytes as `0x` hex. */
  digest: string[]
}

/** What follows from the declaration of a call, whatever its arguments are. */
interface CallTraits {
  readonly title: string
  /** Null where it depends on the arguments. */
  readonly weight: Required<CallWeight> | null
  /** In bytes of SCALE; null where it depends on the arguments. */
  readonly length: number | null
}

function wholeWeight({ refTime, proofSize, class: given }: CallWeight): Required<CallWeight> {
  return { refTime, proofSize, class: given ?? 'Normal' }
}

const noTopics: EventRecord['topics'] = []

const noPhase: Phase = { type: 'Initialization' }

/** The class `Tx` for any pallet; one object per pallet and runtime, over the shared execution. */
class PalletTx implements Tx {
  readonly state: StateOf<PalletDecl>
  readonly #decl: PalletDecl
  readonly #runtime: Runtime
  readonly #errors = new Map<string, DispatchFailure>()

  constructor(decl: PalletDecl, runtime: Runtime) {
    this.#decl = decl
    this.#runtime = runtime
    this.state = accessTo(runtime.state, decl)
    decl.errors.forEach((name, index) => {
      const error = `0x${index.toString(16).padStart(2, '0')}000000` as const
      this.#errors.set(
        name,
        new DispatchFailure({ type: 'Module', value: { index: decl.index, error } }),
      )
    })
  }

  get origin(): Origin {
    return this.#runtime.execution.origin
  }

  get block(): number {
    return this.#runtime.execution.block
  }

  get now(): number {
    return this.#runtime.execution.now
  }

  get settings(): ChainSettings {
    return this.#runtime.settings
  }

  signer(): AccountId {
    const { origin } = this.#runtime.execution
    if (origin.type !== 'Signed') throw this.fail({ type: 'BadOrigin' })
    return origin.account
  }

  error(name: string): DispatchFailure {
    const failure = this.#errors.get(name)
    invariant(failure, `${this.#decl.name} has no error ${name}`)
    return failure
  }

  fail(error: DispatchError): DispatchFailure {
    return new DispatchFailure(error)
  }

  deposit(name: string, fields: unknown): void {
    const { execution } = this.#runtime
    execution.events.push({
      phase: execution.phase,
      event: { pallet: this.#decl.name, name, fields },
      topics: noTopics,
    })
  }

  in<Q extends PalletDecl>(pallet: Q): Tx<Q> {
    return this.#runtime.txOf(pallet)
  }

  dispatch(call: ChainCall, origin: Origin): DispatchResult {
    return this.#runtime.dispatch(call, origin)
  }

  get raw(): RawStorage {
    return this.#runtime.state
  }

  addDigest(item: string): void {
    this.#runtime.execution.digest.push(item)
  }

  weightOf(call: ChainCall): Required<CallWeight> {
    return this.#runtime.weightOf(call)
  }
}

/** An assembled runtime over a store. */
export class Runtime {
  readonly pallets: readonly Pallet[]
  readonly state: ChainState
  readonly settings: ChainSettings
  readonly execution: Execution = {
    origin: { type: 'None' },
    block: 0,
    now: 0,
    phase: noPhase,
    depth: 0,
    events: [],
    digest: [],
  }
  readonly #store: Store
  readonly #txs = new Map<string, PalletTx>()
  readonly #byName = new Map<string, Pallet>()
  /** What follows from the declaration of a call: found at its first use. */
  readonly #traits = new Map<Call, CallTraits>()

  constructor(pallets: readonly Pallet[], store: Store, settings: Partial<ChainSettings> = {}) {
    this.settings = { ...defaultChainSettings, ...settings }
    this.pallets = [...pallets].sort((a, b) => a.decl.index - b.decl.index)
    this.#store = store
    this.state = new ChainState(
      store,
      this.pallets.map(pallet => pallet.decl),
    )
    for (const pallet of this.pallets) {
      invariant(!this.#byName.has(pallet.decl.name), `two pallets are named ${pallet.decl.name}`)
      this.#byName.set(pallet.decl.name, pallet)
      this.#txs.set(pallet.decl.name, new PalletTx(pallet.decl, this))
    }
  }

  /** A pallet by name, or undefined. */
  pallet(name: string): Pallet | undefined {
    return this.#byName.get(name)
  }

  /** The view of a pallet on the present execution; also how storage is read outside of calls. */
  txOf<Q extends PalletDecl>(pallet: Q): Tx<Q> {
    const tx = this.#txs.get(pallet.name)
    if (!tx) invariant(false, `${pallet.name} is not part of this runtime`)
    return tx as unknown as Tx<Q>
  }

  /** A call's declaration; a call that is not declared is a broken invariant. */
  callOf(call: ChainCall): Call {
    const declared = this.#byName.get(call.pallet)?.calls[call.name]
    // The sentence is made only when it is needed: this is asked several times for each extrinsic.
    if (!declared) invariant(false, `${call.pallet}.${call.name} is not declared`)
    return declared
  }

  /** The static weight of a call, the base of an extrinsic not included. */
  weightOf(call: ChainCall): Required<CallWeight> {
    const declared = this.callOf(call)
    const { weight } = this.#traitsOf(declared, call)
    if (weight) return weight
    const rule = declared.weight
    return wholeWeight(typeof rule === 'function' ? rule(call.args as never, this) : rule)
  }

  /** `Pallet.call`, the same text each time. */
  titleOf(call: ChainCall): string {
    return this.#traitsOf(this.callOf(call), call).title
  }

  /** Length in bytes of a call in SCALE. */
  lengthOf(call: ChainCall): number {
    const { length } = this.#traitsOf(this.callOf(call), call)
    return length ?? encodeToBytes(RuntimeCall, call).length
  }

  #traitsOf(declared: Call, { pallet, name }: ChainCall): CallTraits {
    let traits = this.#traits.get(declared)
    if (!traits) {
      const { weight, args } = declared
      const argsLength = fixedSizeOfAll(Object.values(args))
      traits = {
        title: `${pallet}.${name}`,
        weight: typeof weight === 'function' ? null : wholeWeight(weight),
        // The pallet and the call are a byte each.
        length: argsLength === null ? null : 2 + argsLength,
      }
      this.#traits.set(declared, traits)
    }
    return traits
  }

  /** Executes a call in a layer of its own. On failure its writes and events are gone. */
  dispatch(call: ChainCall, origin: Origin): DispatchResult {
    const { refTime, proofSize } = this.weightOf(call)
    const { execution } = this
    const outer = execution.origin
    const before = { events: execution.events.length, digest: execution.digest.length }
    const mark = this.#store.mark()
    execution.origin = origin
    execution.depth += 1
    try {
      if (execution.depth > nestingLimit) {
        return this.#failed(mark, before, { type: 'Exhausted' }, { refTime, proofSize })
      }
      const post = this.#run(call)
      return {
        ok: true,
        paysFee: post?.pays !== 'No',
        refTime: post?.actualRefTime ?? refTime,
        proofSize: post?.actualProofSize ?? proofSize,
      }
    } catch (cause) {
      // Nothing can be dropped from a block's own work: a trap there is a failure like others.
      const isDropped = cause instanceof RuntimeTrap && execution.phase.type === 'ApplyExtrinsic'
      if (cause instanceof RuntimeTrap && !isDropped) {
        return this.#failed(mark, before, { type: 'Other' }, { refTime, proofSize })
      }
      if (!(cause instanceof DispatchFailure)) {
        this.#store.revert(mark)
        throw cause
      }
      return this.#failed(mark, before, cause.error, cause.used ?? { refTime, proofSize })
    } finally {
      execution.depth -= 1
      execution.origin = outer
      this.#store.release(mark)
    }
  }

  /** Runs `body` with the execution set up for a block; returns the events that it deposited. */
  inBlock(block: number, now: number, body: () => void): readonly EventRecord[] {
    const { execution } = this
    invariant(execution.events.length === 0, 'one block is executed at a time')
    execution.block = block
    execution.now = now
    try {
      body()
      return execution.events
    } finally {
      execution.events = []
      execution.origin = { type: 'None' }
      execution.phase = noPhase
    }
  }

  /** Whether the signer pays nothing for the call, whatever becomes of it. */
  isFree(call: ChainCall, signer: AccountId): boolean {
    const tx = this.#txs.get(call.pallet)
    return (tx && this.callOf(call).isFree?.(tx, signer)) ?? false
  }

  /** The digest items of the block that was just executed. */
  takeDigest(): readonly string[] {
    const { digest } = this.execution
    this.execution.digest = []
    return digest
  }

  /** Reads a call's data as `DispatchInfo`: static weight plus the base of an extrinsic. */
  dispatchInfoOf(call: ChainCall, base: bigint): DispatchInfo {
    const { refTime, proofSize, class: dispatchClass } = this.weightOf(call)
    return {
      weight: { ref_time: refTime + base, proof_size: proofSize },
      class: dispatchClass,
      pays_fee: 'Yes',
    }
  }

  #run(call: ChainCall): PostInfo | undefined {
    const declared = this.callOf(call)
    const tx = this.#txs.get(call.pallet)
    invariant(tx, `${call.pallet} is not part of this runtime`)
    if (!declared.run) throw this.#txs.get('System')?.error('CallFiltered')
    return declared.run(tx, call.args as never) ?? undefined
  }

  #failed(
    mark: ReturnType<Store['mark']>,
    before: { events: number; digest: number },
    error: DispatchError,
    used: { refTime: bigint; proofSize: bigint },
  ): DispatchResult {
    this.#store.revert(mark)
    this.execution.events.length = before.events
    this.execution.digest.length = before.digest
    return { ok: false, error, refTime: used.refTime, proofSize: used.proofSize }
  }
}
