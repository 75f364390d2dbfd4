// What the metadata say about Utility.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { utility } from './declaration.ts'

/** Documentation of Utility. */
export const docs: DocsOf<typeof utility, typeof calls> = {
  pallet: 'Calls that are made of other calls.',
  calls: {
    batch: [
      'Makes several calls in order and stops at the first one that fails. For any signer, or Root.',
      'What was done before stays done, and the batch itself succeeds: look for BatchInterrupted.',
    ],
    as_derivative: [
      'Makes a call as one of the accounts that belong to the signer, chosen by its index.',
      'Such an account has no key. Its owner pays the fee.',
    ],
    batch_all: [
      'Makes several calls in order, all or none: a failure undoes them all. For any signer, or Root.',
      'It cannot be used inside of itself.',
    ],
    dispatch_as: 'Makes a call as any origin. It succeeds whatever the call answers. For Root.',
    force_batch: [
      'Makes several calls in order, also after one has failed. For any signer, or Root.',
      'Failures are told in ItemFailed; the batch itself succeeds.',
    ],
    with_weight: 'Makes a call as Root, with the weight that is given for it. For Root.',
  },
  storage: {},
  events: {
    BatchInterrupted: 'A batch ended early: the call with this index failed with this error.',
    BatchCompleted: 'Every call of a batch succeeded.',
    BatchCompletedWithErrors: 'A forced batch came to its end; some of its calls failed.',
    ItemCompleted: 'One call of a batch succeeded.',
    ItemFailed: 'One call of a forced batch failed with this error.',
    DispatchedAs: 'A call was made as another origin, with this result.',
  },
  errors: {
    TooManyCalls: 'The batch has more calls than `batched_calls_limit`.',
  },
  constants: {
    batched_calls_limit: 'How many calls a batch may have.',
  },
}
