// Every view of the page in a real browser, against a grid whose state is known.

import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Grid } from '../../src/grid.ts'
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

describe.skipIf(reason !== null)(
  `the views of the dashboard${reason ? ` (${reason})` : ''}`,
  () => {
    const hostile = '<img src=x onerror="document.title=`owned`">'
    let browser: Browser
    let grid: Grid
    let url: string
    let contractId: bigint
    let watched: Watched

    beforeAll(async () => {
      ;[browser, { grid, url }] = await Promise.all([
        startBrowser(),
        stillGrid({
          farms: [
            { name: 'ghent', nodes: 3 },
            { name: 'vienna', nodes: 2 },
          ],
        }),
      ])
      takeAnswers(grid)
      contractId = deploy(grid, { name: 'web', nodeId: 2, metadata: hostile })
      deploy(grid, { name: 'api', nodeId: 3 })
      watched = await watchedPage(browser)
    })
    afterAll(async () => {
      await browser?.close()
      await grid?.close()
    })
    afterEach(() => {
      expect(watched.problems).toEqual([])
      expect([...watched.hosts]).toEqual([new URL(url).host])
    })

    const open = async (path: string) => {
      await watched.page.goto(`${url}#/${path}`)
      return watched.page
    }

    it('show the grid in one glance', async () => {
      const page = await open('')
      await page.getByText('5 up').waitFor()
      const text = await textOf(page.locator('main'))
      expect(text).toMatch(/network\s+dev/)
      expect(text).toMatch(/deployments\s+2/)
      expect(text).toMatch(/workloads\s+6 ok/)
      expect(text).toMatch(/contracts\s+2 Created/)
      expect(text).toMatch(/time passes\s+not: paused/)
      expect(text).toContain(`block\n${grid.world.chain.best()}`)
    })

    it('show farms and nodes, and lead to one of them', async () => {
      const page = await open('grid')
      await page.getByText('5 nodes on 2 farms').waitFor()
      expect(await page.getByRole('list').first().getByRole('listitem').count()).toBe(5)
      await page.getByLabel('only').selectOption('down')
      await page.getByText('As a list: 0').waitFor()
      await page.getByLabel('only').selectOption('')
      await page.getByRole('link', { name: 'node 2' }).click()
      await page.getByText('On it: 1 deployments').waitFor()
      const text = await textOf(page.locator('main'))
      expect(text).toMatch(/Node 2: /)
      expect(text).toMatch(/zmachine\s+ok/)
    })

    it('draw the grid anew as a map, and by use', async () => {
      const page = await open('grid')
      const canvas = page.locator('canvas.map')
      await canvas.waitFor()
      const pictures = [await canvas.screenshot()]
      await page.getByLabel('farms stand').selectOption('map')
      await page.evaluate(
        'new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))',
      )
      pictures.push(await canvas.screenshot())
      await page.getByLabel('colour shows').selectOption('use')
      await page.evaluate(
        'new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))',
      )
      pictures.push(await canvas.screenshot())
      expect(new Set(pictures.map(picture => picture.toString('base64'))).size).toBe(3)
    })

    it('walk people through', async () => {
      const page = await open('tour')
      await page.getByText('step 1 of 7').waitFor()
      await page.getByRole('button', { name: 'Next' }).click()
      await page.getByRole('link', { name: 'Go there' }).click()
      await page.getByText('5 nodes on 2 farms').waitFor()
    })

    it('open the node that is clicked on the picture, and zoom by keys', async () => {
      const page = await open('grid')
      const canvas = page.locator('canvas.map')
      await canvas.waitFor()
      await canvas.focus()
      for (const key of ['+', 'ArrowLeft', '-', '0']) await page.keyboard.press(key)
      // Five nodes: the picture is fitted at 90 px a node, ghent's three side by side.
      const box = (await canvas.boundingBox())!
      const left = (box.width - 7 * 90) / 2
      await canvas.click({ position: { x: left + 1.4 * 90, y: 16 + 1.6 * 90 } })
      await page.getByText('Node 2: ').waitFor()
    })

    it('tell the story of a deployment hop by hop', async () => {
      const page = await open('deployments')
      await page.getByRole('link', { name: `${contractId}`, exact: true }).click()
      const hops = page.getByLabel('Hops').getByRole('listitem')
      await hops.first().waitFor()
      const texts = await hops.allInnerTexts()
      const order = ['ContractCreated', 'zos.deployment.deploy', 'deploy accepted', 'zmachine): ok']
      const places = order.map(what => texts.findIndex(text => text.includes(what)))
      expect(places).toEqual([...places].sort((a, b) => a - b))
      expect(places[0]).toBe(0)
      await page.getByText('Created', { exact: true }).waitFor()
    })

    it('show blocks with extrinsics and events decoded, and what came from people as text', async () => {
      const block = [...Array(grid.world.chain.best() + 1).keys()].find(number =>
        grid.world.chain.eventsOf(number).some(({ event }) => event.name === 'ContractCreated'),
      )!
      const page = await open('chain')
      await page.getByRole('link', { name: `${grid.world.chain.best()}`, exact: true }).waitFor()
      await open(`chain/block/${block}`)
      await page.getByText('SmartContractModule.create_node_contract').click()
      await page.getByText('SmartContractModule.ContractCreated').click()
      const text = await textOf(page.locator('main'))
      expect(text).toContain(JSON.stringify(hostile))
      expect(await page.locator('main img').count()).toBe(0)
      expect(await page.title()).toBe('Pocketgrid')
    })

    it('show storage by pallet, and what differs between two blocks', async () => {
      const page = await open('chain/storage')
      await page.getByRole('link', { name: 'Contracts', exact: true }).click()
      await page.getByText('2 values at block').waitFor()
      await open(`chain/diff/0/${grid.world.chain.best()}`)
      const cell = page.getByRole('cell', { name: 'SmartContractModule.ContractID', exact: true })
      const row = page.getByRole('row').filter({ has: cell })
      expect(await textOf(row)).toMatch(/absent\s+2/)
    })

    it('show messages with their outcome', async () => {
      const page = await open('messages')
      const row = page.getByRole('listitem').filter({ hasText: 'zos.deployment.deploy' })
      await row.first().waitFor()
      expect(await textOf(row.first())).toMatch(/delivered/)
      await page.getByLabel('find').fill('no such thing')
      await page.getByText('0 messages, newest first').waitFor()
    })

    it('show what was billed', async () => {
      grid.advance(2 * 3_600_000)
      const page = await open('billing')
      await page.getByRole('link', { name: `${contractId}`, exact: true }).waitFor()
      expect(await textOf(page.locator('main'))).toMatch(/billed\s+[\d.]+ TFT/)
    })

    it('are reached by keys alone, and name every control', async () => {
      const page = await open('')
      await page.getByText('5 up').waitFor()
      for (let i = 0; i < 40; i += 1) {
        await page.keyboard.press('Tab')
        if ((await page.evaluate('document.activeElement.textContent')) === 'Grid') break
      }
      await page.keyboard.press('Enter')
      await page.getByText('5 nodes on 2 farms').waitFor()
      for (const path of ['', 'grid', 'nodes/2', 'deployments', 'chain', 'faults', 'world']) {
        await open(path)
        await page
          .locator('.panel')
          .nth(path === '' || path === 'faults' ? 1 : 0)
          .waitFor()
        const unnamed = await page.evaluate(
          `[...document.querySelectorAll('button, input, select, meter, canvas')]
          .filter(one => !one.parentElement.closest('[role=img]') && !(one.labels?.length || one.textContent.trim() || one.ariaLabel))
          .map(one => one.outerHTML)`,
        )
        expect(unnamed, path).toEqual([])
      }
    })

    it.each(['light', 'dark'] as const)('can be read: text stands out, %s', async colorScheme => {
      const other = await watchedPage(browser, { colorScheme })
      await other.page.goto(`${url}#/deployments`)
      await other.page.locator('.state').first().waitFor()
      expect(await weakTexts(other.page)).toEqual([])
      await other.page.close()
    })

    it('fit a phone, in the dark', async () => {
      const phone = await watchedPage(browser, {
        viewport: { width: 375, height: 700 },
        colorScheme: 'dark',
      })
      for (const path of ['', 'grid', 'nodes/2', 'chain', 'faults', 'world']) {
        await phone.page.goto(`${url}#/${path}`)
        await phone.page.locator('.panel').first().waitFor()
        const [wide, paper] = (await phone.page.evaluate(
          '[document.documentElement.scrollWidth, getComputedStyle(document.body).backgroundColor]',
        )) as [number, string]
        expect(wide, path).toBeLessThanOrEqual(375)
        expect(paper).toBe('rgb(13, 19, 25)')
      }
      expect(phone.problems).toEqual([])
      await phone.page.close()
    })
  },
)
