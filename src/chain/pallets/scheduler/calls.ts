// Scheduler: its calls, their arguments and weights.

import { byteArray } from '../../../scale/bytes.ts'
import { option, tuple } from '../../../scale/containers.ts'
import { u8, u32 } from '../../../scale/primitives.ts'
import { RuntimeCall } from '../../types/outer.ts'
import { scheduler } from './declaration.ts'
import { cancel, cancelNamed, schedule } from './logic.ts'

const scheduleWeight = { refTime: 160_993_946n, proofSize: 110_487n }
const scheduleNamedWeight = { refTime: 293_910_475n, proofSize: 110_487n }

/** The calls of Scheduler, by name. */
export const calls = {
  schedule: scheduler.call(
    0,
    { when: u32, maybe_periodic: option(tuple(u32, u32)), priority: u8, call: RuntimeCall },
    scheduleWeight,
    (tx, { when, maybe_periodic, priority, call }) => {
      const at = { type: 'at', block: when } as const
      schedule(tx, { id: null, when: at, period: maybe_periodic, priority, call })
    },
  ),

  cancel: scheduler.call(
    1,
    { when: u32, index: u32 },
    { refTime: 270_552_572n, proofSize: 110_487n },
    (tx, { when, index }) => cancel(tx, when, index),
  ),

  schedule_named: scheduler.call(
    2,
    {
      id: byteArray(32),
      when: u32,
      maybe_periodic: option(tuple(u32, u32)),
      priority: u8,
      call: RuntimeCall,
    },
    scheduleNamedWeight,
    (tx, { id, when, maybe_periodic, priority, call }) => {
      const at = { type: 'at', block: when } as const
      schedule(tx, { id, when: at, period: maybe_periodic, priority, call })
    },
  ),

  cancel_named: scheduler.call(
    3,
    { id: byteArray(32) },
    { refTime: 299_323_916n, proofSize: 110_487n },
    (tx, { id }) => cancelNamed(tx, id),
  ),

  schedule_after: scheduler.call(
    4,
    { after: u32, maybe_periodic: option(tuple(u32, u32)), priority: u8, call: RuntimeCall },
    scheduleWeight,
    (tx, { after, maybe_periodic, priority, call }) => {
      const later = { type: 'after', blocks: after } as const
      schedule(tx, { id: null, when: later, period: maybe_periodic, priority, call })
    },
  ),

  schedule_named_after: scheduler.call(
    5,
    {
      id: byteArray(32),
      after: u32,
      maybe_periodic: option(tuple(u32, u32)),
      priority: u8,
      call: RuntimeCall,
    },
    scheduleNamedWeight,
    (tx, { id, after, maybe_periodic, priority, call }) => {
      const later = { type: 'after', blocks: after } as const
      schedule(tx, { id, when: later, period: maybe_periodic, priority, call })
    },
  ),
}
