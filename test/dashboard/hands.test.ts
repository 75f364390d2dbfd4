// Every hand of the page in a real browser, with its effect seen on the grid itself.

import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { Grid } from '../../src/grid.ts'
import { lookInEachTest, noBrowserReason, stillGrid, type Watched } from './support.ts'

const reason = noBrowserReason()

describe.skipIf(reason !== null)(
  `the hands of the dashboard${reason ? ` (${reason})` : ''}`,
  () => {
    let grid: Grid
    let url: string
    let page: Page
    let watched: Watched
    lookInEachTest(seen => {
      ;({ grid, url, page, watched } = seen)
    })

    const open = (path: string) => page.goto(`${url}#/${path}`)
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
    const said = (text: string) => page.getByText(text).waitFor()

    it('move time: on, by a step, by a span, to a moment, at another pace', async () => {
      const now = () => grid.world.kernel.now()
      await open('world')
      const start = now()
      await press('+1h')
      await said('Advance 1h: done')
      expect(now() - start).toBe(3_600_000)
      await page.getByLabel('by', { exact: true }).fill('90m')
      await press('Advance')
      await said('Advance 90m: done')
      expect(now() - start).toBe(9_000_000)
      const at = Math.ceil((now() + 86_400_000) / 60_000) * 60_000
      await page.getByLabel('to (UTC)').fill(new Date(at).toISOString().slice(0, 16))
      await press('Jump')
      await said('Jump: done')
      expect(now()).toBe(at)
      await page.getByLabel('Pace of time').selectOption('warp:60')
      await said('Pace: done')
      expect(grid.driver.mode).toEqual({ type: 'warp', rate: 60 })
      await press('Resume')
      await said('Resume: done')
      expect(grid.driver.isFrozen).toBe(false)
      await press('Pause')
      await said('Pause: done')
      expect(grid.driver.isFrozen).toBe(true)
    })

    it('say what is wrong when the grid refuses, as text', async () => {
      await open('world')
      await page.getByLabel('by', { exact: true }).fill('<b>soon</b>')
      await press('Advance')
      await said('Advance <b>soon</b>: the body is not valid')
      // The browser itself tells of the refused request.
      expect(watched.problems.splice(0)).toEqual([expect.stringContaining('400')])
    })

    it('crash a node, boot it, send it to sleep and wake it', async () => {
      await open('nodes/1')
      await press('Crash')
      await page.getByText('down', { exact: true }).waitFor()
      expect(grid.world.nodes.phaseOf(1)).toBe('down')
      await press('Boot')
      await said('Boot: done')
      grid.advance(600_000)
      await page.getByText('up', { exact: true }).waitFor()
      await press('Send to sleep')
      await said('Send to sleep: done')
      grid.advance(3_600_000)
      await page.getByText('asleep', { exact: true }).waitFor()
      expect(grid.world.nodes.phaseOf(1)).toBe('asleep')
      await press('Wake')
      await said('Wake: done')
      grid.advance(3_600_000)
      expect(grid.world.nodes.phaseOf(1)).toBe('up')
    })

    it('reboot a node and restart its daemon', async () => {
      await open('nodes/2')
      await press('Reboot')
      await page.getByText('starting', { exact: true }).waitFor()
      expect(grid.world.nodes.phaseOf(2)).toBe('starting')
      grid.advance(600_000)
      await press('Restart its daemon')
      await said('Restart its daemon: done')
      const notes = grid.world.kernel.trace.last().filter(({ kind }) => kind === 'zos.node')
      expect(notes.at(-1)?.fields).toMatchObject({ node: 2, what: 'daemon restarted' })
    })

    it('add a fault from the palette after a look at what is sent, and end it', async () => {
      await open('faults')
      await page.getByLabel('kind').selectOption('rmb.delay')
      await page.getByLabel('jitterMs').fill('40')
      await page.getByRole('group', { name: 'to' }).getByLabel('nodes').fill('1, 2')
      await page.getByLabel('bothWays').selectOption('no')
      const preview = JSON.parse((await page.locator('form code').textContent())!)
      const wish = { kind: 'rmb.delay', jitterMs: 40, to: { nodes: [1, 2] }, bothWays: false }
      expect(preview).toEqual(wish)
      await press('Add the fault')
      await said('Fault rmb.delay: done')
      expect(grid.world.faults.list().map(({ spec }) => spec)).toMatchObject([wish])
      await press('End')
      await said('Nothing is broken by hand.')
      expect(grid.world.faults.list()).toEqual([])
      await page.getByLabel('kind').selectOption('chain.halt')
      await page.getByLabel('afterMs').fill('60000')
      await press('Add the fault')
      await page.getByText('planned', { exact: true }).waitFor()
      await press('End all')
      await said('Nothing is broken by hand.')
      expect(grid.world.faults.list()).toEqual([])
    })

    it('take snapshots, go back to them, and give them up', async () => {
      await open('world')
      await page.getByLabel('name').fill('before')
      await press('Take a snapshot')
      await page.getByRole('cell', { name: 'before' }).waitFor()
      grid.world.nodes.crash(1)
      await press('Revert')
      await said('Back to before: done')
      expect(grid.world.nodes.phaseOf(1)).toBe('up')
      await page.getByRole('row', { name: 'before' }).getByText('Give up').click()
      await said('Give up: done')
      await said('None yet.')
    })

    it('deploy a machine as a user, up to ok', async () => {
      await open('nodes/3')
      await page.getByLabel('name').fill('hello')
      await page.getByLabel('memory, GiB').fill('2')
      await press('Deploy')
      await said('Deploy hello: done')
      grid.advance(600_000)
      await page.getByRole('row', { name: 'hello zmachine ok' }).waitFor()
      const [deployment] = grid.world.nodes.deploymentsOf(3)
      expect(deployment?.twinId).toBe(grid.world.residents[0]?.twinId)
      expect(deployment?.workloads.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok'])
    })

    it('add nodes, and wipe the chain only when one is sure', async () => {
      await open('world')
      await page.getByLabel('more nodes').fill('2')
      await press('Add')
      await said('Add 2 nodes: done')
      grid.advance(60_000)
      await said('7 nodes, 7 of them registered.')
      const genesis = grid.world.chain.genesisHash()
      const wipe = page.getByRole('button', { name: 'Wipe the chain' })
      expect(await wipe.isDisabled()).toBe(true)
      await page.getByLabel('yes, wipe it').check()
      await wipe.click()
      await said('Reset: done')
      expect(grid.world.chain.genesisHash()).not.toBe(genesis)
    })

    it('ask for the token where the grid has one', async () => {
      await grid.close()
      ;({ grid, url } = await stillGrid({ devToken: 'open-sesame' }))
      await open('nodes/1')
      await press('Crash')
      await page.getByLabel('This grid is changed by who shows its token').fill('open-sesame')
      await press('Use it')
      await press('Crash')
      await page.getByText('down', { exact: true }).waitFor()
      expect(grid.world.nodes.phaseOf(1)).toBe('down')
      expect(watched.problems.splice(0)).toEqual([expect.stringContaining('401')])
    })
  },
)
