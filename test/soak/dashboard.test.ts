// The page over a large grid that is busy: ten thousand nodes, hundreds of events a second, and it stays at hand.

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Grid } from '../../src/grid.ts'
import {
  noBrowserReason,
  startBrowser,
  stillGrid,
  textOf,
  watchedPage,
} from '../dashboard/support.ts'

const reason = noBrowserReason()

/** How the page's time went while it was watched, in ms; said by the browser itself. */
interface Smoothness {
  readonly frames: number
  readonly longest: number
  /** Time in tasks of the page that took over 50 ms. */
  readonly blocked: number
}

const watchFor = 8_000
const watch = `new Promise(done => {
  let frames = 0, longest = 0, blocked = 0, last = performance.now()
  const end = last + ${watchFor}
  new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) blocked += duration
  }).observe({ entryTypes: ['longtask'] })
  requestAnimationFrame(function turn(now) {
    frames += 1
    longest = Math.max(longest, now - last)
    last = now
    if (now < end) requestAnimationFrame(turn)
    else done({ frames, longest, blocked })
  })
})`

describe.skipIf(reason !== null)(`a page over 10 000 nodes${reason ? ` (${reason})` : ''}`, () => {
  let browser: Browser
  let grid: Grid
  let url: string
  beforeAll(async () => {
    const farms = Array.from({ length: 40 }, (_, i) => ({ name: `farm-${i}`, nodes: 250 }))
    ;[browser, { grid, url }] = await Promise.all([startBrowser(), stillGrid({ farms })])
    grid.driver.setMode({ type: 'warp', rate: 120 })
    grid.driver.freeze(false)
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await grid?.close()
  })

  it.each(['', 'grid', 'messages', 'chain'])(
    'stays smooth: %s',
    async path => {
      const { page, problems } = await watchedPage(browser)
      await page.goto(`${url}#/${path}`)
      await page.locator('.panel').first().waitFor()
      const before = grid.world.kernel.trace.length
      const smooth = (await page.evaluate(watch)) as Smoothness
      const perSecond = ((grid.world.kernel.trace.length - before) * 1000) / watchFor
      const rows = await page.locator('.row').count()
      console.log(path || 'overview', { ...smooth, perSecond, rows })
      expect(rows).toBeLessThan(80)
      expect(smooth.blocked / watchFor).toBeLessThan(0.2)
      if (path === 'grid') expect(await textOf(page.locator('main'))).toContain('10 000 nodes')
      expect(problems).toEqual([])
      await page.close()
    },
    60_000,
  )
})
