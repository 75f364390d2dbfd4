// What the events of an extrinsic say of it.

import { invariant } from '../../kernel/errors.ts'
import type { EventRecord } from '../pallets/system/types.ts'
import type { DispatchError } from '../types/primitives.ts'

/** The events of the extrinsic at a place of a block. */
export function eventsOfExtrinsic(
  events: readonly EventRecord[],
  index: number,
): readonly EventRecord[] {
  return events.filter(({ phase }) => phase.type === 'ApplyExtrinsic' && phase.value === index)
}

/** Why an extrinsic failed, from its own events; null when it succeeded. */
export function errorOfEvents(events: readonly EventRecord[]): DispatchError | null {
  for (const { event } of events) {
    if (event.pallet !== 'System') continue
    if (event.name === 'ExtrinsicSuccess') return null
    if (event.name === 'ExtrinsicFailed') {
      return (event.fields as { dispatch_error: DispatchError }).dispatch_error
    }
  }
  invariant(false, 'an extrinsic in a block has succeeded or failed')
}
