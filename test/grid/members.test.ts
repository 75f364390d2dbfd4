// Processes that play nodes of a grid: who is believed, what is asked of them, and how their nodes follow its time.

import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type JoinedGrid, joinGrid } from '../../src/grid/remote-grid.ts'
import { type Grid, type GridInfo, startGrid } from '../../src/grid.ts'
import type { MemberItem, NodeItem } from '../../src/services/control/ports.ts'

let home: Grid
let part: JoinedGrid
const notes: string[] = []
const servers: ReturnType<typeof createServer>[] = []

beforeAll(async () => {
  const ports = { port: 0, chainPort: 0, frontPort: false } as const
  home = await startGrid({ ...ports, farms: [{ name: 'ghent', nodes: 1 }], users: ['alice'] })
  part = await joined({ seed: 'part', farms: [{ name: 'vienna', nodes: 2 }] })
}, 30_000)

afterAll(async () => {
  for (const server of servers) server.close()
  await part.close()
  await home.close()
})

function joined(input: Parameters<typeof joinGrid>[0]): Promise<JoinedGrid> {
  const { substrate: chain, relay } = home.info().endpoints
  const onNote = (sentence: string) => void notes.push(sentence)
  return joinGrid({ port: 0, users: [], chain, relay, ...input }, { onNote })
}

async function ask(method: string, path: string, body?: unknown, headers = {}) {
  const answer = await fetch(`${home.info().endpoints.control}${path}`, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const said = (await answer.json()) as { error?: string; code?: string }
  return { status: answer.status, ...said }
}

const list = async <T>(path: string) =>
  (await (await fetch(`${home.info().endpoints.control}${path}`)).json()) as T

/** Something that listens on this machine; resolves with its port. */
async function listening(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const announcement = (port: number, more = {}) => ({
  name: 'stranger',
  port,
  secret: 'not-so-secret-at-all',
  genesisHash: home.world.chain.genesisHash(),
  revision: 1,
  ...more,
})

const amounts = { cru: 1, mru: '1', sru: '1', hru: '0' }

describe('a process that says that it plays nodes', () => {
  it('is believed only what the chain and nobody else contradicts', async () => {
    const [one, two] = part.info().nodes as GridInfo['nodes']
    const own = home.info().nodes[0]!
    const strangers = { id: 77, twinId: 77, farmId: 1, profile: 'server', ...amounts }
    const nodes = [own, one, { ...two!, twinId: 1 }, strangers]
    const port = await listening((_request, response) => {
      response.end(JSON.stringify({ accounts: [], farms: [], nodes }))
    })
    expect((await ask('POST', '/members', announcement(port))).status).toBe(200)
    const members = await list<MemberItem[]>('/members')
    expect(members.find(({ name }) => name === 'stranger')?.nodes).toEqual([])
    expect(members.find(({ name }) => name === 'part')?.nodes).toEqual([2, 3])
    expect(JSON.stringify(members)).not.toContain('secret')
  })

  it('is refused when it is elsewhere, on another chain, of another shape, or somebody’s web page', async () => {
    const silent = await listening(request => void request.socket.destroy())
    const leads = await listening((_request, response) => {
      response.writeHead(302, { location: `${home.info().endpoints.control}/info` }).end()
    })
    const talks = await listening((_request, response) => response.end('{"nodes":7}'))
    for (const port of [silent, leads, talks]) {
      const answer = await ask('POST', '/members', announcement(port, { name: 'other' }))
      expect([answer.status, answer.code]).toEqual([409, 'GRID_NODE_ELSEWHERE'])
    }
    const genesisHash = `0x${'12'.repeat(32)}`
    const different = await ask('POST', '/members', announcement(talks, { genesisHash }))
    expect(different.code).toBe('GRID_CHAIN_DIFFERENT')
    for (const wrong of [{ port: 0 }, { secret: 'short' }, { name: 'a b' }, { host: '1.2.3.4' }]) {
      expect((await ask('POST', '/members', announcement(talks, wrong))).status).toBe(400)
    }
    const page = { origin: 'http://evil.example' }
    expect((await ask('POST', '/members', announcement(talks), page)).status).toBe(403)
    expect((await list<MemberItem[]>('/members')).some(({ name }) => name === 'other')).toBe(false)
  })

  it('is not this process itself', async () => {
    const { port } = new URL(home.info().endpoints.control)
    const answer = await ask('POST', '/members', announcement(Number(port), { name: 'self' }))
    expect([answer.status, answer.code]).toEqual([400, 'GRID_CONFIG_INVALID'])
    expect((await list<MemberItem[]>('/members')).some(({ name }) => name === 'self')).toBe(false)
  })

  it('is the only one of its name', async () => {
    const port = await listening((_request, response) => response.end('{}'))
    const twin = await ask('POST', '/members', announcement(port, { name: 'part' }))
    expect([twin.status, twin.code]).toEqual([400, 'GRID_CONFIG_INVALID'])
  })

  it('lets only who shows its secret change something when it cannot be reached by this machine alone', async () => {
    const open = await joined({
      seed: 'open',
      host: '0.0.0.0',
      farms: [{ name: 'rome', nodes: 1 }],
    })
    try {
      const [{ id }] = open.info().nodes as [GridInfo['nodes'][number]]
      const direct = await fetch(`${open.info().endpoints.control}/nodes/${id}/actions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ type: 'crash' }),
      })
      expect(direct.status).toBe(403)
      expect(await ask('POST', `/nodes/${id}/actions`, { type: 'crash' })).toMatchObject({
        id,
        phase: 'down',
        member: 'open',
      })
    } finally {
      await open.close()
    }
  })

  it('is told a token where the grid has one', async () => {
    const ports = { port: 0, chainPort: 0, frontPort: false } as const
    const guarded = await startGrid({
      ...ports,
      devToken: 'eight-chars',
      farms: [{ name: 'empty', nodes: 0 }],
    })
    const { substrate: chain, relay } = guarded.info().endpoints
    const input = { port: 0, users: [], chain, relay, farms: [{ name: 'oslo', nodes: 1 }] }
    const told: string[] = []
    const without = await joinGrid(input, { onNote: sentence => void told.push(sentence) })
    expect(told.join()).toMatch(/show the dev token/)
    expect(guarded.info().elsewhere).toMatchObject({ members: [], gone: [1] })
    await without.close()
    const shown = await joinGrid({ ...input }, { token: 'eight-chars' })
    expect(guarded.info().elsewhere).toMatchObject({ members: [{ nodes: [1] }], gone: [] })
    await shown.close()
    await guarded.close()
  }, 20_000)
})

describe('nodes of another process', () => {
  it('grow in number where they are', async () => {
    const farm = home.info().farms.find(({ name }) => name === 'vienna')!
    const grown = await ask('POST', '/scale', { add: 1, farmId: farm.id })
    expect(grown.status).toBe(200)
    expect(part.info().nodes).toHaveLength(3)
    await expect.poll(() => list('/scale'), { timeout: 5_000 }).toMatchObject({ registered: 4 })
  }, 15_000)

  it('have a farmer who sends them to sleep, and stand still with the grid', async () => {
    await ask('POST', '/nodes/2/actions', { type: 'power', target: 'Down' })
    const phaseOf = async () => (await list<NodeItem>('/nodes/2')).phase
    await expect.poll(phaseOf, { timeout: 5_000 }).toBe('asleep')
    await ask('POST', '/nodes/2/actions', { type: 'power', target: 'Up' })
    await ask('POST', '/time/freeze')
    expect(part.nodes.time.state().isFrozen).toBe(true)
    await ask('POST', '/time/resume')
    expect(part.nodes.time.state().isFrozen).toBe(false)
  })

  it('report again at once when a leap of the chain has overtaken their reports', async () => {
    const reports: string[] = []
    const stop = part.nodes.listen(({ kind, fields }) => {
      const { call = '', error = '' } = fields as { call?: string; error?: string }
      if (kind === 'chain.ended' && call.endsWith('report_uptime_v2')) reports.push(error)
    })
    // Not by the control API: as `dev_timeTravel` moves time.
    home.advance(50 * 60_000)
    await expect
      .poll(() => reports.filter(error => error === '').length, { timeout: 10_000 })
      .toBeGreaterThanOrEqual(3)
    stop()
    const now = home.world.kernel.now()
    expect(now - part.nodes.time.state().now).toBeLessThan(60_000)
  }, 15_000)

  it('are hit by faults that name them, and by those of messages where these pass by', async () => {
    const fault = (body: object) => ask('POST', '/faults', body)
    expect((await fault({ kind: 'node.hang', nodes: [1, 3] })).status).toBe(201)
    expect(part.world.faults.list().map(({ spec }) => spec)).toMatchObject([
      { kind: 'node.hang', nodes: [3] },
    ])
    await ask('DELETE', '/faults')
    expect(part.world.faults.list()).toEqual([])
    expect((await fault({ kind: 'rmb.loss', from: { nodes: [2] } })).status).toBe(201)
    const { faults } = home.world
    const twinId = home.info().nodes.find(({ id }) => id === 2)!.twinId
    const random = () => home.world.kernel.random.stream('test')
    const lost = { source: { twin: twinId }, destination: { twin: 1 }, expiresAt: 0 }
    expect(faults.verdictOn(lost, random).type).toBe('lost')
    expect(faults.verdictOn({ ...lost, source: { twin: 1_000 } }, random).type).toBe('arrives')
    expect(await fault({ kind: 'node.hang', nodes: [99] })).toMatchObject({ status: 400 })
    await ask('DELETE', '/faults')
  })
})
