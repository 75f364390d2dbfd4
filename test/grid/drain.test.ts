// A node is emptied by the council: contracts end on the chain, workloads leave as real ones do, and it is recorded.

import { expect, it } from 'vitest'
import { smartContract } from '../../src/chain/pallets/smart-contract/declaration.ts'
import { utf8ToByteString } from '../../src/crypto/hex.ts'
import { readHistory } from '../../src/grid/history.ts'
import { replayHistory } from '../../src/grid/kept-world.ts'
import type { Grid } from '../../src/grid.ts'
import { play } from '../faults/support.ts'
import { controlled } from '../services/control/support.ts'

const councilEvents = (grid: Grid): string[] => {
  const { chain } = grid.world
  return Array.from({ length: chain.best() + 1 }, (_, block) => chain.eventsOf(block))
    .flat()
    .flatMap(({ event }) => (event.pallet === 'Council' ? [event.name] : []))
}

/** Contracts without workloads, all in one block. */
function contract(grid: Grid, nodeId: number, count: number, node = true): void {
  const { chain, residents } = grid.world
  grid.driver.enter(() => {
    for (let i = 0; i < count; i += 1) {
      const args = node
        ? {
            node_id: nodeId,
            deployment_hash: utf8ToByteString(`${nodeId}-${i}`.padEnd(32, '-')),
            deployment_data: '0x',
            public_ips: 0,
            solution_provider_id: null,
          }
        : { node_id: nodeId, solution_provider_id: null }
      const name = node ? 'create_node_contract' : 'create_rent_contract'
      chain.submit(
        { pallet: 'SmartContractModule', name, args },
        { signer: residents[0]!.pair.accountId },
      )
    }
  })
  grid.advance(60_000)
}

const activeOn = (grid: Grid, nodeId: number) =>
  grid.world.chain.runtime.txOf(smartContract).state.ActiveNodeContracts.get(nodeId)

it('takes the workloads of one node away and leaves those of the others', async () => {
  const { grid, ask } = await controlled()
  await ask('POST', '/time/freeze')
  for (const [nodeId, name] of [
    [1, 'web'],
    [1, 'db'],
    [2, 'api'],
  ] as const) {
    const order = { user: 'alice', nodeId, name }
    expect((await ask('POST', '/dashboard/machines', order)).status).toBe(200)
  }
  grid.advance(600_000)
  const { nodes } = grid.world
  expect([1, 2].map(id => nodes.deploymentsOf(id).length)).toEqual([2, 1])
  const drained = await ask('POST', '/nodes/1/actions', { type: 'drain' })
  expect([drained.status, drained.body.id, drained.body.drained]).toEqual([
    200,
    1,
    { contracts: 2 },
  ])
  grid.advance(600_000)
  expect([1, 2].map(id => nodes.deploymentsOf(id).length)).toEqual([0, 1])
  expect(activeOn(grid, 1)).toEqual([])
  expect(nodes.usedOf(1).cru).toBe(0n)
  const { body: story } = await ask('GET', '/dashboard/deployments/1')
  expect(story.contract).toBe('deleted')
  expect(councilEvents(grid)).toEqual([
    'Proposed',
    'Voted',
    'Voted',
    'Closed',
    'Approved',
    'Executed',
  ])
})

it('is done at once where nothing is, and does nothing twice', async () => {
  const { grid, ask } = await controlled({ blocks: '6s' })
  await ask('POST', '/time/freeze')
  const empty = await ask('POST', '/nodes/2/actions', { type: 'drain' })
  expect(empty.body.drained).toEqual({ contracts: 0 })
  contract(grid, 1, 1)
  for (const _ of [1, 2]) {
    const answer = await ask('POST', '/nodes/1/actions', { type: 'drain' })
    expect(answer.body.drained).toEqual({ contracts: 1 })
  }
  grid.advance(60_000)
  expect(activeOn(grid, 1)).toEqual([])
  expect(councilEvents(grid).filter(name => name === 'Executed')).toHaveLength(1)
  expect((await ask('POST', '/nodes/9/actions', { type: 'drain' })).status).toBe(404)
})

it('ends more contracts than one motion holds, and the rent behind them', async () => {
  const { grid, ask } = await controlled({ farms: [{ name: 'ghent', nodes: 2, dedicated: true }] })
  await ask('POST', '/time/freeze')
  contract(grid, 1, 1, false)
  contract(grid, 1, 230)
  const answer = await ask('POST', '/nodes/1/actions', { type: 'drain' })
  expect(answer.body.drained).toEqual({ contracts: 231 })
  grid.advance(60_000)
  const { state } = grid.world.chain.runtime.txOf(smartContract)
  expect(activeOn(grid, 1)).toEqual([])
  expect(state.ActiveRentContractForNode.get(1)).toBeNull()
  expect(state.Contracts.entries()).toEqual([])
})

it('is recorded: the same history empties the same node again', async () => {
  let text = ''
  const { grid, ask, close } = await controlled({}, { onHistory: piece => (text += piece) })
  await ask('POST', '/dashboard/machines', { user: 'alice', nodeId: 1, name: 'web' })
  await ask('POST', '/time/advance', { by: '10m' })
  await ask('POST', '/nodes/1/actions', { type: 'drain' })
  await ask('POST', '/time/advance', { by: '10m' })
  expect(grid.world.nodes.deploymentsOf(1)).toEqual([])
  await close()
  const history = readHistory(text)
  const { world, end } = replayHistory(history)
  expect(end).toEqual(history.end)
  expect(world.nodes.deploymentsOf(1)).toEqual([])
})

it('is a verb of scripts, and waits for a node that is off', async () => {
  await play(async ({ grid, users: { alice }, eventually, expect: expectIn }) => {
    await alice.deploy({ on: 1, name: 'web', network: '10.20.0.0/16' })
    const node = grid.node(1)
    node.crash()
    expectIn(node.drain()).toBe(1)
    await grid.advance('5m')
    node.boot()
    await eventually('the node is empty', () => node.isUp && node.deployments().length === 0)
    expectIn(node.drain()).toBe(0)
  })
})
