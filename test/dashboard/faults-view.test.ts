// The palette of faults tells by name whom a fault will hit before it is added, and a node is emptied by hand.

import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { Grid } from '../../src/grid.ts'
import {
  deploy,
  lookInEachTest,
  noBrowserReason,
  stillGrid,
  takeAnswers,
  textOf,
  type Watched,
} from './support.ts'

const reason = noBrowserReason()

describe.skipIf(reason !== null)(`faults and drains${reason ? ` (${reason})` : ''}`, () => {
  let grid: Grid
  let url: string
  let page: Page
  let watched: Watched
  lookInEachTest(seen => {
    ;({ grid, url, page, watched } = seen)
  })

  const open = (path: string) => page.goto(`${url}#/${path}`)
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const preview = () => page.getByLabel('What it would hit')

  it('are shown with the names of whom they will hit, and from when to when', async () => {
    const before = grid.world.kernel.trace.digest()
    await open('faults')
    await page.getByText('Power is lost at once; it comes back when the fault ends.').waitFor()
    await preview().getByText('It hits everybody: 5 nodes now').waitFor()
    expect(await preview().locator('canvas').count()).toBe(0)
    await page.getByLabel('farms').fill('2')
    await page.getByLabel('afterMs').fill('60000')
    await page.getByLabel('forMs').fill('120000')
    await preview().getByText('It hits 2 nodes').waitFor()
    const now = grid.world.kernel.now()
    const at = (ms: number) => new Date(now + ms).toISOString().slice(0, 19).replace('T', ' ')
    const text = await textOf(preview())
    expect(text).toContain(`From ${at(60_000)}Z until ${at(180_000)}Z`)
    expect(text).toMatch(/node 4 \S+, vienna up\s+node 5 \S+, vienna up/)
    await preview().locator('canvas').waitFor()
    expect(grid.world.faults.list()).toEqual([])
    expect(grid.world.kernel.trace.digest()).toBe(before)
  })

  it('mark on the picture of the grid what they will hit, until one has seen it', async () => {
    await open('faults')
    await page.getByLabel('nodes').fill('2, 3')
    await preview().getByText('It hits 2 nodes').waitFor()
    await page.getByRole('link', { name: 'Grid', exact: true }).click()
    await page.getByText('Marked: 2 nodes that the fault node.crash would hit.').waitFor()
    const canvas = page.locator('canvas.map')
    const name = (await canvas.getAttribute('aria-label'))!
    expect(name).toContain('2 of them are marked')
    expect(await page.getByRole('listitem').filter({ hasText: 'would be hit' }).count()).toBe(2)
    const paint = 'new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))'
    await page.evaluate(paint)
    const marked = await canvas.screenshot()
    await press('Unmark')
    await page.evaluate(paint)
    expect((await canvas.screenshot()).equals(marked)).toBe(false)
  })

  it('say why they would be refused while they are typed, and name links from end to end', async () => {
    await open('faults')
    await page.getByLabel('nodes').fill('77')
    await page.getByText('It would be refused: ').waitFor()
    expect(await textOf(page.locator('form + .problem'))).toMatch(/there is no node 77/)
    await page.getByLabel('kind').selectOption('rmb.partition')
    const twin = grid.world.residents[0]!.twinId
    await page.getByRole('group', { name: 'from' }).getByLabel('twins').fill(`${twin}, 999`)
    await page.getByLabel('chance').fill('0.5')
    await preview().getByText(`twin ${twin} alice`).waitFor()
    const text = await textOf(preview())
    expect(text).toMatch(/Messages from 0 nodes and 2 other twins/)
    expect(text).toMatch(/twin 999 \(nobody of this grid\)/)
    expect(text).toMatch(/Messages to everybody: 5 nodes now/)
    expect(text).toMatch(/a chance of 50 %, drawn each time/)
  })

  it('ask for the token once where the grid has one', async () => {
    await grid.close()
    ;({ grid, url } = await stillGrid({ devToken: 'open-sesame' }))
    await open('faults')
    await page.getByLabel('This grid is changed by who shows its token').fill('open-sesame')
    await press('Use it')
    await preview().getByText('It hits everybody').waitFor()
    expect(watched.problems.splice(0)).toEqual([expect.stringContaining('401')])
  })

  it('empty a node when one is sure, and say how many contracts that takes', async () => {
    takeAnswers(grid)
    for (const name of ['web', 'db']) deploy(grid, { name, nodeId: 2 })
    deploy(grid, { name: 'api', nodeId: 3 })
    await open('nodes/2')
    const button = page.getByRole('button', { name: 'Drain', exact: true })
    await button.waitFor()
    expect(await button.isDisabled()).toBe(true)
    await page.getByLabel('yes, cancel its contracts (2 deployments)').check()
    await button.click()
    await page.getByText('Drain: the council cancels 2 contracts').waitFor()
    grid.advance(600_000)
    await page.getByText('On it: 0 deployments').waitFor()
    expect([2, 3].map(id => grid.world.nodes.deploymentsOf(id).length)).toEqual([0, 1])
    await page.getByLabel('yes, cancel its contracts').check()
    await button.click()
    await page.getByText('Drain: there is no contract on it').waitFor()
  })
})
