import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import firstVm from '../../scenarios/first-vm.ts'
import { defineScenario, type Scenario } from '../../src/scenario/define.ts'
import { runScenario } from '../../src/scenario/runner.ts'

const here = fileURLToPath(import.meta.url)
const play = (scenario: Scenario, seed = '7') =>
  runScenario(scenario, { seed, scriptFiles: file => file === here })

const small = { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice'] as const }

describe('a scenario', () => {
  it('has one history for one seed, and another for another', async () => {
    const [first, again, other] = [
      await play(firstVm),
      await play(firstVm),
      await play(firstVm, '8'),
    ]
    expect(first.failure).toBeNull()
    expect(other.failure).toBeNull()
    expect(again).toEqual(first)
    expect(other.digest).not.toBe(first.digest)
    expect(first.steps.map(({ title }) => title)).toContain('she adds a second disk')
  })

  it.each([
    ['fetch', () => fetch('http://127.0.0.1:9/').catch(() => undefined)],
    ['a file', () => readFile(here)],
    ['a timer', () => sleep(1)],
    ['setTimeout', () => new Promise(resolve => setTimeout(resolve, 1))],
  ])('that awaits %s ends in GRID_SCRIPT_OUTSIDE, naming its line', async (_what, outside) => {
    const report = await play({
      name: 'reaches out',
      grid: small,
      async run({ grid }) {
        await grid.advance('1m')
        await outside()
      },
    })
    expect(report.isPassed).toBe(false)
    expect(report.failure).toMatch(/^GRID_SCRIPT_OUTSIDE: .*runner\.test\.ts:\d+:\d+/)
  })

  it('may reach outside when it says so, while its time stands still', async () => {
    const report = await play({
      name: 'reaches out openly',
      grid: small,
      async run({ grid, outside, expect }) {
        const before = grid.now
        const bytes = await outside(() => readFile(here))
        expect(bytes.length).toBeGreaterThan(100)
        expect(grid.now).toBe(before)
        await grid.advance(5)
      },
    })
    expect(report.failure).toBeNull()
  })

  it('has the same future after a revert, in the middle of an install', async () => {
    const digests: string[] = []
    const report = await play(
      defineScenario({
        name: 'goes back',
        grid: small,
        async run({ grid, users: { alice }, eventually }) {
          const wish = { on: 1, name: 'a', network: '10.1.0.0/16', disk: '2 GB' }
          const vm = await alice.deploy(wish)
          await eventually('the network is there', () => vm.state('network') === 'ok')
          const snapshot = grid.snapshot()
          for (let round = 0; round < 3; round += 1) {
            await eventually('all is there', () => vm.isOk())
            await grid.advance('1h')
            digests.push(`${grid.now} ${grid.digest()} ${grid.chain.best}`)
            grid.revert(snapshot)
          }
        },
      }) as Scenario,
    )
    expect(report.failure).toBeNull()
    expect(new Set(digests).size).toBe(1)
  })

  it('cannot be remembered while another of its parts waits', async () => {
    const report = await play({
      name: 'is busy',
      grid: small,
      async run({ grid }) {
        const waiting = grid.advance('1h')
        grid.snapshot()
        await waiting
      },
    })
    expect(report.failure).toMatch(/^GRID_SNAPSHOT_BUSY/)
  })

  it('ends the waits of a time that is gone', async () => {
    const seen: string[] = []
    const report = await play({
      name: 'reverts under a wait',
      grid: small,
      async run({ grid }) {
        const snapshot = grid.snapshot()
        const waiting = grid.advance('1h').catch(error => seen.push(error.code))
        grid.revert(snapshot)
        await waiting
      },
    })
    expect(report.failure).toBeNull()
    expect(seen).toEqual(['GRID_REVERTED'])
  })

  it('ends the snapshots that were taken after the one that it returns to', async () => {
    const report = await play({
      name: 'returns to a future that is gone',
      grid: small,
      async run({ grid }) {
        const first = grid.snapshot()
        await grid.advance('1m')
        const second = grid.snapshot()
        grid.revert(first)
        grid.revert(first)
        grid.revert(second)
      },
    })
    expect(report.failure).toMatch(/^GRID_SNAPSHOT_UNKNOWN/)
  })

  it('fails with what went wrong, where, and the last events', async () => {
    const report = await play({
      name: 'hopes too much',
      grid: small,
      async run({ users: { alice }, step, expect }) {
        await step('alice is rich', () => expect(alice!.balance()).toBe(0n))
      },
    })
    expect(report).toMatchObject({ isPassed: false, steps: [{ title: 'alice is rich' }] })
    expect(report.failure).toContain('to be 0n')
    expect(report.failure).toContain('Last events:')
  })

  it('is told by the names of the chain and the words of the nodes what was refused', async () => {
    const errors: string[] = []
    const report = await play({
      name: 'is refused',
      grid: small,
      async run({ users: { alice } }) {
        const note = (error: Error) => errors.push(error.message)
        const cancel = { contract_id: 99n }
        await alice!.call('SmartContractModule', 'cancel_contract', cancel).catch(note)
        await alice!.call('No', 'such', {}).catch(note)
        await alice!.ask(1, 'zos.nothing').catch(note)
        await alice!.ask(7, 'zos.system.version').catch(note)
        await alice!.deploy({ on: 1, name: 'a', network: '10.1.0.0/24' }).catch(note)
      },
    })
    expect(report.failure).toBeNull()
    expect(errors).toEqual([
      'The chain refused an extrinsic: SmartContractModule.ContractNotExists',
      'The configuration is not valid: the chain has no call No.such',
      'The other side of the bus answered with an error: function is not found',
      'The grid has no farm or node that fits: there is no node 7',
      "The configuration is not valid: '10.1.0.0/24' is not the range of a network",
    ])
  })

  it('refuses a configuration that is none', async () => {
    const grid = { farms: [{ name: '!', nodes: 1 }] }
    await expect(play({ name: 'x', grid, run: async () => undefined })).rejects.toMatchObject({
      code: 'GRID_CONFIG_INVALID',
    })
  })
})
