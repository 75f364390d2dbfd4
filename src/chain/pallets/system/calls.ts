// System: its calls, their arguments and weights.

import { blake2b256 } from '../../../crypto/hash.ts'
import { toHex } from '../../../crypto/hex.ts'
import { bytesOfByteString, hexOfByteString } from '../../../scale/byte-string.ts'
import { bytes } from '../../../scale/bytes.ts'
import { encodeToHex } from '../../../scale/codec.ts'
import { tuple, vec } from '../../../scale/containers.ts'
import { u32, u64 } from '../../../scale/primitives.ts'
import { ensureRoot } from '../../runtime/origins.ts'
import type { Tx } from '../../runtime/tx.ts'
import { DigestItem } from '../../types/primitives.ts'
import { dbWeight } from '../../types/weight.ts'
import { system } from './declaration.ts'
import { noUpgrade } from './logic.ts'

const { read, write } = dbWeight

const heapPagesKey = hexOfByteString(':heappages')

/**
 * Sets or removes a key. State here is typed: bytes that are no value of the item, and items that are functions
 * of the block, cannot be written, where the real chain would store them and break.
 */
function setRaw(tx: Tx<typeof system>, key: string, value: string | null): void {
  if (!tx.raw.setRaw(key, value)) throw tx.fail({ type: 'Corruption' })
}

/** The calls of System, by name. */
export const calls = {
  remark: system.call(
    0,
    { remark: bytes },
    ({ remark }) => ({
      refTime: 2_119_000n + 390n * BigInt(remark.length),
      proofSize: 0n,
    }),
    () => {},
  ),

  set_heap_pages: system.call(
    1,
    { pages: u64 },
    { refTime: 229_782_000n, proofSize: 1485n, class: 'Operational' },
    (tx, { pages }) => {
      ensureRoot(tx)
      tx.raw.setRaw(heapPagesKey, encodeToHex(u64, pages))
      tx.addDigest(encodeToHex(DigestItem, { type: 'RuntimeEnvironmentUpdated' }))
    },
  ),

  set_code: system.call(
    2,
    { code: bytes },
    { refTime: 87_811_619_000n, proofSize: 1485n, class: 'Operational' },
    tx => {
      ensureRoot(tx)
      throw noUpgrade(tx)
    },
  ),

  set_code_without_checks: system.call(
    3,
    { code: bytes },
    { refTime: 87_811_619_000n, proofSize: 1485n, class: 'Operational' },
    tx => {
      ensureRoot(tx)
      throw noUpgrade(tx)
    },
  ),

  set_storage: system.call(
    4,
    { items: vec(tuple(bytes, bytes)) },
    ({ items }) => ({
      refTime: 2_175_000n + (841_511n + write) * BigInt(items.length),
      proofSize: 0n,
      class: 'Operational',
    }),
    (tx, { items }) => {
      ensureRoot(tx)
      for (const [key, value] of items) setRaw(tx, hexOfByteString(key), hexOfByteString(value))
    },
  ),

  kill_storage: system.call(
    5,
    { keys: vec(bytes) },
    ({ keys }) => ({
      refTime: 2_255_000n + (662_473n + write) * BigInt(keys.length),
      proofSize: 0n,
      class: 'Operational',
    }),
    (tx, { keys }) => {
      ensureRoot(tx)
      for (const key of keys) setRaw(tx, hexOfByteString(key), null)
    },
  ),

  kill_prefix: system.call(
    6,
    { prefix: bytes, subkeys: u32 },
    ({ subkeys }) => ({
      refTime: 4_270_000n + (1_389_650n + read + write) * BigInt(subkeys),
      proofSize: 128n + 70n * BigInt(subkeys),
      class: 'Operational',
    }),
    (tx, { prefix, subkeys }) => {
      ensureRoot(tx)
      const keys = tx.raw.rawKeys(hexOfByteString(prefix), tx.block)
      for (const key of keys.slice(0, subkeys)) setRaw(tx, key, null)
    },
  ),

  remark_with_event: system.call(
    7,
    { remark: bytes },
    ({ remark }) => ({
      refTime: 8_097_000n + 1455n * BigInt(remark.length),
      proofSize: 0n,
    }),
    (tx, { remark }) => {
      const sender = tx.signer()
      tx.deposit('Remarked', { sender, hash: toHex(blake2b256(bytesOfByteString(remark))) })
    },
  ),
}
