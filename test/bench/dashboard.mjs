// The page over a busy grid of 10 000 nodes: how soon it can be used, how smooth it is, what it holds, what it costs the grid.

import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { print } from './support.mjs'

const nodes = 10_000
const clock = 'warp:120'

/** Windows with and without the page, in turn, and how long each is. */
const windows = 6
const windowMs = 10_000

/** How long what the page holds is looked at, and whether nothing else is. */
const minutes = Number(process.env.BENCH_MINUTES ?? 1)
const isHeapOnly = process.env.BENCH_ONLY === 'heap'

const wait = ms => new Promise(resolve => setTimeout(resolve, ms))

export async function dashboard(calibration) {
  const executablePath = browserPath()
  if (executablePath === null) {
    console.log('dashboard: there is no chromium')
    return
  }
  const program = fileURLToPath(new URL('dashboard-grid.mjs', import.meta.url))
  const child = fork(program, [String(nodes), clock])
  const ask = async () => {
    child.send('measure')
    return (await once(child, 'message'))[0]
  }
  const [{ url }] = await once(child, 'message')
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  try {
    if (!isHeapOnly) {
      await interactive(browser, url, calibration)
      await frames(browser, url, calibration)
      await cost(browser, url, { ask, calibration })
    }
    await heap(browser, url, calibration)
  } finally {
    await browser.close()
    child.kill()
  }
}

/** From the address to the first click that does something, in a browser that knows nothing of the page. */
async function interactive(browser, url, calibration) {
  const times = []
  for (let i = 0; i < 5; i += 1) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    const from = performance.now()
    await page.goto(`${url}#/grid`)
    await page.locator('canvas').first().waitFor()
    await page.locator('[data-now]').waitFor()
    await page.getByRole('link', { name: 'Billing' }).click()
    await page.getByRole('heading', { name: 'Billed' }).waitFor()
    times.push(performance.now() - from)
    await page.close()
  }
  print('page: address to a view that was clicked, median of 5', median(times), 'ms', calibration)
}

/** Frames while events stream, on the views that draw most. */
async function frames(browser, url, calibration) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  for (const view of ['', 'grid', 'messages', 'chain']) {
    await page.goto(`${url}#/${view}`)
    await wait(2000)
    const seen = await page.evaluate(
      ms =>
        new Promise(resolve => {
          const begin = performance.now()
          let last = begin
          let count = 0
          let longest = 0
          const turn = now => {
            longest = Math.max(longest, now - last)
            last = now
            count += 1
            if (now - begin < ms) requestAnimationFrame(turn)
            else resolve({ perSecond: (count * 1000) / (now - begin), longest })
          }
          requestAnimationFrame(turn)
        }),
      8000,
    )
    print(`page: frames on '${view || 'overview'}'`, seen.perSecond, '1/s', calibration)
    print(`page: longest frame on '${view || 'overview'}'`, seen.longest, 'ms', calibration)
  }
  await page.close()
}

/** What the page takes of the grid's event loop: windows with it and without it in turn, compared in pairs. */
async function cost(browser, url, { ask, calibration }) {
  for (const view of ['', 'grid']) {
    const differences = []
    const cpu = []
    const rates = []
    for (let i = 0; i < windows; i += 1) {
      await wait(1000)
      await ask()
      await wait(windowMs)
      const without = await ask()
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
      await page.goto(`${url}#/${view}`)
      await page.locator('[data-now]').waitFor()
      await wait(1000)
      await ask()
      await wait(windowMs)
      const open = await ask()
      await page.close()
      differences.push(100 * (open.loop - without.loop))
      cpu.push(100 * (open.cpu - without.cpu))
      rates.push(open.eventsPerSecond)
    }
    const name = view || 'overview'
    print(`grid: events during the windows of '${name}'`, median(rates), '1/s', calibration)
    print(`grid: event loop taken by '${name}', median pair`, median(differences), '%', calibration)
    print(`grid: CPU taken by '${name}', median pair`, median(cpu), '%', calibration)
    console.log(`  pairs: ${differences.map(each => each.toFixed(2)).join(' ')}`)
  }
}

/** What the page holds after a collection, over minutes. */
async function heap(browser, url, calibration) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  const tools = await page.context().newCDPSession(page)
  await page.goto(`${url}#/grid`)
  const samples = []
  const end = performance.now() + minutes * 60_000
  const views = ['grid', '', 'messages', 'chain', 'deployments', 'billing', 'nodes/7', 'grid']
  while (performance.now() < end || samples.length < 3) {
    for (const view of views) {
      await page.goto(`${url}#/${view}`)
      await wait(Math.min(2500, (minutes * 60_000) / 24))
    }
    await tools.send('HeapProfiler.collectGarbage')
    const { usedSize } = await tools.send('Runtime.getHeapUsage')
    samples.push(usedSize / 2 ** 20)
  }
  const third = Math.ceil(samples.length / 3)
  print(
    `page: heap, first third of ${minutes} min`,
    median(samples.slice(0, third)),
    'MiB',
    calibration,
  )
  print(
    `page: heap, last third of ${minutes} min`,
    median(samples.slice(-third)),
    'MiB',
    calibration,
  )
  console.log(`  samples: ${samples.map(each => each.toFixed(1)).join(' ')}`)
  await page.close()
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

function browserPath() {
  try {
    const found = 'command -v chromium || command -v chromium-browser'
    return execFileSync('sh', ['-c', found]).toString().trim()
  } catch {
    return null
  }
}
