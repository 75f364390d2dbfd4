// Plays random stories with many seeds: the library's, and one in which nobody waits for anybody.

import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import story from '../../scenarios/anything-may-happen.ts'
import { GridError } from '../../src/kernel/errors.ts'
import type { User } from '../../src/scenario/actors.ts'
import { type AnyScenario, defineScenario } from '../../src/scenario/define.ts'
import type { Deployment } from '../../src/scenario/deployment.ts'
import { parts } from '../../src/scenario/parts.ts'
import { runScenario } from '../../src/scenario/runner.ts'

const seeds = Number(process.env.POCKETGRID_SEEDS ?? 300)
const roots = ['../../scenarios/', './'].map(path => fileURLToPath(new URL(path, import.meta.url)))
const scriptFiles = (file: string) => roots.some(root => file.startsWith(root))

const dice = (sides: number): number => Math.floor(Math.random() * sides)
const pick = <T>(items: readonly T[]): T => items[dice(items.length)] as T

/** Everybody acts at once, twice, and in the middle of what others do; now and then the chain is wiped. */
const crowd = defineScenario({
  name: 'everybody at once',
  grid: {
    farms: [{ name: 'ghent', nodes: 2, publicIps: 2, gateways: 1 }],
    users: ['alice', 'bob', 'carol'],
  },
  options: { within: '5h' },

  async run({ grid, users, farmers, operator, faults, eventually, expect: see }) {
    const people: readonly User[] = [users.alice, users.bob, users.carol]
    const live: Deployment[] = []
    const idle = grid.nodes().map(node => node.used())
    let count = 0

    const act = async (): Promise<void> => {
      const user = pick(people)
      const on = 1 + dice(2)
      const old = live.length > 0 ? pick(live) : null
      count += 1
      const name = `w${count}`
      switch (dice(12)) {
        case 0:
        case 1:
          live.push(
            await user.deploy({ on, name, network: `10.${20 + dice(3)}.0.0/16`, publicIp: 'v4' }),
          )
          break
        case 2:
          // Names meet: networks are shared by name, and so refused to the second one.
          live.push(await user.deploy({ on, name: 'same', network: '10.99.0.0/16', disk: '1 GB' }))
          break
        case 3:
          live.push(
            await user.deploy({
              on,
              name,
              joins: { network: 'samenet', ip: `10.99.2.${3 + dice(9)}` },
            }),
          )
          break
        case 4:
          await user.reserveName('shop')
          live.push(
            await user.deploy({
              on,
              name,
              with: [parts.gatewayName('shop', ['http://1.2.3.4:80'])],
            }),
          )
          break
        case 5:
          await user.rent(on)
          break
        case 6:
          await old?.add(parts.disk(name, '1 GB'))
          break
        case 7:
          await old?.change('samedisk', { size: (1 + dice(4)) * 1024 ** 3 })
          break
        case 8:
          await old?.cancel()
          break
        case 9:
          await old?.send('zos.deployment.deploy')
          break
        case 10: {
          const contracts = user.contracts()
          if (contracts.length > 0) await user.cancel(pick(contracts))
          break
        }
        case 11:
          pick([
            () => grid.node(on).crash({ for: '2m' }),
            () => grid.node(on).hang({ for: '1m' }),
            () => grid.world.nodes.restartDaemon(on),
            () => faults.doubleMessages({ for: '2m' }),
            () => faults.retractBlocks(1 + dice(3)),
            () => operator.setBalance(user, pick([0.01, 1000])),
          ])()
          break
      }
    }
    const tolerant = (run: () => Promise<void>) =>
      run().catch(error => {
        if (!(error instanceof GridError) || error.code === 'GRID_SCRIPT_STUCK') throw error
      })

    for (let round = 0; round < 12; round += 1) {
      await Promise.all(Array.from({ length: 1 + dice(5) }, () => tolerant(act)))
      if (dice(3) > 0) await grid.advance(`${dice(200)}s`)
    }
    faults.heal()
    for (const user of people) operator.setBalance(user, 10_000)
    if (dice(4) === 0) await operator.reset('3h')
    const isQuiet = () => grid.nodes().every(node => node.isUp && node.isIdle)
    await eventually('all nodes are up and idle', isQuiet)
    await grid.advance('70m')
    // What was rented goes last: until then it has contracts on it.
    for (let round = 0; round < 2; round += 1) {
      for (const user of people) {
        for (const id of user.contracts()) await tolerant(() => user.cancel(id))
        await grid.advance('1m')
      }
    }
    // What failed for want of a contract stays in the node's store until its next start, and holds nothing.
    const holdsNothing = () =>
      grid
        .nodes()
        .flatMap(node => node.deployments())
        .flatMap(({ workloads }) => workloads)
        .every(({ state }) => state === 'error')
    await eventually('nothing is deployed', holdsNothing)
    see(grid.nodes().map(node => node.used())).toEqual(idle)
    see(people.flatMap(user => user.contracts())).toEqual([])
    see(grid.chain.freeIps(farmers.ghent.farmId)).toBe(2)
  },
})

describe('random stories', () => {
  it.each<[string, AnyScenario]>([
    ['of the library', story],
    ['of a crowd', crowd],
  ])('%s hold the rules of the grid', { timeout: 1_800_000 }, async (_name, scenario) => {
    const failures: string[] = []
    for (let seed = 1; seed <= seeds; seed += 1) {
      const { failure } = await runScenario(scenario, { seed: `soak-${seed}`, scriptFiles })
      if (failure !== null) failures.push(`seed soak-${seed}: ${failure}`)
    }
    expect(failures).toEqual([])
  })
})
