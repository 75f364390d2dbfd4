// A world: a chain, a bus, nodes and people in one kernel, put together from a checked configuration.

import { createRequire } from 'node:module'
import { devGenesis } from '../chain/genesis.ts'
import { type BlockMode, Chain } from '../chain/node/chain.ts'
import { pallets } from '../chain/pallets/all.ts'
import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import type { FarmConfig, WorldConfig } from '../config/config.ts'
import { baseDomain, networks } from '../config/networks.ts'
import { toHex } from '../crypto/hex.ts'
import type { KeyPair } from '../crypto/keys.ts'
import { decodeSs58 } from '../crypto/ss58.ts'
import { Faults } from '../faults/faults.ts'
import { gridError, invariant } from '../kernel/errors.ts'
import { Kernel } from '../kernel/kernel.ts'
import type { AppendLog } from '../kernel/store.ts'
import { Bus } from '../rmb/bus.ts'
import { createIndexer, type Indexer, readers } from '../services/indexer/indexer.ts'
import { type KycOptions, KycTable } from '../services/kyc/table.ts'
import { type Behaviours, nodeBehaviours } from '../zos/behaviours.ts'
import { farmHardware } from '../zos/hardware/generate.ts'
import { createNodes, type Nodes } from '../zos/nodes.ts'
import type { WorkloadTypes } from '../zos/workloads/workload-type.ts'
import { chainEventRouter } from './chain-events.ts'
import { chainPortOf, twinDirectoryOf } from './chain-port.ts'
import { chainReset } from './chain-reset.ts'
import { Drains } from './drain.ts'
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
export interface WorldOptions extends Behaviours {
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
  /** Keep an index of the chain for the web services; without, the world is lighter. */
  readonly isIndexed?: boolean
}

/** Everything of one grid, inside its kernel. */
export interface World {
  readonly config: WorldConfig
  /** The relay string that its nodes' twins got on the chain. */
  readonly relay: string
  readonly kernel: Kernel
  readonly chain: Chain
  readonly bus: Bus
  readonly nodes: Nodes
  /** What is broken, or will be. */
  readonly faults: Faults
  /** What the nodes can deploy. */
  readonly workloadTypes: WorkloadTypes
  readonly keyring: Keyring
  /** Users first, then accounts that were given, then farmers. */
  readonly residents: readonly Resident[]
  readonly farms: readonly FarmView[]
  /** Who is verified: nodes refuse the others. */
  readonly kyc: KycTable
  /** The chain as its web services show it; null in a world without. */
  readonly indexer: Indexer | null
  /** Somebody came later: after a reset of the chain he registers with the others. */
  addPerson(person: Person): void
  /** The council cancels the contracts on a node; returns how many there are: see `Drains`. */
  drain(nodeId: number): number
}

const blockModes: Record<WorldConfig['blocks'], BlockMode> = {
  instant: 'instant',
  '6s': 'interval',
  manual: 'manual',
}

/** How long, in virtual time, the nodes of a new grid may take to register. */
const registrationMs = 600_000

/**
 * From so many nodes on they register a few at a time, and how they did is forgotten: blocks of ten thousands of
 * extrinsics would stay in the history for hours, and take more memory than all else.
 */
const manyNodes = 2000
const nodesAtOnce = 200

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
  const indexer = options.isIndexed ? createIndexer({ kernel, chain }) : null
  for (const name of readers) indexer?.setLag(name, config.lagMs[name])
  const bus = new Bus({ kernel, directory: twinDirectoryOf(chain) })
  const newcomers = kernel.store.log<Person>('grid.newcomers')
  let faults: Faults | null = null
  const behaviours = nodeBehaviours(options)
  const port = chainPortOf(chain, nodeId => !faults?.isCutOff(nodeId))
  const kyc = new KycTable(
    kernel.store,
    {
      accountOf: twinId => port.twin(twinId)?.account ?? null,
      twinIdOf: account => port.twinIdOf(account),
    },
    kycOptions(config),
  )
  const nodes = createNodes({
    ...behaviours,
    kernel,
    chain: port,
    kyc: twinId => kyc.refusalOf(twinId),
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
  addNodes({ nodes, kernel, chain, farms, views })
  equipFarms({
    ...parts,
    views,
    nodesOf: farmId => nodeIdsOf(nodes, farmId),
    council: [author, councilBob(keyring)],
    domain: baseDomain(config.network),
  })
  faults = new Faults({
    kernel,
    bus,
    chain,
    nodes,
    reset: chainReset({
      kernel,
      chain,
      nodes,
      keyring,
      config,
      relay: options.relay,
      funder: author,
      people: () => [...residents, ...allOf(newcomers)],
      farmers,
      views,
    }),
  })
  const drains = new Drains({ kernel, chain, keyring })
  chain.setMode(blockModes[config.blocks])
  return {
    config,
    relay: options.relay,
    kernel,
    chain,
    bus,
    nodes,
    faults,
    workloadTypes: behaviours.types,
    keyring,
    residents,
    farms: views,
    kyc,
    indexer,
    addPerson: person => newcomers.push(person),
    drain: nodeId => drains.drain(nodeId),
  }
}

/** The verifications that a configuration names: keys are addresses or numbers of twins. */
function kycOptions({ kyc: { mode, set } }: WorldConfig): KycOptions {
  return {
    mode,
    set: Object.entries(set).map(([name, status]) => {
      if (/^\d+$/.test(name)) return { of: { twinId: Number(name) }, status }
      const address = decodeSs58(name)
      if (!address.ok) {
        const detail = `kyc.set: ${name} is neither an address nor the number of a twin`
        throw gridError('GRID_CONFIG_INVALID', { detail })
      }
      return { of: { account: toHex(address.publicKey) }, status }
    }),
  }
}

function allOf<T>(log: AppendLog<T>): T[] {
  return Array.from({ length: log.length }, (_, at) => log.at(at)!)
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

function addNodes(parts: {
  nodes: Nodes
  kernel: Kernel
  chain: Chain
  farms: readonly FarmConfig[]
  views: readonly FarmView[]
}): void {
  const { nodes, kernel, chain, farms, views } = parts
  const wanted = farms.flatMap((farm, i) =>
    farmHardware(farm, kernel.random).map(hardware => ({ farmId: views[i]!.id, ...hardware })),
  )
  const areMany = wanted.length > manyNodes
  const atOnce = areMany ? nodesAtOnce : manyNodes
  for (let from = 0; from < wanted.length; from += atOnce) {
    for (const node of wanted.slice(from, from + atOnce)) nodes.add(node)
    awaitRegistration(nodes, kernel)
    if (areMany) chain.forgetHistory()
  }
}

function awaitRegistration(nodes: Nodes, kernel: Kernel): void {
  const end = kernel.now() + registrationMs
  while (!nodes.areRegistered() && (kernel.nextAt() ?? end) < end) kernel.step()
  invariant(nodes.areRegistered(), 'the nodes of a new grid register')
  kernel.runUntil(kernel.now())
}
