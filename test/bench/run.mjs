// Figures of the whole grid. Each prints its ratio to a calibration loop of the same run.

import { pathToFileURL } from 'node:url'
import { calibrate } from './support.mjs'

/** Every bench: a module that exports a function of its name. */
const all = [
  'starts',
  'balances',
  'deployments',
  'billing',
  'chain',
  'nodes',
  'rmb',
  'services',
  'scenarios',
  'wire',
  'dashboard',
]

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const names = process.argv.slice(2)
  const unknown = names.find(name => !all.includes(name))
  if (unknown !== undefined) throw new Error(`no bench '${unknown}', only ${all.join(', ')}`)
  const calibration = calibrate()
  console.log(`calibration ${calibration.toFixed(1)} M units/s, Node ${process.version}`)
  for (const name of all) {
    if (names.length > 0 && !names.includes(name)) continue
    const { [name]: bench } = await import(`./${name}.mjs`)
    await bench(calibration)
  }
}
