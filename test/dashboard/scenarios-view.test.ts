// Scenarios on the page, live and with their reports, and what farms earn: in a real browser, in both themes, on a phone.

import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Grid } from '../../src/grid.ts'
import { nothingTold, type ToldRun } from '../../src/services/control/run-told.ts'
import type { ScenarioPlayer } from '../../src/services/control/runs.ts'
import {
  deploy,
  noBrowserReason,
  startBrowser,
  stillGrid,
  takeAnswers,
  textOf,
  type Watched,
  watchedPage,
  weakTexts,
} from './support.ts'

const reason = noBrowserReason()
const hostile = '<img src=x onerror="document.title=`owned`">'

const begun: ToldRun = {
  ...nothingTold,
  file: 'stories/first-vm.ts',
  seed: '7',
  steps: [{ title: 'she deploys', depth: 0, from: 0, to: null, error: null }],
}

describe.skipIf(reason !== null)(`scenarios and farms${reason ? ` (${reason})` : ''}`, () => {
  let browser: Browser
  let grid: Grid
  let url: string
  let watched: Watched
  let page: Page
  const played: Parameters<ScenarioPlayer['play']>[] = []
  const player: ScenarioPlayer = {
    folder: 'stories',
    list: () => ({ files: ['first-vm.ts', 'network-is-reset.ts'], leftOut: 0 }),
    play(...order) {
      played.push(order)
      let end: (signal: NodeJS.Signals) => void = () => undefined
      const ended = new Promise<NodeJS.Signals>(done => {
        end = done
      })
      return { output: () => `it says ${hostile}`, stop: () => end('SIGTERM'), ended }
    },
  }

  beforeAll(async () => {
    ;[browser, { grid, url }] = await Promise.all([
      startBrowser(),
      stillGrid({}, { scenarios: player }),
    ])
    takeAnswers(grid)
    deploy(grid, { name: 'web', nodeId: 2 })
    deploy(grid, { name: 'api', nodeId: 4 })
    grid.advance(3_600_000)
    watched = await watchedPage(browser)
    ;({ page } = watched)
  })
  afterAll(async () => {
    await browser?.close()
    await grid?.close()
  })
  afterEach(() => {
    expect(watched.problems).toEqual([])
    expect([...watched.hosts]).toEqual([new URL(url).host])
  })

  const open = (path: string) => page.goto(`${url}#/${path}`)
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const tell = async (key: string, run: ToldRun) => {
    const answer = await fetch(new URL(`/api/scenarios/told/${key}`, url), {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(run),
    })
    expect(answer.status).toBe(200)
  }

  it('are followed while somebody plays them elsewhere, up to the report', async () => {
    await open('scenarios')
    await page.getByText('Nothing was played on this grid yet.').waitFor()
    await tell('from-a-terminal', begun)
    const row = page.getByRole('row').filter({ hasText: 'stories/first-vm.ts' })
    await row.getByText('running', { exact: true }).waitFor()
    expect(await textOf(row)).toMatch(/7\s[\s\S]*she deploys/)
    expect(await page.getByRole('button', { name: 'Play', exact: true }).isDisabled()).toBe(true)
    expect(await row.getByRole('button').count()).toBe(0)
    await row.getByRole('link').click()
    await page.getByRole('heading', { name: 'stories/first-vm.ts' }).waitFor()
    const error = `expected 1 to be 2 ${hostile}`
    await tell('from-a-terminal', {
      ...begun,
      name: `alice deploys ${hostile}`,
      state: 'failed',
      steps: [{ title: 'she deploys', depth: 0, from: 0, to: 1_500, error }],
      failure: `GRID_EXPECTATION: ${error}\nLast events:`,
      digest: 'abc123',
      blocks: 12,
      virtualMs: 1_500,
      repeat: 'pocketgrid run stories/first-vm.ts --seed 7',
    })
    await page.getByRole('heading', { name: `alice deploys ${hostile}` }).waitFor()
    const text = await textOf(page.locator('main'))
    expect(text).toContain(`GRID_EXPECTATION: ${error}\nLast events:`)
    expect(text).toMatch(/she deploys[\s\S]*failed\s+0 ms\s+1\.5 s/)
    expect(text).toContain('trace digest abc123')
    expect(text).toContain('again: pocketgrid run stories/first-vm.ts --seed 7')
    expect(await page.locator('main img').count()).toBe(0)
    expect(await page.title()).toBe('Pocketgrid')
  })

  it('show why one was skipped', async () => {
    const why = 'skipped: it needs 9 nodes, and the target has 5'
    await tell('another-one', { ...begun, name: 'a big farm', state: 'skipped', reason: why })
    await open('scenarios')
    await page.getByRole('row').filter({ hasText: 'a big farm' }).getByText(why).waitFor()
  })

  it('are started and stopped from the page; the grid goes back', async () => {
    await open('scenarios')
    await page.getByLabel('of stories').selectOption('network-is-reset.ts')
    await page.getByLabel('seed').fill('42')
    await press('Play')
    await page.getByRole('heading', { name: 'network-is-reset.ts' }).waitFor()
    expect(played).toMatchObject([['network-is-reset.ts', { seed: '42' }]])
    grid.driver.enter(() => grid.world.nodes.crash(1))
    await page.getByText('What its process printed last').click()
    await page.getByText(`it says ${hostile}`).waitFor()
    await page.getByRole('button', { name: 'Stop', exact: true }).first().click()
    await page.getByText('stopped', { exact: true }).first().waitFor()
    await page
      .getByRole('button', { name: 'Stop', exact: true })
      .first()
      .waitFor({ state: 'detached' })
    expect(grid.world.nodes.phaseOf(1)).toBe('up')
  })

  it('show what farms earned, and for how long the nodes of one were up', async () => {
    await open('billing')
    const table = page.locator('.panel').filter({ hasText: 'Farming' }).getByRole('table')
    await table.getByRole('link', { name: 'vienna' }).waitFor()
    const chart = page.getByRole('img', { name: /^TFT that farms earned from contracts/ })
    expect(await chart.getAttribute('aria-label')).toMatch(
      /ghent [\d.]+ TFT, vienna [\d.]+ TFT|vienna [\d.]+ TFT, ghent/,
    )
    expect(await chart.locator('canvas').count()).toBe(1)
    const text = await textOf(page.locator('main'))
    expect(text).toMatch(/farmers got\s+[\d.]+ TFT\s+the foundation got\s+[\d.]+ TFT/)
    expect(text).toMatch(/minted once a month outside of the chain/)
    await table.getByRole('link', { name: 'vienna' }).click()
    await page.getByRole('heading', { name: 'Nodes of vienna' }).waitFor()
    const nodes = page.locator('.panel').filter({ hasText: 'Nodes of vienna' }).getByRole('table')
    const row = nodes.getByRole('row').filter({ has: page.getByRole('link', { name: '4' }) })
    expect(await textOf(row)).toMatch(/4\s+up\s+(99\.\d|100\.0) %\s+95\.0 %\s+0\.\d+ TFT/)
  })

  it.each(['light', 'dark'] as const)(
    'name every control and can be read, %s',
    async colorScheme => {
      const other = await watchedPage(browser, { colorScheme })
      for (const path of ['scenarios/1', 'billing/1', 'faults', 'nodes/2']) {
        await other.page.goto(`${url}#/${path}`)
        await other.page.locator('.panel').nth(1).waitFor()
        if (path === 'faults') {
          await other.page.getByLabel('nodes').fill('1')
          await other.page.getByText('It hits 1 nodes').waitFor()
        }
        expect(await weakTexts(other.page), path).toEqual([])
        const unnamed = await other.page.evaluate(
          `[...document.querySelectorAll('button, input, select, meter, canvas')]
        .filter(one => !one.parentElement.closest('[role=img]') && !(one.labels?.length || one.textContent.trim() || one.ariaLabel))
        .map(one => one.outerHTML)`,
        )
        expect(unnamed, path).toEqual([])
      }
      expect(other.problems).toEqual([])
      await other.page.close()
    },
  )

  it.each([
    ['a phone', { width: 375, height: 700 }],
    ['a projector', { width: 1920, height: 1080 }],
  ])('fit %s', async (_, viewport) => {
    const other = await watchedPage(browser, { viewport })
    for (const path of ['scenarios', 'scenarios/1', 'billing/1', 'faults', 'nodes/2']) {
      await other.page.goto(`${url}#/${path}`)
      await other.page.locator('.panel').nth(1).waitFor()
      const wide = await other.page.evaluate('document.documentElement.scrollWidth')
      expect(wide, path).toBeLessThanOrEqual(viewport.width)
    }
    expect(other.problems).toEqual([])
    await other.page.close()
  })
})
