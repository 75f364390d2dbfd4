// A world: a chain, a bus, nodes and people in one kernel, put together from a checked configuration.

import { createRequire } from 'node:module'
import { devGenesis } from '../chain/genesis.ts'
import { type BlockMode, Chain } from '../chain/node/chain.ts'
import { pallets } from '../chain/pallets/all.ts'
import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import type { FarmConfig, WorldConfig } from '../config/config.ts'
import { baseDomain, networks } from '../config/networks.ts'
import type { KeyPair } from '../crypto/keys.ts'
import { invariant } from '../kernel/errors.ts'
import { Kernel } from '../kernel/kernel.ts'
import { Bus } from '../rmb/bus.ts'
import { createNodes, type Nodes } from '../zos/nodes.ts'
import { workloadTypes } from '../zos/workloads/registry.ts'
import {
  type WorkloadType,
  type WorkloadTypes,
  workloadTable,
} from '../zos/workloads/workload-type.ts'
import { chainEventRouter } from './chain-events.ts'
import { chainPortOf, twinDirectoryOf } from './chain-port.ts'
import { equipFarms, type FarmView, registerFarms } from './farms.ts'
import { Keyring, keyOfSecret } from './keyring.ts'
import { defaultTft, makePerson, type Person, registerPeople } from './people.ts'

/** The version of this package. */
export const version: string = createRequire(import.meta.url)('../../package.json').version

/** The runtime that the chain presents (`tfchain` release 2.9.2). */
export const specVersion = 153
export const transactionVersion = 2

/** A user or farmer with a twin. */
export interface Resident extends Person {
  readonly twinId: number
}

/** What decides a world beside its configuration. */
export interface WorldOptions {
  /** Virtual time at the start, ms since the Unix epoch. */
  readonly startAt: number
  /** The relay string that twins carry on the chain. */
  readonly relay: string
  /** Make empty blocks as they fall due, because somebody outside watches. */
  readonly heartbeat: boolean
  /** Scheme of the users' keys: ed25519 signs the same bytes each time, sr25519 is what most users have. */
  readonly userScheme: 'sr25519' | 'ed25519'
  /** Secrets of accounts to fund and register beside the users. */
  readonly accounts?: readonly string[]
  /** Workload types that nodes know beside upstream's, or in the place of one of the same name. */
  readonly workloads?: readonly WorkloadType[]
}

/** Everything of one grid, inside its kernel. */
export interface World {
  readonly config: WorldConfig
  readonly kernel: Kernel
  readonly chain: Chain
  readonly bus: Bus
  readonly nodes: Nodes
  /** What the nodes can deploy. */
  readonly workloadTypes: WorkloadTypes
  readonly keyring: Keyring
  /** Users first, then accounts that were given, then farmers. */
  readonly residents: readonly Resident[]
  readonly farms: readonly FarmView[]
}

const blockModes: Record<WorldConfig['blocks'], BlockMode> = {
  instant: 'instant',
  '6s': 'interval',
  manual: 'manual',
}

/** How long, in virtual time, the nodes of a new grid may take to register. */
const registrationMs = 600_000

/** Makes a world and lets everybody register by dispatched calls. Nothing of it depends on ports. */
export function createWorld(config: WorldConfig, options: WorldOptions): World {
  const kernel = new Kernel({ seed: config.seed, startAt: options.startAt })
  const keyring = new Keyring()
  const author = keyOfSecret('//Alice', 'sr25519')
  const preset = networks[config.network]
  keyring.add(author)
  const chain = new Chain({
    kernel,
    pallets,
    genesis: devGenesis({
      author: author.accountId,
      prices: preset.prices,
      billingFrequency: preset.billingFrequency,
    }),
    author: author.accountId,
    // The people and nodes of a new grid do not wait 6 s for each other's blocks.
    blocks: 'instant',
    heartbeat: options.heartbeat,
    keyOf: account => keyring.find(account),
    specVersion,
    transactionVersion,
    settings: { strictRelay: config.strictRelay },
  })
  const bus = new Bus({ kernel, directory: twinDirectoryOf(chain) })
  const types = workloadTable([...workloadTypes.values(), ...(options.workloads ?? [])])
  const nodes = createNodes({
    types,
    kernel,
    chain: chainPortOf(chain),
    bus,
    keyring,
    relay: options.relay,
    activation: { activate: account => activate(chain, author, account) },
  })
  chain.listen({ onBlocks: chainEventRouter(chain, nodes) })
  const { farms } = config
  const residents = settle({ chain, kernel, keyring, config, options, farms, author })
  const farmers = residents.slice(residents.length - farms.length)
  const parts = { chain, kernel, farms, farmers }
  const views = registerFarms(parts)
  addNodes(nodes, kernel, farms, views)
  equipFarms({
    ...parts,
    views,
    nodesOf: farmId => nodeIdsOf(nodes, farmId),
    council: [author, councilBob(keyring)],
    domain: baseDomain(config.network),
  })
  chain.setMode(blockModes[config.blocks])
  return {
    config,
    kernel,
    chain,
    bus,
    nodes,
    workloadTypes: types,
    keyring,
    residents,
    farms: views,
  }
}

/** The second member of the dev chain's council. */
function councilBob(keyring: Keyring): KeyPair {
  const bob = keyOfSecret('//Bob', 'sr25519')
  keyring.add(bob)
  return bob
}

/** Ids of the nodes of a farm, in the order of their registration. */
function nodeIdsOf(nodes: Nodes, farmId: number): number[] {
  return nodes.list().flatMap(node => (node.farmId === farmId ? [node.nodeId] : []))
}

/** Funds a new account, as the grid's activation service does: 0.1 TFT, once. */
function activate(chain: Chain, funder: KeyPair, account: `0x${string}`): void {
  const args = { dest: { type: 'Id', value: account }, value: 1_000_000n }
  chain.submit(
    { pallet: 'Balances', name: 'transfer_keep_alive', args },
    { signer: funder.accountId },
  )
}

/** Registers users, given accounts and farmers; returns them with their twins. */
function settle(parts: {
  chain: Chain
  kernel: Kernel
  keyring: Keyring
  config: WorldConfig
  options: WorldOptions
  farms: readonly FarmConfig[]
  author: KeyPair
}): Resident[] {
  const { chain, kernel, keyring, config, options, farms, author } = parts
  const scheme = options.userScheme
  const users = config.users.map(user => {
    const { mnemonic, tft } =
      'mnemonic' in user || 'tft' in user ? user : { mnemonic: undefined, tft: undefined }
    return { ...makePerson(user.name, { secret: mnemonic, scheme }), tft: tft ?? defaultTft }
  })
  const accounts = (options.accounts ?? []).map((secret, i) => ({
    ...makePerson(`account-${i + 1}`, { secret, scheme }),
    tft: defaultTft,
  }))
  const farmers = farms.map((_, i) => ({
    ...makePerson(`farmer-${i + 1}`, { scheme }),
    tft: defaultTft,
  }))
  const people = [...users, ...accounts, ...farmers]
  registerPeople(people, { chain, keyring, relay: options.relay, funder: author })
  kernel.runUntil(kernel.now())
  const { TwinIdByAccountID } = chain.runtime.txOf(tfgrid).state
  return people.map(person => {
    const twinId = TwinIdByAccountID.get(person.pair.accountId)
    invariant(twinId !== null, `${person.name} has a twin`)
    return { ...person, twinId }
  })
}

function addNodes(
  nodes: Nodes,
  kernel: Kernel,
  farms: readonly FarmConfig[],
  views: readonly FarmView[],
): void {
  farms.forEach(({ nodes: count, hardware }, i) => {
    for (let n = 0; n < count; n += 1) {
      nodes.add({ farmId: views[i]!.id, profile: hardware[n % hardware.length]! })
    }
  })
  const end = kernel.now() + registrationMs
  while (!nodes.areRegistered() && (kernel.nextAt() ?? end) < end) kernel.step()
  invariant(nodes.areRegistered(), 'the nodes of a new grid register')
  kernel.runUntil(kernel.now())
}
