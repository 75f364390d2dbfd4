// A grid's history as text: what real clients did leads a new world to the same place, byte for byte.

import { afterEach, describe, expect, it } from 'vitest'
import { remoteClient } from '../../src/chain/client/remote.ts'
import { system } from '../../src/chain/pallets/system/declaration.ts'
import { tfgrid } from '../../src/chain/pallets/tfgrid/declaration.ts'
import { byteStringToBytes, byteStringToUtf8, fromHex } from '../../src/crypto/hex.ts'
import { type History, historyText, readHistory } from '../../src/grid/history.ts'
import { Journal } from '../../src/grid/journal.ts'
import { replayHistory } from '../../src/grid/kept-world.ts'
import { type Grid, type GridOptions, startGrid } from '../../src/grid.ts'
import { RmbClient } from '../../src/rmb/client/client.ts'

const small = {
  farms: [{ name: 'ghent', nodes: 2 }],
  users: ['alice', 'bob'],
  port: 0,
  chainPort: 0,
  frontPort: false,
} as const

const open: Grid[] = []
afterEach(async () => {
  for (const grid of open.splice(0)) await grid.close()
})

async function start(options: GridOptions = {}): Promise<Grid> {
  const grid = await startGrid(
    { ...small, farms: [...small.farms], users: [...small.users] },
    options,
  )
  open.push(grid)
  return grid
}

/** A transfer and a request over the bus, as clients outside make them, and time that passes. */
async function useIt(grid: Grid): Promise<void> {
  const { endpoints } = grid.info()
  const [alice, bob] = grid.world.residents
  const client = await remoteClient(endpoints.substrate)
  const args = { dest: { type: 'Id', value: bob!.pair.accountId }, value: 12_345n }
  const call = { pallet: 'Balances', name: 'transfer_keep_alive', args }
  expect((await client.submit(call, alice!.pair)).error).toBeNull()
  const rmb = new RmbClient({
    url: endpoints.relay,
    twin: alice!.twinId,
    pair: alice!.pair,
    secret: alice!.encryptionSecret,
    twins: {
      async twin(id) {
        const twin = await client.read(tfgrid, 'Twins', id)
        if (!twin) return undefined
        const relay = twin.relay === null ? null : byteStringToUtf8(twin.relay)
        const pk = twin.pk === null ? null : byteStringToBytes(twin.pk)
        return { id, account: fromHex(twin.account_id), relay, pk }
      },
    },
  })
  expect(await rmb.whenOpen(5_000)).toBe(true)
  const to = grid.world.nodes.twinOf(1)!
  const answer = await rmb.request({ to, command: 'zos.statistics.get', ttlSeconds: 20 })
  expect(answer.type).toBe('response')
  grid.advance(3_600_000)
  await rmb.close()
  await client.close()
}

describe('the history of a grid', () => {
  it('leads a new world to where clients had led the first one', async () => {
    let text = ''
    const grid = await start({ onHistory: piece => (text += piece) })
    await useIt(grid)
    await open.pop()!.close()
    const history = readHistory(text)
    expect(new Set(history.entries.map(({ kind }) => kind))).toEqual(
      new Set(['chain.submit', 'rmb.message', 'time.advanceTo']),
    )
    expect(historyText(history)).toBe(text)
    const { world, end } = replayHistory(history)
    expect(end).toEqual(history.end)
    const bob = world.residents.find(({ name }) => name === 'bob')!
    const accounts = world.chain.runtime.txOf(system).state.Account
    expect(accounts.get(bob.pair.accountId).data.free).toBe(
      grid.world.chain.runtime.txOf(system).state.Account.get(bob.pair.accountId).data.free,
    )
  })

  it('goes on in a grid that is started with it, and is part of that one’s own', async () => {
    let first = ''
    await useIt(await start({ onHistory: piece => (first += piece) }))
    await open.pop()!.close()
    let second = ''
    const again = await start({
      history: readHistory(first),
      onHistory: piece => (second += piece),
    })
    await useIt(again)
    await open.pop()!.close()
    const [head] = first.split('\n')
    expect(second.startsWith(head!)).toBe(true)
    const history = readHistory(second)
    expect(history.entries.slice(0, readHistory(first).entries.length)).toEqual(
      readHistory(first).entries,
    )
    expect(replayHistory(history).end).toEqual(history.end)
  })

  it('is not taken by a grid of another configuration', async () => {
    let text = ''
    await start({ onHistory: piece => (text += piece) })
    await open.pop()!.close()
    const other = startGrid(
      { ...small, farms: [{ name: 'vienna' }], users: ['alice'] },
      { history: readHistory(text) },
    )
    await expect(other).rejects.toMatchObject({ code: 'GRID_CONFIG_INVALID' })
  })
})

const head = (): string => {
  const config = { farms: [{ name: 'ghent' }] }
  const origin = { config, startAt: 1_700_000_000_000, relay: 'relay', accounts: [] }
  return historyText({ origin, entries: [], end: null } as unknown as History)
}

describe('the text of a history', () => {
  it('carries bytes and big numbers', () => {
    const entries = [{ kind: 'chain.submit', place: 1, at: 2, payload: new Uint8Array([0, 255]) }]
    const history = { ...readHistory(head()), entries } as unknown as History
    expect(readHistory(historyText(history)).entries).toEqual(entries)
  })

  it('is read up to a last line that was cut off', () => {
    const line = '{"kind":"kyc.change","place":1,"at":2,"payload":null}\n'
    const { entries, end } = readHistory(`${head()}${line}${line.slice(0, 20)}`)
    expect([entries.length, end]).toEqual([1, null])
  })

  it.each([
    ['nothing', '', /first line/],
    ['another file', '{"a":1}\n', /first line/],
    ['another version', head().replace('"pocketgrid":1', '"pocketgrid":2'), /first line/],
    ['a line that is none', `${head()}what\n`, /line 2/],
    ['an input without a place', `${head()}{"kind":"a"}\n`, /line 2/],
  ])('is refused when it is %s', (_what, text, problem) => {
    expect(() => readHistory(text)).toThrow(problem)
  })
})

it('is kept in memory up to a bound, from which on the oldest inputs go', () => {
  const journal = Journal.inMemory()
  const put = (payload: number) => journal.recordAt({ place: 0, at: 0 }, 'time.advanceTo', payload)
  for (let i = 0; i < 100_000; i += 1) put(i)
  expect(journal.entries()).toHaveLength(100_000)
  put(0)
  expect(journal.entries()).toBeNull()
  expect(journal.oldest).toBe(1)
  expect(journal.at(1).payload).toBe(1)
  expect(journal.at(100_000).payload).toBe(0)
})
