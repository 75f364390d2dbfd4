// How long a grid takes from the start of its process until all ports answer, and what it keeps in memory.

import { print, startGrid } from './support.mjs'

const median = values => values.sort((a, b) => a - b)[values.length >> 1]

export async function starts(calibration) {
  for (const nodes of [10, 1000]) {
    const times = []
    for (let run = 0; run < 5; run += 1) {
      const grid = await startGrid('--nodes', String(nodes))
      times.push(grid.ms)
      if (run === 4) {
        await new Promise(resolve => setTimeout(resolve, 2000))
        print(`resident memory, ${nodes} idle nodes`, grid.residentMb(), 'MB', calibration)
      }
      await grid.stop()
    }
    print(
      `start until all ports answer, ${nodes} nodes (median of 5)`,
      median(times),
      'ms',
      calibration,
    )
  }
}
