// The past of a grid on its page, in a real browser: looked at, gone back to, and branched off, with the effect seen on the grids.

import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { Grid } from '../../src/grid.ts'
import { lookInEachTest, noBrowserReason, stillGrid, textOf } from './support.ts'

const reason = noBrowserReason()

/** An answer of the control API. */
type Answer = Readonly<Record<string, unknown>> & {
  readonly at: number
  readonly time: number
  readonly begin: number
  readonly now: number
  readonly block: number
  readonly digest: string
  readonly blockHash: string
  readonly phase: string
  readonly marks: readonly unknown[]
  readonly inputs: readonly { readonly what: string }[]
  readonly from: unknown
  readonly endpoints: { readonly control: string }
}

describe.skipIf(reason !== null)(`the past on the dashboard${reason ? ` (${reason})` : ''}`, () => {
  let grid: Grid
  let url: string
  let page: Page
  lookInEachTest(
    seen => {
      ;({ grid, url, page } = seen)
    },
    async () => {
      const built = '../../dist/cli/branch.js'
      const { startBranch } = (await import(built)) as typeof import('../../src/cli/branch.ts')
      return stillGrid({ farms: [{ name: 'ghent', nodes: 2 }] }, { startBranch })
    },
  )

  const slider = () => page.getByRole('slider', { name: 'moment' })
  const said = (text: string) => page.getByText(text).waitFor()
  const ask = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await fetch(`${url}api${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    return (await answer.json()) as Answer
  }
  const advance = (by: string) => ask('POST', '/time/advance', { by })
  const phase = () => grid.world.nodes.phaseOf(1)

  it('shows what was at a moment before one goes there, and goes there', async () => {
    await advance('2h')
    const { time, block, digest } = await ask('GET', '/digest')
    await advance('1h')
    await ask('POST', '/nodes/1/actions', { type: 'crash' })
    await advance('1h')
    expect(phase()).toBe('down')
    await page.goto(`${url}#/world`)
    await slider().waitFor()
    const begin = (await ask('GET', '/history/marks')).begin
    const now = grid.world.kernel.now()
    // By the keyboard: the begin, and from there by tenths of the way.
    await slider().focus()
    await page.keyboard.press('Home')
    expect(await slider().getAttribute('aria-valuetext')).toMatch(/^\d{4}-.*, about block \d+$/)
    for (let i = 0; i < 5; i += 1) await page.keyboard.press('PageUp')
    const chosen = begin + (now - begin) / 2
    const look = page.locator('.look')
    await look.waitFor()
    expect(await textOf(look)).toContain('time.advanceTo')
    expect(await textOf(look)).not.toContain('node.act')
    await page.getByRole('button', { name: 'Rewind', exact: true }).click()
    await said(': done')
    expect(phase()).toBe('up')
    expect(grid.world.kernel.now()).toBe(now)
    // The moment of the digest is near the chosen one, and can be gone to exactly.
    expect(Math.abs(chosen - time)).toBeLessThan(60_000)
    const there = await ask('POST', '/history/rewind', { at: time })
    expect(there).toMatchObject({ time, block, digest, now })
  })

  it('goes back on a way back, to what was left behind by it', async () => {
    await advance('1h')
    await ask('POST', '/nodes/1/actions', { type: 'crash' })
    await advance('1h')
    const left = await ask('GET', '/digest')
    await advance('1s')
    await ask('POST', '/history/rewind', { by: '90m' })
    expect(phase()).toBe('up')
    await advance('1m')
    const look = await ask('GET', `/history/moment?at=${left.time}`)
    expect(look).toMatchObject({ isLeft: true })
    expect(look.inputs.map(({ what }) => what)).toContainEqual(
      'node.act {"nodeId":1,"action":{"type":"crash"}}',
    )
    const there = await ask('POST', '/history/rewind', { at: left.time })
    expect(there).toMatchObject({ digest: left.digest, blockHash: left.blockHash })
    expect(phase()).toBe('down')
  })

  it('refuses a moment that is not of the past', async () => {
    const { now, begin } = await ask('GET', '/history/marks')
    for (const at of [now + 1, begin - 1]) {
      const refused = await ask('POST', '/history/rewind', { at })
      expect(refused).toMatchObject({ code: 'GRID_MOMENT_UNKNOWN' })
    }
  })

  it('is seen by nobody who counts snapshots', async () => {
    for (let i = 0; i < 5; i += 1) await advance('2h')
    expect((await ask('GET', '/history/marks')).marks.length).toBeGreaterThan(1)
    expect(await ask('GET', '/snapshots')).toEqual([])
  })

  it('branches: a second grid stands where the snapshot stands, and goes its own way', async () => {
    await advance('2h')
    await page.goto(`${url}#/world`)
    await page.getByLabel('name').fill('fork')
    await page.getByRole('button', { name: 'Take a snapshot' }).click()
    const then = await ask('GET', '/digest')
    await advance('1h')
    await page.getByRole('button', { name: 'Branch', exact: true }).click()
    await page.getByText('Branch from fork: done').waitFor({ timeout: 20_000 })
    const link = page.getByRole('row', { name: 'fork' }).getByRole('link')
    const other = (await link.getAttribute('href'))!
    expect(other).not.toBe(url)
    expect(await ask('GET', '/branches')).toMatchObject([{ name: 'fork', from: then }])
    const askOther = async (path: string, method = 'GET', body?: unknown) =>
      (
        await fetch(`${other}api${path}`, {
          method,
          ...(body
            ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
            : {}),
        })
      ).json() as Promise<Answer>
    // It was led through the same history, and its own begins there.
    const there = await askOther('/history/rewind', 'POST', { at: then.time })
    expect(there).toMatchObject(then)
    await askOther('/nodes/1/actions', 'POST', { type: 'crash' })
    expect((await askOther('/nodes/1')).phase).toBe('down')
    expect(phase()).toBe('up')
    await ask('POST', '/nodes/2/actions', { type: 'crash' })
    expect((await askOther('/nodes/2')).phase).toBe('up')
    await page.getByRole('button', { name: 'End', exact: true }).click()
    await page.getByText('End branch 1: done').waitFor()
    expect(await ask('GET', '/branches')).toEqual([])
    await expect(fetch(`${other}api/health`)).rejects.toThrow()
  }, 40_000)

  it('ends its branches with itself, and starts no more than it can bear', async () => {
    const branch = await ask('POST', '/snapshots/now/branch')
    expect(branch).toMatchObject({ id: '1', name: null, state: 'running' })
    const health = `${branch.endpoints.control}/health`
    expect((await fetch(health)).status).toBe(200)
    expect(await ask('POST', '/snapshots/nothing/branch')).toMatchObject({
      error: 'there is no snapshot nothing',
    })
    await grid.close()
    await expect(fetch(health)).rejects.toThrow()
  }, 40_000)
})
