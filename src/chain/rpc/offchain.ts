// offchain_*: what a node keeps for its offchain workers; nothing of the chain depends on it.

import { toHex } from '../../crypto/hex.ts'
import { rpcErrors } from './errors.ts'
import { bytes, type Kind, param } from './params.ts'
import { method, namespace } from './registry.ts'

/** Where something is kept; only what outlives forks is there (`substrate: client/rpc/src/offchain/mod.rs`). */
const storageKind: Kind<'PERSISTENT' | 'LOCAL'> = {
  kind: 'PERSISTENT or LOCAL',
  read: value => {
    if (value === 'PERSISTENT' || value === 'LOCAL') return value
    const shown = JSON.stringify(value)
    throw rpcErrors.invalidParams(
      `unknown variant ${shown}, expected \`PERSISTENT\` or \`LOCAL\` at line 1 column ${shown?.length ?? 0}`,
    )
  },
}

export const offchainNamespace = namespace('offchain', {
  offchain_localStorageSet: method(
    'Keeps something for offchain workers',
    [param('kind', storageKind), param('key', bytes), param('value', bytes)],
    ({ offchain }, kind, key, value) => {
      if (kind === 'LOCAL') throw rpcErrors.offchainKind()
      offchain.set(toHex(key), toHex(value))
      return null
    },
    { isUnsafe: true },
  ),

  offchain_localStorageGet: method(
    'What is kept for offchain workers',
    [param('kind', storageKind), param('key', bytes)],
    ({ offchain }, kind, key) => {
      if (kind === 'LOCAL') throw rpcErrors.offchainKind()
      return offchain.get(toHex(key))
    },
    { isUnsafe: true },
  ),
})
