// The web services of a running grid while faults act on them.

import { afterAll, beforeAll, expect, it } from 'vitest'
import type { FaultInput } from '../../src/faults/schema.ts'
import { type Grid, startGrid } from '../../src/grid.ts'

let grid: Grid

beforeAll(async () => {
  const farms = [{ name: 'ghent', nodes: 1 }]
  grid = await startGrid({ port: 0, chainPort: 0, frontPort: false, farms })
})

afterAll(() => grid.close())

const ask = async (): Promise<number> => {
  const { proxy } = grid.info().endpoints
  return (await fetch(`${proxy}/ping`)).status
}

function during<T>(
  spec: Omit<Extract<FaultInput, { kind: 'service' }>, 'kind'>,
  body: () => Promise<T>,
): Promise<T> {
  const { driver, world } = grid
  const id = driver.enter(() => world.faults.add({ kind: 'service', ...spec }))
  return body().finally(() => driver.enter(() => world.faults.remove(id)))
}

it('answer by themselves when nothing is wrong, before and after a fault', async () => {
  expect(await ask()).toBe(200)
  await during({ service: 'gridproxy', isDown: true }, () => ask().catch(() => 0))
  expect(await ask()).toBe(200)
})

it('close connections when they are down', async () => {
  const asked = during({ service: 'gridproxy', isDown: true }, ask)
  await expect(asked).rejects.toThrow('fetch failed')
})

it('answer with errors, one service or all of them', async () => {
  const spec = { failureRate: 1, status: 503 }
  expect(await during({ service: 'gridproxy', ...spec }, ask)).toBe(503)
  expect(await during({ service: '*', ...spec }, ask)).toBe(503)
  expect(await during({ service: 'graphql', ...spec }, ask)).toBe(200)
})

it('answer late', async () => {
  const from = performance.now()
  expect(await during({ service: 'gridproxy', lagMs: 60 }, ask)).toBe(200)
  expect(performance.now() - from).toBeGreaterThan(55)
})

it('never break what controls the grid', async () => {
  const { control } = grid.info().endpoints
  const status = () => fetch(`${control}/kyc`).then(answer => answer.status)
  expect(await during({ service: '*', isDown: true }, status)).toBe(200)
})
