// Scenarios: seeds an hour, a month of a farm, a crowd that comes at once, going back, and how large a report is.

import { checkWorld } from '../../dist/config/config.js'
import { cryptoReady } from '../../dist/crypto/ready.js'
import { createWorld } from '../../dist/grid/world.js'
import { parts } from '../../dist/scenario/parts.js'
import { htmlReport } from '../../dist/scenario/reporters/html.js'
import { TraceRecord } from '../../dist/scenario/run/record.js'
import { Tally } from '../../dist/scenario/run/tally.js'
import { runScenario } from '../../dist/scenario/runner.js'
import { scenarioEpoch } from '../../dist/scenario/theatre.js'
import { print } from './support.mjs'

/** The smallest full life of a deployment: contract, install, cancel, gone. */
const life = {
  name: 'a disk comes and goes',
  grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice'] },
  async run({ users: { alice }, eventually }) {
    const vm = await alice.deploy({ on: 1, name: 'a', network: '10.1.0.0/16', disk: '2 GB' })
    await eventually('it is there', () => vm.isOk())
    await vm.cancel()
    await eventually('it is gone', () => vm.isGone())
  },
}

/** A month of a farm of 20 nodes with 100 machines: heartbeats, uptime, bills. */
const month = {
  name: 'a month of a farm',
  grid: {
    network: 'main',
    farms: [{ name: 'ghent', nodes: 20 }],
    users: [{ name: 'alice', tft: 10_000_000 }],
  },
  async run({ grid, users: { alice }, eventually }) {
    const wish = i => ({ on: 1 + (i % 20), name: `vm${i}`, network: '10.1.0.0/16', disk: '5 GB' })
    const vms = []
    for (let i = 0; i < 100; i += 1) vms.push(await alice.deploy(wish(i)))
    await eventually('all are there', () => vms.every(vm => vm.isOk()), { within: '2h' })
    await grid.advance('30d')
    if (!vms.every(vm => vm.isOk())) throw new Error('a machine is lost')
  },
}

/** A thousand users, each with a deployment of its own, all at once. */
const crowd = {
  name: 'a thousand users deploy at once',
  grid: { farms: [{ name: 'ghent', nodes: 50 }], users: ['alice'] },
  async run({ users, eventually }) {
    const people = await users.many(1000, { tft: 100 })
    const all = await Promise.all(
      people.map((user, i) =>
        user.deploy({ on: 1 + (i % 50), name: `v${i}`, with: [parts.disk('data', '1 GB')] }),
      ),
    )
    await eventually('all are there', () => all.every(vm => vm.isOk()), { within: '12h' })
  },
}

export async function scenarios(calibration) {
  await cryptoReady()
  await seeds(calibration)
  for (const story of [month, crowd]) {
    const watch = stopwatch()
    const { report, html } = await recorded(story)
    print(`${story.name} (${report.events} events)`, watch(), 's CPU', calibration)
    print('  its HTML report', html.length / 1024, 'KB', 1)
  }
  goingBack(calibration)
}

async function seeds(calibration) {
  for (let i = 0; i < 50; i += 1) await played(life, `warm-${i}`)
  const count = 400
  const watch = stopwatch()
  for (let i = 0; i < count; i += 1) await played(life, `${i}`)
  const perSecond = count / watch()
  const perHour = Math.round((perSecond * 3.6) / 10) * 10
  print(`seeds of the smallest full life (${perHour} k an hour)`, perSecond, '/s', calibration)
}

async function recorded(story) {
  const record = new TraceRecord(scenarioEpoch)
  const report = await played(story, '1', world => record.follow(world))
  const tally = new Tally()
  tally.add({ ...report, file: story.name, timeline: record.drawn() })
  const run = tally.end({ seed: '1', seeds: 1, jobs: 1, isPart: false, repeatWith: '' })
  return { report, html: htmlReport(run) }
}

async function played(story, seed, onWorld) {
  const report = await runScenario(story, { seed, ...(onWorld ? { onWorld } : {}) })
  if (!report.isPassed) throw new Error(report.failure)
  return report
}

/** A snapshot, an hour of a farm of 100 nodes, and back. */
function goingBack(calibration) {
  const { config } = checkWorld({ farms: [{ name: 'ghent', nodes: 100 }], users: ['alice'] })
  const { kernel } = createWorld(config, {
    startAt: scenarioEpoch,
    relay: 'relay',
    heartbeat: false,
    userScheme: 'ed25519',
  })
  const rounds = 50
  let taking = 0
  let going = 0
  for (let i = 0; i < rounds; i += 1) {
    let from = performance.now()
    const snapshot = kernel.snapshot()
    taking += performance.now() - from
    kernel.runUntil(kernel.now() + 3_600_000)
    from = performance.now()
    kernel.revert(snapshot)
    going += performance.now() - from
    kernel.release(snapshot)
  }
  print('snapshot of 100 nodes', (taking / rounds) * 1000, 'us', calibration)
  print('revert over an hour of 100 nodes', (going / rounds) * 1000, 'us', calibration)
}

/** Seconds of this process's CPU since it was made. */
function stopwatch() {
  const from = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(from)
    return (user + system) / 1e6
  }
}
