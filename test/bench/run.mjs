// Figures of the whole grid. Each prints its ratio to a calibration loop of the same run.

import { pathToFileURL } from 'node:url'
import { balances } from './balances.mjs'
import { billing } from './billing.mjs'
import { deployments } from './deployments.mjs'
import { rmb } from './rmb.mjs'
import { starts } from './starts.mjs'
import { calibrate } from './support.mjs'

const all = { starts, balances, deployments, billing, rmb }

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const names = process.argv.slice(2)
  const calibration = calibrate()
  console.log(`calibration ${calibration.toFixed(1)} M units/s, Node ${process.version}`)
  for (const [name, bench] of Object.entries(all)) {
    if (names.length === 0 || names.includes(name)) await bench(calibration)
  }
}
