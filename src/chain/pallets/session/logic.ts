// Sessions: who registered which keys, and the change from one session to the next.

import type { ByteString } from '../../../scale/byte-string.ts'
import { byteStringFromHex } from '../../../scale/byte-string.ts'
import type { Tx } from '../../runtime/tx.ts'
import type { AccountId } from '../../types/primitives.ts'
import { aura } from '../aura/declaration.ts'
import { changeAuthorities as changeAuraAuthorities } from '../aura/logic.ts'
import { grandpa } from '../grandpa/declaration.ts'
import { scheduleChange } from '../grandpa/logic.ts'
import { system } from '../system/declaration.ts'
import { decConsumers, incConsumers, maxConsumers } from '../system/logic.ts'
import { validatorSet } from '../validator-set/declaration.ts'
import { takeValidators } from '../validator-set/logic.ts'
import type { session } from './declaration.ts'
import type { SessionKeys } from './types.ts'

type SessionTx = Tx<typeof session>

/** The keys of an authority by the type under which they are owned. */
function typedKeys(keys: SessionKeys): readonly (readonly [ByteString, ByteString])[] {
  return [
    ['aura', byteStringFromHex(keys.aura)],
    ['gran', byteStringFromHex(keys.grandpa)],
  ]
}

/** Registers the keys that an account will use; they count from the session after the next one. */
export function setKeys(tx: SessionTx, who: AccountId, keys: SessionKeys): void {
  const accounts = tx.in(system).state.Account
  const info = accounts.get(who)
  if (info.providers === 0 || info.consumers >= maxConsumers) throw tx.error('NoAccount')
  const old = tx.state.NextKeys.get(who)
  for (const typed of typedKeys(keys)) {
    const owner = tx.state.KeyOwner.get(typed)
    if (owner !== null && owner !== who) throw tx.error('DuplicatedKey')
  }
  if (old) for (const typed of typedKeys(old)) tx.state.KeyOwner.remove(typed)
  for (const typed of typedKeys(keys)) tx.state.KeyOwner.set(typed, who)
  tx.state.NextKeys.set(who, keys)
  if (!old) accounts.set(who, incConsumers(tx, info))
}

/** Forgets the keys of an account. */
export function purgeKeys(tx: SessionTx, who: AccountId): void {
  const old = tx.state.NextKeys.get(who)
  if (!old) throw tx.error('NoKeys')
  tx.state.NextKeys.remove(who)
  for (const typed of typedKeys(old)) tx.state.KeyOwner.remove(typed)
  const accounts = tx.in(system).state.Account
  accounts.set(who, decConsumers(accounts.get(who)))
}

/** Ends a session: the queued keys come into use, and the validators of now are queued. */
export function rotate(tx: SessionTx): void {
  const { state } = tx
  const isChanged = state.QueuedChanged.get()
  const keys = state.QueuedKeys.get()
  state.Validators.set(keys.map(([who]) => who))
  if (isChanged) state.DisabledValidators.remove()
  const index = state.CurrentIndex.get() + 1
  state.CurrentIndex.set(index)
  const queued = takeValidators(tx.in(validatorSet)).flatMap(who => {
    const own = state.NextKeys.get(who)
    return own ? [[who, own] as const] : []
  })
  state.QueuedKeys.set(queued)
  // The validator set always names its validators, and whoever is named counts as a change.
  state.QueuedChanged.set(true)
  tx.deposit('NewSession', { session_index: index })
  const authorities = keys.map(([, own]) => own)
  if (isChanged) {
    changeAuraAuthorities(
      tx.in(aura),
      authorities.map(own => own.aura),
    )
  }
  scheduleChange(tx.in(grandpa), {
    isChanged,
    session: index,
    authorities: authorities.map(own => own.grandpa),
  })
}
