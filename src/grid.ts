// A grid that people connect to: a world, the clock that drives it, and its servers.

import { system } from './chain/pallets/system/declaration.ts'
import { tfgrid } from './chain/pallets/tfgrid/declaration.ts'
import { devIdentity } from './chain/rpc/call.ts'
import { startChainServer } from './chain/rpc/server.ts'
import { metadataV14 } from './chain/runtime/metadata.ts'
import { metadataV15 } from './chain/runtime/metadata-v15.ts'
import { checkGrid, type GridConfig, type GridInput, problemText } from './config/config.ts'
import { type NetworkName, networks } from './config/networks.ts'
import { cryptoReady } from './crypto/ready.ts'
import { faultSchema } from './faults/schema.ts'
import { Branches, type StartBranch } from './grid/branches.ts'
import { clockMode } from './grid/clock-names.ts'
import { controlPortOf } from './grid/control-port.ts'
import { dashboardPortOf } from './grid/dashboard/port.ts'
import { followFaults } from './grid/fault-edges.ts'
import type { History } from './grid/history.ts'
import { openWorld } from './grid/kept-world.ts'
import type { Members } from './grid/members.ts'
import { relayPlaceOf, relayStringOf, urlHost } from './grid/own-addresses.ts'
import { passingOf } from './grid/passing.ts'
import { RelayMail } from './grid/relay-mail.ts'
import { type ServiceEndpoints, serveGrid } from './grid/services.ts'
import { splitControl } from './grid/split-control.ts'
import { type Elsewhere, withElsewhere } from './grid/split-info.ts'
import { specVersion, version, type World } from './grid/world.ts'
import { Driver } from './kernel/driver.ts'
import { gridError } from './kernel/errors.ts'
import { federationAt, Relay } from './rmb/relay/relay.ts'
import type { DashboardPort } from './services/control/dashboard.ts'
import type { ControlPort } from './services/control/ports.ts'
import type { ScenarioPlayer } from './services/control/runs.ts'
import { startWebServer, type WebServer } from './services/control/server.ts'
import type { Behaviours } from './zos/behaviours.ts'

/** What `up --json` prints: how to reach a grid, and who and what is on it. */
export interface GridInfo {
  readonly version: string
  readonly network: NetworkName
  readonly specVersion: number
  readonly seed: string
  readonly endpoints: {
    readonly substrate: string
    readonly relay: string
    readonly control: string
  } & Partial<ServiceEndpoints>
  readonly accounts: readonly {
    readonly name: string
    /** A BIP39 phrase, or the 0x seed of an account that was given as one. */
    readonly mnemonic: string
    /** SS58 address. */
    readonly address: string
    readonly twinId: number
    readonly keyType: 'sr25519' | 'ed25519'
    /** Free balance in units (10^-7 TFT). */
    readonly free: string
  }[]
  readonly farms: readonly { readonly id: number; readonly name: string; readonly twinId: number }[]
  readonly nodes: readonly {
    readonly id: number
    readonly twinId: number
    readonly farmId: number
    readonly profile: string
    /** Logical CPUs. */
    readonly cru: number
    /** Bytes, as decimal text. */
    readonly mru: string
    readonly sru: string
    readonly hru: string
  }[]
  /** The nodes that other processes play; left out where there are none. They do not go back with a snapshot. */
  readonly elsewhere?: Elsewhere
}

/** A running grid. */
export interface Grid {
  readonly world: World
  readonly driver: Driver
  /** How to reach it, and who and what is on it now. */
  info(): GridInfo
  /** Lets virtual time pass at once, in ms. */
  advance(ms: number): void
  /** Remembers the whole grid, under a name if there is one; returns an id. */
  snapshot(name?: string): string
  /**
   * Takes the grid back to a snapshot, by id or name; its time goes on from where it was. GRID_SNAPSHOT_UNKNOWN when
   * there is none any more.
   */
  revert(snapshot: string): void
  /** Ends all connections and servers. */
  close(): Promise<void>
}

/** What a program gives a grid that a grid file cannot say. */
export interface GridOptions extends Behaviours {
  /** Hears of a fault that broke the world; the default throws it where nobody can catch it. */
  readonly onFailure?: (error: Error) => void
  /** A history that the grid is led through before anybody connects: see `readHistory`. */
  readonly history?: History | undefined
  /** Is given the grid's own history as text, line by line as it is made. */
  readonly onHistory?: ((text: string) => void) | undefined
  /** How grids are started that are branched off it; without, there are none. */
  readonly startBranch?: StartBranch | undefined
  /** Scenarios that people start from its dashboard. */
  readonly scenarios?: ScenarioPlayer | undefined
}

/** A grid with what its control API needs. */
interface StartedGrid extends Grid {
  readonly control: ControlPort
  readonly members: Members
  readonly dashboard: DashboardPort
}

/**
 * Starts a grid and resolves when everything answers. Ports of 0 ask for any free one.
 *
 *     const grid = await startGrid({ chainPort: 0, port: 0 })
 *     console.log(grid.info().endpoints.substrate)
 *     await grid.close()
 *
 * Fails with GRID_CONFIG_INVALID, GRID_PORT_IN_USE, GRID_HOST_REFUSED or GRID_ACCOUNT_INVALID.
 */
export async function startGrid(input: GridInput = {}, options: GridOptions = {}): Promise<Grid> {
  const checked = checkGrid(input)
  if (!checked.ok) {
    throw gridError('GRID_CONFIG_INVALID', { detail: problemText(checked.problems) })
  }
  const { config } = checked
  if (config.chain !== undefined) {
    const detail = 'chain: a grid on a chain elsewhere is started by joinGrid()'
    throw gridError('GRID_CONFIG_INVALID', { detail })
  }
  await cryptoReady()
  let started: StartedGrid | null = null
  const web = await startWebServer({
    host: config.host,
    port: config.port,
    token: config.devToken,
    changes: { faultSchema, version },
    scenarios: options.scenarios,
    view: () =>
      started && {
        info: () => started?.info(),
        health: () => healthOf(started!),
        trace: () => started!.world.kernel.trace.last(),
        control: started.control,
        dashboard: started.dashboard,
      },
  })
  try {
    started = await openGrid(config, web, options)
    return started
  } catch (cause) {
    await web.close()
    throw cause
  }
}

async function openGrid(
  config: GridConfig,
  web: WebServer,
  { onFailure = throwLater, ...options }: GridOptions,
): Promise<StartedGrid> {
  const ends: Ends = { servers: [], stores: [] }
  try {
    return await openParts({ config, web, ends, onFailure, ...options })
  } catch (cause) {
    await endAll(ends.servers)
    await endAll(ends.stores)
    throw cause
  }
}

type End = () => Promise<void> | void

/** What ends the parts that have started, in the order in which they did. */
interface Ends {
  readonly servers: End[]
  readonly stores: End[]
}

async function endAll(ends: End[]): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end()
}

async function openParts({
  config,
  web,
  ends,
  onFailure,
  history,
  onHistory,
  startBranch,
  ...behaviours
}: GridOptions & {
  readonly config: GridConfig
  readonly web: WebServer
  readonly ends: Ends
  readonly onFailure: (error: Error) => void
}): Promise<StartedGrid> {
  const { clock, host, chainPort, rpc, devToken } = config
  const { chainName, chainType } = networks[config.network]
  const relayUrl = `ws://${urlHost(host)}:${web.port}/relay`
  const kept = await openWorld(config, {
    relay: relayStringOf(config, relayUrl),
    advance: at => driver.advanceTo(at),
    onReverted: () => {
      relay.onReverted()
      services.onReverted()
    },
    history,
    onHistory,
    ...behaviours,
  })
  ends.stores.push(() => kept.close())
  const { world, control } = kept
  const driver = new Driver({
    kernel: world.kernel,
    mode: clockMode(clock),
    onFailure,
    onReached: () => kept.onReached(),
  })
  const chainServer = await startChainServer({
    chain: world.chain,
    driver,
    control,
    metadata: metadataOf,
    identity: { ...devIdentity, chain: chainName, chainType },
    host,
    port: chainPort,
    surface: rpc,
    dev: rpc === 'upstream' ? null : { token: devToken },
    onFailure,
  })
  ends.servers.push(() => chainServer.close())
  followFaults(world, chainServer)
  const passing = passingOf(world.faults, driver, config.seed)
  ends.servers.push(() => passing.close())
  const mail = config.dataDir === undefined ? null : await RelayMail.open(config.dataDir)
  if (mail) ends.stores.push(() => mail.close())
  const relay = new Relay({
    ...(mail ? { mail } : {}),
    bus: world.bus,
    driver,
    secretOfTwin: twinId => secretOfTwin(world, twinId),
    onTaken: message => kept.onMessage(message),
    passing,
    federation: federationAt(relayPlaceOf(config, web.port, world.relay)),
    onFailure,
  })
  ends.servers.push(() => relay.close())
  mountRelay(web, relay)
  driver.start()
  ends.servers.push(() => driver.stop())
  const services = await serveGrid({
    config,
    kept,
    driver,
    relay,
    web,
    chainPort: chainServer.port,
    onFailure,
  })
  ends.servers.push(() => services.close())
  const endpoints = {
    substrate: `ws://${urlHost(host)}:${chainServer.port}`,
    relay: relayUrl,
    control: `http://${urlHost(host)}:${web.port}/api`,
    ...services.endpoints,
  }
  const branches = startBranch && branchesOf({ config, kept, driver, start: startBranch })
  if (branches) ends.servers.push(() => branches.close())
  const own = controlPortOf(kept, driver, { onReverted: () => chainServer.restart(), branches })
  const split = splitControl(own, world, driver)
  const { port, members } = split
  ends.servers.push(() => split.close())
  return {
    world,
    driver,
    members,
    control: port,
    dashboard: dashboardPortOf(kept, driver, { time: own.time, glance: split.glance }),
    snapshot: name => port.snapshots.take(name ?? null).id,
    revert: key => port.snapshots.revert(port.snapshots.find(key)?.id ?? key),
    info: () =>
      withElsewhere(
        driver.enter(() => infoOf(world, endpoints)),
        members,
      ),
    // The clock comes up to now first, so that time is moved from where people are.
    advance: ms => driver.enter(() => control.advance(ms)),
    async close() {
      await endAll(ends.servers)
      await web.close()
      await endAll(ends.stores)
    },
  }
}

function branchesOf({
  config,
  ...parts
}: Omit<ConstructorParameters<typeof Branches>[0], 'settings'> & { config: GridConfig }): Branches {
  const { host, devToken, rpc } = config
  return new Branches({ ...parts, settings: { host, devToken, rpc } })
}

/** The relay is at its own path, and at the root, as the real one is, for clients whose relay URL has no path. */
export function mountRelay(web: WebServer, relay: Relay): void {
  for (const path of ['/relay', '/', '/metrics']) {
    web.mount({
      path,
      handleRequest: (request, response) => {
        if (path !== '/relay') request.url = `/relay${request.url ?? '/'}`
        relay.handleRequest(request, response)
      },
      handleUpgrade: (request, socket, head) => relay.handleUpgrade(request, socket, head),
    })
  }
}

/** The metadata of a version that is served. */
function metadataOf(version: number): Uint8Array | null {
  if (version === 14) return metadataV14()
  return version === 15 ? metadataV15() : null
}

/** The keys with which the relay's edge speaks for a twin of this process. */
function secretOfTwin(world: World, twinId: number) {
  const resident = world.residents.find(({ twinId: id }) => id === twinId)
  if (resident) return { pair: resident.pair, secret: resident.encryptionSecret }
  return world.nodes.secretOfTwin(twinId)
}

function infoOf(world: World, endpoints: GridInfo['endpoints']): GridInfo {
  const accounts = world.chain.runtime.txOf(system).state.Account
  const nodes = world.chain.runtime.txOf(tfgrid).state.Nodes
  return {
    version,
    network: world.config.network,
    specVersion,
    seed: world.config.seed,
    endpoints,
    accounts: world.residents.map(({ name, secret, pair, twinId }) => ({
      name,
      mnemonic: secret,
      address: pair.address,
      twinId,
      keyType: pair.scheme === 'ed25519' ? 'ed25519' : 'sr25519',
      free: accounts.get(pair.accountId).data.free.toString(),
    })),
    farms: world.farms,
    nodes: world.nodes.list().map(({ nodeId, twinId, farmId, profile }) => {
      const { cru, mru, sru, hru } = nodes.get(nodeId)?.resources ?? noResources
      return {
        id: nodeId,
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

const noResources = { cru: 0n, mru: 0n, sru: 0n, hru: 0n }

function healthOf({ world, driver, control }: StartedGrid): {
  status: 'ok'
  block: number
  nodes: number
  time: number
} {
  const { chain, kernel } = world
  return driver.enter(() => ({
    status: 'ok',
    block: chain.best(),
    nodes: control.scale.state().nodes,
    time: kernel.now(),
  }))
}

/** A fault of the world that nobody listens for must not pass unseen. */
function throwLater(error: Error): void {
  queueMicrotask(() => {
    throw error
  })
}
