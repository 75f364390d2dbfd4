// What the metadata say about Scheduler.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { scheduler } from './declaration.ts'

const periodic =
  '`maybe_periodic` repeats it: every so many blocks, so many times. The lower priority runs first.'

/** Documentation of Scheduler. */
export const docs: DocsOf<typeof scheduler, typeof calls> = {
  pallet: 'Calls that run in a later block, once or again and again.',
  calls: {
    schedule: ['Puts a call of at most 128 bytes on the agenda of a block. For Root.', periodic],
    cancel: 'Takes a task off the agenda of a block, by its place there. For Root.',
    schedule_named: [
      'Puts a call on the agenda of a block under a name of 32 bytes. For Root.',
      periodic,
    ],
    cancel_named: 'Takes a task off its agenda by its name. For Root.',
    schedule_after: [
      'Puts a call on the agenda of the block that is `after` blocks behind the next one. For Root.',
      periodic,
    ],
    schedule_named_after: [
      'Like schedule_after, under a name of 32 bytes by which the task can be cancelled. For Root.',
      periodic,
    ],
  },
  storage: {
    IncompleteSince:
      'The first block whose agenda did not fit into it and is still being worked off.',
    Agenda:
      'What is to run in a block, by its number. Empty places are tasks that ran or were cancelled.',
    Lookup: 'Where a named task is, as block and place on its agenda.',
  },
  events: {
    Scheduled: 'A task was put on the agenda of a block, at this place.',
    Canceled: 'A task was taken off the agenda of a block, from this place.',
    Dispatched: 'A task ran, with this result.',
    CallUnavailable: 'The call of a task could not be found, so it did not run.',
    PeriodicFailed:
      'A task could not be repeated: the agenda of the block where it belongs is full.',
    PermanentlyOverweight: 'A task weighs more than a whole block has for tasks, so it never runs.',
  },
  errors: {
    FailedToSchedule: 'Another task has this name already.',
    NotFound: 'There is no task with this name, or at this place.',
    TargetBlockNumberInPast: 'The block is not a later one.',
    RescheduleNoChange: 'The task is in that block already. No call answers with this.',
    Named: 'A named task was treated as one without a name. No call answers with this.',
  },
  constants: {
    MaximumWeight: 'The weight that tasks may use together in a block.',
    MaxScheduledPerBlock: 'How many tasks the agenda of a block has room for.',
  },
}
