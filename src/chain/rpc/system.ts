// system_*: who the node is, how it fares, and what an account's next nonce is.

import { encodeToHex } from '../../scale/codec.ts'
import { ApplyExtrinsicResult } from '../types/validity.ts'
import { blockAt } from './internal/blocks.ts'
import { dryRun } from './internal/dry-run.ts'
import { account, blockHash, bytes, optional, param } from './params.ts'
import { method, namespace } from './registry.ts'

/** The peer id of the well-known development node key (31 zero bytes and a one). */
const localPeerId = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'

/** No `ss58Format`, as on every network of the grid: clients find the prefix among the constants. */
export const tokenProperties = { tokenDecimals: 7, tokenSymbol: 'TFT' } as const

export const systemNamespace = namespace('system', {
  system_chain: method('The name of the chain', [], ({ identity }) => identity.chain),
  system_chainType: method('The kind of chain', [], ({ identity }) => identity.chainType),
  system_name: method('The name of the node', [], ({ identity }) => identity.name),
  system_version: method('The version of the node', [], ({ identity }) => identity.version),

  system_properties: method('The token', [], () => tokenProperties),

  system_health: method('Whether the node is well', [], () => ({
    peers: 0,
    isSyncing: false,
    shouldHavePeers: false,
  })),

  system_accountNextIndex: method(
    "The account's next nonce, what is ready in the pool included",
    [param('account', account)],
    ({ chain }, id) => {
      chain.best()
      return chain.nextNonceOf(id)
    },
    { aliases: ['account_nextIndex'] },
  ),

  system_dryRun: method(
    'The outcome that an extrinsic would have now',
    [param('extrinsic', bytes), optional('at', blockHash)],
    ({ chain }, extrinsic, hash) => {
      blockAt(chain, hash)
      return encodeToHex(ApplyExtrinsicResult, dryRun(chain, extrinsic))
    },
    { aliases: ['system_dryRunAt'], isUnsafe: true },
  ),

  system_localPeerId: method('The id of the node among peers', [], () => localPeerId),
  system_localListenAddresses: method('Where peers reach the node', [], () => []),
  system_peers: method('The peers', [], () => [], { isUnsafe: true }),
  system_nodeRoles: method('What the node does', [], () => ['Authority']),

  system_syncState: method('How far the node has come', [], ({ chain }) => {
    const best = chain.best()
    return { startingBlock: 0, currentBlock: best, highestBlock: best }
  }),
})
