// The functions of the runtime that `state_call` and its successors run: SCALE arguments in, a SCALE result out.

import { fromHex } from '../../crypto/hex.ts'
import { decodeFromBytes, encodeToBytes } from '../../scale/codec.ts'
import { tuple, vec } from '../../scale/containers.ts'
import { ScaleError } from '../../scale/errors.ts'
import { u32, u64 } from '../../scale/primitives.ts'
import { ScaleReader } from '../../scale/reader.ts'
import type { ValueOf } from '../../scale/type.ts'
import { slotMs } from '../node/archive.ts'
import type { WireExtrinsic } from '../node/extrinsic.ts'
import { SessionKeys } from '../pallets/session/types.ts'
import type { RuntimeVersion } from '../pallets/system/types.ts'
import { type RuntimeApis, type RuntimeFunction, runtimeApis } from '../runtime/apis.ts'
import { weightToFee } from '../runtime/fees.ts'
import { runtimeVersion } from '../runtime/version.ts'
import { UncheckedExtrinsic } from '../types/extrinsic.ts'
import { GrandpaId } from '../types/primitives.ts'
import type { TransactionValidity } from '../types/validity.ts'
import { type Call, Json } from './call.ts'
import { rpcErrors } from './errors.ts'
import { dryRun, validityError } from './internal/dry-run.ts'
import { type Estimate, estimate } from './internal/fees.ts'
import type { ChainPort } from './port.ts'

/** What a function has at hand. */
interface Execution {
  readonly call: Call
  /** The block at whose state it runs. */
  readonly block: number
}

type Inputs<F> =
  F extends RuntimeFunction<infer I, unknown> ? { readonly [K in keyof I]: ValueOf<I[K]> } : never

type Output<F> = F extends { readonly output: infer O } ? ValueOf<O> : never

/** For each function that is declared, what it does. Its result is a value, or JSON that is ready. */
type Implementations = {
  readonly [T in keyof RuntimeApis]: {
    readonly [M in keyof RuntimeApis[T]]: (
      execution: Execution,
      inputs: Inputs<RuntimeApis[T][M]>,
    ) => Output<RuntimeApis[T][M]> | Json
  }
}

const u64Max = (1n << 64n) - 1n

/** `:grandpa_authorities`, where the real runtime keeps the set, behind a byte for its format. */
const grandpaAuthoritiesKey = `0x${Buffer.from(':grandpa_authorities').toString('hex')}`

const GrandpaAuthorities = vec(tuple(GrandpaId, u64))

/** The version of the runtime of a chain. */
export function versionOf(chain: ChainPort): RuntimeVersion {
  return {
    ...runtimeVersion,
    spec_version: chain.specVersion,
    transaction_version: chain.transactionVersion,
  }
}

/**
 * Runs a function by name: bytes, or JSON that is ready. Arguments that do not decode, and bytes behind them, trap,
 * as in the real runtime.
 */
export function runFunction(
  call: Call,
  name: string,
  args: Uint8Array,
  block: number,
): Uint8Array | Json {
  const entry = entries.get(name)
  if (!entry) throw rpcErrors.noRuntimeFunction(name)
  const { decl, run } = entry
  try {
    const input = new ScaleReader(args)
    const inputs: Record<string, unknown> = {}
    for (const [key, type] of Object.entries(decl.inputs)) inputs[key] = type.decode(input)
    input.expectEnd()
    const result = run({ call, block }, inputs)
    return result instanceof Json ? result : encodeToBytes(decl.output, result)
  } catch (cause) {
    if (cause instanceof ScaleError) throw rpcErrors.runtimeTrap()
    throw cause
  }
}

const implementations: Implementations = {
  Core: {
    version: ({ call }) => versionOf(call.chain),
    initialize_block: () => null,
  },

  Metadata: {
    metadata: ({ call }) => call.metadata.opaque,
    metadata_at_version: ({ call }, { version }) => call.metadata.atVersion(version),
    metadata_versions: ({ call }) => call.metadata.versions,
  },

  BlockBuilder: {
    apply_extrinsic: ({ call }, { extrinsic }) => dryRun(call.chain, bytesOf(extrinsic)),
  },

  TaggedTransactionQueue: {
    // Where it came from makes no difference here, and the block is the best one.
    validate_transaction: ({ call }, { tx }) => validityOf(call.chain, bytesOf(tx)),
  },

  OffchainWorkerApi: {
    offchain_worker: () => null,
  },

  AuraApi: {
    slot_duration: () => BigInt(slotMs),
    authorities: execution => stored(execution, 'Aura', 'Authorities'),
  },

  SessionKeys: {
    decode_session_keys: (_, { encoded }) => {
      try {
        const keys = decodeFromBytes(SessionKeys, Buffer.from(encoded, 'latin1'))
        return [
          [byteStringOf(keys.aura), 'aura'],
          [byteStringOf(keys.grandpa), 'gran'],
        ]
      } catch (cause) {
        if (cause instanceof ScaleError) return null
        throw cause
      }
    },
  },

  GrandpaApi: {
    grandpa_authorities: ({ call, block }) => {
      const bytes = call.chain.state.rawValue(grandpaAuthoritiesKey, block)
      return bytes === null ? [] : decodeFromBytes(GrandpaAuthorities, fromHex(bytes).subarray(1))
    },
    submit_report_equivocation_unsigned_extrinsic: () => null,
    generate_key_ownership_proof: () => null,
    current_set_id: execution => stored(execution, 'Grandpa', 'CurrentSetId'),
  },

  AccountNonceApi: {
    // The nonce in the state alone: what waits in the pool does not count.
    account_nonce: ({ call, block }, { account }) => {
      const info = call.chain.state.item('System', 'Account').valueAt(block, [account])
      return (info as { nonce: number } | undefined)?.nonce ?? 0
    },
  },

  TransactionPaymentApi: {
    query_info: ({ call }, { uxt, len }) => {
      const { weight, fee } = estimateOf(call.chain, uxt, len)
      return {
        weight: { ref_time: weight.refTime, proof_size: weight.proofSize },
        class: weight.class,
        partial_fee: fee ? fee.base + fee.length + fee.weight : 0n,
      }
    },
    query_fee_details: ({ call }, { uxt, len }) => {
      const { fee } = estimateOf(call.chain, uxt, len)
      const inclusion_fee = fee && {
        base_fee: fee.base,
        len_fee: fee.length,
        adjusted_weight_fee: fee.weight,
      }
      return { inclusion_fee, tip: 0n }
    },
    query_weight_to_fee: (_, { weight }) => weightToFee(weight.ref_time),
    query_length_to_fee: (_, { length }) => BigInt(length),
  },
}

interface Entry {
  readonly decl: RuntimeFunction
  readonly run: (execution: Execution, inputs: unknown) => unknown
}

/** The functions, by the names under which clients call them. */
const entries: ReadonlyMap<string, Entry> = new Map(
  Object.entries(runtimeApis).flatMap(([trait, functions]) =>
    Object.entries(functions).map(([name, decl]): [string, Entry] => {
      const implemented = implementations as unknown as Record<string, Record<string, Entry['run']>>
      return [`${trait}_${name}`, { decl, run: implemented[trait]![name]! }]
    }),
  ),
)

/** The names of all functions. */
export const runtimeFunctionNames: readonly string[] = [...entries.keys()]

/** The value of a plain storage item; its default while absent. */
function stored<T>({ call, block }: Execution, pallet: string, name: string): T {
  const item = call.chain.state.item(pallet, name)
  const value = item.valueAt(block, [])
  return (value === undefined ? item.decl.absent : value) as T
}

/** The bytes of an opaque extrinsic, with its own length prefix. */
const bytesOf = (extrinsic: ValueOf<typeof UncheckedExtrinsic>): Uint8Array =>
  encodeToBytes(UncheckedExtrinsic, extrinsic)

const byteStringOf = (hex: `0x${string}`): string =>
  Buffer.from(hex.slice(2), 'hex').toString('latin1')

/** The estimate for an extrinsic and the length in bytes that the caller says it has. */
function estimateOf(
  chain: ChainPort,
  extrinsic: ValueOf<typeof UncheckedExtrinsic>,
  length: number,
): Estimate {
  const found = estimate(chain, bytesOf(extrinsic), length)
  if (!found.ok) throw rpcErrors.runtimeTrap()
  return found.estimate
}

/** What the runtime says of an extrinsic. */
function validityOf(chain: ChainPort, bytes: Uint8Array): TransactionValidity {
  const checked = chain.validate(bytes)
  if (!checked.ok) {
    const error = validityError(checked.problem)
    if (!error) throw rpcErrors.runtimeTrap()
    return { type: 'Err', value: error }
  }
  const { extrinsic, priority, deadAt } = checked
  const isNext = extrinsic.nonce <= chain.nonceOf(extrinsic.signer)
  const isImmortal = deadAt === Number.POSITIVE_INFINITY
  return {
    type: 'Ok',
    value: {
      priority: priority > u64Max ? u64Max : priority,
      requires: isNext ? [] : [tagOf(extrinsic, extrinsic.nonce - 1)],
      provides: [tagOf(extrinsic, extrinsic.nonce)],
      longevity: isImmortal ? u64Max : BigInt(deadAt - chain.best()),
      propagate: true,
    },
  }
}

/** What an extrinsic provides, and the next one of the account requires: the account and the nonce. */
function tagOf({ signer }: WireExtrinsic, nonce: number): string {
  return byteStringOf(signer) + Buffer.from(encodeToBytes(u32, nonce)).toString('latin1')
}
