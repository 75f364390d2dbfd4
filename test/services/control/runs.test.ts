// Scenarios on a grid as its control API keeps them: told by who plays them, started and stopped, the grid taken back.

import { describe, expect, it } from 'vitest'
import { RunBoard } from '../../../src/services/control/run-board.ts'
import { nothingTold, type ToldRun } from '../../../src/services/control/run-told.ts'
import type { PlayedScenario, ScenarioPlayer } from '../../../src/services/control/runs.ts'
import { controlled, until } from './support.ts'

const running: ToldRun = { ...nothingTold, file: 'first-vm.ts', seed: '1' }
const passed: ToldRun = {
  ...running,
  name: 'it goes well',
  state: 'passed',
  steps: [{ title: 'begin', depth: 0, from: 0, to: 5, error: null }],
  virtualMs: 5,
  repeat: 'pocketgrid run first-vm.ts',
}

/** A player of one file, whose processes end when they are told to. */
function fakePlayer() {
  const played: {
    file: string
    order: Parameters<ScenarioPlayer['play']>[1]
    end(status: number | NodeJS.Signals): void
  }[] = []
  const player: ScenarioPlayer = {
    folder: 'scenarios',
    list: () => ({ files: ['first-vm.ts'], leftOut: 3 }),
    play(file, order): PlayedScenario | null {
      let end: (status: number | NodeJS.Signals) => void = () => undefined
      const ended = new Promise<number | NodeJS.Signals>(done => {
        end = done
      })
      played.push({ file, order, end })
      return { output: () => 'it prints', stop: () => end('SIGTERM'), ended }
    },
  }
  return { player, played }
}

describe('the board of runs', () => {
  it('keeps the last of them, those that go on before those that are over', () => {
    const board = new RunBoard(() => 0)
    board.tell('the-first-key', running)
    for (let i = 0; i < 120; i += 1) board.tell(`some-key-${i}`, passed)
    const items = board.list()
    expect(items).toHaveLength(50)
    expect(items.map(({ id }) => id).slice(0, 2)).toEqual([121, 120])
    expect(items.at(-1)).toMatchObject({ id: 1, state: 'running' })
    for (let i = 0; i < 80; i += 1) board.tell(`more-keys-${i}`, running)
    expect(board.list()).toHaveLength(50)
    expect(board.find(1)).toBeNull()
  })

  it('takes for lost who is silent, until it is heard of again', () => {
    let now = 1_000
    const board = new RunBoard(() => now)
    board.tell('one-long-key', running)
    now += 29_000
    expect(board.running()).toMatchObject({ id: 1, tookMs: 29_000 })
    now += 2_000
    expect(board.list()).toMatchObject([{ state: 'lost', tookMs: 0 }])
    expect(board.running()).toBeNull()
    board.tell('one-long-key', passed)
    now += 1_000_000
    expect(board.find(1)).toMatchObject({
      name: 'it goes well',
      state: 'passed',
      tookMs: 31_000,
      step: 'begin',
    })
  })

  it('believes the first end that it is told', () => {
    const board = new RunBoard(() => 0)
    board.tell('one-long-key', { ...passed, state: 'failed', failure: 'why\nwhere' })
    board.tell('one-long-key', passed)
    expect(board.list()).toMatchObject([{ state: 'failed', reason: 'why' }])
    expect(board.ended('one-long-key', { state: 'stopped', failure: null })).toBe(false)
  })
})

describe('the control API', () => {
  it('hears of runs, and shows them without what is not told', async () => {
    const { ask } = await controlled()
    expect((await ask('GET', '/scenarios')).body).toEqual({ folder: null, files: [], leftOut: 0 })
    const put = (body: unknown, key = 'a-key-of-ones-own') =>
      ask('PUT', `/scenarios/told/${key}`, body)
    expect((await put(running)).body).toMatchObject({ id: 1, state: 'running', isOwn: false })
    expect((await put(passed)).status).toBe(200)
    expect((await ask('GET', '/scenarios/runs')).body).toMatchObject([
      { id: 1, name: 'it goes well', state: 'passed', virtualMs: 5 },
    ])
    expect((await ask('GET', '/scenarios/runs/1')).body.steps).toEqual(passed.steps)
    expect((await ask('GET', '/scenarios/runs/2')).status).toBe(404)
    expect((await put({ ...running, steps: Array(201).fill(passed.steps[0]) })).status).toBe(400)
    expect((await put({ ...running, state: 'great' })).status).toBe(400)
    expect((await put(running, 'short')).status).toBe(400)
    const start = await ask('POST', '/scenarios/runs', { file: 'first-vm.ts' })
    expect([start.status, start.body.error]).toEqual([400, expect.stringMatching(/--scenarios/)])
    expect((await ask('POST', '/scenarios/runs/1/stop')).status).toBe(400)
  })

  it('is closed to pages of others, and to who does not show the token', async () => {
    const { player, played } = fakePlayer()
    const order = { file: 'first-vm.ts' }
    const open = await controlled({}, { scenarios: player })
    const foreign = { origin: 'https://evil.example' }
    expect((await open.ask('POST', '/scenarios/runs', order, foreign)).status).toBe(403)
    expect((await open.ask('PUT', '/scenarios/told/some-long-key', running, foreign)).status).toBe(
      403,
    )
    expect((await open.ask('GET', '/scenarios/runs', undefined, foreign)).status).toBe(403)
    const { ask } = await controlled({ devToken: 'open-sesame' }, { scenarios: player })
    expect((await ask('POST', '/scenarios/runs', order)).status).toBe(401)
    expect(played).toEqual([])
    const bearer = { authorization: 'Bearer open-sesame' }
    expect((await ask('POST', '/scenarios/runs', order, bearer)).status).toBe(201)
    expect(played[0]!.order.token).toBe('open-sesame')
  })

  it('plays one file of the folder at a time, and nothing else', async () => {
    const { player, played } = fakePlayer()
    const { ask, control } = await controlled({}, { scenarios: player })
    expect((await ask('GET', '/scenarios')).body).toMatchObject({ folder: 'scenarios', leftOut: 3 })
    for (const file of ['../package.json', '/etc/passwd', 'first-vm.ts/../first-vm.ts', 'x.ts']) {
      expect((await ask('POST', '/scenarios/runs', { file })).status).toBe(404)
    }
    for (const seed of ['--bail', '', 'a b', '$(id)']) {
      expect((await ask('POST', '/scenarios/runs', { file: 'first-vm.ts', seed })).status).toBe(400)
    }
    expect(played).toEqual([])
    const both = await Promise.all(
      [1, 2].map(() => ask('POST', '/scenarios/runs', { file: 'first-vm.ts', seed: '7' })),
    )
    expect(both.map(({ status }) => status).sort()).toEqual([201, 400])
    const [{ file, order, end }] = played as [(typeof played)[0]]
    expect([file, order.seed, order.control]).toEqual(['first-vm.ts', '7', control])
    expect((await ask('GET', '/scenarios/runs/1')).body).toMatchObject({
      isOwn: true,
      output: 'it prints',
    })
    await ask('PUT', `/scenarios/told/${order.key}`, { ...passed, file: '../../first-vm.ts' })
    end(0)
    await until('the snapshot of before is given up', async () => {
      return (await ask('GET', '/snapshots')).body.length === 0
    })
    expect((await ask('GET', '/scenarios/runs')).body).toMatchObject([
      { id: 1, file: 'first-vm.ts', state: 'passed' },
    ])
    await ask('PUT', '/scenarios/told/of-somebody-else', running)
    const third = await ask('POST', '/scenarios/runs', { file: 'first-vm.ts' })
    expect(third.body.error).toMatch(/is being played on this grid already/)
  })

  it('keeps a run of its own to be stopped, however many others tell of theirs', async () => {
    const { player, played } = fakePlayer()
    const { ask } = await controlled({}, { scenarios: player })
    await ask('POST', '/scenarios/runs', { file: 'first-vm.ts' })
    for (let i = 0; i < 60; i += 1) await ask('PUT', `/scenarios/told/of-another-${i}`, running)
    expect((await ask('GET', '/scenarios/runs')).body).toHaveLength(50)
    expect((await ask('POST', '/scenarios/runs/1/stop')).status).toBe(200)
    played[0]!.end('SIGTERM')
    await until('the grid is taken back', async () => {
      return (await ask('GET', '/snapshots')).body.length === 0
    })
  })

  it('plays the next one as soon as one has told its end, when its process is gone', async () => {
    const { player, played } = fakePlayer()
    const { ask } = await controlled({}, { scenarios: player })
    await ask('POST', '/scenarios/runs', { file: 'first-vm.ts' })
    await ask('PUT', `/scenarios/told/${played[0]!.order.key}`, passed)
    const next = ask('POST', '/scenarios/runs', { file: 'first-vm.ts' })
    await ask('GET', '/scenarios/runs')
    expect(played).toHaveLength(1)
    played[0]!.end(0)
    expect((await next).status).toBe(201)
    expect(played).toHaveLength(2)
    expect((await ask('GET', '/snapshots')).body).toHaveLength(1)
  })

  it.each([
    ['is stopped', 'stopped', null],
    ['loses its process', 'failed', /ended \(SIGKILL\) before the scenario did/],
  ] as const)('takes the grid back when a run %s', async (_, state, failure) => {
    const { player, played } = fakePlayer()
    const { ask, grid } = await controlled({}, { scenarios: player })
    await ask('POST', '/time/freeze')
    await ask('POST', '/scenarios/runs', { file: 'first-vm.ts' })
    await ask('POST', '/nodes/1/actions', { type: 'crash' })
    if (state === 'stopped') expect((await ask('POST', '/scenarios/runs/1/stop')).status).toBe(200)
    else played[0]!.end('SIGKILL')
    await until('the grid is where it was', async () => {
      return (await ask('GET', '/snapshots')).body.length === 0
    })
    expect(grid.world.nodes.phaseOf(1)).toBe('up')
    const { body } = await ask('GET', '/scenarios/runs/1')
    expect(body.state).toBe(state)
    if (failure === null) expect(body.failure).toBeNull()
    else expect(body.failure).toMatch(failure)
    expect((await ask('POST', '/scenarios/runs', { file: 'first-vm.ts' })).status).toBe(201)
  })

  it('leaves no snapshot behind when no process can be started', async () => {
    const { player } = fakePlayer()
    for (const play of [
      () => null,
      () => {
        throw new RangeError('there is no room')
      },
    ]) {
      const { ask } = await controlled({}, { scenarios: { ...player, play } })
      const { status } = await ask('POST', '/scenarios/runs', { file: 'first-vm.ts' })
      expect(status).toBeGreaterThanOrEqual(400)
      expect((await ask('GET', '/snapshots')).body).toEqual([])
      expect((await ask('GET', '/scenarios/runs')).body).toEqual([])
    }
  })

  it('says that the grid could not be taken back where its snapshot is gone', async () => {
    const { player, played } = fakePlayer()
    const { ask } = await controlled({}, { scenarios: player })
    await ask('POST', '/scenarios/runs', { file: 'first-vm.ts' })
    const [{ id }] = (await ask('GET', '/snapshots')).body
    await ask('DELETE', `/snapshots/${id}`)
    played[0]!.end(1)
    await until('it is told', async () => {
      const { body } = await ask('GET', '/scenarios/runs/1')
      return /could not be taken back/.test(body.failure ?? '')
    })
  })
})
