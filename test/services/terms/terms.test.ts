// The terms document, at the path that clients have compiled in.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTerms, termsText } from '../../../src/services/terms/terms.ts'
import { type Served, serve } from '../support.ts'

let served: Served
beforeAll(async () => {
  served = await serve(createTerms())
})
afterAll(() => served.close())

it('serves the document where the real client looks for it', async () => {
  const main = createRequire(import.meta.url).resolve('@threefold/grid_client')
  const source = readFileSync(join(dirname(main), 'modules', 'tfchain.js'), 'utf8')
  const url = /https:\/\/raw\.githubusercontent\.com[^"]+terms[^"]+/.exec(source)?.[0]
  expect(await served.ask(new URL(url!).pathname)).toMatchObject({ status: 200, text: termsText })
})

it.each([
  ['GET', '/'],
  ['GET', '/threefoldtech/zos-config/main/development.json'],
  ['POST', '/threefoldtech/info_grid/development/terms_conditions_all3.md'],
])('has nothing else: %s %s', async (method, path) => {
  expect((await served.ask(path, { method })).status).toBe(404)
})
