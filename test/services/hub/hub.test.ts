// The hub as clients ask it before they deploy.

import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createHub } from '../../../src/services/hub/hub.ts'
import { badRequests, type Served, serve } from '../support.ts'

let served: Served
beforeAll(async () => {
  served = await serve(createHub())
})
afterAll(() => served.close())

it.each(['/tf-official-apps/base:latest.flist', '/a/b%20c.fl', '/x.flist?y=1'])(
  'has the image %s, whose checksum is that of its content, each time the same',
  async path => {
    const plain = path.split('?')[0]!
    expect((await served.ask(path, { method: 'HEAD' })).status).toBe(200)
    const { status, text } = await served.ask(path)
    expect(status).toBe(200)
    const md5 = createHash('md5').update(text).digest('hex')
    expect(await served.ask(`${plain}.md5`)).toMatchObject({ status: 200, text: md5 })
    expect(await served.ask(`${plain}.md5`)).toMatchObject({ text: md5 })
    expect((await served.ask(`${plain}.md5`, { method: 'HEAD' })).status).toBe(200)
  },
)

it('tells images apart by their checksums', async () => {
  const [one, other] = await Promise.all([served.ask('/a.flist.md5'), served.ask('/b.flist.md5')])
  expect(one.text).not.toBe(other.text)
})

it.each(['/', '/a', '/a.flist/', '/.flist', '/a.flists', '/a.flist.md5x', '/.md5'])(
  'has nothing at %s',
  async path => {
    expect((await served.ask(path)).status).toBe(404)
  },
)

it('is only read', async () => {
  expect((await served.ask('/a.flist', { method: 'POST' })).status).toBe(405)
  for (const [path, options] of badRequests(['/', '/a.flist', '/a.flist.md5'])) {
    expect((await served.ask(path, options)).status).toBeGreaterThan(0)
  }
})
