// Plays every scenario of the library: on one seed in the quick suite, on more with POCKETGRID_SEEDS, each twice then.

import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { AnyScenario } from '../../src/scenario/define.ts'
import { runScenario, type ScenarioReport } from '../../src/scenario/runner.ts'

const folder = fileURLToPath(new URL('../../scenarios/', import.meta.url))
const files = readdirSync(folder).filter(file => file.endsWith('.ts'))

const count = Number(process.env.POCKETGRID_SEEDS ?? 1)
const seeds = Array.from({ length: count }, (_, i) => `${7 + i}`)

async function load(file: string): Promise<AnyScenario> {
  const module = (await import(`${folder}${file}`)) as { default: AnyScenario }
  return module.default
}

const inScenarios = (file: string) => file.startsWith(folder)

describe('the library of scenarios', () => {
  it('has a story for every part of the grid', () => {
    expect(files.length).toBeGreaterThanOrEqual(25)
  })

  it.each(files)('%s', { timeout: 60_000 * count }, async file => {
    const scenario = await load(file)
    const reports: ScenarioReport[] = []
    for (const seed of seeds) {
      const report = await runScenario(scenario, { seed, scriptFiles: inScenarios })
      expect(report.failure, `seed ${seed}`).toBeNull()
      reports.push(report)
      if (count === 1) continue
      const again = await runScenario(scenario, { seed, scriptFiles: inScenarios })
      expect(again.digest, `seed ${seed} again`).toBe(report.digest)
    }
    if (count < 3) return
    const never = reports[0]!.sometimes.filter(
      ({ what }) =>
        !reports.some(each => each.sometimes.some(one => one.what === what && one.held)),
    )
    expect(never, 'what shall be true sometimes').toEqual([])
  })
})
