// The kinds of fault and their settings are told from the schema itself, and a preview is told in words.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { faultOf } from '../../src/cli/ctl.ts'
import { faultHelp, previewText } from '../../src/cli/fault-help.ts'
import { faultSchema } from '../../src/faults/schema.ts'
import type { FaultPreview } from '../../src/services/control/ports.ts'
import { missingBuild, startUp } from '../interop/support.ts'

const { oneOf } = z.toJSONSchema(faultSchema, { io: 'input', unrepresentable: 'any' }) as {
  oneOf: { description?: string; properties: Record<string, { const?: string }> }[]
}
const kinds = oneOf.map(({ properties, description }) => ({
  kind: properties.kind!.const!,
  names: Object.keys(properties).filter(name => name !== 'kind'),
  description,
}))

describe('the help of faults', () => {
  it('lists every kind with what it does', () => {
    const lines = faultHelp().split('\n')
    expect(kinds.length).toBeGreaterThan(25)
    for (const { kind, description } of kinds) {
      expect(description, kind).toMatch(/^[A-Z].*\.$/)
      expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^  ${kind} .*\\.$`)))
    }
  })

  it.each(kinds)('tells every setting of $kind', ({ kind, names }) => {
    const told = [...faultHelp(kind).matchAll(/^ {2}(\w+)= +\S/gm)].map(([, name]) => name)
    expect(told).toEqual(names)
  })

  it('tells forms that are taken as they are written', () => {
    expect(faultHelp('rmb.delay')).toMatch(/jitterMs= +ms, or 90s, 10m, 1h, 2d +default: 0/)
    expect(faultHelp('node.clock-skew')).toMatch(/aheadMs= .* needed\n/)
    expect(faultHelp('chain.price')).toMatch(/price= +a whole number from 1 to 4000000000 +needed/)
    const words = ['jitterMs=1h', 'from={"nodes":[1],"farms":[1],"twins":[1]}', 'bothWays=false']
    const fault = { ...faultOf(words), kind: 'rmb.delay' }
    expect(faultSchema.safeParse(fault).success).toBe(true)
    expect(() => faultHelp('node.melt')).toThrow(/there is no fault 'node.melt'/)
  })
})

const plan: FaultPreview = {
  fault: {},
  from: 1_767_225_600_000,
  until: null,
  chance: 0.5,
  isDrawnOnce: true,
  aims: [
    {
      role: 'from',
      isEverybody: false,
      part: null,
      nodes: { count: 60, items: [{ id: 1, name: 'a\u001b[2J', farm: 'ghent', phase: 'up' }] },
      twins: { count: 1, items: [{ id: 9, name: '' }] },
    },
    {
      role: 'to',
      isEverybody: true,
      part: null,
      nodes: { count: 70, items: [] },
      twins: { count: 0, items: [] },
    },
  ],
  marked: [1],
}

it('tells a preview by name, and lets nobody move the cursor', () => {
  expect(previewText(plan)).toBe(
    [
      'from 2026-01-01T00:00:00.000Z until it is removed',
      'chance 0.5, drawn once, for all of it',
      'from 60 nodes, 1 other twins',
      '  node 1  a·[2J  ghent  up',
      '  twin 9  unknown here',
      '  ... and 59 more',
      'to everybody: 70 nodes, and who comes later',
      '',
    ].join('\n'),
  )
  expect(previewText({ ...plan, until: plan.from, chance: 1, aims: [] })).toBe(
    'at 2026-01-01T00:00:00.000Z\n',
  )
  expect(previewText({ refused: 'no\u0007' })).toBe('it would be refused: no·\n')
})

describe.skipIf(missingBuild)('pocketgrid ctl', () => {
  const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
  const run = (words: string, control = 'http://127.0.0.1:9/api') =>
    new Promise<{ code: number; stdout: string; stderr: string }>(resolve => {
      const env = { ...process.env, POCKETGRID_CONTROL: control }
      execFile(process.execPath, [main, 'ctl', ...words.split(' ')], { env }, (error, out, err) => {
        resolve({ code: error ? Number(error.code) : 0, stdout: out, stderr: err })
      })
    })

  it('tells settings without a grid; with one it previews faults and drains nodes', async () => {
    expect(await run('fault add')).toMatchObject({ code: 0, stdout: faultHelp() })
    const one = await run('fault add node.slow --help')
    expect([one.code, one.stdout]).toEqual([0, faultHelp('node.slow')])
    expect((await run('fault add node.slow nodes=1')).stderr).toMatch(/GRID_NOT_RUNNING/)
    const up = await startUp('--nodes', '2', '--front-port', 'none')
    const { control } = up.info.endpoints
    const shown = await run('fault preview node.crash nodes=2 forMs=10m', control)
    expect(shown.stdout).toMatch(/^from \S+Z until \S+Z\nhits 1 nodes, .*\n {2}node 2 .* up\n$/)
    expect((await run('fault preview node.crash nodes=9', control)).stdout).toMatch(/refused: .*9/)
    expect((await run('fault list', control)).stdout).toBe('none\n')
    const drained = await run('--json node drain 1', control)
    expect(JSON.parse(drained.stdout)).toMatchObject({ id: 1, drained: { contracts: 0 } })
    await up.stop()
  }, 30_000)
})
