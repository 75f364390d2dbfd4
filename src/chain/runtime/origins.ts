// Who may call what: the checks of a call's origin, and the lookup of the addresses in its arguments.

import type { OriginCaller } from '../types/outer.ts'
import type { AccountId, DispatchResult as EventResult, MultiAddress } from '../types/primitives.ts'
import type { DispatchResult, Origin, Tx } from './tx.ts'

/** Only Root; anybody else fails with BadOrigin. */
export function ensureRoot(tx: Tx): void {
  if (tx.origin.type !== 'Root') throw tx.fail({ type: 'BadOrigin' })
}

/**
 * Whether it is Root, or a council motion that at least three fifths of the members carried
 * (`tfchain: substrate-node/runtime/src/lib.rs`, EnsureRootOrCouncilApproval).
 */
export function isRestricted({ origin }: Pick<Tx, 'origin'>): boolean {
  if (origin.type === 'Root') return true
  return origin.type === 'Members' && origin.yes * 5 >= origin.of * 3
}

/** Only what `isRestricted`. */
export function ensureRestricted(tx: Tx): void {
  if (!isRestricted(tx)) throw tx.fail({ type: 'BadOrigin' })
}

/** The account that an address names; the runtime knows no other form than the account itself. */
export function lookup(tx: Tx, address: MultiAddress): AccountId {
  if (address.type !== 'Id') throw tx.fail({ type: 'CannotLookup' })
  return address.value
}

/** An origin as it is stored and sent. */
export function callerOfOrigin(origin: Origin): OriginCaller {
  switch (origin.type) {
    case 'Root':
    case 'None':
      return { type: 'system', value: { type: origin.type } }
    case 'Signed':
      return { type: 'system', value: { type: 'Signed', value: origin.account } }
    case 'Members':
      return { type: 'Council', value: { type: 'Members', value: [origin.yes, origin.of] } }
    case 'Member':
      return { type: 'Council', value: { type: 'Member', value: origin.account } }
  }
}

/** The origin that was stored or sent; the ones that stand for nobody are like none. */
export function originOfCaller(caller: OriginCaller): Origin {
  if (caller.type === 'system') {
    const { value } = caller
    return value.type === 'Signed' ? { type: 'Signed', account: value.value } : { type: value.type }
  }
  if (caller.type === 'Council') {
    const { value } = caller
    if (value.type === 'Members')
      return { type: 'Members', yes: value.value[0], of: value.value[1] }
    if (value.type === 'Member') return { type: 'Member', account: value.value }
  }
  return { type: 'None' }
}

/** The outcome of a dispatched call as events carry it. */
export function resultOf(result: DispatchResult): EventResult {
  return result.ok ? { type: 'Ok', value: null } : { type: 'Err', value: result.error }
}
