// The seats of the council: who sits there, and what becomes of the votes of those who leave.

import type { Tx } from '../../runtime/tx.ts'
import type { AccountId } from '../../types/primitives.ts'
import type { council } from './declaration.ts'

/** Seats `members` (sorted): the votes of those who leave are taken back, and nobody is prime any more. */
export function changeMembers(
  tx: Tx<typeof council>,
  members: readonly AccountId[],
  outgoing: readonly AccountId[],
): void {
  const stays = (account: AccountId): boolean => !outgoing.includes(account)
  if (outgoing.length > 0) {
    for (const hash of tx.state.Proposals.get()) {
      const votes = tx.state.Voting.get(hash)
      if (!votes) continue
      const ayes = votes.ayes.filter(stays)
      const nays = votes.nays.filter(stays)
      tx.state.Voting.set(hash, { ...votes, ayes, nays })
    }
  }
  tx.state.Members.set(members)
  tx.state.Prime.remove()
}

/** Those of `old` who are not among `members`. */
export function outgoingOf(
  old: readonly AccountId[],
  members: readonly AccountId[],
): readonly AccountId[] {
  return old.filter(account => !members.includes(account))
}
