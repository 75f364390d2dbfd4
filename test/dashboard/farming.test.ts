// What the billing view tells of farms is what the chain did: tokens that moved, and uptime that was reported.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { system } from '../../src/chain/pallets/system/declaration.ts'
import { shareOfUptime } from '../../src/grid/dashboard/uptime.ts'
import { controlled } from '../services/control/support.ts'

const farms = [
  { name: 'ghent', nodes: 2 },
  { name: 'vienna', nodes: 1 },
]

it('hands on to the page what farmers, foundation and staking pool got', async () => {
  const { grid, ask } = await controlled({ farms })
  await ask('POST', '/time/freeze')
  const { chain, residents, farms: views } = grid.world
  const { Account } = chain.runtime.txOf(system).state
  const freeOf = (twinId: number) =>
    Account.get(residents.find(each => each.twinId === twinId)!.pair.accountId).data.free
  const before = views.map(({ twinId }) => freeOf(twinId))
  for (const [nodeId, name, memoryGiB] of [
    [1, 'web', 8],
    [3, 'api', 2],
  ] as const) {
    await ask('POST', '/dashboard/machines', { user: 'alice', nodeId, name, memoryGiB })
  }
  grid.advance(2 * 3_600_000)
  const { body } = await ask('GET', '/dashboard/farming')
  const gained = views.map(({ twinId }, i) => freeOf(twinId) - before[i]!)
  expect(gained.every(amount => amount > 0n)).toBe(true)
  const earned = new Map(
    body.farms.map(({ name, earned: own }: { name: string; earned: string }) => [name, own]),
  )
  expect(views.map(({ name }) => earned.get(name))).toEqual(gained.map(String))
  const all = grid.world.chain.archive
  let rewards = 0n
  for (let block = all.floor; block <= chain.best(); block += 1) {
    for (const { event } of chain.eventsOf(block)) {
      if (event.name !== 'RewardDistributed') continue
      rewards += (event.fields as { standard_rewards: bigint }).standard_rewards
    }
  }
  const { farmers, foundation, stakingPool } = body
  expect(BigInt(farmers) + BigInt(foundation) + BigInt(stakingPool)).toBe(rewards)
  expect(Number(stakingPool) / Number(rewards)).toBeCloseTo(0.1, 3)
  expect(Number(foundation) / Number(rewards)).toBeCloseTo(0.4, 3)
  expect(BigInt(body.reserved)).toBeGreaterThan(0n)
  expect(body.now - body.sinceAt).toBeGreaterThanOrEqual(2 * 3_600_000)
  expect(body.now - body.sinceAt).toBeLessThan(2.1 * 3_600_000)
  const [first] = body.farms
  expect(first.name).toBe('ghent')
  const points = first.points.map(({ amount }: { amount: string }) => BigInt(amount))
  expect(points.reduce((sum: bigint, each: bigint) => sum + each, 0n)).toBe(BigInt(first.earned))
  const { body: detail } = await ask('GET', `/dashboard/farming/${first.id}`)
  expect(
    detail.nodes.map(({ id, earned: own }: { id: number; earned: string }) => [id, own]),
  ).toEqual([
    [1, first.earned],
    [2, '0'],
  ])
  expect((await ask('GET', '/dashboard/farming/99')).status).toBe(404)
})

it('counts a cancelled contract for the node that it was on', async () => {
  const { grid, ask } = await controlled({ farms })
  await ask('POST', '/time/freeze')
  await ask('POST', '/dashboard/machines', { user: 'alice', nodeId: 3, name: 'api' })
  grid.advance(600_000)
  await ask('POST', '/nodes/3/actions', { type: 'drain' })
  grid.advance(60_000)
  const { body } = await ask('GET', '/dashboard/farming')
  expect(body).toMatchObject({ payouts: 1, reserved: '0', farms: [{ name: 'vienna' }, {}] })
  expect(body.farms[0].earned).toBe(body.farmers)
})

it('tells for how long nodes were up, and which fall short of their policy', async () => {
  const { grid, ask } = await controlled({ farms })
  await ask('POST', '/time/freeze')
  grid.advance(3_600_000)
  await ask('POST', '/nodes/2/actions', { type: 'crash' })
  grid.advance(3 * 3_600_000)
  const { body } = await ask('GET', '/dashboard/farming/1')
  const [up, down] = body.nodes
  expect(up).toMatchObject({ phase: 'up', minimalUptime: 0.95 })
  expect(up.uptime).toBeGreaterThan(0.99)
  expect(down.uptime).toBeGreaterThan(0.05)
  expect(down.uptime).toBeLessThan(0.3)
  const { body: farming } = await ask('GET', '/dashboard/farming')
  const ghent = farming.farms.find(({ name }: { name: string }) => name === 'ghent')
  expect(ghent).toMatchObject({ nodes: 2, below: 1 })
  expect(ghent.policies).toEqual(['threefold_default_diy_farming_policy'])
})

describe('the share of uptime', () => {
  it('is that of a node which is up and down by turns, as far as it has reported', () => {
    const turns = fc.array(fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.boolean()), {
      minLength: 1,
      maxLength: 30,
    })
    fc.assert(
      fc.property(turns, given => {
        let now = 1_000
        let up = 0
        let since: number | null = null
        const reports = []
        let told = { up: 0, at: 1_000 }
        for (const [seconds, isUp] of given) {
          if (isUp) since ??= now
          else since = null
          now += seconds
          if (isUp) {
            up += seconds
            reports.push({ at: now, uptime: now - since! })
            told = { up, at: now }
          }
        }
        const end = now - told.at > 2_460 ? now : told.at
        const share = shareOfUptime(reports, { from: 1_000, now })
        if (end === 1_000) expect(share).toBeNull()
        else expect(share).toBeCloseTo(told.up / (end - 1_000), 9)
      }),
    )
  })

  it('does not believe more than the time that passed', () => {
    const reports = [
      { at: 100, uptime: 1_000_000 },
      { at: 200, uptime: 1_000_000 },
      { at: 150, uptime: 5 },
    ]
    expect(shareOfUptime(reports, { from: 50, now: 200 })).toBe(1)
    expect(shareOfUptime([], { from: 0, now: 100 })).toBeNull()
    expect(shareOfUptime([], { from: 0, now: 9_000 })).toBe(0)
  })
})
