// Deployments in process: contract, network, disk and machine, installed and reported, in virtual time.

import { runScenario } from '../../dist/scenario/runner.js'
import { print } from './support.mjs'

const count = 1000

/** Deployments that are under way at once, as with a client that does not wait for each. */
const atOnce = 50

export async function deployments(calibration) {
  let ms = 0
  const report = await runScenario(
    {
      name: 'many deployments',
      grid: { farms: [{ name: 'ghent', nodes: 50 }], users: ['alice'] },
      async run({ users: { alice }, eventually }) {
        const wish = i => ({
          on: 1 + (i % 50),
          name: `vm${i}`,
          network: '10.20.0.0/16',
          disk: '1 GB',
        })
        await alice.deploy(wish(0))
        const from = performance.now()
        const vms = []
        for (let i = 1; i <= count; i += atOnce) {
          const batch = Array.from({ length: atOnce }, (_, n) => alice.deploy(wish(i + n)))
          vms.push(...(await Promise.all(batch)))
        }
        let there = 0
        const areThere = () => {
          while (there < vms.length && vms[there].isOk()) there += 1
          return there === vms.length
        }
        await eventually('all are there', areThere, { within: '12h' })
        ms = performance.now() - from
      },
    },
    { seed: 'bench' },
  )
  if (!report.isPassed) throw new Error(report.failure)
  print(
    'deployments (network + disk + machine) in process',
    count / (ms / 1000),
    'dep/s',
    calibration,
  )
}
