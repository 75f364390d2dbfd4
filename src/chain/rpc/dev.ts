// dev_*: changing the world by hand, under the names and in the forms that Substrate's development tools have.

import { toHex } from '../../crypto/hex.ts'
import { decodeSs58 } from '../../crypto/ss58.ts'
import { decodeFromBytes } from '../../scale/codec.ts'
import { ScaleError } from '../../scale/errors.ts'
import { slotMs } from '../node/archive.ts'
import type { BlockMode } from '../node/chain.ts'
import type { ChainEdit } from '../node/edits.ts'
import type { ItemState } from '../runtime/state.ts'
import type { AccountId32 as AccountId } from '../types/primitives.ts'
import type { Call } from './call.ts'
import { errorOfProblem, rpcErrors } from './errors.ts'
import { integerOf, jsonToScale, plainName } from './internal/json-to-scale.ts'
import { blockHash, bool, bytes, hex, json, type Kind, optional, param, text } from './params.ts'
import { type MethodOptions, method, namespace } from './registry.ts'

const dev: MethodOptions = { isDev: true }

/** How many blocks may be made at once: those of a year. */
const mostBlocks = 5_256_000

/** How chopsticks calls the ways of making blocks, and how they are called here. */
const modes: Readonly<Record<string, BlockMode>> = {
  instant: 'instant',
  batch: 'interval',
  interval: 'interval',
  manual: 'manual',
}

/** The account that an SS58 address or a public key as hex names. */
const anyAccount: Kind<AccountId> = {
  kind: 'address',
  read: value => {
    if (typeof value === 'string' && /^0x[0-9a-fA-F]{64}$/.test(value)) {
      return value.toLowerCase() as AccountId
    }
    const decoded = typeof value === 'string' ? decodeSs58(value) : null
    if (!decoded?.ok) throw rpcErrors.invalidParams(`not an address: ${JSON.stringify(value)}`)
    return toHex(decoded.publicKey)
  },
}

const units: Kind<bigint> = {
  kind: 'units',
  read: value => {
    const isThere = value !== null && value !== ''
    const read = isThere ? readInteger(value) : null
    if (read === null || BigInt.asUintN(128, read) !== read) {
      throw rpcErrors.invalidParams(`not an amount in units: ${JSON.stringify(value)}`)
    }
    return read
  },
}

function readInteger(value: unknown): bigint | null {
  try {
    return integerOf(value)
  } catch (cause) {
    if (cause instanceof ScaleError) return null
    throw cause
  }
}

/** Changes the chain, or throws what is wrong with the change. */
function apply({ control }: Call, edit: ChainEdit): void {
  const problem = control.edit(edit)
  if (problem !== null) throw rpcErrors.dev(problem)
}

const bestHash = ({ chain }: Call): string => chain.archive.hashOf(chain.best())

interface NewBlock {
  readonly count: number | null
  readonly to: number | null
  readonly height: number | null
  readonly transactions: readonly Uint8Array[]
}

/** What a parachain's block would be made of besides. */
const parachainParts = ['dmp', 'ump', 'hrmp', 'relayChainStateOverrides', 'relayParentNumber']

const blockParts = ['count', 'to', 'transactions', 'unsafeBlockHeight']

const newBlock: Kind<NewBlock> = {
  kind: '{ count, to, transactions, unsafeBlockHeight }',
  read: value => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw rpcErrors.invalidParams('expected an object')
    }
    const given = value as Record<string, unknown>
    for (const name of parachainParts) {
      if (Object.hasOwn(given, name)) throw rpcErrors.invalidParams(`${name}: not a parachain`)
    }
    for (const name of Object.keys(given)) {
      if (!blockParts.includes(name)) throw rpcErrors.invalidParams(`unknown field: ${name}`)
    }
    const { transactions } = given
    if (transactions !== undefined && !Array.isArray(transactions)) {
      throw rpcErrors.invalidParams('transactions: expected a list')
    }
    return {
      count: positiveNumber(given, 'count'),
      to: positiveNumber(given, 'to'),
      height: positiveNumber(given, 'unsafeBlockHeight'),
      transactions: (transactions ?? []).map(bytes.read),
    }
  },
}

function positiveNumber(given: Record<string, unknown>, name: string): number | null {
  const value = given[name]
  if (value === undefined || value === null) return null
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 0xffff_ffff) {
    throw rpcErrors.invalidParams(`${name}: expected a positive u32`)
  }
  return value
}

/**
 * Makes blocks up to a number, one at once and the others 6 s of virtual time apart, as a chain makes them; what falls
 * due meanwhile happens.
 */
function makeBlocks(call: Call, first: number, last: number): void {
  // The blocks before the first one that is asked for: they are made too, for there are no gaps in the chain.
  passBlocks(call, first - 1)
  apply(call, { type: 'makeBlock' })
  passBlocks(call, last)
}

/** Lets time pass until a block is best, in a mode in which there is one every 6 s and no other. */
function passBlocks(call: Call, until: number): void {
  const { chain, control } = call
  const missing = until - chain.best()
  if (missing <= 0) return
  const { mode } = chain
  apply(call, { type: 'setMode', mode: 'interval' })
  control.advance(missing * slotMs)
  while (chain.best() < until) control.advance(slotMs)
  apply(call, { type: 'setMode', mode })
}

type Pairs = (readonly [key: string, value: string | null])[]

/** Keys and values as they are: `[[key, value], ...]`; null removes a key. */
function rawPairs(values: readonly unknown[]): Pairs {
  return values.map(pair => {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw rpcErrors.invalidParams('expected pairs of a key and a value')
    }
    const [key, value] = pair as [unknown, unknown]
    return [hex.read(key), value === null ? null : hex.read(value)]
  })
}

/** Keys and values by names: `{ Pallet: { Item: value, Map: [[[keys], value], ...], $removePrefix: ['Map'] } }`. */
function namedPairs(call: Call, values: object): Pairs {
  const pairs: Pairs = []
  for (const [pallet, section] of Object.entries(values)) {
    const items = itemsOf(call, pallet)
    if (typeof section !== 'object' || section === null) {
      throw rpcErrors.invalidParams(`${pallet}: expected an object of storage items`)
    }
    for (const [name, given] of Object.entries(section)) {
      if (name === '$removePrefix') pairs.push(...removed(call, items, pallet, given))
      else pairs.push(...itemPairs(itemOf(items, pallet, name), given))
    }
  }
  return pairs
}

type Items = ReadonlyMap<string, ItemState>

function itemsOf({ chain }: Call, pallet: string): Items {
  const found = chain.runtime.pallets.find(({ decl }) => plainName(decl.name) === plainName(pallet))
  if (!found) throw rpcErrors.dev(`Cannot find pallet ${pallet}`)
  return chain.state.itemsOf(found.decl.name)
}

function itemOf(items: Items, pallet: string, name: string): ItemState {
  for (const [known, item] of items) if (plainName(known) === plainName(name)) return item
  throw rpcErrors.dev(`Cannot find storage ${name} in pallet ${pallet}`)
}

function removed({ chain }: Call, items: Items, pallet: string, names: unknown): Pairs {
  if (!Array.isArray(names))
    throw rpcErrors.invalidParams('$removePrefix: expected a list of names')
  return names.flatMap(name =>
    chain.state
      .rawKeys(itemOf(items, pallet, String(name)).prefix, chain.best())
      .map(key => [key, null] as const),
  )
}

function itemPairs(item: ItemState, given: unknown): Pairs {
  if (item.decl.keys.length === 0) return [[item.prefix, valueHex(item, given)]]
  if (!Array.isArray(given))
    throw rpcErrors.invalidParams(`${item.name}: expected a list of [[keys], value]`)
  return given.map(entry => {
    if (!Array.isArray(entry) || entry.length !== 2) {
      throw rpcErrors.invalidParams(`${item.name}: expected entries of [[keys], value]`)
    }
    const [keys, value] = entry as [unknown, unknown]
    return [keyHex(item, Array.isArray(keys) ? keys : [keys]), valueHex(item, value)]
  })
}

function keyHex(item: ItemState, given: readonly unknown[]): string {
  const { keys } = item.decl
  if (given.length !== keys.length) {
    throw rpcErrors.dev(`${item.name} has keys of ${keys.length} parts, not ${given.length}`)
  }
  return readable(item, () =>
    item.rawKeyOf(keys.map(({ type }, i) => decodeFromBytes(type, jsonToScale(type, given[i])))),
  )
}

/** Null removes the value, hex stands for its SCALE bytes, anything else is the value as JSON. */
function valueHex(item: ItemState, given: unknown): string | null {
  if (given === null) return null
  if (typeof given === 'string' && given.startsWith('0x')) return hex.read(given)
  return readable(item, () => toHex(jsonToScale(item.decl.value, given)))
}

function readable<T>(item: ItemState, body: () => T): T {
  try {
    return body()
  } catch (cause) {
    if (!(cause instanceof ScaleError)) throw cause
    throw rpcErrors.dev(`${item.pallet.name}.${item.name}: ${cause.message}`)
  }
}

/** A moment: ms since the Unix epoch, or a date in words. */
const moment: Kind<number> = {
  kind: 'ms or date',
  read: value => {
    const ms = typeof value === 'string' ? Date.parse(value) : value
    if (typeof ms !== 'number' || !Number.isSafeInteger(ms) || ms < 0) {
      throw rpcErrors.dev('Invalid date')
    }
    return ms
  },
}

/** The number of the block that becomes best: by hash, by number, or so many before the best one. */
function headOf({ chain }: Call, given: unknown): number {
  const best = chain.best()
  if (typeof given === 'number' && Number.isInteger(given)) {
    const number = given > 0 ? given : best + given
    if (number >= 0 && number <= best) return number
    throw rpcErrors.dev(`Block not found ${given}`)
  }
  const number = chain.archive.numberOf(blockHash.read(given))
  if (number === null) throw rpcErrors.dev(`Block not found ${String(given)}`)
  return number
}

export const devNamespace = namespace('dev', {
  dev_newBlock: method(
    'Makes blocks: one, `count`, or up to the number `to` or `unsafeBlockHeight`; returns the hash of the last one',
    [optional('options', newBlock)],
    (call, options) => {
      const best = call.chain.best()
      const { count = null, to = null, height = null, transactions = [] } = options ?? {}
      if (height !== null && height <= best) {
        throw rpcErrors.dev('unsafeBlockHeight must be greater than current block height')
      }
      if (to !== null && to <= best) {
        throw rpcErrors.dev('to must be greater than current block height')
      }
      const first = height ?? best + 1
      const last = first + (to === null ? (count ?? 1) : to - best) - 1
      if (last - best > mostBlocks) {
        throw rpcErrors.dev(`at most ${mostBlocks} blocks are made at once`)
      }
      for (const extrinsic of transactions) {
        const submitted = call.chain.submitBytes(extrinsic)
        if (!submitted.ok) throw errorOfProblem(submitted.problem, false)
      }
      makeBlocks(call, first, last)
      return bestHash(call)
    },
    dev,
  ),

  dev_timeTravel: method(
    'Lets virtual time pass until a moment, with all that falls due; returns it in ms since the Unix epoch',
    [param('date', moment)],
    (call, at) => {
      const { chain, control } = call
      const missing = at - chain.kernel.now()
      if (missing < 0) throw rpcErrors.dev('time does not go back')
      if (chain.mode !== 'manual' && missing > mostBlocks * slotMs) {
        throw rpcErrors.dev('with the blocks of each 6 s, at most a year passes at once')
      }
      control.advance(missing)
      if (chain.mode === 'instant' && chain.archive.timestampOf(chain.best()) < at) {
        apply(call, { type: 'makeBlock' })
      }
      return at
    },
    dev,
  ),

  dev_setStorage: method(
    'Sets storage of the best block, by raw keys or by names; returns the hash that the block has now',
    [param('values', json), optional('blockHash', blockHash)],
    (call, values, hash) => {
      const { chain } = call
      if (hash !== null && chain.archive.numberOf(hash) !== chain.best()) {
        throw rpcErrors.dev(`${hash} is not the best block`)
      }
      if (typeof values !== 'object' || values === null) {
        throw rpcErrors.invalidParams('expected a list of pairs, or an object of pallets')
      }
      const items = Array.isArray(values) ? rawPairs(values) : namedPairs(call, values)
      apply(call, { type: 'setStorage', items })
      return bestHash(call)
    },
    dev,
  ),

  dev_setHead: method(
    'Makes an earlier block the best one: by hash, by number, or so many before the best; returns its hash',
    [param('hashOrNumber', json)],
    (call, given) => {
      apply(call, { type: 'setHead', block: headOf(call, given) })
      return call.chain.archive.hashOf(call.chain.archive.best)
    },
    dev,
  ),

  dev_setBlockBuildMode: method(
    'How blocks are made: `Instant`, `Batch` (every 6 s), or `Manual`',
    [param('mode', text)],
    (call, name) => {
      const mode = Object.hasOwn(modes, name.toLowerCase()) ? modes[name.toLowerCase()] : undefined
      if (!mode) throw rpcErrors.dev(`Invalid mode ${name}`)
      apply(call, { type: 'setMode', mode })
      return null
    },
    dev,
  ),

  dev_setBalance: method(
    'Sets the free balance of an account, in units; the total issuance follows',
    [param('address', anyAccount), param('units', units)],
    (call, account, free) => {
      apply(call, { type: 'setBalance', account, free: free.toString() })
      return bestHash(call)
    },
    dev,
  ),

  dev_impersonate: method(
    "Takes an account's extrinsics without a valid signature; false ends it",
    [param('address', anyAccount), optional('isOn', bool)],
    (call, account, isOn) => {
      apply(call, { type: 'impersonate', account, isOn: isOn ?? true })
      return null
    },
    dev,
  ),

  dev_snapshot: method(
    'Remembers the world; returns an id for dev_revert',
    [],
    ({ control }) => control.snapshot(),
    dev,
  ),

  dev_revert: method(
    'Takes the world back to a snapshot, which can be returned to again; later ones are gone',
    [param('id', text)],
    ({ control, edge }, id) => {
      if (!control.revert(id)) throw rpcErrors.dev(`there is no snapshot ${id}`)
      edge.takenBack()
      return true
    },
    dev,
  ),
})
