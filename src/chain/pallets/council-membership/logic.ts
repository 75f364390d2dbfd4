// Who sits in the council: seats given, taken, swapped, and mirrored into the council itself.

import type { Tx } from '../../runtime/tx.ts'
import type { AccountId } from '../../types/primitives.ts'
import { council } from '../council/declaration.ts'
import { changeMembers, outgoingOf } from '../council/members.ts'
import type { councilMembership } from './declaration.ts'

type MembershipTx = Tx<typeof councilMembership>

/** `CouncilMaxMembers`. */
const maxMembers = 100

/** Whether an account sits in the council. */
export function isMember(tx: MembershipTx, who: AccountId): boolean {
  return tx.state.Members.get().includes(who)
}

/** Gives an account a seat. */
export function addMember(tx: MembershipTx, who: AccountId): void {
  const members = tx.state.Members.get()
  if (members.includes(who)) throw tx.error('AlreadyMember')
  if (members.length >= maxMembers) throw tx.error('TooManyMembers')
  seat(tx, [...members, who], [])
  tx.deposit('MemberAdded', [])
}

/** Takes an account's seat. */
export function removeMember(tx: MembershipTx, who: AccountId): void {
  const members = tx.state.Members.get()
  if (!members.includes(who)) throw tx.error('NotMember')
  seat(
    tx,
    members.filter(member => member !== who),
    [who],
  )
  tx.deposit('MemberRemoved', [])
}

/** Gives the seat of one account to another. */
export function replaceMember(tx: MembershipTx, from: AccountId, to: AccountId): void {
  const members = tx.state.Members.get()
  if (!members.includes(from)) throw tx.error('NotMember')
  if (members.includes(to)) throw tx.error('AlreadyMember')
  seat(
    tx,
    members.map(member => (member === from ? to : member)),
    [from],
  )
}

/** Seats these accounts and nobody else. */
export function resetMembers(tx: MembershipTx, members: readonly AccountId[]): void {
  if (members.length > maxMembers) throw tx.error('TooManyMembers')
  seat(tx, members, outgoingOf(tx.state.Members.get(), members))
  tx.deposit('MembersReset', [])
}

/**
 * Writes the seats here and in the council. A prime who leaves is none any more; the runtime does not tell the
 * council of primes (`tfchain: substrate-node/runtime/src/lib.rs`, MembershipChangedGroup), so it never has one.
 */
function seat(
  tx: MembershipTx,
  members: readonly AccountId[],
  outgoing: readonly AccountId[],
): void {
  const sorted = [...members].sort()
  tx.state.Members.set(sorted)
  changeMembers(tx.in(council), sorted, outgoing)
  const prime = tx.state.Prime.get()
  if (prime !== null && !sorted.includes(prime)) tx.state.Prime.remove()
}
