// Pocketgrid's image as a container of Testcontainers, for tests of programs that use the grid.

import {
  AbstractStartedContainer,
  GenericContainer,
  getContainerRuntimeClient,
  type StartedTestContainer,
} from 'testcontainers'
import type { GridInput } from './config/config.ts'
import { type Served, whenItAnswers } from './containers/wait.ts'
import type { GridInfo } from './grid.ts'

/** Endpoints that are URLs of the grid's own ports. */
type Endpoints = Omit<GridInfo['endpoints'], 'front'>

const chainPort = 9944
const webPort = 8080
const frontPort = 8443

/** Where the grid file of a container is. */
const gridFile = '/tmp/grid.json'

/** How long a grid may take to answer, in ms. */
const patienceMs = 60_000

/**
 * A grid in a container:
 *
 *     const grid = await new PocketgridContainer('pocketgrid').withGrid({ seed: 'mine' }).start()
 *     const { substrate, relay } = grid.endpoints
 *     const [alice] = grid.accounts
 *     await grid.stop()
 */
export class PocketgridContainer extends GenericContainer {
  #options: string[] = []
  /** By which host its ports are reached: the library's guess, and then the one that answered. */
  readonly #at = { host: '' }

  constructor(image = 'pocketgrid') {
    super(image)
    const awaited = { part: 'grid', image, port: webPort, isUp: isHealthy, patienceMs }
    this.withExposedPorts(chainPort, webPort, frontPort).withWaitStrategy(
      whenItAnswers(awaited, this.#at),
    )
  }

  /** What the grid is made of, as in a grid file: farms, nodes, users, seed, network, clock, blocks. */
  withGrid(input: Omit<GridInput, 'host' | 'port' | 'chainPort' | 'frontPort' | 'dataDir'>): this {
    this.withCopyContentToContainer([{ content: JSON.stringify(input), target: gridFile }])
    return this.withOptions('--config', gridFile)
  }

  /** Options of `pocketgrid up`, as they are written in a shell. */
  withOptions(...options: string[]): this {
    this.#options.push(...options)
    return this.withCommand(this.#options)
  }

  override async start(): Promise<StartedPocketgridContainer> {
    const { info } = await getContainerRuntimeClient()
    this.#at.host = info.containerRuntime.host
    const started = await super.start()
    const { host } = this.#at
    const response = await fetch(`http://${host}:${started.getMappedPort(webPort)}/api/info`)
    return new StartedPocketgridContainer(started, host, (await response.json()) as GridInfo)
  }
}

async function isHealthy({ host, port }: Served): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(2_000)
    return (await fetch(`http://${host}:${port}/api/health`, { signal })).ok
  } catch {
    return false
  }
}

/** A grid in a container, as it was when it had started. */
export class StartedPocketgridContainer extends AbstractStartedContainer {
  /** URLs by which this machine reaches it. */
  readonly endpoints: Endpoints
  /** Accounts with funds and twins. */
  readonly accounts: GridInfo['accounts']
  readonly farms: GridInfo['farms']
  readonly nodes: GridInfo['nodes']
  readonly #front: GridInfo['endpoints']['front']

  readonly #host: string

  constructor(started: StartedTestContainer, host: string, info: GridInfo) {
    super(started)
    const { endpoints, accounts, farms, nodes } = info
    this.#host = host
    const { front, ...urls } = endpoints
    const mapped = Object.entries(urls).map(([name, url]) => [name, this.#outside(url)])
    this.endpoints = Object.fromEntries(mapped) as unknown as Endpoints
    this.accounts = accounts
    this.farms = farms
    this.nodes = nodes
    this.#front = front
  }

  /** The host by which its ports are reached: in a container the library's own guess may be wrong. */
  override getHost(): string {
    return this.#host
  }

  /** URL of the TLS front, which answers under the public names of the grid. */
  get frontUrl(): string {
    return `https://${this.getHost()}:${this.getMappedPort(frontPort)}`
  }

  /** The certificate, in PEM, by which the front's certificates are checked. */
  async certificate(): Promise<string> {
    const read = 'process.stdout.write(require("node:fs").readFileSync(process.argv[1]))'
    const { output } = await this.exec(['node', '-e', read, this.#front?.ca ?? ''])
    return output
  }

  #outside(url: string): string {
    const own = new URL(url)
    own.hostname = this.getHost()
    own.port = String(this.getMappedPort(Number(own.port)))
    return own.href.replace(/\/$/, url.endsWith('/') ? '/' : '')
  }
}
