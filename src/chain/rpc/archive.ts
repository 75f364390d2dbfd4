// archive_v1_*: any block, by height or hash, for clients that look at history.

import { toHex } from '../../crypto/hex.ts'
import { encodeHeader } from '../node/archive.ts'
import { type Call, Json, type Subscription } from './call.ts'
import { RpcError } from './errors.ts'
import { headerAt } from './internal/blocks.ts'
import { type DiffQuery, diffQueries, StorageDiff } from './internal/storage-diff.ts'
import { StoragePages, type StorageQuery, storageQueries } from './internal/storage-query.ts'
import { blockHash, bytes, hex, optional, param, text, u32 } from './params.ts'
import { method, namespace, subscription } from './registry.ts'
import { runFunction } from './runtime-functions.ts'

const hashParam = param('hash', blockHash)

/** The number of a block whose content and state are kept; null for any other. */
function kept({ chain }: Call, hash: string): number | null {
  const number = chain.archive.numberOf(hash)
  return number !== null && number >= chain.archive.floor ? number : null
}

/** Sends pages one after the other, each when the client has taken the one before, and a last word. */
function stream(
  { edge, session, chain }: Call,
  opened: Subscription,
  options: {
    /** The oldest block whose state is read. */
    readonly block: number
    readonly pages: { readonly isDone: boolean; next(): readonly string[] }
    readonly name: 'storage' | 'storageDiff'
  },
): void {
  const { block, pages, name } = options
  const send = (): void => {
    edge.guard(() => {
      if (!opened.isOpen) return
      const isLost = block < chain.archive.floor || block > chain.archive.best
      const events = isLost ? [errorEvent(name, unknownBlock)] : [...pages.next()]
      const isDone = isLost || pages.isDone
      if (isDone && !isLost) events.push(`{"event":"${name}Done"}`)
      opened.notifyAll(events, isDone ? () => undefined : send)
      if (isDone) opened.end()
    })
  }
  session.afterAnswer(send)
}

const errorEvent = (name: string, error: string): string =>
  JSON.stringify({ event: `${name}Error`, error })

function fail({ session }: Call, opened: Subscription, event: string): void {
  session.afterAnswer(() => {
    opened.notify(event)
    opened.end()
  })
}

const unknownBlock = 'There is no such block, or its state is forgotten'

function streamStorage(
  call: Call,
  opened: Subscription,
  hash: string,
  items: readonly StorageQuery[],
  childTrie: string | null,
): void {
  const block = kept(call, hash)
  if (block === null) {
    fail(call, opened, errorEvent('storage', unknownBlock))
    return
  }
  const pages = new StoragePages(call.chain, block, childTrie === null ? items : [])
  const events = {
    get isDone() {
      return pages.isDone
    },
    next: () => pages.next().map(item => `{"event":"storage",${item.slice(1)}`),
  }
  stream(call, opened, { block, pages: events, name: 'storage' })
}

function streamDiff(
  call: Call,
  opened: Subscription,
  {
    hash,
    items,
    previousHash,
  }: { hash: string; items: readonly DiffQuery[] | null; previousHash: string | null },
): void {
  const block = kept(call, hash)
  const previous =
    previousHash === null ? (block === null ? null : block - 1) : kept(call, previousHash)
  if (block === null || previous === null || previous < call.chain.archive.floor) {
    fail(call, opened, errorEvent('storageDiff', unknownBlock))
  } else if (previous > block) {
    fail(call, opened, errorEvent('storageDiff', 'The previous block is no ancestor'))
  } else {
    const pages = new StorageDiff(call.chain, { from: previous, to: block, queries: items })
    stream(call, opened, { block: previous, pages, name: 'storageDiff' })
  }
}

export const archiveNamespace = namespace('archive', {
  archive_v1_genesisHash: method('The hash of the genesis block', [], ({ chain }) =>
    chain.archive.hashOf(0),
  ),

  archive_v1_finalizedHeight: method(
    'The number of the last final block',
    [],
    ({ edge }) => edge.finalized,
  ),

  archive_v1_hashByHeight: method(
    'The hashes of the blocks of a height',
    [param('height', u32)],
    ({ chain }, height) => (height <= chain.best() ? [chain.archive.hashOf(height)] : []),
  ),

  archive_v1_header: method('A header, as SCALE bytes', [hashParam], ({ chain }, hash) => {
    const number = chain.archive.numberOf(hash)
    const header = number === null ? null : headerAt(chain, number)
    return header && toHex(encodeHeader(header))
  }),

  archive_v1_body: method('The extrinsics of a block', [hashParam], (call, hash) => {
    const number = kept(call, hash)
    return number === null ? null : call.chain.extrinsicsOf(number).map(toHex)
  }),

  archive_v1_call: method(
    'A function of the runtime, at a block',
    [hashParam, param('function', text), param('callParameters', bytes)],
    (call, hash, name, args) => {
      const block = kept(call, hash)
      if (block === null) return null
      try {
        const result = runFunction(call, name, args, block)
        const value = result instanceof Json ? result.text : `"${toHex(result)}"`
        return new Json(`{"success":true,"value":${value}}`)
      } catch (cause) {
        if (!(cause instanceof RpcError)) throw cause
        return { success: false, error: cause.message }
      }
    },
  ),

  archive_v1_storage: subscription(
    'What is in storage at a block',
    [hashParam, param('items', storageQueries), optional('childTrie', hex)],
    streamStorage,
    {
      notifies: 'archive_v1_storageEvent',
      unsubscribe: ['archive_v1_stopStorage'],
      unsubscribeResult: 'null',
    },
  ),

  archive_v1_storageDiff: subscription(
    'What differs in storage between two blocks; between a block and its parent when one is given',
    [hashParam, optional('items', diffQueries), optional('previousHash', blockHash)],
    (call, opened, hash, items, previousHash) =>
      streamDiff(call, opened, { hash, items, previousHash }),
    {
      notifies: 'archive_v1_storageDiffEvent',
      unsubscribe: ['archive_v1_stopStorageDiff'],
      unsubscribeResult: 'null',
    },
  ),
})
