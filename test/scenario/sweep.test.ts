// Runs of many scenarios and seeds: what is chosen, what is summed up, what is left behind for people and programs.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { htmlReport } from '../../src/scenario/reporters/html.ts'
import { jsonReport } from '../../src/scenario/reporters/json.ts'
import { junitReport } from '../../src/scenario/reporters/junit.ts'
import { isGreen, repeatCommand } from '../../src/scenario/reporters/report.ts'
import { countJobs, jobsOf, seedsFrom } from '../../src/scenario/run/jobs.ts'
import { type SweepOptions, sweep } from '../../src/scenario/run/sweep.ts'

const stories = fileURLToPath(new URL('./stories/', import.meta.url))
const story = (name: string) => `${stories}${name}.ts`
const folder = mkdtempSync(join(tmpdir(), 'pocketgrid-sweep-'))
afterAll(() => rmSync(folder, { recursive: true }))

const play = (names: readonly string[], options: Partial<SweepOptions> = {}) => {
  const { crew, ...rest } = options
  return sweep(
    names.map(story),
    {
      seed: '7',
      seeds: 1,
      shard: { index: 1, of: 1 },
      parallel: 1,
      bail: false,
      ...rest,
      crew: {
        checkDeterminism: false,
        draws: false,
        traces: 'failed',
        traceFolder: join(folder, 'traces'),
        ...crew,
      },
    },
    { onBegin: () => undefined, onJob: () => undefined, onReport: () => undefined },
  )
}

describe('a run', () => {
  it('plays what words and tags choose, and says when that is nothing', async () => {
    const names = async (options: Partial<SweepOptions>) =>
      (await play(['quick', 'fails'], options)).reports.map(({ name }) => name)
    expect(await names({ only: 'HOPE' })).toEqual(['hope is lost'])
    expect(await names({ tags: ['time', 'sad'] })).toHaveLength(2)
    expect(await names({ only: 'quick.ts' })).toHaveLength(1)
    await expect(names({ tags: ['unheard'] })).rejects.toMatchObject({
      code: 'GRID_SCRIPT_NOT_FOUND',
    })
  })

  it('collects what is sometimes true over all of its seeds', async () => {
    const one = await play(['quick'])
    expect(one.neverTrue.map(({ what }) => what)).toContain('a TFT is free')
    expect(isGreen(one)).toBe(true)
    const many = await play(['quick'], { seeds: 8 })
    expect(many).toMatchObject({ passed: 8, failed: 0, isNeverTrueFailure: true })
    expect(many.neverTrue).toMatchObject([{ what: 'a TFT is free', seeds: 8 }])
    expect(isGreen(many)).toBe(false)
    expect(junitReport(many)).toContain('sometimes: a TFT is free')
  })

  it('ends at the first failure when it is told to', async () => {
    const run = await play(['fails', 'quick'], { seeds: 3, bail: true })
    expect(run).toMatchObject({ passed: 0, failed: 1, unplayed: 5 })
  })

  it('leaves the trace of what failed, and the command that repeats it', async () => {
    const run = await play(['quick', 'fails'])
    const [quick, failed] = run.reports
    expect(quick?.trace).toBeUndefined()
    const lines = readFileSync(failed!.trace!, 'utf8').trimEnd().split('\n')
    expect(lines).toHaveLength(failed!.events)
    expect(lines.map(line => JSON.parse(line).seq)).toEqual(lines.map((_, i) => i))
    expect(readdirSync(join(folder, 'traces'))).toContain('fails.7.ndjson')
    expect(repeatCommand(failed!)).toBe(`pocketgrid run ${story('fails')} --seed 7`)
  })

  it('plays twice and names the first thing that differs', async () => {
    const run = await play(['quick', 'forgets-nothing'], {
      crew: { checkDeterminism: true } as never,
    })
    const [quick, other] = run.reports
    expect(quick?.failure).toBeNull()
    expect(other?.failure).toMatch(/^GRID_NOT_DETERMINISTIC/)
    const runs = [...other!.failure!.matchAll(/transfer_keep_alive.*?"value":"(\d+)"\}/g)]
    expect(runs.map(([, units]) => units)).toEqual(['10000000', '20000000'])
  })

  it('gives the same reports however it is cut into shards', async () => {
    const files = ['a', 'b', 'c']
    const all = [...jobsOf(files, { first: '1', count: 5 })]
    const parts = [1, 2, 3, 4].map(index => {
      const shard = { index, of: 4 }
      const jobs = [...jobsOf(files, { first: '1', count: 5 }, shard)]
      expect(countJobs(3, 5, shard)).toBe(jobs.length)
      return jobs
    })
    const key = ({ file, seed }: { file: string; seed: string }) => `${file} ${seed}`
    expect(parts.flat().map(key).sort()).toEqual(all.map(key).sort())
    expect([...seedsFrom('9', 3)]).toEqual(['9', '10', '11'])
    expect([...seedsFrom('spring', 3)]).toEqual(['spring', 'spring-2', 'spring-3'])
    expect([...seedsFrom('007', 2)]).toEqual(['007', '007-2'])
  })
})

describe('the reports of a run', () => {
  it('hold names and failures of any text without becoming something else', async () => {
    const run = await play(['quick', 'fails'], { crew: { draws: true } as never })
    const html = htmlReport(run)
    expect(html).toContain('time passes &amp; &lt;nothing&gt; &quot;breaks&quot;')
    expect(html).not.toMatch(/<script|<nothing|javascript:|https?:/)
    expect(html).toMatch(/<svg[\s\S]*extrinsics: \d+[\s\S]*<\/svg>/)
    const xml = junitReport(run)
    expect(xml).toContain('name="time passes &amp; &lt;nothing&gt; &quot;breaks&quot;"')
    const json = JSON.parse(jsonReport(run))
    expect(json).toMatchObject({ isGreen: false, passed: 1, failed: 1, leftOut: 0 })
    expect(json.scenarios[1].repeat).toContain('--seed 7')
  })

  it('count in JUnit what they list', async () => {
    const xml = junitReport(await play(['quick', 'fails']))
    const [, tests, failures] = /tests="(\d+)" failures="(\d+)"/.exec(xml)!
    expect(Number(tests)).toBe(xml.match(/<testcase /g)?.length)
    expect(Number(failures)).toBe(xml.match(/<failure /g)?.length)
  })

  it('stay small when a run is long', async () => {
    const run = await play(['quick'], { crew: { draws: true } as never })
    const [one] = run.reports
    const reports = Array.from({ length: 500 }, (_, i) => ({
      ...one!,
      name: `${i} ${'x'.repeat(500)}`,
      timeline: {
        ...one!.timeline!,
        workloads: Array.from({ length: 80 }, () => ({
          name: 'w',
          leftOut: 5,
          changes: Array.from({ length: 60 }, (_, at) => ({ at, state: 'ok', note: 'n' })),
        })),
      },
    }))
    const html = htmlReport({ ...run, reports, leftOut: 1_000 })
    expect(html.length).toBeLessThan(8_000_000)
    expect(html).toContain('1200 more are not shown')
    expect(html).toContain('The picture is left out')
  })
})
