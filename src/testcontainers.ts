// Pocketgrid's image as a container of Testcontainers, for tests of programs that use the grid.

import {
  AbstractStartedContainer,
  GenericContainer,
  type StartedTestContainer,
  Wait,
} from 'testcontainers'
import type { GridInput } from './config/config.ts'
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

  constructor(image = 'pocketgrid') {
    super(image)
    this.withExposedPorts(chainPort, webPort, frontPort)
      .withWaitStrategy(Wait.forHttp('/api/health', webPort).forStatusCode(200))
      .withStartupTimeout(patienceMs)
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
    const started = await super.start()
    const control = `http://${started.getHost()}:${started.getMappedPort(webPort)}/api`
    const response = await fetch(`${control}/info`)
    return new StartedPocketgridContainer(started, (await response.json()) as GridInfo)
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

  constructor(started: StartedTestContainer, { endpoints, accounts, farms, nodes }: GridInfo) {
    super(started)
    const { front, ...urls } = endpoints
    const mapped = Object.entries(urls).map(([name, url]) => [name, this.#outside(url)])
    this.endpoints = Object.fromEntries(mapped) as unknown as Endpoints
    this.accounts = accounts
    this.farms = farms
    this.nodes = nodes
    this.#front = front
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
