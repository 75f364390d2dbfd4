// Pictures of every view in both themes, for the README: `npm run screenshots` (needs a built tree, Chromium and pngquant).

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { demoInput } from '../../dist/cli/demo.js'
import { scenarioFolder } from '../../dist/cli/scenario-folder.js'
import { startGrid } from '../../dist/index.js'

const folder = fileURLToPath(new URL('../../fixtures/screenshots', import.meta.url))

/** All of them together, in bytes. */
const mostBytes = 300_000

/** The page as it is laid out, and how much smaller its picture is. */
const viewport = { width: 1120, height: 720 }
const deviceScaleFactor = 0.6

/** What is looked at, where it is, and what is done before the picture is taken. */
const views = [
  { name: 'overview', path: '' },
  { name: 'grid', path: 'grid' },
  {
    name: 'map',
    path: 'grid',
    before: page => page.locator('select').filter({ hasText: 'on a map' }).selectOption('map'),
  },
  { name: 'node', path: 'nodes/2' },
  { name: 'deployments', path: 'deployments' },
  {
    name: 'story',
    path: 'deployments',
    before: page => page.locator('main a[href^="#/deployments/"]').first().click(),
  },
  { name: 'chain', path: 'chain' },
  { name: 'messages', path: 'messages' },
  { name: 'billing', path: 'billing' },
  { name: 'faults', path: 'faults' },
  { name: 'scenarios', path: 'scenarios' },
  { name: 'world', path: 'world' },
  { name: 'tour', path: 'tour' },
]

process.chdir(fileURLToPath(new URL('../..', import.meta.url)))
const hour = 3_600_000
const grid = await startGrid(
  demoInput({ seed: 'pictures', clock: 'real', chainPort: 0, port: 0, frontPort: false }),
  { scenarios: scenarioFolder('scenarios') },
)
const url = new URL('/', grid.info().endpoints.control).href
const browser = await chromium.launch({
  executablePath: execFileSync('sh', ['-c', 'command -v chromium || command -v chromium-browser'])
    .toString()
    .trim(),
  args: ['--no-sandbox'],
})
try {
  await liveABit()
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const colorScheme of ['light', 'dark']) await takeAll(colorScheme)
  execFileSync('pngquant', [
    ...['--force', '--ext', '.png', '--strip', '--speed', '1', '--nofs', '32', '--'],
    ...readdirSync(folder).map(name => join(folder, name)),
  ])
} finally {
  await browser.close()
  await grid.close()
}
const sizes = readdirSync(folder).map(name => statSync(join(folder, name)).size)
const bytes = sizes.reduce((sum, size) => sum + size, 0)
console.log(`${sizes.length} pictures, ${bytes} bytes together`)
if (bytes > mostBytes) throw new Error(`more than ${mostBytes} bytes`)

/** Some hours of the demo, a snapshot on the way, a scenario that was played, and something that is broken. */
async function liveABit() {
  const post = async (path, body) => {
    const answer = await fetch(`${grid.info().endpoints.control}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    })
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
    return answer.json()
  }
  await post('/time/freeze')
  await playAll(post, ['first-vm.ts', 'zos-upgrade-rolls.ts', 'storage-grows-but-never-shrinks.ts'])
  await playAll(post, ['update-adds-and-removes.ts', 'disk-dies.ts'])
  await post('/time/advance', { by: 2 * hour })
  await post('/snapshots', { name: 'before-lunch' })
  await post('/time/advance', { by: hour })
  await post('/faults', { kind: 'node.crash', nodes: [2, 5], forMs: hour })
  await post('/faults', { kind: 'rmb.loss', chance: 0.1, forMs: hour })
  await post('/time/advance', { by: 300_000 })
}

/** Scenarios on this very grid, one after the other. */
async function playAll(post, files) {
  for (const file of files) {
    const { id } = await post('/scenarios/runs', { file })
    const run = `${grid.info().endpoints.control}/scenarios/runs/${id}`
    const state = async () => (await (await fetch(run)).json()).state
    while ((await state()) === 'running') await new Promise(resolve => setTimeout(resolve, 200))
  }
}

async function takeAll(colorScheme) {
  const page = await browser.newPage({
    viewport,
    deviceScaleFactor,
    colorScheme,
    reducedMotion: 'reduce',
  })
  for (const { name, path, before } of views) {
    await page.goto(`${url}#/${path}`)
    await page.locator('main h2').first().waitFor()
    await before?.(page)
    await page.waitForTimeout(1200)
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) })
  }
  await page.close()
}
