// The money of the activation service: transfers of a dev account of its own, sent as anybody outside sends them.

import type { Chain } from '../chain/node/chain.ts'
import { immortal } from '../chain/node/era.ts'
import { encodeSigned, signedPayload } from '../chain/node/extrinsic.ts'
import type { PoolStatus } from '../chain/node/pool.ts'
import { system } from '../chain/pallets/system/declaration.ts'
import { RuntimeCall } from '../chain/types/outer.ts'
import type { Driver } from '../kernel/driver.ts'
import { gridError } from '../kernel/errors.ts'
import { encodeToBytes } from '../scale/codec.ts'
import type { ActivationPorts } from '../services/activation/activation.ts'
import { keyOfSecret } from './keyring.ts'

/** An account that owns much from the first block on, and with which nothing else is done. */
const payerSecret = '//Alice//stash'

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** The ports of the activation service on the chain of this process. */
export function activationFunds(chain: Chain, driver: Driver): ActivationPorts {
  const payer = keyOfSecret(payerSecret, 'sr25519')
  const accounts = chain.runtime.txOf(system).state.Account
  const waiting = new Map<string, Waiting>()
  chain.listen({
    onStatus: (hash, status) => {
      const found = waiting.get(hash)
      const end = found && endOf(status)
      if (!end) return
      waiting.delete(hash)
      if (end === 'done') found.resolve()
      else found.reject(gridError('GRID_TRANSFER_FAILED', { detail: end }))
    },
  })
  return {
    balanceOf: account => driver.enter(() => accounts.get(account).data.free),
    transfer: (account, units) =>
      new Promise((resolve, reject) => {
        const taken = driver.enter(() => {
          const nonce = chain.nextNonceOf(payer.accountId)
          const sent = chain.submitBytes(signedTransfer({ chain, payer, account, units, nonce }))
          if (sent.ok) waiting.set(sent.hash, { resolve, reject })
          return sent
        })
        if (!taken.ok) reject(gridError('GRID_TRANSFER_FAILED', { detail: taken.problem.type }))
      }),
  }
}

/** Whether a transfer is over, and how: null while it is not. */
function endOf(status: PoolStatus): string | null {
  switch (status.type) {
    case 'inBlock':
      return 'done'
    case 'usurped':
    case 'dropped':
    case 'invalid':
      return status.type
    default:
      return null
  }
}

function signedTransfer({
  chain,
  payer,
  account,
  units,
  nonce,
}: {
  chain: Chain
  payer: ReturnType<typeof keyOfSecret>
  account: `0x${string}`
  units: bigint
  nonce: number
}): Uint8Array {
  const args = { dest: { type: 'Id', value: account }, value: units }
  const call = { pallet: 'Balances', name: 'transfer_keep_alive', args }
  const callBytes = encodeToBytes(RuntimeCall, call)
  const genesisHash = chain.genesisHash()
  const { specVersion, transactionVersion } = chain
  const payload = signedPayload(
    { callBytes, era: immortal, nonce, tip: 0n },
    { specVersion, transactionVersion, genesisHash, birthHash: genesisHash },
  )
  return encodeSigned({
    signer: payer.accountId,
    scheme: payer.scheme,
    signature: payer.sign(payload),
    era: immortal,
    nonce,
    tip: 0n,
    callBytes,
  })
}
