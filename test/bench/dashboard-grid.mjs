// A large grid with a life of its own, in a process of its own, that tells on demand how busy its event loop was.

import { performance } from 'node:perf_hooks'
import { startGrid } from '../../dist/index.js'

const [nodes, clock] = process.argv.slice(2)
const farms = Array.from({ length: 40 }, (_, i) => ({
  name: `farm-${i + 1}`,
  nodes: Math.ceil(Number(nodes) / 40),
}))
const grid = await startGrid({
  ...{ farms, life: true, network: 'main', blocks: '6s', clock },
  ...{ port: 0, chainPort: 0, frontPort: false },
})
let events = 0
grid.world.kernel.trace.listen(() => {
  events += 1
})

let before = null
process.on('message', () => {
  const loop = performance.eventLoopUtilization()
  const cpu = process.cpuUsage()
  const now = { loop, cpu: cpu.user + cpu.system, at: performance.now(), events }
  const from = before ?? now
  before = now
  const ms = Math.max(1, now.at - from.at)
  process.send({
    // Shares of one core's time.
    loop: performance.eventLoopUtilization(now.loop, from.loop).active / ms,
    cpu: (now.cpu - from.cpu) / 1000 / ms,
    eventsPerSecond: ((now.events - from.events) * 1000) / ms,
  })
})
process.send({ url: grid.info().endpoints.control.replace(/api$/, '') })
