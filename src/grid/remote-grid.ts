// A grid that people connect to, whose nodes live on a chain elsewhere: relay, nodes and people of its own.

import { remoteClient } from '../chain/client/remote.ts'
import { checkGrid, type GridConfig, type GridInput, problemText } from '../config/config.ts'
import { baseDomain, networks } from '../config/networks.ts'
import { type Parts, startParts } from '../containers/parts.ts'
import { cryptoReady } from '../crypto/ready.ts'
import { faultSchema } from '../faults/schema.ts'
import { type GridInfo, mountRelay } from '../grid.ts'
import { gridError, invariant } from '../kernel/errors.ts'
import { federationAt, Relay } from '../rmb/relay/relay.ts'
import type { NodesPort } from '../services/control/ports.ts'
import { startWebServer, type WebServer } from '../services/control/server.ts'
import type { Behaviours } from '../zos/behaviours.ts'
import { farmHardware } from '../zos/hardware/generate.ts'
import { Identities } from '../zos/lifecycle/identity.ts'
import { announce, controlBeside, newSecret } from './announcer.ts'
import type { FarmView } from './farms.ts'
import { keyOfSecret } from './keyring.ts'
import { findRelay, NodeSessions } from './node-sessions.ts'
import { NodeStores } from './node-stores.ts'
import { nodesPortOf } from './nodes-port.ts'
import { relayPlaceOf, relayStringOf, urlHost } from './own-addresses.ts'
import { defaultTft, makePerson, type Person, phraseOf } from './people.ts'
import { type GenesisParts, settleGenesis } from './remote-genesis.ts'
import { growthOf } from './remote-growth.ts'
import { settleFarms, settleGateways, settlePeople } from './remote-settlers.ts'
import { RemoteWorld } from './remote-world.ts'
import { type Resident, version } from './world.ts'

/** A running grid without a chain of its own. */
export interface JoinedGrid {
  readonly world: RemoteWorld
  /** Its nodes, as its control API knows them. */
  readonly nodes: NodesPort
  /** How many nodes are connected to a relay elsewhere; null when the relay is the grid's own. */
  sessions(): number | null
  /** How to reach it, and who and what of it is on the chain. */
  info(): GridInfo
  /** Ends all connections and servers. What is on the chain stays there. */
  close(): Promise<void>
}

/** What a program gives a joined grid that a grid file cannot say. */
export interface JoinOptions extends Behaviours {
  /** Hears of what ends the grid; the default throws it where nobody can catch it. */
  readonly onFailure?: (error: Error) => void
  /** Hears what the chain lacks and this grid has no right to set up, a sentence each. */
  readonly onNote?: (sentence: string) => void
  /**
   * The control API of the grid that has the chain, where it is not beside the relay, and its dev token. That grid is
   * told that nodes of it are played here.
   */
  readonly control?: string | undefined
  readonly token?: string | undefined
}

/** How long the sessions at a relay elsewhere may take to connect, in ms. */
const sessionsMs = 60_000

/** Farms of a joined grid that names none. */
const defaultFarms = [{ name: 'joined', nodes: 5 }]

/**
 * Starts nodes and a relay on a chain elsewhere, and resolves when the nodes have registered there.
 *
 *     const grid = await joinGrid({ chain: 'ws://127.0.0.1:9944', port: 0 })
 *     console.log(grid.info().nodes)
 *     await grid.close()
 *
 * Fails with GRID_CONFIG_INVALID, GRID_PORT_IN_USE, GRID_HOST_REFUSED, GRID_ACCOUNT_INVALID, GRID_CHAIN_UNREACHABLE,
 * GRID_CHAIN_DIFFERENT, GRID_RELAY_UNREACHABLE, GRID_CONTAINER_FAILED, or GRID_CHAIN_REFUSED when the chain does not take an extrinsic that
 * sets the grid up.
 */
export async function joinGrid(input: GridInput, options: JoinOptions = {}): Promise<JoinedGrid> {
  const checked = checkGrid(input)
  if (!checked.ok) {
    throw gridError('GRID_CONFIG_INVALID', { detail: problemText(checked.problems) })
  }
  const again = checkGrid({ ...input, farms: input.farms ?? defaultFarms })
  const config = again.ok ? again.config : checked.config
  const { chain } = config
  if (chain === undefined) {
    throw gridError('GRID_CONFIG_INVALID', { detail: 'chain: the URL of the chain is missing' })
  }
  await cryptoReady()
  let joined: JoinedGrid | null = null
  const peerToken = newSecret()
  const web = await startWebServer({
    host: config.host,
    port: config.port,
    token: config.devToken,
    peerToken,
    changes: { faultSchema, version, serves: 'nodes' },
    view: () =>
      joined && {
        info: () => joined?.info(),
        health: () => healthOf(joined!),
        trace: () => joined!.world.kernel.trace.last(),
        nodes: joined.nodes,
      },
  })
  let parts: Parts | null = null
  const closeParts = async () => parts?.close()
  const tell = options.onFailure ?? throwLater
  // Whoever hears of it may end the process at once.
  const onFailure = (error: Error) => void closeParts().finally(() => tell(error))
  try {
    const { relay } = config
    const { chainPort } = input
    parts = await startParts({ chain, relay, ...(chainPort ? { chainPort } : {}) }, onFailure)
    const opened = await open(placedIn(config, parts), web, { ...options, onFailure })
    let leave: () => void = () => undefined
    joined = {
      ...opened,
      close: () => {
        leave()
        return opened.close().finally(closeParts)
      },
    }
    leave = await tellGrid(joined, { config, secret: peerToken, port: web.port, ...options })
    return joined
  } catch (cause) {
    await closeParts()
    await web.close()
    throw cause
  }
}

/** Tells the grid that has the chain, where it is one of ours, that nodes of it are here. */
async function tellGrid(
  { world, nodes }: JoinedGrid,
  options: JoinOptions & { readonly config: GridConfig; secret: string; port: number },
): Promise<() => void> {
  const { config, secret, port, token, onNote = () => undefined } = options
  const { relay, seed, shard } = config
  const beside = relay === undefined ? null : await controlBeside(relay)
  const control = options.control?.replace(/\/+$/, '') ?? beside
  if (control === null) return () => undefined
  const name = `${seed}${shard ? `#${shard.index}/${shard.of}` : ''}`
  return announce({
    control,
    token,
    secret,
    name: name.replace(/[^\w./#-]/g, '-').slice(0, 100),
    port,
    genesisHash: world.mirror.client.genesisHash,
    nodes,
    onNote: sentence => {
      world.note(sentence)
      onNote(sentence)
    },
  })
}

type Config = GridConfig & { readonly chain: string }

/** A configuration whose parts are where they are. */
function placedIn(config: GridConfig, { chain, relay, relayDomains }: Parts): Config {
  const domains = config.relayDomains ?? relayDomains
  // What is in a container is the real chain.
  const strictRelay = config.strictRelay || chain !== config.chain
  return { ...config, chain, relay, strictRelay, ...(domains ? { relayDomains: domains } : {}) }
}

async function open(
  config: Config,
  web: WebServer,
  { onFailure, onNote, ...behaviours }: JoinOptions & Required<Pick<JoinOptions, 'onFailure'>>,
): Promise<JoinedGrid> {
  const address = `${urlHost(config.host)}:${web.port}`
  const relayUrl = config.relay ?? `ws://${address}/relay`
  const relayString = relayStringOf(config, relayUrl)
  if (config.relay !== undefined) await findRelay(config.relay)
  const stores =
    config.dataDir === undefined ? null : await NodeStores.open(config.dataDir, nameSpaceOf(config))
  const world = await openWorld(config, {
    relay: relayString,
    stores,
    onFailure,
    behaviours,
  }).catch(async cause => {
    await stores?.close()
    throw cause
  })
  let residents: readonly Resident[] = []
  const sessions = config.relay === undefined ? null : sessionsAt(config.relay, world)
  const relay =
    sessions === null
      ? new Relay({
          bus: world.bus,
          driver: world.driver,
          secretOfTwin: twinId => secretOf(world, residents, twinId),
          prefetch: twins => world.prefetch(twins),
          admit: message => world.admit(message),
          federation: federationAt(relayPlaceOf(config, web.port, relayString)),
          onFailure,
        })
      : null
  if (relay) mountRelay(web, relay)
  const close = async () => {
    await Promise.all([relay?.close(), sessions?.close()])
    await world.close()
    await stores?.close()
  }
  try {
    for (const note of await settleGenesis(world, genesisOf(config))) {
      world.note(note)
      onNote?.(note)
    }
    const settled = await settleAll(world, config, { relay: relayString, stores })
    residents = settled.residents
    await sessions?.allOpen(sessionsMs)
    const endpoints = {
      substrate: config.chain,
      relay: relayUrl,
      control: `http://${address}/api`,
    }
    const power = powerOf(world, settled)
    return {
      world,
      nodes: nodesPortOf({ world, power, grow: growthOf(world, config, settled.farms) }),
      sessions: () => sessions?.connections ?? null,
      info: () => infoOf(world, config, { ...settled, endpoints }),
      close: async () => {
        await close()
        await web.close()
      },
    }
  } catch (cause) {
    await close()
    throw cause
  }
}

/** The part of the world that no relay is needed for. */
function openWorld(
  config: Config,
  options: {
    readonly relay: string
    readonly stores: NodeStores | null
    readonly behaviours: Behaviours
    readonly onFailure: (error: Error) => void
  },
): Promise<RemoteWorld> {
  const { stores, ...others } = options
  let world: RemoteWorld | null = null
  const opening = RemoteWorld.open({
    ...others,
    // Nodes of two grids on one chain are not the same ones, though both were given the same seed.
    seed: nameSpaceOf(config),
    connect: () => remoteClient(config.chain),
    funder: keyOfSecret(config.funder, 'sr25519'),
    firstIndex: partOf(config).from + 1,
    onReached: () => {
      if (world) stores?.reach(world.nodes, index => world!.accountOf(index))
    },
  })
  return opening.then(opened => {
    world = opened
    stores?.follow(opened.kernel.trace)
    return opened
  })
}

function sessionsAt(url: string, world: RemoteWorld): NodeSessions {
  const { bus, driver, nodes } = world
  return new NodeSessions({
    url,
    bus,
    driver,
    nodes,
    prefetch: twins => world.prefetch(twins),
    admit: message => world.admit(message),
  })
}

/** Which of all nodes are this process's: from the first to before the last, counted from 0. */
function partOf({ farms, shard = { index: 1, of: 1 } }: Config): { from: number; to: number } {
  const count = farms.reduce((sum, { nodes }) => sum + nodes, 0)
  const end = (index: number) => Math.floor((count * index) / shard.of)
  return { from: end(shard.index - 1), to: end(shard.index) }
}

const nameSpaceOf = ({ seed }: GridConfig): string => `joined/${seed}`

/** What the grid gives a chain that lacks it. */
function genesisOf(config: Config): GenesisParts {
  const { from, to } = partOf(config)
  const { prices } = networks[config.network]
  return { prices, funder: keyOfSecret(config.funder, 'sr25519'), hasNodes: to > from }
}

/** Everybody and everything that the configuration names, on the chain. */
async function settleAll(
  world: RemoteWorld,
  config: Config,
  { relay, stores }: { readonly relay: string; readonly stores: NodeStores | null },
): Promise<{ residents: Resident[]; farms: FarmView[] }> {
  const seed = nameSpaceOf(config)
  const { farms } = config
  const residents = await settlePeople(world, peopleOf(config), relay)
  const farmers = residents.slice(residents.length - farms.length)
  const views = await settleFarms(world, { farms, farmers, seed })
  const nodes = farms.flatMap((farm, i) =>
    farmHardware(farm, world.kernel.random).map(hardware => ({
      farmId: views[i]!.id,
      ...hardware,
    })),
  )
  const { from, to } = partOf(config)
  const identities = new Identities(world.kernel.random)
  const own = nodes.slice(from, to).map((node, i) => {
    const account = identities.lightPairOf(from + i + 1).accountId
    const kept = stores?.find(account)
    return { account, node: kept ? { ...node, kept } : node }
  })
  await world.addNodes(
    own.map(({ node }) => node),
    own.map(({ account }) => account),
  )
  const domain = baseDomain(config.network)
  await settleGateways(world, { farms, farmers, views, seed, domain })
  return { residents, farms: views }
}

/** Only its farmer may send a node to sleep, or have it woken. */
function powerOf(
  world: RemoteWorld,
  { residents, farms }: { residents: readonly Resident[]; farms: readonly FarmView[] },
) {
  return async (nodeId: number, target: 'Up' | 'Down'): Promise<void> => {
    const farmId = world.driver.enter(() => world.storage.grid.Nodes.get(nodeId)?.farm_id)
    const farm = farms.find(({ id }) => id === farmId)
    const farmer = residents.find(({ twinId }) => twinId === farm?.twinId)
    invariant(farmer, 'a node of this process has a farmer')
    const args = { node_id: nodeId, power_target: target }
    await world.carryOut({ pallet: 'TfgridModule', name: 'change_power_target', args }, farmer.pair)
  }
}

/** Users by the names that every grid knows them by, given accounts, and farmers of this grid's own. */
function peopleOf(config: Config): (Person & { tft: number })[] {
  const scheme = 'sr25519'
  const users = config.users.map(user => {
    const { mnemonic: secret, tft = defaultTft } = 'mnemonic' in user || 'tft' in user ? user : {}
    return { ...makePerson(user.name, { secret, scheme }), tft }
  })
  const accounts = config.accounts.map((secret, i) => ({
    ...makePerson(`account-${i + 1}`, { secret, scheme }),
    tft: defaultTft,
  }))
  const farmers = config.farms.map((_, i) => {
    const name = `farmer-${i + 1}`
    const secret = phraseOf(`${nameSpaceOf(config)}/${name}`)
    return { ...makePerson(name, { secret, scheme }), tft: defaultTft }
  })
  return [...users, ...accounts, ...farmers]
}

/** The keys with which the relay's edge speaks for a twin of this process. */
function secretOf(world: RemoteWorld, residents: readonly Resident[], twinId: number) {
  const resident = residents.find(({ twinId: id }) => id === twinId)
  if (resident) return { pair: resident.pair, secret: resident.encryptionSecret }
  return world.nodes.secretOfTwin(twinId)
}

function infoOf(
  world: RemoteWorld,
  config: Config,
  parts: {
    residents: readonly Resident[]
    farms: readonly FarmView[]
    endpoints: GridInfo['endpoints']
  },
): GridInfo {
  const { system, grid } = world.storage
  return {
    version,
    network: config.network,
    specVersion: world.mirror.client.runtime.specVersion,
    seed: config.seed,
    endpoints: parts.endpoints,
    accounts: parts.residents.map(({ name, secret, pair, twinId }) => ({
      name,
      mnemonic: secret,
      address: pair.address,
      twinId,
      keyType: pair.scheme === 'ed25519' ? 'ed25519' : 'sr25519',
      free: system.Account.get(pair.accountId).data.free.toString(),
    })),
    farms: parts.farms,
    nodes: world.nodes.list().map(({ nodeId: id, twinId, farmId, profile }) => {
      const resources = grid.Nodes.get(id)?.resources
      const { cru = 0n, mru = 0n, sru = 0n, hru = 0n } = resources ?? {}
      return {
        id,
        twinId,
        farmId,
        profile,
        cru: Number(cru),
        mru: mru.toString(),
        sru: sru.toString(),
        hru: hru.toString(),
      }
    }),
  }
}

function healthOf(grid: JoinedGrid) {
  const { world } = grid
  const sessions = grid.sessions()
  const nodes = world.nodes.list().length
  const isServed = sessions === null || sessions > 0 || nodes === 0
  return {
    status: world.mirror.isReachable && isServed ? ('ok' as const) : ('starting' as const),
    block: world.mirror.best.number,
    nodes,
    time: world.driver.enter(() => world.kernel.now()),
    ...(sessions === null ? {} : { sessions }),
  }
}

/** A fault that nobody listens for must not pass unseen. */
function throwLater(error: Error): void {
  queueMicrotask(() => {
    throw error
  })
}
