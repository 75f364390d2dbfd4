// The money of the activation service: transfers of a dev account of its own, sent as anybody outside sends them.

import type { Chain } from '../chain/node/chain.ts'
import { immortal } from '../chain/node/era.ts'
import { encodeSigned, signedPayload } from '../chain/node/extrinsic.ts'
import type { PoolStatus } from '../chain/node/pool.ts'
import { system } from '../chain/pallets/system/declaration.ts'
import { RuntimeCall } from '../chain/types/outer.ts'
import type { Driver } from '../kernel/driver.ts'
import { GridError, gridError } from '../kernel/errors.ts'
import { encodeToBytes } from '../scale/codec.ts'
import type { ActivationPorts } from '../services/activation/activation.ts'
import { keyOfSecret } from './keyring.ts'

/** An account that owns much from the first block on, and with which nothing else is done. */
const payerSecret = '//Alice//stash'

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** The money of the service, and its word when the world is taken back. */
export interface ActivationFunds extends ActivationPorts {
  /** Transfers that came after the moment to which the world was taken back are gone without a word. */
  onReverted(): void
}

/** The ports of the activation service on the chain of this process. */
export function activationFunds(chain: Chain, driver: Driver): ActivationFunds {
  const payer = keyOfSecret(payerSecret, 'sr25519')
  const accounts = chain.runtime.txOf(system).state.Account
  const waiting = new Map<string, Waiting>()
  const settle = (hash: string, end: string) => {
    const found = waiting.get(hash)
    waiting.delete(hash)
    if (end === 'done') found?.resolve()
    else found?.reject(gridError('GRID_TRANSFER_FAILED', { detail: end }))
  }
  chain.listen({
    onStatus: (hash, status) => {
      const end = endOf(status)
      if (end !== null) settle(hash, end)
    },
  })
  /** A transfer to an account that is on its way already: after a restart, or when the one who asked gave up. */
  const pending = (account: string): string | null => {
    for (const { extrinsic } of chain.pool.ofAccount(payer.accountId)) {
      const { args } = extrinsic.call as { args: { dest?: { value?: unknown } } }
      if (extrinsic.origin === 'wire' && args.dest?.value === account) return extrinsic.hash
    }
    return null
  }
  const send = (account: `0x${string}`, units: bigint): Promise<void> =>
    new Promise((resolve, reject) => {
      const taken = driver.enter(() => {
        const known = pending(account)
        const nonce = chain.nextNonceOf(payer.accountId)
        const sent =
          known === null
            ? chain.submitBytes(signedTransfer({ chain, payer, account, units, nonce }))
            : ({ ok: true, hash: known } as const)
        if (sent.ok) waiting.set(sent.hash, { resolve, reject })
        return sent
      })
      if (!taken.ok) {
        reject(gridError('GRID_TRANSFER_FAILED', { detail: taken.problem.type }))
      }
    })
  return {
    balanceOf: account => driver.enter(() => accounts.get(account).data.free),
    // Somebody else may use the payer's account: once more, then, with the next nonce.
    transfer: (account, units) =>
      send(account, units).catch((cause: unknown) => {
        if (!(cause instanceof GridError)) throw cause
        return send(account, units)
      }),
    onReverted: () => {
      for (const hash of [...waiting.keys()]) if (!chain.pool.has(hash)) settle(hash, 'dropped')
    },
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
