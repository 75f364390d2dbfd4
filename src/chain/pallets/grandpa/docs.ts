// What the metadata say about Grandpa.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { grandpa } from './declaration.ts'

/** Documentation of Grandpa. */
export const docs: DocsOf<typeof grandpa, typeof calls> = {
  pallet: 'Who votes on which blocks are final.',
  calls: {
    report_equivocation:
      'Reports an authority that gave two contradictory votes. The proof has no values: nobody can.',
    report_equivocation_unsigned:
      'Reports contradictory votes without a signature. The proof has no values: nobody can.',
    note_stalled: [
      'Says that no block becomes final any more. For Root.',
      'At the next session other authorities are forced into office, `delay` blocks later.',
    ],
  },
  storage: {
    State: 'Whether votes go on, are paused, or are about to change between the two.',
    PendingChange:
      'The authorities that come next, and how long it takes until they are in office.',
    NextForced: 'The first block in which authorities may be forced into office again.',
    Stalled: 'The delay and the last final block that note_stalled told, until the next session.',
    CurrentSetId: 'The number of the present set of authorities: one more for every change.',
    SetIdSession: 'The session in which a set of authorities came into office.',
  },
  events: {
    NewAuthorities: 'Other authorities came into office, each with its weight.',
    Paused: 'Votes are paused. Not in use.',
    Resumed: 'Votes go on. Not in use.',
  },
  errors: {
    PauseFailed: 'Votes can only be paused while they go on. No call answers with this.',
    ResumeFailed: 'Votes can only go on after a pause. No call answers with this.',
    ChangePending: 'Another change of authorities is on its way. No call answers with this.',
    TooSoon: 'Authorities were forced into office not long ago. No call answers with this.',
    InvalidKeyOwnershipProof: 'It is not proved whose key it is. No call answers with this.',
    InvalidEquivocationProof:
      'The two votes do not contradict each other. No call answers with this.',
    DuplicateOffenceReport: 'These votes were reported before. No call answers with this.',
  },
  constants: {
    MaxAuthorities: 'How many authorities there may be.',
    MaxNominators: 'How many nominators an authority may have. There is no staking here.',
    MaxSetIdSessionEntries: 'For how many past sets of authorities SetIdSession is kept.',
  },
}
