// The people and farms of a grid on a chain elsewhere: found there, or set up by what a person would sign.

import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import type { ChainCall } from '../chain/runtime/outer.ts'
import type { FarmConfig } from '../config/config.ts'
import { blake2b256 } from '../crypto/hash.ts'
import { bytesToByteString, utf8ToByteString } from '../crypto/hex.ts'
import { secp256k1PublicKey } from '../crypto/secp256k1.ts'
import { gridError } from '../kernel/errors.ts'
import { type FarmView, farmAddresses, gatewayConfig } from './farms.ts'
import { acceptedTerms, type Person, tftUnits } from './people.ts'
import { farmKey } from './remote-facts.ts'
import type { RemoteWorld } from './remote-world.ts'
import type { Resident } from './world.ts'

/** Who has less than this, in units, is given what was asked for. */
const poor = tftUnits

/** Longest name of a farm (`tfchain: pallet_tfgrid`, MaxFarmNameLength). */
const longestName = 40

/** Finds or sets up people: funds, terms, twin. Throws GRID_CHAIN_REFUSED when the chain does not let them. */
export async function settlePeople(
  world: RemoteWorld,
  people: readonly (Person & { readonly tft: number })[],
  relay: string,
): Promise<Resident[]> {
  const { mirror, keyring } = world
  await mirror.ownAccounts(people.map(({ pair }) => pair.accountId))
  for (const { pair } of people) keyring.add(pair)
  await Promise.all(people.map(person => settle(world, person, relay)))
  return people.map(person => {
    const twinId = world.storage.grid.TwinIdByAccountID.get(person.pair.accountId)
    if (twinId !== null) return { ...person, twinId }
    throw gridError('GRID_CHAIN_REFUSED', { detail: `${person.name} has no twin` })
  })
}

async function settle(
  world: RemoteWorld,
  { name, pair, tft, encryptionSecret }: Person & { readonly tft: number },
  relay: string,
): Promise<void> {
  const { grid, system } = world.storage
  const account = pair.accountId
  const call = (item: string, args: ChainCall['args'], isDone: () => boolean) =>
    unlessDone(world, isDone, () =>
      world.carryOut({ pallet: 'TfgridModule', name: item, args }, pair),
    )
  const hasTwin = () => grid.TwinIdByAccountID.get(account) !== null
  const hasAccepted = () => grid.UsersTermsAndConditions.has(account)
  const steps: Promise<unknown>[] = []
  if (system.Account.get(account).data.free < poor) {
    const funded = world.submitter.fund(account, BigInt(tft) * tftUnits)
    steps.push(funded.then(fate => world.succeeded(fate, `funds for ${name}`)))
  }
  if (!hasAccepted()) steps.push(call('user_accept_tc', acceptedTerms, hasAccepted))
  if (!hasTwin()) {
    const pk = secp256k1PublicKey(encryptionSecret)
    const args = { relay: utf8ToByteString(relay), pk: pk ? bytesToByteString(pk) : null }
    steps.push(call('create_twin', args, hasTwin))
  }
  await Promise.all(steps)
}

/** Does something that another process of the same grid may do at the same time: then it is done, too. */
async function unlessDone(
  world: RemoteWorld,
  isDone: () => boolean | Promise<boolean>,
  act: () => Promise<unknown>,
): Promise<void> {
  try {
    await act()
  } catch (cause) {
    await world.mirror.catchUp()
    if (!(await isDone())) throw cause
  }
}

/**
 * Finds or registers farms, each with a farmer of its own. A name that somebody else's farm has gets an ending that
 * follows from `seed`.
 */
export async function settleFarms(
  world: RemoteWorld,
  parts: {
    readonly farms: readonly FarmConfig[]
    readonly farmers: readonly Resident[]
    readonly seed: string
  },
): Promise<FarmView[]> {
  const { farms, farmers, seed } = parts
  return Promise.all(
    farms.map((farm, i) => settleFarm(world, farm, farmers[i]!, { seed, place: i })),
  )
}

async function settleFarm(
  world: RemoteWorld,
  farm: FarmConfig,
  { pair, twinId }: Resident,
  { seed, place }: { seed: string; place: number },
): Promise<FarmView> {
  const ending = `-${markOf(seed)}`
  for (const name of [farm.name, `${farm.name.slice(0, longestName - ending.length)}${ending}`]) {
    let id = await farmIdOf(world, name)
    if (id === 0) {
      const public_ips = farmAddresses(farmPlace(seed, place), farm.publicIps)
      const args = { name: utf8ToByteString(name), public_ips }
      const isDone = async () => (await farmIdOf(world, name)) !== 0
      await unlessDone(world, isDone, () =>
        world.carryOut({ pallet: 'TfgridModule', name: 'create_farm', args }, pair),
      )
      id = await farmIdOf(world, name)
    }
    // The mirror may show an older block than the one in which another process of the grid has made it.
    const found = await world.mirror.client.read(tfgrid, 'Farms', id)
    await world.mirror.own([farmKey(id)])
    if (found?.twin_id === twinId) return { id, name, twinId }
  }
  const detail = `the farms ${farm.name} and ${farm.name}${ending} belong to others; give it another name`
  throw gridError('GRID_CONFIG_INVALID', { detail })
}

/** Lets farmers give the first nodes of their farms what makes them gateways. */
export async function settleGateways(
  world: RemoteWorld,
  parts: {
    readonly farms: readonly FarmConfig[]
    readonly farmers: readonly Resident[]
    readonly views: readonly FarmView[]
    readonly seed: string
    /** The domain below which gateways have theirs: `dev.grid.tf`. */
    readonly domain: string
  },
): Promise<void> {
  const nodes = new Map(world.nodes.list().map(node => [node.index, node]))
  let first = 1
  const all = parts.farms.flatMap(({ gateways, nodes: count }, i) => {
    const { id: farm_id, name } = parts.views[i]!
    const places = Array.from({ length: Math.min(gateways, count) }, (_, n) => first + n)
    first += count
    return places.map(async (index, n) => {
      const node_id = nodes.get(index)?.nodeId
      // Another process of the grid has it.
      if (node_id === undefined) return
      if (world.storage.grid.Nodes.get(node_id)?.public_config) return
      const domain = `gw${n + 1}.${name.toLowerCase().replaceAll('_', '-')}.${parts.domain}`
      const public_config = gatewayConfig(farmPlace(parts.seed, i), n, domain)
      const args = { farm_id, node_id, public_config }
      const call = { pallet: 'TfgridModule', name: 'add_node_public_config', args }
      await world.carryOut(call, parts.farmers[i]!.pair)
    })
  })
  await Promise.all(all)
}

async function farmIdOf(world: RemoteWorld, name: string): Promise<number> {
  const id = await world.mirror.client.read(tfgrid, 'FarmIdByName', utf8ToByteString(name))
  return id
}

/** Four characters that follow from a seed. */
function markOf(seed: string): string {
  return Buffer.from(blake2b256(new TextEncoder().encode(seed))).toString('hex', 0, 2)
}

/** The addresses of farms of several grids on one chain lie apart: beyond those of a chain's own grid. */
function farmPlace(seed: string, place: number): number {
  return 0x1_0000 + ((Number.parseInt(markOf(seed), 16) + place) & 0xffff)
}
