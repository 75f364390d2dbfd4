// The web services of a grid: each is made here, mounted on the shared port, and put behind the TLS front.

import { system } from '../chain/pallets/system/declaration.ts'
import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import type { GridConfig } from '../config/config.ts'
import { baseDomain, networks } from '../config/networks.ts'
import { fromHex } from '../crypto/hex.ts'
import { encodeSs58 } from '../crypto/ss58.ts'
import type { Driver } from '../kernel/driver.ts'
import { invariant } from '../kernel/errors.ts'
import { RmbClient } from '../rmb/client/client.ts'
import type { Relay } from '../rmb/relay/relay.ts'
import { createActivation } from '../services/activation/activation.ts'
import type { WebServer } from '../services/control/server.ts'
import { defaultAuthorityDir } from '../services/front/authority.ts'
import { type Backend, type Front, startFront } from '../services/front/front.ts'
import { beneath, proxyTo } from '../services/front/upstream.ts'
import { createGraphqlService } from '../services/graphql/service.ts'
import { createGridProxy } from '../services/gridproxy/gridproxy.ts'
import { createHub } from '../services/hub/hub.ts'
import type { RowReader } from '../services/indexer/store.ts'
import { createKycControl } from '../services/kyc/control.ts'
import { createKyc } from '../services/kyc/kyc.ts'
import { type HttpService, mountAt } from '../services/plain-http.ts'
import { createStats } from '../services/stats/stats.ts'
import { createTerms } from '../services/terms/terms.ts'
import { activationFunds } from './activation-funds.ts'
import { twinDirectoryOf } from './chain-port.ts'
import { ForeignNodes } from './foreign-nodes.ts'
import type { KeptWorld } from './kept-world.ts'
import { nodeFactsOf } from './node-facts.ts'
import { urlHost } from './own-addresses.ts'
import { tftUnits } from './people.ts'
import { version } from './world.ts'

/** How the web services of a grid are reached. */
export interface ServiceEndpoints {
  readonly proxy: string
  readonly graphql: string
  readonly activation: string
  readonly kyc: string
  readonly stats: string
  /** The front, for clients with compiled-in names; null without one. */
  readonly front: {
    readonly url: string
    /** Where clients that can be told of a proxy send the grid's names. */
    readonly proxy: string
    /** Path of the authority's certificate. */
    readonly ca: string
    /** The domain below which the services have names beside the public ones. */
    readonly domain: string
  } | null
}

/** The web services of a running grid. */
export interface GridServices {
  readonly endpoints: ServiceEndpoints
  /** To be told when the world was taken back. */
  onReverted(): void
  close(): Promise<void>
}

/** What the services stand on. */
export interface ServiceParts {
  readonly config: GridConfig
  readonly kept: KeptWorld
  readonly driver: Driver
  readonly relay: Relay
  readonly web: WebServer
  /** The port of the chain. */
  readonly chainPort: number
  readonly onFailure: (error: Error) => void
}

/** The port of the front where nobody says another. */
const defaultFrontPort = 8443

/** Makes and mounts the services; the front listens when this resolves. GRID_PORT_IN_USE, GRID_CA_BROKEN. */
export async function serveGrid(parts: ServiceParts): Promise<GridServices> {
  const { config, web, relay } = parts
  const { kycControl, ...made } = makeServices(parts)
  // What controls the grid is no part of it, and never breaks.
  const { foreign, funds, ...httpServices } = made
  const services = withFaults(httpServices, parts)
  const mounts: { readonly [path: string]: HttpService } = {
    '/kyc': services.kyc,
    '/api/kyc': kycControl,
    '/stats': services.stats,
    '/hub': services.hub,
  }
  for (const [path, service] of Object.entries(mounts)) web.mount(mountAt(path, service))
  // These know the paths that they are mounted at themselves.
  const { gridproxy, graphql, activation } = services
  for (const [path, service] of Object.entries({
    '/gridproxy': gridproxy,
    '/graphql': graphql,
    '/activation': activation,
  })) {
    web.mount({
      path,
      handleRequest: (request, response) => service.handleRequest(request, response),
    })
  }
  const front = await openFront(parts, {
    chain: proxyTo({ host: urlHost(config.host).replace(/^\[|\]$/g, ''), port: parts.chainPort }),
    relay: relayBackend(relay),
    gridproxy: services.gridproxy,
    graphql: services.graphql,
    activation: services.activation,
    kyc: services.kyc,
    stats: services.stats,
    hub: services.hub,
    terms: services.terms,
  })
  return {
    endpoints: endpointsOf(`http://${urlHost(config.host)}:${web.port}`, front),
    onReverted: () => funds.onReverted(),
    close: async () => {
      services.graphql.close()
      await foreign.close()
      await front?.close()
    },
  }
}

function makeServices(parts: ServiceParts) {
  const { config, kept, driver, onFailure } = parts
  const { world } = kept
  const { chain, indexer, kyc, kernel } = world
  invariant(indexer, 'a grid that serves keeps an index')
  const enter = <T>(body: () => T): T => driver.enter(body)
  const accounts = chain.runtime.txOf(system).state.Account
  const rows = indexer.reader('gridproxy')
  const foreign = foreignNodes(parts, rows)
  const funds = activationFunds(chain, driver)
  const gridproxy = createGridProxy({
    rows,
    facts: foreign,
    now: () => kernel.now(),
    version,
    mountPath: '/gridproxy',
    enter,
  })
  return {
    foreign,
    gridproxy,
    graphql: createGraphqlService({ rows: indexer.reader('graphql'), enter, onFailure }),
    funds,
    activation: createActivation(funds, {
      units: BigInt(Math.round(config.activationTft * Number(tftUnits))),
      onFailure,
    }),
    kyc: createKyc(
      {
        recordOf: account => enter(() => kyc.recordOf(account)),
        unknown: () => enter(() => kyc.unknown()),
        accountOf: twinId => enter(() => accountOfTwin(kept, twinId)),
        balanceOf: account => enter(() => accounts.get(account).data.free),
        change: change => enter(() => kept.changeKyc(change)),
        wallNow: () => Date.now(),
      },
      {
        domain: `kyc.${baseDomain(config.network)}`,
        network: networks[config.network].chainName.split(' ').at(-1)!.toLowerCase(),
      },
    ),
    kycControl: createKycControl({
      mode: () => enter(() => kyc.mode),
      list: () => enter(() => kyc.list()),
      recordOf: subject =>
        enter(() => {
          if ('account' in subject) return kyc.recordOf(subject.account)
          const found = accountOfTwin(kept, subject.twinId)
          return found ? kyc.recordOf(found.account) : null
        }),
      change: change => enter(() => kept.changeKyc(change)),
    }),
    stats: createStats({ totalsOf: status => gridproxy.totalsOf(status) }),
    hub: createHub(),
    terms: createTerms(),
  }
}

/** The facts of all nodes; those of other processes are asked as the last of the grid's own people. */
function foreignNodes({ kept, config, web }: ServiceParts, rows: RowReader): ForeignNodes {
  const { nodes, residents, chain } = kept.world
  return new ForeignNodes({
    local: nodeFactsOf(kept.world),
    twins: () => rows.all('Node').map(({ twinID }) => twinID),
    count: () => rows.count('Node'),
    localCount: () => nodes.list().length,
    connect: () => {
      const self = residents.at(-1)
      invariant(self, 'a grid has a farmer')
      const directory = twinDirectoryOf(chain)
      return new RmbClient({
        url: `ws://${urlHost(config.host)}:${web.port}/relay`,
        twin: self.twinId,
        session: 'gridproxy',
        pair: self.pair,
        secret: self.encryptionSecret,
        twins: {
          twin: async id => {
            const twin = directory.twin(id)
            return twin ? { ...twin, account: fromHex(twin.account) } : undefined
          },
        },
      })
    },
  })
}

/** Services that people outside ask, each as the faults of the moment let it be. */
function withFaults<T extends { readonly [name: string]: HttpService }>(
  services: T,
  { driver, kept }: ServiceParts,
): T {
  const { faults } = kept.world
  const entries = Object.entries(services).map(([name, service]) => {
    const handleRequest: HttpService['handleRequest'] = (request, response) => {
      const verdict = driver.enter(() => faults.services.verdictOn(name))
      if (verdict.type === 'down') {
        request.socket.destroy()
        return
      }
      const { lagMs, status } = verdict
      const answer = () => {
        if (status === null) service.handleRequest(request, response)
        else response.writeHead(status, { 'content-length': 0 }).end()
      }
      if (lagMs > 0) setTimeout(answer, lagMs).unref()
      else answer()
    }
    return [name, { ...service, handleRequest }]
  })
  return Object.fromEntries(entries) as T
}

function accountOfTwin({ world }: KeptWorld, twinId: number) {
  const twin = world.chain.runtime.txOf(tfgrid).state.Twins.get(twinId)
  if (!twin) return null
  const account = twin.account_id
  return { account, address: encodeSs58(Buffer.from(account.slice(2), 'hex')) }
}

/** The relay behind the front, at the root of its host. */
function relayBackend(relay: Relay): Backend {
  return beneath('/relay', {
    handleRequest: (request, response) => void relay.handleRequest(request, response),
    handleUpgrade: (request, socket, head) => relay.handleUpgrade(request, socket, head),
  })
}

async function openFront(
  { config }: ServiceParts,
  backends: Parameters<typeof startFront>[0]['backends'],
): Promise<Front | null> {
  const { frontPort = config.port === 0 ? 0 : defaultFrontPort, host } = config
  if (frontPort === false) return null
  const caDir = config.caDir ?? defaultAuthorityDir()
  return await startFront({ host, port: frontPort, caDir, backends })
}

function endpointsOf(base: string, front: Front | null): ServiceEndpoints {
  const { host, port } = front ?? { host: '', port: 0 }
  return {
    proxy: `${base}/gridproxy`,
    graphql: `${base}/graphql`,
    activation: `${base}/activation/activate`,
    kyc: `${base}/kyc`,
    stats: `${base}/stats`,
    front: front && {
      url: `https://${urlHost(host)}:${port}`,
      proxy: `http://${urlHost(host)}:${front.proxyPort}`,
      ca: front.caPath,
      domain: front.domain,
    },
  }
}
