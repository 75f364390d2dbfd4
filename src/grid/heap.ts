// How much memory a large grid may leave to the garbage collector.

import { setFlagsFromString } from 'node:v8'

/** From so many nodes on memory is dearer than time. */
const manyNodes = 20_000

/**
 * Tells V8 to collect early and to give back what it does not need, for grids of many nodes: what a start leaves behind would
 * otherwise stay resident, twice as much as the grid itself. Costs a third more time at the start. Call it before the world is made.
 */
export function fitHeapTo(nodes: number): void {
  if (nodes <= manyNodes) return
  // In per cent of what is alive.
  setFlagsFromString('--heap-growing-percent=7')
  setFlagsFromString('--compact-on-every-full-gc')
}
