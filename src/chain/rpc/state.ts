// state_*: storage, metadata, the runtime's version and its functions.

import { blake2b256 } from '../../crypto/hash.ts'
import { fromHex, toHex } from '../../crypto/hex.ts'
import { runtimeVersionJson } from '../runtime/version.ts'
import type { Call, Subscription } from './call.ts'
import { Json } from './call.ts'
import { rpcErrors } from './errors.ts'
import { blockAt, stateAt } from './internal/blocks.ts'
import { blockHash, bytes, hex, list, optional, param, text, u32 } from './params.ts'
import { method, namespace, subscription } from './registry.ts'
import { runFunction, versionOf } from './runtime-functions.ts'

/** The most keys that one page has (`substrate: client/rpc/src/state/mod.rs`, STORAGE_KEYS_PAGED_MAX_COUNT). */
const maxKeysPaged = 1000

const at = optional('at', blockHash)

/** Values of keys at a block as `[key, value]` pairs. */
function changesAt({ chain }: Call, keys: readonly string[], block: number): string {
  const pairs = keys.map(key => JSON.stringify([key, chain.state.rawValue(key, block)]))
  return `{"block":"${chain.archive.hashOf(block)}","changes":[${pairs.join(',')}]}`
}

/** A change set for the first block of a range, then one for each block that changed one of the keys. */
function queryStorage(call: Call, keys: readonly string[], from: string, to: string | null): Json {
  const { archive, state } = call.chain
  const [first, last] = rangeOf(call, from, to)
  const sets: string[] = []
  const values = new Map<string, string | null>()
  for (let block = first; block <= last; block += 1) {
    if (block < archive.floor) throw rpcErrors.discarded(archive.hashOf(block))
    const changed = keys.filter(key => {
      const value = state.rawValue(key, block)
      if (values.get(key) === value) return false
      values.set(key, value)
      return true
    })
    if (changed.length > 0) sets.push(changesAt(call, changed, block))
  }
  return new Json(`[${sets.join(',')}]`)
}

function rangeOf({ chain }: Call, from: string, to: string | null): [number, number] {
  const { archive } = chain
  const end = to ?? archive.hashOf(chain.best())
  const first = archive.numberOf(from)
  const last = archive.numberOf(end)
  if (first === null || last === null) {
    const unknown = first === null ? from : end
    const details = `UnknownBlock: Header was not found in the database: ${unknown}`
    throw rpcErrors.blockRange(from, `Some(${end})`, details)
  }
  if (first > last) {
    throw rpcErrors.blockRange(`${first} (${from})`, `${last} (${end})`, 'from number > to number')
  }
  return [first, last]
}

function keysAt({ chain }: Call, prefix: string, hash: string | null): string[] {
  return chain.state.rawKeys(prefix, stateAt(chain, hash))
}

/** Bytes that hold, in total, the value of a key, or all values below a prefix. */
function sizeAt(call: Call, key: string, hash: string | null): number | null {
  const block = stateAt(call.chain, hash)
  const value = call.chain.state.rawValue(key, block)
  if (value !== null) return (value.length - 2) / 2
  let sum = 0
  for (const each of call.chain.state.rawKeys(key, block)) {
    sum += ((call.chain.state.rawValue(each, block)?.length ?? 2) - 2) / 2
  }
  return sum > 0 ? sum : null
}

const followStorage = (
  { edge }: Call,
  opened: Subscription,
  keys: readonly string[] | null,
): void => edge.followStorage(opened, keys)

const versionJson = ({ chain }: Call) => runtimeVersionJson(versionOf(chain))

export const stateNamespace = namespace('state', {
  state_getMetadata: method('The metadata, version 14', [at], ({ chain, metadata }, hash) => {
    blockAt(chain, hash)
    return metadata.plain
  }),

  state_getRuntimeVersion: method(
    'The version of the runtime',
    [at],
    (call, hash) => {
      blockAt(call.chain, hash)
      return versionJson(call)
    },
    { aliases: ['chain_getRuntimeVersion'] },
  ),

  state_subscribeRuntimeVersion: subscription(
    'The version of the runtime, now and whenever it changes',
    [],
    (call, opened) => opened.notify(JSON.stringify(versionJson(call))),
    {
      aliases: ['chain_subscribeRuntimeVersion'],
      notifies: 'state_runtimeVersion',
      unsubscribe: ['state_unsubscribeRuntimeVersion', 'chain_unsubscribeRuntimeVersion'],
    },
  ),

  state_getStorage: method(
    'The value of a key',
    [param('key', hex), at],
    ({ chain }, key, hash) => chain.state.rawValue(key, stateAt(chain, hash)),
    { aliases: ['state_getStorageAt'] },
  ),

  state_getStorageHash: method(
    'The BLAKE2b-256 of the value of a key',
    [param('key', hex), at],
    ({ chain }, key, hash) => {
      const value = chain.state.rawValue(key, stateAt(chain, hash))
      return value === null ? null : toHex(blake2b256(fromHex(value)))
    },
    { aliases: ['state_getStorageHashAt'] },
  ),

  state_getStorageSize: method(
    'The length in bytes of the value of a key',
    [param('key', hex), at],
    sizeAt,
    { aliases: ['state_getStorageSizeAt'] },
  ),

  state_queryStorageAt: method(
    'The values of keys at one block',
    [param('keys', list(hex)), at],
    (call, keys, hash) => {
      const block = stateAt(call.chain, hash)
      return new Json(keys.length === 0 ? '[]' : `[${changesAt(call, keys, block)}]`)
    },
  ),

  state_queryStorage: method(
    'The values of keys at a block, and their changes up to another',
    [param('keys', list(hex)), param('block', blockHash), optional('hash', blockHash)],
    queryStorage,
    { isUnsafe: true },
  ),

  state_getKeysPaged: method(
    'Keys below a prefix, in order, after a start key',
    [optional('prefix', hex), param('count', u32), optional('startKey', hex), at],
    (call, prefix, count, startKey, hash) => {
      if (count > maxKeysPaged) throw rpcErrors.count(count, maxKeysPaged)
      const keys = keysAt(call, prefix ?? '0x', hash)
      const start = startKey === null ? 0 : indexAfter(keys, startKey)
      return keys.slice(start, start + count)
    },
    { aliases: ['state_getKeysPagedAt'] },
  ),

  state_getKeys: method('All keys below a prefix', [param('prefix', hex), at], keysAt, {
    isUnsafe: true,
  }),

  state_getPairs: method(
    'All keys below a prefix with their values',
    [param('prefix', hex), at],
    (call, prefix, hash) => {
      const block = stateAt(call.chain, hash)
      return keysAt(call, prefix, hash).map(key => [key, call.chain.state.rawValue(key, block)])
    },
    { isUnsafe: true },
  ),

  state_subscribeStorage: subscription(
    'The values of keys, and each change of them',
    [optional('keys', list(hex))],
    followStorage,
    { notifies: 'state_storage', unsubscribe: ['state_unsubscribeStorage'] },
  ),

  state_call: method(
    'A function of the runtime',
    [param('name', text), param('bytes', bytes), at],
    (call, name, args, hash) => {
      const result = runFunction(call, name, args, stateAt(call.chain, hash))
      return result instanceof Json ? result : toHex(result)
    },
    { aliases: ['state_callAt'] },
  ),
})

/** The index of the first key after `key` in a sorted list. */
function indexAfter(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (keys[middle]! <= key) low = middle + 1
    else high = middle
  }
  return low
}
