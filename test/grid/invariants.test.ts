import { beforeAll, describe, expect, it } from 'vitest'
import { smartContract } from '../../src/chain/pallets/smart-contract/declaration.ts'
import { system } from '../../src/chain/pallets/system/declaration.ts'
import { tfgrid } from '../../src/chain/pallets/tfgrid/declaration.ts'
import { cryptoReady } from '../../src/crypto/ready.ts'
import type { World } from '../../src/grid/world.ts'
import {
  type AnyScenario,
  defineScenario,
  type ScenarioContext,
} from '../../src/scenario/define.ts'
import { parts } from '../../src/scenario/parts.ts'
import { runScenario } from '../../src/scenario/runner.ts'

beforeAll(cryptoReady)

/** Alice has a machine with a public address; then `spoil` breaks something, and a rule has to see it. */
async function broken(
  spoil: (world: World, context: ScenarioContext<'alice'>) => void | Promise<void>,
): Promise<string> {
  const scenario: AnyScenario = defineScenario<'alice'>({
    name: 'something is broken',
    grid: { farms: [{ name: 'ghent', nodes: 2, publicIps: 2, gateways: 1 }], users: ['alice'] },
    async run(context) {
      const {
        grid,
        users: { alice },
        eventually,
      } = context
      await alice.reserveName('shop')
      const vm = await alice.deploy({
        on: 1,
        name: 'web',
        network: '10.20.0.0/16',
        disk: '1 GB',
        publicIp: 'v4',
        with: [parts.gatewayName('shop', ['http://1.2.3.4:80'])],
      })
      await eventually('every workload is ok', () => vm.isOk())
      await grid.advance('1h')
      await spoil(grid.world, context)
    },
  })
  const { failure } = await runScenario(scenario, { seed: '1' })
  return failure ?? 'nothing was seen'
}

const machineOf = (world: World) => {
  const { engine } = world.nodes
  const [place] = engine.book.placesOf(1)
  return { engine, place: place!, record: engine.book.get(place!) }
}

describe('an invariant', () => {
  it('sees nothing where nothing is broken', async () => {
    expect(await broken(() => undefined)).toBe('nothing was seen')
  })

  it('sees a workload without a contract', async () => {
    const failure = await broken(world => {
      world.chain.override(() => {
        world.chain.runtime.txOf(smartContract).state.Contracts.remove(2n)
      })
    })
    expect(failure).toMatch(/lists contract 2, which is not there|there is no such contract/)
  })

  it('sees a deployment that its node has forgotten', async () => {
    const failure = await broken(world => {
      const { engine, place } = machineOf(world)
      engine.book.erase(place)
    })
    expect(failure).toContain('its node has forgotten it')
  })

  it('sees a history without its last entry', async () => {
    const failure = await broken(world => {
      const { engine, place, record } = machineOf(world)
      const last = record.history.at(-1)!
      const others = record.deployment.workloads.filter(({ name }) => name !== last.name)
      const workloads = [...others, { ...last, version: 5 }]
      Reflect.set(engine.book, 'get', () => ({
        ...record,
        deployment: { ...record.deployment, workloads },
      }))
      expect(place.contractId).toBe(2n)
    })
    expect(failure).toContain('its history ends with')
  })

  it('sees tokens that come from nowhere', async () => {
    const failure = await broken((world, { users: { alice } }) => {
      const accounts = world.chain.runtime.txOf(system).state.Account
      const account = accounts.get(alice.account)
      const data = { ...account.data, free: account.data.free + 1n }
      world.chain.override(() => accounts.set(alice.account, { ...account, data }))
    })
    expect(failure).toContain("'the accounts together have what was issued' is broken")
  })

  it('sees a reserve that no bill made', async () => {
    const failure = await broken((world, { users: { alice } }) => {
      const accounts = world.chain.runtime.txOf(system).state.Account
      const account = accounts.get(alice.account)
      const { free, reserved } = account.data
      const data = { ...account.data, free: free - 5n, reserved: reserved + 5n }
      world.chain.override(() => accounts.set(alice.account, { ...account, data }))
    })
    expect(failure).toContain("'what is reserved of a payer is what his bills reserved' is broken")
  })

  it('sees an address that is given to a contract that does not have it', async () => {
    const failure = await broken(world => {
      const { Farms } = world.chain.runtime.txOf(tfgrid).state
      const farm = Farms.get(1)!
      const public_ips = farm.public_ips.map(ip => ({ ...ip, contract_id: 2n }))
      world.chain.override(() => Farms.set(1, { ...farm, public_ips }))
    })
    expect(failure).toContain("'a public address is given once' is broken")
  })

  it('sees a name whose contract is for something else', async () => {
    const failure = await broken(world => {
      const { state } = world.chain.runtime.txOf(smartContract)
      const [name] = [
        ...world.chain.state
          .item('SmartContractModule', 'ContractIDByNameRegistration')
          .cells.values(),
      ]
      world.chain.override(() =>
        state.ContractIDByNameRegistration.set(name!.keys[0] as string, 2n),
      )
    })
    expect(failure).toContain("'a name belongs to one contract' is broken")
  })

  it('sees a contract that its node does not list', async () => {
    const failure = await broken(world => {
      world.chain.override(() => {
        world.chain.runtime.txOf(smartContract).state.ActiveNodeContracts.set(1, [])
      })
    })
    expect(failure).toContain('contract 2 is for node 1, and listed for none')
  })

  it('sees two networks on one port', async () => {
    const failure = await broken(world => {
      const { engine } = machineOf(world)
      const resources = engine.resourcesOf(1)
      const [network] = resources.networks
      const twin = { ...network!, id: 'another' }
      Reflect.set(engine, 'resourcesOf', () => ({ ...resources, networks: [network!, twin] }))
    })
    expect(failure).toContain("'a WireGuard port belongs to one network of a node' is broken")
  })

  it('sees a message of which nothing became', async () => {
    const failure = await broken(async ({ kernel }, { grid, users: { alice } }) => {
      const from = `${alice.twinId}`
      kernel.trace.add('rmb.sent', { uid: 'gone', from, to: '9', what: 'zos.nothing' })
      await grid.advance('2m')
    })
    expect(failure).toContain("'every message has an outcome' is broken")
  })
})
