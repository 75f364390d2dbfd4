import { describe, expect, it } from 'vitest'
import {
  type AnyScenario,
  defineFixture,
  defineScenario,
  type ScenarioContext,
  type UserInvariant,
} from '../../src/scenario/define.ts'
import { parts } from '../../src/scenario/parts.ts'
import { runScenario } from '../../src/scenario/runner.ts'

type Context = ScenarioContext<'alice' | 'bob'>

const story = (
  run: (context: Context) => Promise<void>,
  more: Partial<AnyScenario> = {},
): AnyScenario =>
  defineScenario<'alice' | 'bob'>({
    name: 'a test of the language',
    grid: { farms: [{ name: 'ghent', nodes: 2, publicIps: 1 }], users: ['alice', 'bob'] },
    ...more,
    run,
  })

const play = (run: (context: Context) => Promise<void>, more: Partial<AnyScenario> = {}) =>
  runScenario(story(run, more), { seed: '1' })

async function passes(run: (context: Context) => Promise<void>, more: Partial<AnyScenario> = {}) {
  const report = await play(run, more)
  expect(report.failure).toBeNull()
  return report
}

const disk = { on: 1, name: 'disk', with: [parts.disk('disk', '1 GB')] }

describe('always', () => {
  it('fails a scenario at the event after which it is not true any more', async () => {
    const { failure } = await play(async ({ grid, users: { alice, bob }, always }) => {
      const rich = bob.balance()
      always('bob is no richer', () => bob.balance() <= rich)
      await alice.transfer(bob, 1)
      await grid.advance('1h')
    })
    expect(failure).toContain("GRID_EXPECTATION: An expectation does not hold: 'bob is no richer'")
    expect(failure).toMatch(/seed 1, virtual time \d+/)
  })

  it('is not asked any more once it was stopped, and must hold at the start', async () => {
    await passes(async ({ users: { alice, bob }, always, expect: see }) => {
      const rich = bob.balance()
      const stop = always('bob is no richer', () => bob.balance() <= rich)
      stop()
      await alice.transfer(bob, 1)
      see(() => always('pigs fly', () => false)).toThrow('pigs fly')
    })
  })
})

describe('sometimes', () => {
  it('tells the run whether it was true, and fails nothing', async () => {
    const report = await passes(async ({ grid, users: { alice, bob }, sometimes }) => {
      const rich = bob.balance()
      sometimes('bob got something', () => bob.balance() > rich)
      sometimes('bob got a million', () => bob.balance() > rich * 2n)
      await alice.transfer(bob, 1)
      await grid.advance('1m')
    })
    expect(report.sometimes).toEqual([
      { what: 'bob got something', held: true },
      { what: 'bob got a million', held: false },
    ])
  })
})

describe('a rule of one’s own', () => {
  const richAlice: UserInvariant = {
    name: 'alice is rich',
    check: grid => {
      const { chain, residents } = grid.world
      const account = residents[0]!.pair.accountId
      const { data } = chain.state.item('System', 'Account').read([account]) as {
        data: { free: bigint }
      }
      return data.free > 9_000_000_000_000n || `she has ${data.free}`
    },
  }

  it('is looked at whenever the grid is at rest', async () => {
    const { failure, steps } = await play(
      async ({ users: { alice, bob }, step }) => {
        await step('alice gives half of it away', () => alice.transfer(bob, 500_000))
        await step('never', () => undefined)
      },
      { invariants: [richAlice] },
    )
    expect(failure).toContain("the rule 'alice is rich' is broken: she has")
    expect(steps.map(({ title }) => title)).toEqual(['alice gives half of it away'])
  })
})

describe('the end of a scenario', () => {
  it('looks at the rules once more, when the world has ended what it had begun', async () => {
    const { failure } = await play(async ({ grid, users: { alice } }) => {
      await alice.deploy(disk)
      const { nodes } = grid.world
      const { book } = nodes.engine
      const used = Reflect.get(book, 'usedOf').bind(book)
      Reflect.set(book, 'usedOf', (node: number) => ({ ...used(node), cru: 7n }))
    })
    expect(failure).toContain("'a node counts as used what its workloads take' is broken")
  })
})

describe('time', () => {
  it('goes to a moment', async () => {
    await passes(async ({ grid, expect: see }) => {
      await grid.advanceTo('2026-02-03T04:05:06Z')
      see(new Date(grid.now).toISOString()).toBe('2026-02-03T04:05:06.000Z')
      await grid.advanceTo(0)
      see(new Date(grid.now).toISOString()).toBe('2026-02-03T04:05:06.000Z')
      see(() => grid.advanceTo('soon')).toThrow('no moment')
    })
  })

  it('stands still while it is frozen', async () => {
    const { failure } = await play(async ({ grid, expect: see }) => {
      const at = grid.now
      see(await grid.freeze(() => grid.now)).toBe(at)
      await grid.freeze(() => grid.advance('1s'))
    })
    expect(failure).toContain('GRID_SCRIPT_STUCK')
    expect(failure).toContain('time is frozen: 1s pass')
  })

  it('takes wall time at a rate, and tells the same story', async () => {
    const run =
      (rate: number | null) =>
      async ({ grid, users: { alice, bob } }: Context) => {
        grid.rate(rate)
        await alice.transfer(bob, 1)
        await grid.advance('30s')
      }
    const quick = await passes(run(null))
    const start = performance.now()
    const slow = await passes(run(500))
    expect(performance.now() - start).toBeGreaterThan(30_000 / 500)
    expect(slow.digest).toBe(quick.digest)
  })
})

describe('branches', () => {
  it('leave the grid as it was, and can be compared', async () => {
    await passes(async ({ grid, users: { alice, bob }, eventually, expect: see }) => {
      const before = grid.digest()
      const branch = (tft: number) =>
        grid.branch(`alice gives ${tft}`, async () => {
          await alice.transfer(bob, tft)
          const vm = await alice.deploy(disk)
          await eventually('it is there', () => vm.isOk())
          return vm.contractId
        })
      const [one, two, again] = [await branch(1), await branch(2), await branch(1)]
      see(grid.digest()).toBe(before)
      see(grid.node(1).deployments()).toEqual([])
      see(grid.differences(one, again)).toEqual([])
      see(one.digest).toBe(again.digest)
      const differing = grid.differences(one, two)
      see(differing.map(({ name }) => name)).toEqual(
        [alice, bob].map(({ account }) => `System.Account[${account}]`).sort(),
      )
      see(one.changes.get(`zos.deployments[1/${alice.twinId}/1]`)).toBeDefined()
    })
  })

  it('are refused while another script of the grid waits', async () => {
    await passes(async ({ grid, expect: see }) => {
      const waiting = grid.advance('1m')
      await see(grid.branch('no', () => 1)).rejects.toMatchObject({ code: 'GRID_SNAPSHOT_BUSY' })
      await waiting
    })
  })

  it('end what still waited in them with GRID_REVERTED', async () => {
    await passes(async ({ grid, expect: see }) => {
      let code = ''
      await grid.branch('one waits', async () => {
        grid.advance('1h').catch(error => {
          code = error.code
        })
        await grid.advance('1m')
      })
      await grid.advance('1s')
      see(code).toBe('GRID_REVERTED')
    })
  })
})

describe('a fixture', () => {
  let setUps = 0
  const fixture = defineFixture<
    'alice',
    { vm: Awaited<ReturnType<Context['users']['alice']['deploy']>> }
  >({
    name: 'alice has a disk',
    grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice'] },
    async setUp({ users: { alice }, eventually }) {
      setUps += 1
      const vm = await alice.deploy(disk)
      await eventually('it is there', () => vm.isOk())
      return { vm }
    },
  })
  const grows = defineScenario({
    name: 'it grows',
    fixture,
    async run({ fixture: { vm }, eventually, expect: see }) {
      see(vm.plan.version).toBe(0)
      await vm.add(parts.disk('more', '1 GB'))
      await eventually('there is more', () => vm.state('more') === 'ok')
    },
  })
  const goes = defineScenario({
    name: 'it goes',
    fixture,
    async run({ fixture: { vm }, eventually, expect: see }) {
      see(Object.keys(vm.states())).toEqual(['disk'])
      await vm.cancel()
      await eventually('it is gone', () => vm.isGone())
    },
  })

  it('is set up once for each seed, and every scenario starts from its end', async () => {
    const reports = []
    for (const seed of ['1', '2']) {
      for (const scenario of [grows, goes, grows])
        reports.push(await runScenario(scenario, { seed }))
    }
    expect(reports.map(({ failure }) => failure)).toEqual(Array(6).fill(null))
    expect(setUps).toBe(2)
    const digests = reports.map(({ digest }) => digest)
    expect(digests[0]).toBe(digests[2])
    expect(new Set(digests).size).toBe(4)
  })

  it('gives the same history whichever scenario came before', async () => {
    const first = await runScenario(goes, { seed: '3' })
    await runScenario(grows, { seed: '4' })
    const alone = await runScenario(goes, { seed: '3' })
    expect(alone.digest).toBe(first.digest)
  })
})

describe('people', () => {
  it('come in crowds, each with an account and a twin', async () => {
    await passes(async ({ users, expect: see }) => {
      const crowd = await users.many(50, { tft: 5, prefix: 'guest' })
      see(new Set(crowd.map(({ twinId }) => twinId)).size).toBe(50)
      see(crowd.every(user => user.balance() > 40_000_000n)).toBe(true)
      const vms = await Promise.all(crowd.map(user => user.deploy(disk)))
      see(vms).toHaveLength(50)
    })
  })

  it('give and take as farmers', async () => {
    await passes(async ({ grid, farmers: { ghent }, expect: see }) => {
      see(grid.chain.freeIps(ghent!.farmId)).toBe(1)
      await ghent!.addIp('185.0.0.77/24', '185.0.0.1')
      see(grid.chain.freeIps(ghent!.farmId)).toBe(2)
      await ghent!.removeIp('185.0.0.77/24')
      see(grid.chain.freeIps(ghent!.farmId)).toBe(1)
      await ghent!.publicConfig(1, {
        ip4: { ip: '185.0.0.9/24', gw: '185.0.0.1' },
        domain: 'a.example.com',
      })
      see(grid.chain.node(1)?.public_config).not.toBeNull()
    })
  })
})
