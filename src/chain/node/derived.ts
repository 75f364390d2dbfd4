// Storage items that say what the block record says: they are read from it, and never written.

import { decodeFromHex } from '../../scale/codec.ts'
import { DigestItem } from '../types/primitives.ts'
import { slotMs } from './archive.ts'
import type { Chain } from './chain.ts'

/** How many block hashes `System.BlockHash` keeps (`System.BlockHashCount`). */
const blockHashCount = 2400

/** Attaches the derived items of a chain to its state. */
export function deriveBlockItems(chain: Chain): void {
  const { archive, state } = chain
  const timestampOf = (block: number): number =>
    chain.current.number === block ? chain.current.timestamp : archive.timestampOf(block)
  const plain = (pallet: string, name: string, read: (block: number) => unknown) => {
    state.item(pallet, name).derived = { read: (block, _keys) => read(block) }
  }
  plain('System', 'Number', block => block)
  plain('System', 'ParentHash', block => (block === 0 ? zeroHash : archive.hashOf(block - 1)))
  plain('System', 'Digest', block => ({ logs: digestAt(chain, block) }))
  plain('System', 'Events', block => chain.eventsOf(block))
  plain('System', 'EventCount', block => chain.eventsOf(block).length || undefined)
  plain('System', 'BlockWeight', block => weightAt(chain, block))
  plain('Timestamp', 'Now', block => (block === 0 ? undefined : BigInt(timestampOf(block))))
  plain('Aura', 'CurrentSlot', block => BigInt(Math.floor(timestampOf(block) / slotMs)))
  const hashes = state.item('System', 'BlockHash')
  const oldest = (block: number): number => Math.max(0, block - blockHashCount)
  hashes.derived = {
    read: (block, [number]) => {
      const asked = number as number
      if (asked >= block || (asked < oldest(block) && asked !== 0)) return undefined
      return archive.hashOf(asked)
    },
    keys: block => {
      const first = oldest(block)
      const numbers = Array.from({ length: block - first }, (_, i) => [first + i] as const)
      return first > 0 ? [[0], ...numbers] : numbers
    },
  }
  const events = state.item('System', 'Events')
  events.derived = {
    read: block => chain.eventsOf(block),
    bytes: block => chain.eventBytesOf(block),
  }
}

const zeroHash = `0x${'00'.repeat(32)}` as const

/** The digest items that the runtime sees: all but the seal. */
function digestAt(chain: Chain, block: number): unknown[] {
  if (chain.current.number === block && chain.archive.best < block) return []
  return chain.archive
    .headerOf(block)
    .digest.slice(0, -1)
    .map(item => decodeFromHex(DigestItem, item))
}

interface Weighed {
  readonly dispatch_info: {
    readonly weight: { readonly ref_time: bigint; readonly proof_size: bigint }
    readonly class: 'Normal' | 'Operational' | 'Mandatory'
  }
}

/** The weight that a block's extrinsics used, by class. */
function weightAt(chain: Chain, block: number): unknown {
  const sum = {
    Normal: { ref_time: 0n, proof_size: 0n },
    Operational: { ref_time: 0n, proof_size: 0n },
    Mandatory: { ref_time: 0n, proof_size: 0n },
  }
  for (const { event } of chain.eventsOf(block)) {
    if (event.pallet !== 'System') continue
    if (event.name !== 'ExtrinsicSuccess' && event.name !== 'ExtrinsicFailed') continue
    const { weight, class: dispatchClass } = (event.fields as Weighed).dispatch_info
    sum[dispatchClass].ref_time += weight.ref_time
    sum[dispatchClass].proof_size += weight.proof_size
  }
  return { normal: sum.Normal, operational: sum.Operational, mandatory: sum.Mandatory }
}
