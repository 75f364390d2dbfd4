// Some thousand spoilt requests; the soak sends more.

import { expect, it } from 'vitest'
import { spoilRequests } from './mutations.ts'

const seed = Number(process.env.PROXY_SEED ?? 13)

it(`answers spoilt requests as upstream does (PROXY_SEED=${seed})`, async () => {
  expect(await spoilRequests({ seed, count: 3000 })).toBe(null)
})
