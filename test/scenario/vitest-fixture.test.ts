// What `pocketgrid/vitest` gives to other people's tests: each finds the grid as the set-up left it.

import { describe, expect } from 'vitest'
import { createGridTest } from '../../src/vitest.ts'

let setUps = 0
let scriptSetUps = 0

const test = createGridTest({
  grid: { farms: [{ name: 'ghent', nodes: 2 }], users: ['alice'] },
  setUp(grid) {
    setUps += 1
    grid.driver.enter(() => grid.world.nodes.crash(2))
  },
  scriptGrid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice', 'bob'] },
  async setUpScripts({ users: { alice }, eventually }) {
    scriptSetUps += 1
    const vm = await alice!.deploy({ on: 1, name: 'web', network: '10.1.0.0/16', disk: '2 GB' })
    await eventually('it is there', () => vm.isOk())
    return vm
  },
})

describe('a test with a running grid', () => {
  for (const turn of [1, 2, 3]) {
    test(`finds it as the set-up left it, for the ${turn}. time`, async ({ grid }) => {
      expect(setUps).toBe(1)
      const phases = () => grid.world.nodes.list().map(({ phase }) => phase)
      expect(phases()).toEqual(['up', 'down'])
      const { control } = grid.info().endpoints
      const path = `${control}/nodes/1/actions`
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(path, { method: 'POST', headers, body: '{"type":"crash"}' })
      expect(answer.status).toBe(200)
      expect(phases()).toEqual(['down', 'down'])
    })
  }
})

describe('a test with a script', () => {
  for (const turn of [1, 2]) {
    test(`begins at the end of its set-up, for the ${turn}. time`, async ({ play }) => {
      await play(async ({ fixture: vm, grid, expect }) => {
        expect(vm.isOk()).toBe(true)
        await vm.cancel()
        await grid.advance('1m')
        expect(vm.isGone()).toBe(true)
      })
      expect(scriptSetUps).toBe(1)
    })
  }

  test('fails with what went wrong in it', async ({ play }) => {
    const playing = play(async ({ users: { alice }, expect }) => {
      expect(alice!.balance()).toBe(0n)
    })
    await expect(playing).rejects.toThrow(/to be 0n/)
  })
})
