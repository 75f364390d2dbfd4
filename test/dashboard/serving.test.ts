// How the page and what it reads are served: its files and nothing else, closed to frames and scripts of others.

import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Grid } from '../../src/grid.ts'
import { deploy, isBuilt, stillGrid, takeAnswers } from './support.ts'

let grid: Grid
let url: string
beforeAll(async () => {
  ;({ grid, url } = await stillGrid())
})
afterAll(() => grid?.close())

/** Asks for a path exactly as it is written; `fetch` would tidy it. */
function ask(
  path: string,
  method = 'GET',
): Promise<{ status: number; type: string; body: string }> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method }, response => {
      let body = ''
      response.on('data', piece => {
        body += piece
      })
      response.on('end', () => {
        const type = response.headers['content-type'] ?? ''
        resolve({ status: response.statusCode!, type, body })
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe.skipIf(!isBuilt())('the page (needs dist: npm run build)', () => {
  it('comes with a policy that lets it load nothing from elsewhere', async () => {
    const page = await fetch(url)
    const html = await page.text()
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const policy = page.headers.get('content-security-policy')!
    expect(policy.split('; ')).toEqual(
      expect.arrayContaining(["default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]),
    )
    expect(policy).not.toMatch(/unsafe|\*|data:|https?:/)
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    const names = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name!)
    expect(names.length).toBe(3)
    for (const name of names) {
      expect(name).toMatch(/^\.\//)
      const file = await fetch(new URL(name, url))
      expect(file.status).toBe(200)
      expect(file.headers.get('content-type')).toMatch(/^(text\/(javascript|css)|image\/svg)/)
    }
  })

  it('is sent once to a browser that has it', async () => {
    const { headers } = await fetch(url)
    const etag = headers.get('etag')!
    const again = await fetch(url, { headers: { 'if-none-match': etag } })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  it.each([
    '/index.html/../../../package.json',
    '/assets/../../../package.json',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/..%5c..%5cpackage.json',
    '/%2e%2e/%2e%2e/package.json',
    '/assets/',
    '//etc/passwd',
  ])('is all that there is: %s is not served', async path => {
    const { status, body } = await ask(path)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(body).not.toMatch(/pocketgrid"|root:/)
  })
})

describe('what the page reads', () => {
  it('is checked, and told from what is not there', async () => {
    expect((await ask('/api/dashboard/blocks?limit=0')).status).toBe(400)
    expect((await ask('/api/dashboard/blocks?limit=501')).status).toBe(400)
    expect((await ask('/api/dashboard/blocks/x')).status).toBe(400)
    expect((await ask('/api/dashboard/blocks/999999')).status).toBe(404)
    expect((await ask('/api/dashboard/storage/No/Such')).status).toBe(404)
    expect((await ask('/api/dashboard/storage/__proto__/toString')).status).toBe(404)
    expect((await ask('/api/dashboard/diff?from=0&to=999999')).status).toBe(404)
    expect((await ask('/api/dashboard/deployments/999')).status).toBe(404)
    expect((await ask('/api/dashboard/deployments/-1')).status).toBe(400)
  })

  it('goes page by page through the blocks, newest first', async () => {
    const best = grid.world.chain.best()
    const { body } = await ask('/api/dashboard/blocks?limit=2')
    expect(JSON.parse(body)).toMatchObject([{ number: best }, { number: best - 1 }])
    const old = await ask('/api/dashboard/blocks?upTo=1')
    expect(JSON.parse(old.body)).toMatchObject([{ number: 1 }, { number: 0 }])
  })

  it('says how many of a crowd it did not show', async () => {
    takeAnswers(grid)
    for (const name of ['one', 'two', 'three']) deploy(grid, { name, nodeId: 1 })
    const page = JSON.parse((await ask('/api/dashboard/deployments?limit=2')).body)
    expect([page.total, page.items.length]).toEqual([3, 2])
    expect(page.items.map((item: { contractId: string }) => item.contractId)).toEqual(['3', '2'])
  })

  it('changes nothing: equal digests before and after', async () => {
    const before = grid.world.kernel.trace.digest()
    for (const path of ['overview', 'map', 'blocks', 'storage', 'deployments', 'billing']) {
      expect((await ask(`/api/dashboard/${path}`)).status).toBe(200)
      expect((await ask(`/api/dashboard/${path}`, 'POST')).status).toBe(404)
    }
    expect(grid.world.kernel.trace.digest()).toBe(before)
  })
})

it('leaves the root to the relay for programs whose relay URL has no path', async () => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}?not-a-token`)
  const status = await new Promise<number | undefined>(resolve => {
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode))
    socket.on('error', () => undefined)
    socket.on('open', () => resolve(101))
  })
  expect(status).not.toBe(404)
  expect((await ask('/', 'POST')).status).not.toBe(404)
})
