// chain_*: blocks, headers, heads.

import type { Call, Subscription } from './call.ts'
import { Json } from './call.ts'
import { headerAt } from './internal/blocks.ts'
import { blockJson } from './internal/json.ts'
import { blockHash, listOr, numberOrHex, optional } from './params.ts'
import { method, namespace, subscription } from './registry.ts'

/** The number of a known block; null for an unknown hash, the best one without. */
function numberOf({ chain }: Call, hash: string | null): number | null {
  return hash === null ? chain.best() : chain.archive.numberOf(hash)
}

function hashOf({ chain }: Call, number: number): string | null {
  const best = chain.best()
  return number <= best ? chain.archive.hashOf(number) : null
}

const followBest = ({ edge }: Call, opened: Subscription) => edge.followBest(opened)
const followFinal = ({ edge }: Call, opened: Subscription) => edge.followFinal(opened)

export const chainNamespace = namespace('chain', {
  chain_getBlockHash: method(
    'The hash of a block by number, of each of a list, or of the best block',
    [optional('hash', listOr(numberOrHex))],
    (call, numbers) => {
      if (numbers === null) return hashOf(call, call.chain.best())
      if (typeof numbers === 'number') return hashOf(call, numbers)
      return numbers.map(number => hashOf(call, number))
    },
    { aliases: ['chain_getHead'] },
  ),

  chain_getHeader: method('A header', [optional('hash', blockHash)], (call, hash) => {
    const number = numberOf(call, hash)
    if (number === null) return null
    if (number < call.chain.archive.floor && !headerAt(call.chain, number)) return null
    return new Json(call.edge.headerJson(number))
  }),

  chain_getBlock: method(
    'A block with its extrinsics',
    [optional('hash', blockHash)],
    (call, hash) => {
      const number = numberOf(call, hash)
      // The content of blocks before the window is gone, as the bodies that a pruning node has dropped.
      if (number === null || number < call.chain.archive.floor) return null
      return new Json(blockJson(call.edge.headerJson(number), call.chain.extrinsicsOf(number)))
    },
  ),

  chain_getFinalizedHead: method(
    'The hash of the last final block',
    [],
    ({ chain, edge }) => chain.archive.hashOf(edge.finalized),
    { aliases: ['chain_getFinalisedHead'] },
  ),

  chain_subscribeNewHeads: subscription('Each new best head', [], followBest, {
    aliases: ['chain_subscribeNewHead', 'subscribe_newHead'],
    notifies: 'chain_newHead',
    unsubscribe: ['chain_unsubscribeNewHeads', 'chain_unsubscribeNewHead', 'unsubscribe_newHead'],
  }),

  chain_subscribeAllHeads: subscription('Each imported head', [], followBest, {
    notifies: 'chain_allHead',
    unsubscribe: ['chain_unsubscribeAllHeads'],
  }),

  chain_subscribeFinalizedHeads: subscription('Each final head', [], followFinal, {
    aliases: ['chain_subscribeFinalisedHeads'],
    notifies: 'chain_finalizedHead',
    unsubscribe: ['chain_unsubscribeFinalizedHeads', 'chain_unsubscribeFinalisedHeads'],
  }),
})
