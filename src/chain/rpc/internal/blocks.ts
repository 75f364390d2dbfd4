// Which block a method is asked about: by hash, or the best one.

import { blake2b256 } from '../../../crypto/hash.ts'
import { toHex } from '../../../crypto/hex.ts'
import { encodeHeader, type Header } from '../../node/archive.ts'
import { rpcErrors } from '../errors.ts'
import type { ChainPort } from '../port.ts'

/** The number of the block with this hash, or of the best block; an unknown hash is the real node's error. */
export function blockAt(chain: ChainPort, hash: string | null): number {
  if (hash === null) return chain.best()
  const number = chain.archive.numberOf(hash)
  if (number === null) throw rpcErrors.unknownBlock(hash)
  return number
}

/** The same for a method that reads state, which is kept for a window of blocks only. */
export function stateAt(chain: ChainPort, hash: string | null): number {
  const number = blockAt(chain, hash)
  if (number < chain.archive.floor) {
    throw rpcErrors.discarded(hash ?? chain.archive.hashOf(number))
  }
  return number
}

/**
 * The header of a block; null where it is forgotten. Of a block beyond the window its hash is kept, and not always
 * what the hash was made of.
 */
export function headerAt({ archive }: ChainPort, number: number): Header | null {
  const header = archive.headerOf(number)
  if (number >= archive.floor) return header
  return toHex(blake2b256(encodeHeader(header))) === archive.hashOf(number) ? header : null
}
