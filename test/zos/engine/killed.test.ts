// A node that is killed at any moment of a job, against the model of the engine and against what a real one leaves.

import { describe, expect, it } from 'vitest'
import { type Action, type Played, playedWorld, type Recipe } from '../support/played.ts'

/** A disk, a network, a machine with an address, a second disk, a database, a volume and a file system. */
const everything: Recipe = { parts: 0b101111111 & ~0b10000000, size: 4, port: 1, ips: 1 }
const grown: Recipe = { ...everything, size: 6, parts: everything.parts | 0b10000000 }
const workloads = 8

const deploy: Action = { kind: 'deploy', user: 1, recipe: everything }
const pass = (ms: number): Action => ({ kind: 'pass', ms })

/** The moments at which something can differ: at each end of a step, just before and just after, and between. */
const moments = (steps: number) =>
  Array.from({ length: steps }, (_, i) => [0, 1, 500, 999].map(ms => 1000 * i + ms)).flat()

const jobs: readonly { what: string; before: readonly Action[]; job: Action; steps: number }[] = [
  { what: 'an install', before: [], job: deploy, steps: workloads + 1 },
  {
    what: 'an update',
    before: [deploy, pass(20_000)],
    job: { kind: 'update', which: 0, recipe: grown, how: 'well' },
    steps: 7,
  },
  {
    what: 'a removal by update',
    before: [deploy, pass(20_000)],
    job: { kind: 'update', which: 0, recipe: { ...grown, parts: 0b10000010 }, how: 'well' },
    steps: 3,
  },
  {
    what: 'the installs after a boot',
    before: [deploy, pass(20_000), deploy, pass(20_000), { kind: 'crash' }],
    job: { kind: 'reboot', ms: 0 },
    steps: 2 * workloads + 1,
  },
]

describe.each(jobs)('$what that is interrupted at any moment', ({ before, job, steps }) => {
  const { play } = playedWorld()
  const interrupted = (at: number, interruption: readonly Action[]): Played => {
    const played = play()
    for (const action of [...before, job, pass(at), ...interruption]) played.act(action)
    played.settle()
    return played
  }

  it.each([
    ['by a loss of power', [{ kind: 'crash' }, { kind: 'reboot', ms: 100 }]],
    ['by a restart of the daemon', [{ kind: 'restart' }]],
    ['by both', [{ kind: 'restart' }, pass(700), { kind: 'crash' }, { kind: 'reboot', ms: 100 }]],
    ['by two losses', [{ kind: 'crash' }, { kind: 'reboot', ms: 2500 }, { kind: 'crash' }]],
    ['by an outage of the chain', [{ kind: 'outage' }, pass(30_000), { kind: 'recovery' }]],
    ['and cancelled', [{ kind: 'cancel', which: 0 }]],
    ['and cancelled unheard', [{ kind: 'crash' }, { kind: 'cancel', which: 0 }]],
  ] as [string, Action[]][])('%s ends as on the real node', (_how, interruption) => {
    for (const at of moments(steps)) interrupted(at, interruption)
  })
})

describe('a first install', () => {
  const { world, play } = playedWorld()
  const stateAfter = (at: number, interruption: readonly Action[]) => {
    const played = play()
    for (const action of [deploy, pass(at), ...interruption]) played.act(action)
    played.settle()
    const [found] = world.nodes.deploymentsOf(1)
    return found?.workloads.map(({ state }) => state) ?? 'no such deployment'
  }
  const all = new Array(workloads).fill('ok')

  it.each([
    ['power', [{ kind: 'crash' } as const]],
    ['its daemon', [{ kind: 'restart' } as const]],
  ])(
    'is forgotten when the node loses %s before anything is there, and completed later',
    (_, interruption) => {
      expect(stateAfter(0, interruption)).toBe('no such deployment')
      expect(stateAfter(999, interruption)).toBe('no such deployment')
      for (const at of moments(workloads).filter(ms => ms >= 1000)) {
        expect(stateAfter(at, interruption)).toEqual(all)
      }
    },
  )
})
