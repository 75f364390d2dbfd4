// The control API as programs use it: every change has its effect, and every mistake its text.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { remoteClient } from '../../../src/chain/client/remote.ts'
import { controlled, until } from './support.ts'

const folder = mkdtempSync(join(tmpdir(), 'pocketgrid-control-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('the time', () => {
  it('moves, stands still and goes on at another pace by command', async () => {
    const { ask } = await controlled()
    const { body: before } = await ask('GET', '/time')
    expect(before).toMatchObject({ clock: 'real', isFrozen: false })
    const { body: frozen } = await ask('POST', '/time/freeze')
    expect(frozen.isFrozen).toBe(true)
    const { body: later } = await ask('POST', '/time/advance', { by: '1h' })
    expect(later.now - frozen.now).toBe(3_600_000)
    const at = later.now + 86_400_000
    const moment = new Date(at).toISOString()
    expect((await ask('POST', '/time/advanceTo', { at: moment })).body.now).toBe(at)
    expect((await ask('POST', '/time/advanceTo', { at: 5 })).body.now).toBe(at)
    expect((await ask('PUT', '/time/rate', { rate: 60 })).body.clock).toBe('warp:60')
    expect((await ask('POST', '/time/resume')).body.isFrozen).toBe(false)
  })

  it.each([
    [{ by: 'soon' }, /by: a time span is ms, or text such as/],
    [{ by: -1 }, /by: /],
    [{ by: '400d' }, /at most 366 days/],
    [{ bye: 1 }, /bye/],
    [[], /expected object/],
  ])('does not move by %j', async (body, text) => {
    const { ask } = await controlled()
    const answer = await ask('POST', '/time/advance', body)
    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatch(text)
  })
})

describe('nodes and faults', () => {
  it('crash, come back, and are told by what they are not', async () => {
    const { ask, grid } = await controlled()
    expect((await ask('GET', '/nodes')).body).toMatchObject([
      { id: 1, phase: 'up', profile: 'server' },
      { id: 2, phase: 'up' },
    ])
    expect((await ask('POST', '/nodes/1/actions', { type: 'crash' })).body.phase).toBe('down')
    await ask('POST', '/nodes/1/actions', { type: 'boot' })
    await ask('POST', '/time/advance', { by: '10m' })
    expect((await ask('GET', '/nodes/1')).body).toMatchObject({ phase: 'up', deployments: [] })
    expect((await ask('GET', '/nodes/9')).status).toBe(404)
    expect((await ask('GET', '/nodes/x')).status).toBe(400)
    const odd = await ask('POST', '/nodes/1/actions', { type: 'dance' })
    expect([odd.status, odd.body.problems[0].path]).toEqual([400, 'type'])
    await ask('POST', '/nodes/2/actions', { type: 'power', target: 'Down' })
    await ask('POST', '/time/advance', { by: '2h' })
    expect(grid.world.nodes.phaseOf(2)).toBe('asleep')
  })

  it('are planned, changed and ended', async () => {
    const { ask } = await controlled()
    const added = await ask('POST', '/faults', { kind: 'node.crash', nodes: 1, afterMs: 60_000 })
    expect([added.status, added.body]).toMatchObject([201, { id: 1, state: 'planned' }])
    const changed = await ask('PATCH', '/faults/1', { afterMs: 1_000, forMs: 30_000 })
    expect(changed.body.fault).toMatchObject({ afterMs: 1_000, forMs: 30_000 })
    await ask('POST', '/time/advance', { by: '10s' })
    expect((await ask('GET', '/faults')).body).toMatchObject([{ id: 1, state: 'active' }])
    expect((await ask('DELETE', '/faults/1')).status).toBe(200)
    expect((await ask('DELETE', '/faults/1')).status).toBe(404)
    expect((await ask('GET', '/faults')).body).toEqual([])
    const wrong = await ask('POST', '/faults', { kind: 'node.crash', nodes: 77 })
    expect([wrong.status, wrong.body.code]).toEqual([400, 'GRID_CONFIG_INVALID'])
    expect((await ask('POST', '/faults', { kind: 'node.melt' })).status).toBe(400)
    expect((await ask('PATCH', '/faults/1', { kind: 'chain.halt' })).status).toBe(400)
  })
})

describe('snapshots', () => {
  it('are taken under names, returned to as often as wanted, and given up', async () => {
    const { ask } = await controlled()
    await ask('POST', '/time/freeze')
    const taken = await ask('POST', '/snapshots', { name: 'before' })
    expect([taken.status, taken.body.name]).toEqual([201, 'before'])
    for (const _ of [1, 2]) {
      await ask('POST', '/nodes/1/actions', { type: 'crash' })
      expect((await ask('GET', '/nodes/1')).body.phase).toBe('down')
      expect((await ask('POST', '/snapshots/before/revert')).status).toBe(200)
      expect((await ask('GET', '/nodes/1')).body.phase).toBe('up')
    }
    await ask('POST', '/snapshots')
    expect((await ask('GET', '/snapshots')).body).toHaveLength(2)
    await ask('POST', '/snapshots/before/revert')
    expect((await ask('GET', '/snapshots')).body.map(({ name }: { name: string }) => name)).toEqual(
      ['before'],
    )
    expect((await ask('POST', '/snapshots', { name: 'before' })).body.error).toMatch(/already/)
    expect((await ask('POST', '/snapshots', { name: '../x' })).status).toBe(400)
    expect((await ask('DELETE', '/snapshots/before')).status).toBe(200)
    expect((await ask('POST', '/snapshots/before/revert')).status).toBe(404)
  })
})

it('lets clients that stayed connected over a revert go on', async () => {
  const { ask, grid } = await controlled()
  const client = await remoteClient(grid.info().endpoints.substrate)
  const [alice] = grid.world.residents
  const remark = { pallet: 'System', name: 'remark', args: { remark: '0x00' } } as const
  await ask('POST', '/snapshots', { name: 'begin' })
  const { block } = await client.submit(remark, alice!.pair)
  expect((await ask('POST', '/snapshots/begin/revert')).status).toBe(200)
  expect((await client.best()).number).toBeLessThan(block.number)
  expect((await client.submit(remark, alice!.pair)).error).toBeNull()
  await client.close()
})

describe('the size', () => {
  it('grows while people use the grid, and the new nodes register and answer', async () => {
    const { ask, grid } = await controlled()
    const grown = await ask('POST', '/scale', { nodes: 30 })
    expect(grown.body).toMatchObject({ nodes: 30, added: 28 })
    await ask('POST', '/time/advance', { by: '10m' })
    expect((await ask('GET', '/scale')).body).toEqual({ nodes: 30, registered: 30 })
    expect(grid.info().nodes.map(({ id }) => id)).toEqual(
      Array.from({ length: 30 }, (_, i) => i + 1),
    )
    expect(grid.world.nodes.isUp(30)).toBe(true)
    const more = await ask('POST', '/scale', { add: 1, hardware: 'nano' })
    expect(more.body).toMatchObject({ nodes: 31, added: 1 })
    expect((await ask('GET', '/nodes?offset=30')).body[0].profile).toBe('nano')
    for (const [body, text] of [
      [{ nodes: 3 }, /none is taken away/],
      [{ add: 1, hardware: 'toaster' }, /toaster/],
      [{ add: 1, farmId: 9 }, /no farm 9/],
      [{ nodes: 1e6 }, /at most 20000/],
    ] as const) {
      const answer = await ask('POST', '/scale', body)
      expect(answer.status).toBe(400)
      expect(answer.body.error).toMatch(text)
    }
    expect((await ask('GET', '/scale')).body.nodes).toBe(31)
  })
})

it('wipes the chain', async () => {
  const { ask, grid } = await controlled()
  const before = grid.world.chain.genesisHash()
  await ask('POST', '/reset')
  await ask('POST', '/time/advance', { by: '10m' })
  expect(grid.world.chain.genesisHash()).not.toBe(before)
  expect((await ask('GET', '/scale')).body).toEqual({ nodes: 2, registered: 2 })
})

it('keeps every change over a restart', async () => {
  const dataDir = join(folder, 'data')
  const first = await controlled({ dataDir })
  await first.ask('POST', '/time/freeze')
  await first.ask('POST', '/scale', { nodes: 5 })
  await first.ask('POST', '/time/advance', { by: '10m' })
  await first.ask('POST', '/snapshots', { name: 'five' })
  await first.ask('POST', '/nodes/3/actions', { type: 'crash' })
  await first.ask('POST', '/faults', { kind: 'node.hang', nodes: 4 })
  const planned = await first.ask('POST', '/faults', { kind: 'chain.halt', afterMs: 864_000_000 })
  await first.ask('PATCH', `/faults/${planned.body.id}`, { chance: 0.5 })
  await first.ask('POST', '/time/advance', { by: '10m' })
  const { body: faults } = await first.ask('GET', '/faults')
  const { nodes } = first.grid.info()
  await first.close()
  const again = await controlled({ dataDir })
  expect(again.grid.info().nodes).toEqual(nodes)
  expect(again.grid.world.nodes.phaseOf(3)).toBe('down')
  expect((await again.ask('GET', '/faults')).body).toEqual(faults)
  expect((await again.ask('GET', '/snapshots')).body).toMatchObject([{ name: 'five' }])
  await again.ask('POST', '/snapshots/five/revert')
  expect(again.grid.world.nodes.phaseOf(3)).toBe('up')
})

describe('the trace', () => {
  it('streams what is wanted, from the past on, and what becomes of messages', async () => {
    const { ask, control, grid } = await controlled()
    const url = `${control.replace('http', 'ws')}/trace?kinds=zos.node,fault&last=1000`
    const socket = new WebSocket(url)
    const heard: { kind: string; what?: string }[] = []
    socket.on('message', data => heard.push(JSON.parse(String(data))))
    await new Promise(resolve => socket.once('open', resolve))
    await ask('POST', '/faults', { kind: 'node.crash', nodes: 2 })
    await until('the fault is heard', () => heard.some(({ what }) => what === 'begins'))
    expect(new Set(heard.map(({ kind }) => kind))).toEqual(new Set(['zos.node', 'fault']))
    socket.terminate()
    const [alice] = grid.world.residents
    grid.world.kernel.handle('script.answer' as never, () => undefined)
    const sent = grid.driver.enter(() =>
      grid.world.bus.request(
        {
          from: { twin: alice!.twinId, connection: 'test' },
          to: grid.world.nodes.twinOf(1)!,
          command: 'zos.system.version',
          payload: '',
          ttlMs: 1_000,
        },
        { kind: 'script.answer' as never, target: null, ref: '1' },
      ),
    )
    const uid = typeof sent === 'string' ? sent : undefined
    const { body: entries } = await ask('GET', '/trace?kind=rmb.sent')
    const { body } = await ask('GET', `/messages/${uid ?? entries.at(-1).uid}`)
    expect(body.hops[0].kind).toBe('rmb.sent')
  })

  it('says how much a client missed that does not read', async () => {
    const { control, grid } = await controlled()
    const socket = new WebSocket(`${control.replace('http', 'ws')}/trace?kinds=zos.node`)
    const heard: { leftOut?: number; kind?: string }[] = []
    socket.on('message', data => heard.push(JSON.parse(String(data))))
    await new Promise(resolve => socket.once('open', resolve))
    const total = 30_000
    grid.driver.enter(() => {
      for (let i = 0; i < total; i += 1) {
        grid.world.kernel.trace.add('zos.node', { index: 1, node: 1, what: `noise ${i}` })
      }
    })
    const told = () =>
      heard.reduce((sum, { leftOut = 0, kind }) => sum + leftOut + (kind ? 1 : 0), 0)
    await until('every entry is told or counted', () => told() >= total)
    expect(told()).toBe(total)
    expect(heard.some(({ leftOut = 0 }) => leftOut > 0)).toBe(true)
    socket.terminate()
  })
})

it('streams no more than a client wants a second, in turns, and counts the rest', async () => {
  const { control, grid } = await controlled()
  const noise = (count: number) =>
    grid.driver.enter(() => {
      for (let i = 0; i < count; i += 1) {
        grid.world.kernel.trace.add('zos.node', { index: 1, node: 1, what: `noise ${i}` })
      }
    })
  noise(50)
  const url = `${control.replace('http', 'ws')}/trace?kinds=zos.node&last=40&most=400`
  const socket = new WebSocket(url)
  const turns: { entries: { what: string }[]; leftOut: number }[] = []
  socket.on('message', data => turns.push(JSON.parse(String(data))))
  await vi.waitUntil(() => turns.length === 1)
  expect(turns[0]!.entries.map(({ what }) => what)).toEqual(
    Array.from({ length: 40 }, (_, i) => `noise ${i + 10}`),
  )
  noise(1000)
  await vi.waitUntil(() => turns.length === 2)
  expect(turns[1]!.entries).toHaveLength(100)
  expect(turns[1]!.leftOut).toBe(900)
  socket.terminate()
})

it('keeps no more for a client than the bound, whatever it wants', async () => {
  const { control, grid } = await controlled()
  const socket = new WebSocket(`${control.replace('http', 'ws')}/trace?kinds=zos.node&most=1e15`)
  const turns: { entries: unknown[]; leftOut: number }[] = []
  socket.on('message', data => turns.push(JSON.parse(String(data))))
  await new Promise(resolve => socket.once('open', resolve))
  grid.driver.enter(() => {
    for (let i = 0; i < 30_000; i += 1) {
      grid.world.kernel.trace.add('zos.node', { index: 1, node: 1, what: `noise ${i}` })
    }
  })
  await vi.waitUntil(() => turns.length === 1)
  expect([turns[0]!.entries.length, turns[0]!.leftOut]).toEqual([20_000, 10_000])
  socket.terminate()
})

it('describes itself, every operation with what it takes', async () => {
  const { ask } = await controlled()
  const { body } = await ask('GET', '/openapi.json')
  expect(body.openapi).toBe('3.1.0')
  const paths = Object.keys(body.paths)
  expect(paths).toEqual(expect.arrayContaining(['/api/time/advance', '/api/nodes/{id}/actions']))
  const fault = body.paths['/api/faults'].post.requestBody.content['application/json'].schema
  const kinds = (fault.oneOf ?? fault.anyOf).map(
    (each: { properties: { kind: { const: string } } }) => each.properties.kind.const,
  )
  expect(kinds).toContain('node.crash')
  const ids = Object.values(body.paths).flatMap(each =>
    Object.values(each as object).flatMap(({ operationId }) => operationId ?? []),
  )
  expect(new Set(ids).size).toBe(ids.length)
})
