// CouncilMembership: its calls, their arguments and weights.

import { vec } from '../../../scale/containers.ts'
import { ensureRestricted, lookup } from '../../runtime/origins.ts'
import { AccountId32, MultiAddress } from '../../types/primitives.ts'
import { councilMembership } from './declaration.ts'
import { addMember, isMember, removeMember, replaceMember, resetMembers } from './logic.ts'

const weight = { refTime: 50_000_000n, proofSize: 0n }

/** The calls of CouncilMembership, by name. */
export const calls = {
  add_member: councilMembership.call(0, { who: MultiAddress }, weight, (tx, { who }) => {
    ensureRestricted(tx)
    addMember(tx, lookup(tx, who))
  }),

  remove_member: councilMembership.call(1, { who: MultiAddress }, weight, (tx, { who }) => {
    ensureRestricted(tx)
    removeMember(tx, lookup(tx, who))
  }),

  swap_member: councilMembership.call(
    2,
    { remove: MultiAddress, add: MultiAddress },
    weight,
    (tx, { remove, add }) => {
      ensureRestricted(tx)
      const from = lookup(tx, remove)
      const to = lookup(tx, add)
      if (from === to) return
      replaceMember(tx, from, to)
      tx.deposit('MembersSwapped', [])
    },
  ),

  reset_members: councilMembership.call(
    3,
    { members: vec(AccountId32) },
    weight,
    (tx, { members }) => {
      ensureRestricted(tx)
      resetMembers(tx, members)
    },
  ),

  change_key: councilMembership.call(4, { new: MultiAddress }, weight, (tx, args) => {
    const from = tx.signer()
    const to = lookup(tx, args.new)
    if (from !== to) {
      const wasPrime = tx.state.Prime.get() === from
      replaceMember(tx, from, to)
      if (wasPrime) tx.state.Prime.set(to)
    }
    tx.deposit('KeyChanged', [])
  }),

  set_prime: councilMembership.call(5, { who: MultiAddress }, weight, (tx, { who }) => {
    ensureRestricted(tx)
    const prime = lookup(tx, who)
    if (!isMember(tx, prime)) throw tx.error('NotMember')
    tx.state.Prime.set(prime)
  }),

  clear_prime: councilMembership.call(6, {}, weight, tx => {
    ensureRestricted(tx)
    tx.state.Prime.remove()
  }),
}
