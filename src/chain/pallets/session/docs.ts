// What the metadata say about Session.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { session } from './declaration.ts'

/** Documentation of Session. */
export const docs: DocsOf<typeof session, typeof calls> = {
  pallet: 'Which keys the validators use. A session lasts 600 blocks, which is an hour.',
  calls: {
    set_keys: [
      'Registers the keys with which the signer will make and finalise blocks. `proof` is not looked at.',
      'They count from the session after the next one, if the signer is a validator.',
    ],
    purge_keys: 'Forgets the keys of the signer, who cannot be a validator without them.',
  },
  storage: {
    Validators: 'The accounts of the validators in this session.',
    CurrentIndex: 'The number of this session, counted from 0.',
    QueuedChanged: 'Whether the validators or the keys that are queued differ from those in use.',
    QueuedKeys: 'The validators of the next session, each with its keys.',
    DisabledValidators: 'Places of validators that may not take part any more in this session.',
    NextKeys: 'The keys that an account has registered.',
    KeyOwner: 'The account that has registered a key, by the type of the key and the key.',
  },
  events: {
    NewSession: 'A session began: the keys that were queued are in use.',
  },
  errors: {
    InvalidProof:
      'The proof that the keys are the own ones does not hold. No call answers with this.',
    NoAssociatedValidatorId: 'The account cannot be a validator. No call answers with this.',
    DuplicatedKey: 'Another account has registered one of these keys.',
    NoKeys: 'The account has registered no keys.',
    NoAccount: 'The account does not exist, or is relied upon by too much already.',
  },
  constants: {},
}
