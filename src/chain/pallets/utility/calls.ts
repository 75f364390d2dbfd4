// Utility: its calls, their arguments and weights.

import { blake2b256 } from '../../../crypto/hash.ts'
import { fromHex, toHex } from '../../../crypto/hex.ts'
import { vec } from '../../../scale/containers.ts'
import { u16 } from '../../../scale/primitives.ts'
import { minOf } from '../../runtime/bigints.ts'
import type { CallWeight, PostInfo, Weigher } from '../../runtime/declare.ts'
import { ensureRoot, originOfCaller, resultOf } from '../../runtime/origins.ts'
import type { ChainCall } from '../../runtime/outer.ts'
import { DispatchFailure, type DispatchResult, type Origin, type Tx } from '../../runtime/tx.ts'
import { OriginCaller, RuntimeCall } from '../../types/outer.ts'
import { type AccountId, type DispatchError, Weight } from '../../types/primitives.ts'
import { sumOfAllWeights, sumOfWeights } from '../../types/weight.ts'
import { system } from '../system/declaration.ts'
import { utility } from './declaration.ts'

/** What a batch weighs itself. */
interface BatchBase {
  readonly refTime: bigint
  readonly perCall: bigint
}

const batchBase: BatchBase = { refTime: 16_943_157n, perCall: 4_653_855n }
const batchAllBase: BatchBase = { refTime: 16_448_433n, perCall: 4_796_983n }
const forceBatchBase: BatchBase = { refTime: 17_748_474n, perCall: 4_630_079n }

/** `as_derivative` itself, with the account of the derived origin read and written. */
const derivativeBase = 130_268_000n

const baseOf = (base: BatchBase, count: number): bigint =>
  base.refTime + base.perCall * BigInt(count)

/** The sum of the calls' weights and of the batch's own; Operational only if all of them are. */
const batchWeight =
  (base: BatchBase) =>
  ({ calls }: { readonly calls: readonly ChainCall[] }, weigher: Weigher): CallWeight => {
    const inner = calls.map(call => weigher.weightOf(call))
    const own = { refTime: baseOf(base, calls.length), proofSize: 0n }
    const isOperational = inner.every(weight => weight.class === 'Operational')
    const sum = sumOfAllWeights([own, ...inner])
    return { ...sum, class: isOperational ? 'Operational' : 'Normal' }
  }

/** The inner call's weight and class, and a constant for the wrapping. */
const wrappedWeight =
  (refTime: bigint) =>
  ({ call }: { readonly call: ChainCall }, weigher: Weigher): CallWeight => {
    const inner = weigher.weightOf(call)
    return { ...sumOfWeights({ refTime, proofSize: 0n }, inner), class: inner.class }
  }

function ensureBatch(tx: Tx<typeof utility>, calls: readonly ChainCall[]): void {
  if (tx.origin.type === 'None') throw tx.fail({ type: 'BadOrigin' })
  if (calls.length > (utility.constants.batched_calls_limit!.value as number)) {
    throw tx.error('TooManyCalls')
  }
}

const isFiltered = (origin: Origin): boolean => 'noBatchAll' in origin

/** The same origin, which may not call `batch_all` any more; Root may. */
function withFilter(origin: Origin): Origin {
  if (origin.type === 'Root' || origin.type === 'None') return origin
  return { ...origin, noBatchAll: true }
}

/** The weight that inner calls have used so far. */
class Used {
  #refTime = 0n
  #proofSize = 0n

  add(tx: Tx, call: ChainCall, origin: Origin): DispatchResult {
    const result = tx.dispatch(call, origin)
    const { refTime, proofSize } = tx.weightOf(call)
    this.#refTime += minOf(result.refTime, refTime)
    this.#proofSize += minOf(result.proofSize, proofSize)
    return result
  }

  with(base: bigint): PostInfo {
    return { actualRefTime: base + this.#refTime, actualProofSize: this.#proofSize }
  }

  failure(error: DispatchError, base: bigint): DispatchFailure {
    return new DispatchFailure(error, {
      refTime: base + this.#refTime,
      proofSize: this.#proofSize,
    })
  }
}

/** The account number `index` of those that belong to an account. */
export function derivativeAccount(who: AccountId, index: number): AccountId {
  const name = Buffer.from('modlpy/utilisuba')
  const suffix = Buffer.from([index & 0xff, index >> 8])
  return toHex(blake2b256(Buffer.concat([name, fromHex(who), suffix])))
}

/** The calls of Utility, by name. */
export const calls = {
  batch: utility.call(0, { calls: vec(RuntimeCall) }, batchWeight(batchBase), (tx, { calls }) => {
    ensureBatch(tx, calls)
    const sum = new Used()
    for (const [index, call] of calls.entries()) {
      const result = sum.add(tx, call, tx.origin)
      if (!result.ok) {
        tx.deposit('BatchInterrupted', { index, error: result.error })
        return sum.with(baseOf(batchBase, index + 1))
      }
      tx.deposit('ItemCompleted', [])
    }
    tx.deposit('BatchCompleted', [])
    return sum.with(baseOf(batchBase, calls.length))
  }),

  as_derivative: utility.call(
    1,
    { index: u16, call: RuntimeCall },
    wrappedWeight(derivativeBase),
    (tx, { index, call }) => {
      const account = derivativeAccount(tx.signer(), index)
      const origin: Origin = { type: 'Signed', account }
      const sum = new Used()
      const result = sum.add(tx, call, isFiltered(tx.origin) ? withFilter(origin) : origin)
      if (!result.ok) throw sum.failure(result.error, derivativeBase)
      return sum.with(derivativeBase)
    },
  ),

  batch_all: utility.call(
    2,
    { calls: vec(RuntimeCall) },
    batchWeight(batchAllBase),
    (tx, { calls }) => {
      const { origin } = tx
      if (isFiltered(origin)) throw tx.in(system).error('CallFiltered')
      ensureBatch(tx, calls)
      const sum = new Used()
      for (const [index, call] of calls.entries()) {
        const result = sum.add(tx, call, withFilter(origin))
        if (!result.ok) throw sum.failure(result.error, baseOf(batchAllBase, index + 1))
        tx.deposit('ItemCompleted', [])
      }
      tx.deposit('BatchCompleted', [])
      return sum.with(baseOf(batchAllBase, calls.length))
    },
  ),

  dispatch_as: utility.call(
    3,
    { as_origin: OriginCaller, call: RuntimeCall },
    wrappedWeight(9_353_000n),
    (tx, { as_origin, call }) => {
      ensureRoot(tx)
      const result = tx.dispatch(call, originOfCaller(as_origin))
      tx.deposit('DispatchedAs', { result: resultOf(result) })
    },
  ),

  force_batch: utility.call(
    4,
    { calls: vec(RuntimeCall) },
    batchWeight(forceBatchBase),
    (tx, { calls }) => {
      ensureBatch(tx, calls)
      const sum = new Used()
      let hasError = false
      for (const call of calls) {
        const result = sum.add(tx, call, tx.origin)
        if (result.ok) tx.deposit('ItemCompleted', [])
        else tx.deposit('ItemFailed', { error: result.error })
        hasError ||= !result.ok
      }
      tx.deposit(hasError ? 'BatchCompletedWithErrors' : 'BatchCompleted', [])
      // Upstream takes the base of `batch` here; the runtime never charges more than the static weight.
      return sum.with(baseOf(batchBase, calls.length))
    },
  ),

  with_weight: utility.call(
    5,
    { call: RuntimeCall, weight: Weight },
    ({ call, weight }, weigher) => ({
      refTime: weight.ref_time,
      proofSize: weight.proof_size,
      class: weigher.weightOf(call).class,
    }),
    (tx, { call }) => {
      ensureRoot(tx)
      const result = tx.dispatch(call, { type: 'Root' })
      if (!result.ok) throw tx.fail(result.error)
    },
  ),
}
