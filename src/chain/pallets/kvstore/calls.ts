// TFKVStore: its calls.

import { bytes } from '../../../scale/bytes.ts'
import { kvstore } from './declaration.ts'

/** The longest key and value, in bytes (`pallet-kvstore/src/kvstore.rs`). */
const longest = { key: 512, value: 2048 } as const

/** The calls of TFKVStore, by name. */
export const calls = {
  set: kvstore.call(
    0,
    { key: bytes, value: bytes },
    { refTime: 111_722_000n, proofSize: 0n },
    (tx, { key, value }) => {
      const account = tx.signer()
      if (key.length > longest.key) throw tx.error('KeyIsTooLarge')
      if (value.length > longest.value) throw tx.error('ValueIsTooLarge')
      tx.state.TFKVStore.set(account, key, value)
      tx.deposit('EntrySet', [account, key, value])
    },
  ),

  delete: kvstore.call(
    1,
    { key: bytes },
    { refTime: 146_210_000n, proofSize: 3611n },
    (tx, { key }) => {
      const account = tx.signer()
      if (!tx.state.TFKVStore.has(account, key)) throw tx.error('NoValueStored')
      const value = tx.state.TFKVStore.get(account, key)
      tx.state.TFKVStore.remove(account, key)
      tx.deposit('EntryTaken', [account, key, value])
    },
  ),
}
