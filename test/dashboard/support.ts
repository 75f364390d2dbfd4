// A grid with something on it, and a real browser that looks at its page.

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { smartContract } from '../../src/chain/pallets/smart-contract/declaration.ts'
import type { GridInput } from '../../src/config/config.ts'
import { utf8ToByteString } from '../../src/crypto/hex.ts'
import { type Grid, type GridOptions, startGrid } from '../../src/grid.ts'
import type { BusAnswer } from '../../src/rmb/bus.ts'
import { deploymentOf, hashOf, signDeployment, workloadsOf } from '../../src/scenario/build.ts'

/** Why pages cannot be looked at here; null when they can. */
export function noBrowserReason(): string | null {
  if (!isBuilt()) return 'the page is not built: npm run build'
  return browserPath() === null ? 'there is no chromium' : null
}

/** Whether the page has been built. */
export function isBuilt(): boolean {
  return existsSync(fileURLToPath(new URL('../../dist/dashboard/index.html', import.meta.url)))
}

function browserPath(): string | null {
  try {
    const text = execFileSync('sh', ['-c', 'command -v chromium || command -v chromium-browser'])
    return text.toString().trim()
  } catch {
    return null
  }
}

/** Starts the browser. It runs without a sandbox where the tests run as root. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath()!, args: ['--no-sandbox'] })
}

/** A page with what went wrong on it, and where it sent requests. */
export interface Watched {
  readonly page: Page
  /** Errors on the console, of scripts, and requests that failed. */
  readonly problems: string[]
  /** Hosts that were asked for something. */
  readonly hosts: Set<string>
}

/** Opens a page and watches it. */
export async function watchedPage(
  browser: Browser,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<Watched> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options })
  page.setDefaultTimeout(8000)
  const problems: string[] = []
  const hosts = new Set<string>()
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
  })
  page.on('pageerror', error => problems.push(error.message))
  page.on('request', request => hosts.add(new URL(request.url()).host))
  page.on('websocket', socket => hosts.add(new URL(socket.url()).host))
  return { page, problems, hosts }
}

/** A grid, the address of its page, and the page. */
export interface Seen {
  readonly grid: Grid
  readonly url: string
  readonly page: Page
  readonly watched: Watched
}

/**
 * One browser for the tests of a suite, and for each of them a grid and a page, which `onSeen` is given. A test fails
 * when something goes wrong on its page.
 */
export function lookInEachTest(
  onSeen: (seen: Seen) => void,
  open: () => Promise<{ grid: Grid; url: string }> = stillGrid,
): void {
  let browser: Browser
  let watched: Watched
  let grid: Grid
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    const [opened, looked] = await Promise.all([open(), watchedPage(browser)])
    grid = opened.grid
    watched = looked
    onSeen({ ...opened, watched, page: watched.page })
  })
  afterEach(async () => {
    await watched.page.close()
    await grid.close()
    expect(watched.problems).toEqual([])
  })
}

/** The text of a part of a page as people see it. */
export function textOf(part: Locator): Promise<string> {
  // biome-ignore lint/performance/useDomNodeTextContent: what is not shown does not count.
  return part.innerText()
}

/** Texts of a page that do not stand out enough from what is behind them, with their contrast. */
export async function weakTexts(page: Page): Promise<string[]> {
  return (await page.evaluate(
    `[...document.querySelectorAll('main *, nav a')].filter(one =>
        [...one.childNodes].some(child => child.nodeType === 3 && child.data.trim())
      ).flatMap(one => {
        const parts = text => text.match(/[\\d.]+/g).slice(0, 3).map(part => {
          const share = part / 255
          return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
        })
        const light = text => {
          const [r, g, b] = parts(text)
          return 0.2126 * r + 0.7152 * g + 0.0722 * b
        }
        let behind = one
        while (getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement
        const two = [light(getComputedStyle(one).color), light(getComputedStyle(behind).backgroundColor)]
        const ratio = (Math.max(...two) + 0.05) / (Math.min(...two) + 0.05)
        return ratio < 4.5 && !one.disabled ? [one.textContent + ' ' + ratio] : []
      })`,
  )) as string[]
}

/** A frozen grid: nothing changes but by hand. */
export async function stillGrid(
  input: GridInput = {},
  options: GridOptions = {},
): Promise<{ grid: Grid; url: string }> {
  const own: GridInput = {
    farms: [
      { name: 'ghent', nodes: 3 },
      { name: 'vienna', nodes: 2 },
    ],
    users: ['alice'],
    port: 0,
    chainPort: 0,
    frontPort: false,
    ...input,
  }
  const grid = await startGrid(own, options)
  grid.driver.enter(() => undefined)
  grid.driver.freeze(true)
  return { grid, url: new URL('/', grid.info().endpoints.control).href }
}

/** Deploys a machine of the first user as clients do, contract first; returns the contract's id. */
export function deploy(
  grid: Grid,
  wish: { name: string; nodeId: number; description?: string; metadata?: string },
): bigint {
  const { world, driver } = grid
  const { chain, bus, kernel, residents, nodes } = world
  const [user] = residents
  const workloads = workloadsOf(
    { name: wish.name, network: '10.20.0.0/16', disk: '1 GB' },
    { usedPorts: [], random: kernel.random.stream('test/deploy') },
  )
  const plan = deploymentOf({
    twinId: user!.twinId,
    workloads,
    metadata: wish.metadata ?? '',
    ...(wish.description === undefined ? {} : { description: wish.description }),
  })
  const hash = hashOf(plan)
  driver.enter(() =>
    chain.submit(
      {
        pallet: 'SmartContractModule',
        name: 'create_node_contract',
        args: {
          node_id: wish.nodeId,
          deployment_hash: utf8ToByteString(hash),
          deployment_data: utf8ToByteString(plan.metadata),
          public_ips: 0,
          solution_provider_id: null,
        },
      },
      { signer: user!.pair.accountId },
    ),
  )
  grid.advance(10)
  const contractId = chain.runtime.txOf(smartContract).state.ContractID.get()
  const signed = signDeployment({ ...plan, contract_id: Number(contractId) }, hash, user!.pair)
  driver.enter(() =>
    bus.request(
      {
        from: { twin: user!.twinId, connection: 'test' },
        to: nodes.twinOf(wish.nodeId)!,
        command: 'zos.deployment.deploy',
        payload: JSON.stringify(signed),
        ttlMs: 60_000,
      },
      { kind: 'test.answer', target: null, ref: hash },
    ),
  )
  grid.advance(600_000)
  return contractId
}

declare module '../../src/kernel/kernel.ts' {
  interface KernelEvents {
    'test.answer': BusAnswer
  }
}
declare module '../../src/rmb/bus.ts' {
  interface AnswerKinds {
    'test.answer': true
  }
}

/** To be called once for a grid on which something is deployed. */
export function takeAnswers({ world }: Grid): void {
  world.kernel.handle('test.answer', () => undefined)
}
