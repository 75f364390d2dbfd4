// The index of a grid that lives agrees with the chain's own state, whatever people and nodes do.

import { beforeAll, describe, expect, it } from 'vitest'
import { smartContract } from '../../../src/chain/pallets/smart-contract/declaration.ts'
import { tfgrid } from '../../../src/chain/pallets/tfgrid/declaration.ts'
import { checkWorld } from '../../../src/config/config.ts'
import { fromHex } from '../../../src/crypto/hex.ts'
import { cryptoReady } from '../../../src/crypto/ready.ts'
import { encodeSs58 } from '../../../src/crypto/ss58.ts'
import { createWorld, type World } from '../../../src/grid/world.ts'
import { Farmer, User } from '../../../src/scenario/actors.ts'
import { ScriptHost } from '../../../src/scenario/script.ts'
import { Stage } from '../../../src/scenario/stage.ts'
import { entityNames } from '../../../src/services/indexer/entities.ts'
import type { RowReader } from '../../../src/services/indexer/store.ts'

beforeAll(cryptoReady)

const minuteMs = 60_000

function newGrid() {
  const checked = checkWorld({
    farms: [{ name: 'ghent', nodes: 3, hardware: ['server'] }],
    users: ['alice'],
    blocks: '6s',
    seed: 'index',
  })
  if (!checked.ok) throw new TypeError(JSON.stringify(checked.problems))
  const world = createWorld(checked.config, {
    startAt: 1_760_000_000_000,
    relay: 'localhost',
    heartbeat: false,
    userScheme: 'ed25519',
    isIndexed: true,
  })
  const host = new ScriptHost(world.kernel)
  const stage = new Stage(world, host)
  const resident = (name: string) => world.residents.find(each => each.name === name)!
  return {
    world,
    host,
    rows: world.indexer!.reader('graphql'),
    alice: new User(resident('alice'), stage),
    farmer: new Farmer(resident('farmer-1'), world.farms[0]!, stage),
  }
}

/** Holds the rows against the state of the chain. */
function expectAgreement(world: World, rows: RowReader): void {
  const grid = world.chain.runtime.txOf(tfgrid).state
  const twins = grid.Twins.entries().map(({ value }) => value)
  expect(rows.count('Twin')).toBe(twins.length)
  for (const { id, account_id, relay } of twins) {
    expect(rows.one('Twin', 'twinID', id)).toMatchObject({
      accountID: encodeSs58(fromHex(account_id)),
      relay: relay ?? '',
    })
  }
  const farms = grid.Farms.entries().map(({ value }) => value)
  expect(rows.count('Farm')).toBe(farms.length)
  for (const { id, name, dedicated_farm, public_ips } of farms) {
    const farm = rows.one('Farm', 'farmID', id)!
    expect(farm).toMatchObject({ name, dedicatedFarm: dedicated_farm })
    const ips = rows.find('PublicIp', 'farm', farm.key)
    const shown = ips.map(({ ip, gateway, contractId }) => `${ip} ${gateway} ${contractId}`)
    expect(shown.sort()).toEqual(
      public_ips.map(({ ip, gateway, contract_id }) => `${ip} ${gateway} ${contract_id}`).sort(),
    )
  }
  expectNodesAgree(world, rows)
  expectContractsAgree(world, rows)
}

function expectNodesAgree(world: World, rows: RowReader): void {
  const grid = world.chain.runtime.txOf(tfgrid).state
  const nodes = grid.Nodes.entries().map(({ value }) => value)
  expect(rows.count('Node')).toBe(nodes.length)
  for (const node of nodes) {
    const row = rows.one('Node', 'nodeID', node.id)!
    expect(row).toMatchObject({
      farmID: node.farm_id,
      twinID: node.twin_id,
      country: node.location.country,
      city: node.location.city,
      gridVersion: node.version,
      certification: node.certification,
    })
    const { cru, mru, sru, hru } = node.resources
    expect(rows.one('NodeResourcesTotal', 'node', row.key)).toMatchObject({ cru, mru, sru, hru })
    const interfaces = rows.find('Interfaces', 'node', row.key)
    expect(interfaces.map(({ name, mac }) => `${name} ${mac}`).sort()).toEqual(
      node.interfaces.map(({ name, mac }) => `${name} ${mac}`).sort(),
    )
    const config = rows.one('PublicConfig', 'node', row.key)
    expect(config?.ipv4 ?? null).toBe(node.public_config?.ip4.ip ?? null)
    expect(config?.domain ?? null).toBe(node.public_config?.domain ?? null)
    const power = grid.NodePower.get(node.id)
    expect(row.power?.target ?? 'Up').toBe(power.target)
    expect(row.power?.state ?? 'Up').toBe(power.state.type)
  }
}

function expectContractsAgree(world: World, rows: RowReader): void {
  const state = world.chain.runtime.txOf(smartContract).state
  const tables = ['NodeContract', 'NameContract', 'RentContract'] as const
  const shown = tables.flatMap(table =>
    rows.all(table).map(row => ({ table, id: row.contractID, twin: row.twinID, state: row.state })),
  )
  const live = shown.filter(({ state: each }) => each !== 'Deleted')
  const onChain = state.Contracts.entries().map(({ value }) => ({
    table: value.contract_type.type,
    id: value.contract_id,
    twin: value.twin_id,
    state: value.state.type,
  }))
  const byId = <T extends { id: bigint }>(list: T[]) => list.sort((a, b) => Number(a.id - b.id))
  expect(byId(live)).toEqual(byId(onChain))
  // Contracts that are gone stay in the index.
  expect(shown).toHaveLength(Number(state.ContractID.get()))
  for (const { value } of state.NodeContractResources.entries()) {
    const contract = rows.one('NodeContract', 'contractID', value.contract_id)!
    const used = rows.get('ContractResources', contract.resourcesUsed)
    const { cru, mru, sru, hru } = value.used
    expect(used).toMatchObject({ cru, mru, sru, hru })
  }
}

function dump(rows: RowReader): string {
  const tables = entityNames.map(name => rows.all(name).map(row => [rows.idOf(row.key), row]))
  return JSON.stringify(tables, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
}

/** Much of what can happen, with a look after each part. */
async function live({ alice, farmer, host, world, rows }: ReturnType<typeof newGrid>) {
  const check = () => expectAgreement(world, rows)
  check()
  await host.run(async () => {
    const wish = { on: 1, name: 'web', network: '10.20.0.0/16', disk: '10 GB' } as const
    const vm = await alice.deploy({ ...wish, publicIp: 'v4' })
    check()
    await host.until('the machine runs', () => vm.isOk(), 30 * minuteMs)
    await alice.reserveName('mysite')
    await alice.rent(3)
    await farmer.publicConfig(2, {
      ip4: { ip: '185.206.122.5/24', gw: '185.206.122.1' },
      domain: 'gw.example',
    })
    await farmer.addIp('185.206.122.9/24', '185.206.122.1')
    check()
    await farmer.power(2, 'Down')
    await host.sleep(3 * 60 * minuteMs)
    check()
    await vm.cancel()
    await farmer.removeIp('185.206.122.9/24')
    await farmer.publicConfig(2, null)
    await farmer.power(2, 'Up')
    await host.sleep(60 * minuteMs)
    check()
  })
}

describe('the index of a grid', () => {
  it('agrees with the chain while people and nodes act, and is the same each time', async () => {
    const grid = newGrid()
    await live(grid)
    const { rows } = grid
    expect(rows.count('ContractBillReport')).toBeGreaterThan(3)
    expect(rows.count('UptimeEvent')).toBeGreaterThan(9)
    expect(rows.count('PowerTargetReport')).toBe(2)
    expect(rows.all('NodeContract').map(({ state }) => state)).toEqual(['Deleted'])
    const again = newGrid()
    await live(again)
    expect(dump(again.rows)).toBe(dump(rows))
  })

  it('goes back with a snapshot, and lives on', async () => {
    const grid = newGrid()
    const { world, rows } = grid
    const before = dump(rows)
    const snapshot = world.kernel.snapshot()
    await live(grid)
    const after = dump(rows)
    expect(after).not.toBe(before)
    world.kernel.revert(snapshot)
    expect(dump(rows)).toBe(before)
    expectAgreement(world, rows)
  })

  it('shows a call by the time that it is in a block', async () => {
    const { alice, host, rows } = newGrid()
    await host.run(async () => {
      const id = await alice.reserveName('quick')
      expect(rows.one('NameContract', 'contractID', id)?.name).toBe('quick')
    })
  })
})
