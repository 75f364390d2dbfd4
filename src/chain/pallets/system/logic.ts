// What other pallets need of System: references to accounts (providers keep one alive, consumers forbid that it
// dies), and the answer to a new runtime.

import type { PalletDecl } from '../../runtime/declare.ts'
import type { DispatchFailure, Tx } from '../../runtime/tx.ts'
import type { AccountId } from '../../types/primitives.ts'
import { system } from './declaration.ts'
import type { AccountInfo } from './types.ts'

/** How many pallets may rely on an account (`tfchain: substrate-node/runtime/src/lib.rs`, MaxConsumers). */
export const maxConsumers = 16

type AnyTx = Tx<PalletDecl>

/** One more reason for the account to exist; the first one makes it. */
export function incProviders(tx: AnyTx, who: AccountId, info: AccountInfo): AccountInfo {
  if (info.providers === 0 && info.sufficients === 0) {
    tx.in(system).deposit('NewAccount', { account: who })
  }
  return { ...info, providers: info.providers + 1 }
}

/** One reason less for the account to exist; the last one ends it, unless it is relied upon. */
export function decProviders(tx: AnyTx, who: AccountId, info: AccountInfo): AccountInfo {
  if (info.providers <= 1 && info.consumers > 0) throw tx.fail({ type: 'ConsumerRemaining' })
  if (info.providers <= 1 && info.sufficients === 0) {
    tx.in(system).deposit('KilledAccount', { account: who })
  }
  return { ...info, providers: Math.max(0, info.providers - 1) }
}

/** One more pallet relies on the account. */
export function incConsumers(tx: AnyTx, info: AccountInfo): AccountInfo {
  if (info.providers === 0) throw tx.fail({ type: 'NoProviders' })
  if (info.consumers >= maxConsumers) throw tx.fail({ type: 'TooManyConsumers' })
  return { ...info, consumers: info.consumers + 1 }
}

/** One pallet less relies on the account. */
export function decConsumers(info: AccountInfo): AccountInfo {
  return { ...info, consumers: Math.max(0, info.consumers - 1) }
}

/** There is no WASM here to take a version from: what the real chain says of code that has none. */
export function noUpgrade(tx: AnyTx): DispatchFailure {
  return tx.in(system).error('FailedToExtractRuntimeVersion')
}
