// One grid out of four processes: chain, relay and services in one, nodes in three, driven from one control API.

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GridInfo } from '../../src/grid.ts'
import type { GridMap, Overview } from '../../src/services/control/dashboard-types.ts'
import type {
  FaultItem,
  MemberItem,
  NodeDetail,
  NodeItem,
} from '../../src/services/control/ports.ts'
import { missingBuild, startDescribed, startUp, type Up } from './support.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'pocketgrid-split-'))
const count = 12
const parts = 3

/** Scenarios that need nothing which only a world of their own has. */
const portable = [
  'busy-farm-is-left',
  'busy-farm-loses-power',
  'chain-halts-during-deploy',
  'farm-sleeps-and-wakes',
  'first-vm',
  'network-is-shared',
  'node-dies-mid-install',
  'partition-after-contract',
  'price-falls',
  'storage-grows-but-never-shrinks',
  'update-adds-and-removes',
  'zos-upgrade-rolls',
]

/** All of them where CI plays the library thoroughly; in the quick suite those that touch most. */
const played =
  Number(process.env.POCKETGRID_SEEDS ?? 1) > 1
    ? portable
    : ['busy-farm-loses-power', 'first-vm', 'node-dies-mid-install', 'zos-upgrade-rolls']

/** Uses every node, and leaves machines, a fault and a dead node behind. */
const everyNode = `
import { defineScenario } from 'pocketgrid'
export default defineScenario({
  name: 'every node of every process serves',
  grid: { farms: [{ name: 'ghent', nodes: ${count} }], users: ['alice', 'bob'] },
  async run({ grid, users: { alice, bob }, step, eventually, expect }) {
    const ids = grid.nodes().map(({ id }) => id)
    expect(ids).toEqual(Array.from({ length: ${count} }, (_, i) => i + 1))
    await step('a machine on each', async () => {
      const wish = { network: '10.20.0.0/16' }
      const all = await Promise.all(ids.map(on => alice.deploy({ ...wish, on, name: 'vm' + on })))
      await eventually('all run', () => all.every(vm => vm.isOk()))
    })
    await step('each can hang, and be woken', async () => {
      for (const id of [1, 5, 9]) {
        const hang = grid.node(id).hang()
        const ask = bob.ask(id, 'zos.system.version', undefined, { within: '1m' })
        await expect(ask).rejects.toThrow('Nobody answered')
        hang.end()
        expect(await bob.ask(id, 'zos.system.version')).toHaveProperty('zos')
      }
    })
    await step('all is left as it is', async () => {
      for (const id of ids) grid.node(id).failInstalls()
      for (const id of [2, 6, 10]) grid.node(id).crash()
      expect(ids.filter(id => !grid.node(id).isUp)).toEqual([2, 6, 10])
    })
  },
})
`

interface Report {
  readonly scenarios: readonly { readonly skipped?: string; readonly failure: string | null }[]
}

describe.skipIf(missingBuild)('a grid whose nodes are played by three processes', () => {
  let up: Up
  let control: string
  const running: Up[] = []

  const startPart = async (index: number) => {
    const { substrate, relay } = up.info.endpoints
    const where = ['--chain', substrate, '--relay', relay, '--data-dir', join(folder, `${index}`)]
    const which = ['--config', join(folder, 'nodes.json'), '--shard', `${index}/${parts}`]
    return startDescribed('nodes', ...where, ...which)
  }

  const get = async <T>(path: string) => (await (await fetch(`${control}${path}`)).json()) as T

  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${control}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const said = (await answer.json()) as { id?: number; phase?: string; code?: string }
    return { status: answer.status, body: said }
  }

  const run = (...files: string[]) =>
    new Promise<Report>((resolve, reject) => {
      const args = ['run', ...files, '--target', control, '--reporter', 'json', '--out', folder]
      execFile(process.execPath, [main, ...args], { cwd: folder }, (_error, stdout, stderr) => {
        try {
          resolve(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')))
        } catch {
          reject(new Error(`${stdout}\n${stderr}`))
        }
      })
    })

  const phases = async () => (await get<NodeItem[]>('/nodes')).map(({ phase }) => phase)

  const expectNothingLeft = async () => {
    expect(await get('/faults')).toEqual([])
    expect(new Set(await phases())).toEqual(new Set(['up']))
    for (let id = 1; id <= count; id += 1) {
      expect((await get<NodeDetail>(`/nodes/${id}`)).deployments).toEqual([])
    }
    for (const { control: part } of await get<MemberItem[]>('/members')) {
      expect(await (await fetch(`${part}/faults`)).json()).toEqual([])
    }
    const graphql = up.info.endpoints.graphql
    const query = '{ nodeContracts(where: { state_in: [Created, GracePeriod] }) { contractID } }'
    const answer = await fetch(graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    expect(await answer.json()).toEqual({ data: { nodeContracts: [] } })
  }

  beforeAll(async () => {
    const farms = (name: string, nodes: number) => JSON.stringify({ farms: [{ name, nodes }] })
    writeFileSync(join(folder, 'up.json'), farms('empty', 0))
    writeFileSync(join(folder, 'nodes.json'), farms('ghent', count))
    writeFileSync(join(folder, 'every-node.ts'), everyNode)
    up = await startUp('--config', join(folder, 'up.json'))
    control = up.info.endpoints.control
    running.push(...(await Promise.all([1, 2, 3].map(startPart))))
  }, 60_000)

  afterAll(async () => {
    for (const { child } of running) child.kill('SIGKILL')
    await up.stop()
    rmSync(folder, { recursive: true })
  }, 30_000)

  it('is one grid to who asks the process that has the chain', async () => {
    const ids = Array.from({ length: count }, (_, i) => i + 1)
    const info = await get<GridInfo>('/info')
    expect(info.nodes.map(({ id }) => id)).toEqual(ids)
    expect(info.farms.map(({ name }) => name)).toEqual(['empty', 'ghent'])
    expect(info.elsewhere?.gone).toEqual([])
    const members = await get<MemberItem[]>('/members')
    expect(members.flatMap(({ nodes }) => nodes).sort((a, b) => a - b)).toEqual(ids)
    expect((await get<NodeItem[]>('/nodes')).map(({ id, phase }) => [id, phase])).toEqual(
      ids.map(id => [id, 'up']),
    )
    expect(await get('/health')).toMatchObject({ status: 'ok', nodes: count })
    expect(await get('/scale')).toEqual({ nodes: count, registered: count })
  })

  it('is seen whole on its dashboard, and does not go back alone', async () => {
    const seen = async () => (await get<Overview>('/dashboard/overview')).nodes.up
    await expect.poll(seen).toBe(count)
    const { id, phase, phases, farms } = await get<GridMap>('/dashboard/map')
    expect(id).toHaveLength(count)
    expect(phase.every(each => phases[each] === 'up')).toBe(true)
    expect(farms.map(({ name }) => name)).toEqual(['empty', 'ghent'])
    const snapshot = await send('POST', '/snapshots', {})
    const paths = [`/snapshots/${snapshot.body.id}/revert`, '/history/rewind']
    for (const path of paths) {
      const { status, body } = await send('POST', path, path.endsWith('rewind') ? { by: '1s' } : {})
      expect([status, body.code]).toEqual([409, 'GRID_NODE_ELSEWHERE'])
    }
    await send('DELETE', `/snapshots/${snapshot.body.id}`)
  })

  it('takes faults and actions to the process that plays the node', async () => {
    const added = await send('POST', '/faults', {
      kind: 'node.crash',
      nodes: [1, 12],
      forMs: 60_000,
    })
    expect(added.status).toBe(201)
    expect((await phases()).filter(phase => phase === 'down')).toHaveLength(2)
    await send('POST', '/time/advance', { by: '10m' })
    expect(await get<FaultItem[]>('/faults')).toEqual([])
    expect(new Set(await phases())).toEqual(new Set(['up']))
    const slept = await send('POST', '/nodes/7/actions', { type: 'crash' })
    expect(slept.body).toMatchObject({ id: 7, phase: 'down' })
    await send('POST', '/nodes/7/actions', { type: 'boot' })
    await send('POST', '/time/advance', { by: '5m' })
    expect((await get<NodeDetail>('/nodes/7')).phase).toBe('up')
    const reset = await send('POST', '/reset')
    expect([reset.status, reset.body.code]).toEqual([409, 'GRID_NODE_ELSEWHERE'])
  })

  it('plays portable scenarios, and nothing of them is left', async () => {
    const files = played.map(name =>
      fileURLToPath(new URL(`../../scenarios/${name}.ts`, import.meta.url)),
    )
    const { scenarios } = await run(join(folder, 'every-node.ts'), ...files)
    const ends = scenarios.map(({ skipped, failure }) => skipped ?? failure)
    expect(ends).toEqual([null, ...played.map(() => null)])
    await expectNothingLeft()
  }, 240_000)

  it('shows the nodes of a process that is gone as gone, until it is back', async () => {
    const { child, info } = running[1]!
    const ids = info.nodes.map(({ id }) => id)
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    const nodes = await get<NodeItem[]>('/nodes')
    expect(nodes.filter(({ phase }) => phase === 'unknown').map(({ id }) => id)).toEqual(ids)
    expect(nodes).toHaveLength(count)
    expect((await get<GridInfo>('/info')).elsewhere?.gone).toEqual(ids)
    const act = await send('POST', `/nodes/${ids[0]}/actions`, { type: 'crash' })
    expect([act.status, act.body.code]).toEqual([409, 'GRID_NODE_ELSEWHERE'])
    const fault = await send('POST', '/faults', { kind: 'node.hang', nodes: ids })
    expect([fault.status, fault.body.code]).toEqual([409, 'GRID_NODE_ELSEWHERE'])
    expect(await get('/faults')).toEqual([])
    const { scenarios } = await run(join(folder, 'every-node.ts'))
    expect(scenarios[0]?.skipped).toMatch(/the process that plays it is not there/)
    // A fault of all nodes is played by those that come later, too.
    const all = await send('POST', '/faults', { kind: 'node.provision-stuck' })
    running[1] = await startPart(2)
    expect(running[1].info.nodes).toEqual(info.nodes)
    expect(new Set(await phases())).toEqual(new Set(['up']))
    const there = (await fetch(`${running[1].info.endpoints.control}/faults`)).json()
    expect(await there).toMatchObject([{ fault: { kind: 'node.provision-stuck' } }])
    await send('DELETE', `/faults/${all.body.id}`)
    await expectNothingLeft()
  }, 60_000)
})
