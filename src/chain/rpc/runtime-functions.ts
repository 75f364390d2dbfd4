// The functions of the runtime that `state_call` runs, each with SCALE arguments and a SCALE result.

import { fromHex } from '../../crypto/hex.ts'
import { ScaleError } from '../../scale/errors.ts'
import { ScaleReader } from '../../scale/reader.ts'
import { ScaleWriter } from '../../scale/writer.ts'
import { slotMs } from '../node/archive.ts'
import type { WireExtrinsic } from '../node/extrinsic.ts'
import { RuntimeVersion } from '../pallets/system/types.ts'
import { weightToFee } from '../runtime/fees.ts'
import { runtimeVersion } from '../runtime/version.ts'
import { Weight } from '../types/primitives.ts'
import { type Call, Json } from './call.ts'
import { indexOfInvalid, rpcErrors } from './errors.ts'
import { type Estimate, estimate } from './internal/fees.ts'
import type { ChainPort } from './port.ts'

/** What a function has at hand. */
interface Execution {
  readonly call: Call
  readonly input: ScaleReader
  /** All the arguments. */
  readonly args: Uint8Array
  readonly out: ScaleWriter
  /** The block at whose state it runs. */
  readonly block: number
}

/** Writes its result to `out`, or returns it as JSON that is ready. */
type RuntimeFunction = (execution: Execution) => unknown

const u64Max = (1n << 64n) - 1n

const classIndex = { Normal: 0, Operational: 1, Mandatory: 2 } as const

/** `:grandpa_authorities`, where the real runtime keeps the set, behind a byte for its format. */
const grandpaAuthoritiesKey = `0x${Buffer.from(':grandpa_authorities').toString('hex')}`

/** The version of the runtime of a chain. */
export function versionOf(chain: ChainPort): RuntimeVersion {
  return {
    ...runtimeVersion,
    spec_version: chain.specVersion,
    transaction_version: chain.transactionVersion,
  }
}

/** Runs a function by name: bytes, or JSON that is ready. Arguments that do not decode trap, as in the real runtime. */
export function runFunction(
  call: Call,
  name: string,
  args: Uint8Array,
  block: number,
): Uint8Array | Json {
  if (!Object.hasOwn(functions, name)) throw rpcErrors.noRuntimeFunction(name)
  const out = new ScaleWriter()
  try {
    const ready = functions[name]?.({ call, input: new ScaleReader(args), args, out, block })
    return ready instanceof Json ? ready : out.toBytes()
  } catch (cause) {
    if (cause instanceof ScaleError) throw rpcErrors.runtimeTrap()
    throw cause
  }
}

/** The functions, by the names under which clients call them. */
const functions: Readonly<Record<string, RuntimeFunction>> = {
  Core_version: ({ call, out }) => RuntimeVersion.encode(versionOf(call.chain), out),

  Metadata_metadata: ({ call }) => call.metadata.opaque,

  Metadata_metadata_versions: ({ call, out }) => {
    out.compact(call.metadata.versions.length)
    for (const version of call.metadata.versions) out.u32(version)
  },

  Metadata_metadata_at_version: ({ call, input }) => call.metadata.atVersion(input.u32()),

  // The nonce in the state alone: what waits in the pool does not count.
  AccountNonceApi_account_nonce: ({ call, input, out, block }) => {
    const account = input.hex(32)
    const info = call.chain.state.item('System', 'Account').valueAt(block, [account])
    out.u32((info as { nonce: number } | undefined)?.nonce ?? 0)
  },

  TransactionPaymentApi_query_info: execution => {
    const { weight, fee } = estimateOf(execution)
    const { out } = execution
    Weight.encode({ ref_time: weight.refTime, proof_size: weight.proofSize }, out)
    out.u8(classIndex[weight.class])
    out.u128(fee ? fee.base + fee.length + fee.weight : 0n)
  },

  TransactionPaymentApi_query_fee_details: execution => {
    const { fee } = estimateOf(execution)
    const { out } = execution
    out.u8(fee ? 1 : 0)
    if (fee) for (const part of [fee.base, fee.length, fee.weight]) out.u128(part)
    out.u128(0n)
  },

  TransactionPaymentApi_query_weight_to_fee: ({ input, out }) => {
    out.u128(weightToFee(Weight.decode(input).ref_time))
  },

  TransactionPaymentApi_query_length_to_fee: ({ input, out }) => out.u128(BigInt(input.u32())),

  AuraApi_slot_duration: ({ out }) => out.u64(BigInt(slotMs)),

  AuraApi_authorities: execution => putStorage(execution, 'Aura', 'Authorities'),

  GrandpaApi_grandpa_authorities: ({ call, out, block }) => {
    const stored = call.chain.state.rawValue(grandpaAuthoritiesKey, block)
    if (stored === null) out.compact(0)
    else out.raw(fromHex(stored).subarray(1))
  },

  GrandpaApi_current_set_id: execution => putStorage(execution, 'Grandpa', 'CurrentSetId'),

  TaggedTransactionQueue_validate_transaction: execution => {
    // Where it came from makes no difference here, and the block is the best one.
    execution.input.u8()
    const extrinsic = takeExtrinsic(execution)
    execution.input.raw(32)
    execution.input.expectEnd()
    validate(execution, extrinsic)
  },
}

/** The names of all functions. */
export const runtimeFunctionNames: readonly string[] = Object.keys(functions)

/** Writes the value of a plain storage item; its default while absent. */
function putStorage({ call, out, block }: Execution, pallet: string, name: string): void {
  const item = call.chain.state.item(pallet, name)
  const value = item.valueAt(block, [])
  item.decl.value.encode((value === undefined ? item.decl.absent : value) as never, out)
}

/** Takes an extrinsic with its own length prefix. */
function takeExtrinsic({ input, args }: Execution): Uint8Array {
  const start = input.offset
  input.raw(input.compact())
  return args.slice(start, input.offset)
}

/** The estimate for an extrinsic and the length in bytes that the caller says it has. */
function estimateOf(execution: Execution): Estimate {
  const extrinsic = takeExtrinsic(execution)
  const length = execution.input.u32()
  execution.input.expectEnd()
  const found = estimate(execution.call.chain, extrinsic, length)
  if (!found.ok) throw rpcErrors.runtimeTrap()
  return found.estimate
}

/** Writes a `TransactionValidity`. */
function validate({ call, out }: Execution, bytes: Uint8Array): void {
  const { chain } = call
  const checked = chain.validate(bytes)
  if (!checked.ok) {
    const { problem } = checked
    if (problem.type !== 'invalid' && problem.type !== 'unknown') throw rpcErrors.runtimeTrap()
    out.u8(1)
    out.u8(problem.type === 'invalid' ? 0 : 1)
    if (problem.type === 'invalid') out.u8(indexOfInvalid(problem.reason))
    else out.u8(problem.reason === 'CannotLookup' ? 0 : 1)
    return
  }
  const { extrinsic, priority, deadAt } = checked
  out.u8(0)
  out.u64(priority > u64Max ? u64Max : priority)
  const isNext = extrinsic.nonce <= chain.nonceOf(extrinsic.signer)
  out.compact(isNext ? 0 : 1)
  if (!isNext) putTag(out, extrinsic, extrinsic.nonce - 1)
  out.compact(1)
  putTag(out, extrinsic, extrinsic.nonce)
  out.u64(deadAt === Number.POSITIVE_INFINITY ? u64Max : BigInt(deadAt - chain.best()))
  out.u8(1)
}

/** What an extrinsic provides, and the next one of the account requires: the account and the nonce. */
function putTag(out: ScaleWriter, { signer }: WireExtrinsic, nonce: number): void {
  out.compact(36)
  out.hex(signer, 32)
  out.u32(nonce)
}
