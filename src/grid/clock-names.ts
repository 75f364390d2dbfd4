// The modes of a clock by the names that they have in grid files.

import type { ClockMode } from '../kernel/driver.ts'

/** The mode of a clock that is named as in a grid file. */
export function clockMode(clock: string): ClockMode {
  if (clock === 'real' || clock === 'virtual') return { type: clock }
  return { type: 'warp', rate: Number(clock.slice('warp:'.length)) }
}

/** The name of a clock's mode. */
export function clockName(mode: ClockMode): string {
  return mode.type === 'warp' ? `warp:${mode.rate}` : mode.type
}
