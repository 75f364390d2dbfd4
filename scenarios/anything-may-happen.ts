// Users, farmer and fate do what they like for hours. Each seed is another story; the rules of the grid hold in all of them.
import { type Deployment, defineScenario, GridError, parts, type User } from 'pocketgrid'

/** Dice of the simulated world: the same seed throws the same. */
const dice = (sides: number): number => Math.floor(Math.random() * sides)
const pick = <T>(items: readonly T[]): T => items[dice(items.length)] as T

/** Names that several want. */
const names = ['shop', 'blog']

/** What may be refused or get lost on a bad day; anything else is a fault. */
const badLuck = new Set<string>([
  'GRID_NO_ANSWER',
  'GRID_NODE_REFUSED',
  'GRID_CHAIN_REFUSED',
  'GRID_CHAIN_UNREACHABLE',
])

async function tolerant<T>(act: () => Promise<T>): Promise<T | null> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof GridError && badLuck.has(error.code)) return null
    throw error
  }
}

export default defineScenario({
  name: 'anything may happen, and the rules hold',
  grid: {
    farms: [
      {
        name: 'ghent',
        nodes: 3,
        hardware: ['server', 'storage-2u', 'light'],
        publicIps: 3,
        gateways: 1,
      },
    ],
    users: ['alice', 'bob', { name: 'carol', tft: 2 }],
  },
  options: { within: '4h' },

  async run({ grid, users, farmers, operator, faults, step, eventually, expect }) {
    const people: readonly User[] = [users.alice, users.bob, users.carol]
    const live: { owner: User; vm: Deployment }[] = []
    const idle = grid.nodes().map(node => node.used())
    let count = 0

    const wish = (on: number) => {
      count += 1
      const name = `w${count}`
      const network = `10.${20 + (count % 200)}.0.0/16`
      const disk = `${1 + dice(20)} GB`
      if (on === 3) return { on, name, network, disk, isLight: true }
      return pick([
        { on, name, network, disk, machine: { memory: pick(['1 GB', '90 GB']) } },
        { on, name, network, volume: disk, publicIp: pick(['v4', 'v6', 'both'] as const) },
        { on, name, with: [parts.disk(`${name}a`, disk), parts.volume(`${name}b`, disk)] },
        { on, name, with: [parts.zdb(name, disk)] },
        { on, name, with: [parts.network(name, network, { port: 5_000 + dice(2) })] },
        {
          on,
          name,
          with: [parts.gatewayName(name, ['http://1.2.3.4:80'], { reserved: pick(names) })],
        },
        { on, name, network, disk: '100 TB' }, // never fits
      ])
    }

    const deploy = async () => {
      const owner = pick(people)
      const plan = wish(1 + dice(3))
      if (dice(3) === 0) await tolerant(() => owner.reserveName(pick(names)))
      live.push({ owner, vm: await owner.deploy(plan) })
    }
    const update = async () => {
      const { vm } = pick(live)
      const spare = `spare${vm.plan.version + 1}`
      const old = vm.plan.workloads.map(({ name }) => name).find(name => name.startsWith('spare'))
      if (old !== undefined && dice(2) === 0) await vm.remove(old)
      else await vm.add(parts.disk(spare, `${1 + dice(5)} GB`))
    }
    const cancel = async () => {
      const at = dice(live.length)
      await live[at]!.vm.cancel()
      live.splice(at, 1)
    }
    const fate = () => {
      const node = grid.node(1 + dice(3))
      pick([
        () => node.crash({ for: '3m' }),
        () => node.reboot(),
        () => node.hang({ for: '4m' }),
        () => grid.world.nodes.restartDaemon(node.id),
        () => node.slowDown({ factor: 5, for: '5m' }),
        () => node.failInstalls({ chance: 0.5, for: '10m' }),
        () => node.stickInstalls({ for: '2m' }),
        () => faults.relayDown({ for: '1m' }),
        () => faults.loseMessages({ chance: 0.2, for: '5m' }),
        () => faults.doubleMessages({ chance: 0.5, for: '5m' }),
        () => faults.haltChain({ for: '2m' }),
        () => faults.cutOffFromChain({ who: node, for: '5m' }),
        () => faults.retractBlocks(1 + dice(5), { isLost: dice(2) === 0 }),
        () => faults.shockPrice(10 + dice(100), { for: '30m' }),
        () => farmers.ghent.power(node.id, pick(['Up', 'Down'])).catch(() => undefined),
        () => operator.setBalance(users.carol, pick([0.01, 1, 50])),
      ])()
    }

    await step('for some hours', async () => {
      for (let act = 0; act < 25; act += 1) {
        const chance = dice(10)
        if (chance < 4 || live.length === 0) await tolerant(deploy)
        else if (chance < 6) await tolerant(update)
        else if (chance < 8) await tolerant(cancel)
        else fate()
        await grid.advance(`${1 + dice(8 * 60)}s`)
      }
    })

    await step('then it is quiet', async () => {
      faults.heal()
      operator.setBalance(users.carol, 1_000)
      for (const node of grid.nodes()) await tolerant(() => farmers.ghent.power(node.id, 'Up'))
      for (const node of grid.nodes()) if (node.phase === 'asleep') node.boot()
      const isQuiet = () => grid.nodes().every(node => node.isUp && node.isIdle)
      await eventually('all nodes are up and idle', isQuiet)
      await grid.advance('70m')
      await eventually('all nodes are idle', isQuiet)
    })

    await step('everybody leaves, and the nodes are as they were', async () => {
      for (const user of people) for (const id of user.contracts()) await user.cancel(id)
      // What failed for want of a contract stays in its node's store until the next start, and holds nothing.
      const deployments = () => grid.nodes().flatMap(node => node.deployments())
      const isOver = () =>
        deployments().every(({ workloads }) => workloads.every(({ state }) => state === 'error'))
      await eventually('nothing runs any more', isOver)
      expect(grid.nodes().map(node => node.used())).toEqual(idle)
      for (const user of people) expect(user.reserved()).toBe(0n)
    })
  },
})
