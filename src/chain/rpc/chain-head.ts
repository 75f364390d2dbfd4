// chainHead_v1_*: the blocks near the head, and what is in them, for clients that follow them.

import { toHex } from '../../crypto/hex.ts'
import { encodeHeader } from '../node/archive.ts'
import { type Call, Json } from './call.ts'
import { RpcError, rpcErrors } from './errors.ts'
import { headerAt } from './internal/blocks.ts'
import { type Follow, followLimits } from './internal/follow.ts'
import { StoragePages, storageQueries } from './internal/storage-query.ts'
import { blockHash, bool, bytes, hex, listOr, optional, param, text } from './params.ts'
import { method, namespace, subscription } from './registry.ts'
import { runFunction } from './runtime-functions.ts'

const followParam = param('followSubscription', text)
const hashParam = param('hash', blockHash)
const operationParam = param('operationId', text)

const limitReached = { result: 'limitReached' } as const

/** The subscription of this client, and the number of a block that it holds. Null when there is no such subscription. */
function held(
  call: Call,
  id: string,
  hash: string,
): { follow: Follow; block: number | null } | null {
  const follow = call.session.follows.get(id)
  if (!follow) return null
  if (!follow.isPinned(hash)) throw rpcErrors.invalidBlock()
  return { follow, block: call.chain.archive.numberOf(hash) }
}

/** Sends an event of an operation, after the answer that carries the operation's id. */
function tell({ session }: Call, { subscription: opened }: Follow, event: string): void {
  session.afterAnswer(() => opened.notify(event))
}

/** Begins an operation; of what it tells the client hears after its id. */
function begin({ session }: Call, follow: Follow): string {
  const id = follow.newOperation()
  follow.unheard.add(id)
  session.afterAnswer(() => follow.unheard.delete(id))
  return id
}

const eventOf = (name: string, id: string, rest = ''): string =>
  `{"event":"${name}","operationId":"${id}"${rest}}`

/** Begins an operation that is done at once: `event` makes its only event, or null when the block is forgotten. */
function operate(
  call: Call,
  { follow, block }: { follow: Follow; block: number | null },
  event: (id: string, block: number) => string,
): unknown {
  if (follow.free < 1) return limitReached
  const id = begin(call, follow)
  const isThere = block !== null && block >= call.chain.archive.floor
  tell(call, follow, isThere ? event(id, block) : eventOf('operationInaccessible', id))
  return { result: 'started', operationId: id }
}

/** Sends the next page of a storage operation. */
function sendPage(call: Call, follow: Follow, id: string, pages: StoragePages, size: number): void {
  if (!pages.isReadable) {
    follow.finish(id)
    tell(call, follow, eventOf('operationInaccessible', id))
    return
  }
  const items = pages.next()
  if (items.length > 0) {
    tell(call, follow, eventOf('operationStorageItems', id, `,"items":[${items.join(',')}]`))
  }
  if (pages.isDone) {
    follow.finish(id)
    tell(call, follow, eventOf('operationStorageDone', id))
  } else {
    follow.keep(id, pages, size)
    tell(call, follow, eventOf('operationWaitingForContinue', id))
  }
}

export const chainHeadNamespace = namespace('chainHead', {
  chainHead_v1_follow: subscription(
    'The blocks from the last final one on, and all that become of them',
    [param('withRuntime', bool)],
    ({ edge, session }, opened, withRuntime) => {
      if (session.follows.size >= followLimits.follows) throw rpcErrors.tooManyFollows()
      session.follows.set(opened.id, edge.follow(opened, withRuntime))
      opened.onEnd(() => session.follows.delete(opened.id))
    },
    {
      notifies: 'chainHead_v1_followEvent',
      unsubscribe: ['chainHead_v1_unfollow'],
      unsubscribeResult: 'null',
    },
  ),

  chainHead_v1_header: method(
    'The header of a block, as SCALE bytes',
    [followParam, hashParam],
    (call, id, hash) => {
      const found = held(call, id, hash)
      if (!found || found.block === null) return null
      const header = headerAt(call.chain, found.block)
      return header && toHex(encodeHeader(header))
    },
  ),

  chainHead_v1_body: method(
    'The extrinsics of a block',
    [followParam, hashParam],
    (call, id, hash) => {
      const found = held(call, id, hash)
      if (!found) return limitReached
      return operate(call, found, (operation, block) => {
        const extrinsics = JSON.stringify(call.chain.extrinsicsOf(block).map(toHex))
        return eventOf('operationBodyDone', operation, `,"value":${extrinsics}`)
      })
    },
  ),

  chainHead_v1_call: method(
    'A function of the runtime, at a block',
    [followParam, hashParam, param('function', text), param('callParameters', bytes)],
    (call, id, hash, name, args) => {
      const found = held(call, id, hash)
      if (!found) return limitReached
      if (!found.follow.withRuntime) throw rpcErrors.noRuntimeFollowed()
      return operate(call, found, (operation, block) => {
        try {
          const result = runFunction(call, name, args, block)
          const output = result instanceof Json ? result.text : `"${toHex(result)}"`
          return eventOf('operationCallDone', operation, `,"output":${output}`)
        } catch (cause) {
          if (!(cause instanceof RpcError)) throw cause
          return eventOf('operationError', operation, `,"error":${JSON.stringify(cause.message)}`)
        }
      })
    },
  ),

  chainHead_v1_storage: method(
    'What is in storage at a block',
    [followParam, hashParam, param('items', storageQueries), optional('childTrie', hex)],
    (call, id, hash, items, childTrie) => {
      const found = held(call, id, hash)
      if (!found) return limitReached
      const { follow, block } = found
      const accepted = items.slice(0, follow.free)
      if (accepted.length === 0 && items.length > 0) return limitReached
      const operation = begin(call, follow)
      // There are no child tries, so that there is nothing in any of them.
      const queries = childTrie === null ? accepted : []
      if (block === null) tell(call, follow, eventOf('operationInaccessible', operation))
      else {
        const pages = new StoragePages(call.chain, block, queries)
        sendPage(call, follow, operation, pages, accepted.length)
      }
      const discardedItems = items.length - accepted.length
      return { result: 'started', operationId: operation, discardedItems }
    },
  ),

  chainHead_v1_continue: method(
    'Goes on with a storage operation that waits',
    [followParam, operationParam],
    (call, id, operation) => {
      const follow = call.session.follows.get(id)
      if (follow?.unheard.has(operation)) throw rpcErrors.nothingToContinue()
      const waiting = follow?.waiting(operation)
      if (follow && waiting) sendPage(call, follow, operation, waiting.pages, waiting.size)
      return null
    },
  ),

  chainHead_v1_stopOperation: method(
    'Ends an operation',
    [followParam, operationParam],
    ({ session }, id, operation) => {
      session.follows.get(id)?.finish(operation)
      return null
    },
  ),

  chainHead_v1_unpin: method(
    'Lets go of blocks',
    [followParam, param('hashOrHashes', listOr(blockHash))],
    ({ session }, id, given) => {
      const follow = session.follows.get(id)
      if (!follow) return null
      const hashes = typeof given === 'string' ? [given] : given
      if (new Set(hashes).size < hashes.length) throw rpcErrors.duplicateHashes()
      if (!hashes.every(hash => follow.isPinned(hash))) throw rpcErrors.invalidBlock()
      for (const hash of hashes) follow.unpin(hash)
      return null
    },
  ),
})
