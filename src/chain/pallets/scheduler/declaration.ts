// Scheduler: what it keeps, tells and refuses.

import { byteArray } from '../../../scale/bytes.ts'
import { boundedVec, option, tuple } from '../../../scale/containers.ts'
import { u32 } from '../../../scale/primitives.ts'
import {
  constant,
  declarePallet,
  storageMap,
  storageValue,
  twox64Concat,
} from '../../runtime/declare.ts'
import { DispatchResult, Weight } from '../../types/primitives.ts'
import { Scheduled } from './types.ts'

/** Calls that run in a later block. */
export const scheduler = declarePallet({
  index: 4,
  name: 'Scheduler',
  storage: {
    IncompleteSince: storageValue(u32),
    Agenda: storageMap([twox64Concat(u32)], boundedVec(option(Scheduled), 50), { default: [] }),
    Lookup: storageMap([twox64Concat(byteArray(32))], tuple(u32, u32)),
  },
  events: {
    Scheduled: { when: u32, index: u32 },
    Canceled: { when: u32, index: u32 },
    Dispatched: { task: tuple(u32, u32), id: option(byteArray(32)), result: DispatchResult },
    CallUnavailable: { task: tuple(u32, u32), id: option(byteArray(32)) },
    PeriodicFailed: { task: tuple(u32, u32), id: option(byteArray(32)) },
    PermanentlyOverweight: { task: tuple(u32, u32), id: option(byteArray(32)) },
  },
  errors: [
    'FailedToSchedule',
    'NotFound',
    'TargetBlockNumberInPast',
    'RescheduleNoChange',
    'Named',
  ],
  constants: {
    MaximumWeight: constant(Weight, {
      ref_time: 1_600_000_000_000n,
      proof_size: 14_757_395_258_967_641_292n,
    }),
    MaxScheduledPerBlock: constant(u32, 50),
  },
  paths: {
    calls: { path: ['pallet_scheduler', 'pallet', 'Call'], params: [{ name: 'T', type: null }] },
    events: { path: ['pallet_scheduler', 'pallet', 'Event'], params: [{ name: 'T', type: null }] },
    errors: { path: ['pallet_scheduler', 'pallet', 'Error'], params: [{ name: 'T', type: null }] },
  },
})
