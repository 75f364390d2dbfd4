// Activation on a running grid: each account is paid once, whatever happens to the transfer.

import { afterEach, expect, it } from 'vitest'
import { system } from '../../src/chain/pallets/system/declaration.ts'
import { toHex } from '../../src/crypto/hex.ts'
import { decodeSs58 } from '../../src/crypto/ss58.ts'
import { type Grid, startGrid } from '../../src/grid.ts'

const address = '5DAAnrj7VHTznn2AWBemMuyBwZWs6FNFjdyVXUeYum3PTXFy'

let grid: Grid

afterEach(() => grid.close())

const start = async (blocks: 'instant' | 'manual') => {
  const farms = [{ name: 'ghent', nodes: 0 }]
  grid = await startGrid({ port: 0, chainPort: 0, frontPort: false, blocks, farms })
}

const activate = async (): Promise<number> => {
  const { activation } = grid.info().endpoints
  const body = JSON.stringify({ substrateAccountID: address })
  const headers = { 'content-type': 'application/json' }
  return (await fetch(activation!, { method: 'POST', body, headers })).status
}

const free = (): bigint => {
  const decoded = decodeSs58(address)
  if (!decoded.ok) throw new Error(decoded.error)
  const accounts = grid.world.chain.runtime.txOf(system).state.Account
  return grid.driver.enter(() => accounts.get(toHex(decoded.publicKey)).data.free)
}

const rpc = async (method: string, ...params: unknown[]): Promise<unknown> => {
  const url = grid.info().endpoints.substrate.replace('ws:', 'http:')
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', body, headers })
  return ((await answer.json()) as { result: unknown }).result
}

/** Resolves when a transfer waits in the pool. */
const waits = () =>
  expect.poll(async () => ((await rpc('author_pendingExtrinsics')) as unknown[]).length).toBe(1)

it('pays 1000 TFT once, in the next block', async () => {
  await start('instant')
  expect(await activate()).toBe(200)
  expect(free()).toBe(10_000_000_000n)
  expect(await activate()).toBe(200)
  expect(free()).toBe(10_000_000_000n)
})

it('does not pay again while a transfer is on its way that nobody waits for any more', async () => {
  await start('manual')
  const { chain } = grid.world
  const first = activate()
  await waits()
  await rpc('dev_newBlock')
  expect(await first).toBe(200)
  expect(free()).toBe(10_000_000_000n)
  expect(chain.pool.entries()).toEqual([])
})

it('tells at once when the world is taken back to before the transfer', async () => {
  await start('manual')
  const id = await rpc('dev_snapshot')
  const asked = activate()
  await waits()
  await rpc('dev_revert', id)
  // It is tried once more, and that one is pending now.
  await waits()
  await rpc('dev_newBlock')
  expect(await asked).toBe(200)
  expect(free()).toBe(10_000_000_000n)
})
