// What a target is told of a run: begin, steps, end, each cut to what it takes.

import { expect, it } from 'vitest'
import type { FileReport } from '../../src/scenario/reporters/report.ts'
import type { SweepListener } from '../../src/scenario/run/sweep.ts'
import { tellTarget } from '../../src/scenario/target/news.ts'
import type { NewsItem } from '../../src/scenario/target/news-sender.ts'
import { toldRunSchema } from '../../src/services/control/run-told.ts'

const report: FileReport = {
  name: 'a story',
  file: '/stories/a.ts',
  seed: '7',
  isPassed: true,
  steps: [],
  failure: null,
  sometimes: [],
  digest: 'abc',
  events: 0,
  blocks: 3,
  virtualMs: 9,
}
const status = { played: 1, failed: 0, jobs: 1 }
const job = { file: '/stories/a.ts', seed: '7' }

function told(firstKey?: string) {
  const items: NewsItem[] = []
  const heard: string[] = []
  const listener: SweepListener = {
    onBegin: () => heard.push('begin'),
    onJob: () => heard.push('job'),
    onStep: ({ title }) => heard.push(title),
    onStepEnd: ({ title }) => heard.push(`${title} ends`),
    onReport: () => heard.push('report'),
  }
  const thread = () => ({
    put: (item: NewsItem) => items.push(structuredClone(item)),
    end: async () => undefined,
  })
  const news = tellTarget({ control: 'http://x/api' }, listener, { firstKey, thread })
  const run = { jobs: 1, seeds: 1, isLive: true, repeatWith: ' --target http://x/api' }
  news.listener.onBegin(run)
  return { ...news, items, heard }
}

it('is told step by step, whatever else hears of it', () => {
  const { listener, items, heard } = told('given-by-the-grid')
  listener.onJob(job)
  listener.onStep?.({ title: 'outer', depth: 0, at: 0 })
  listener.onStep?.({ title: 'inner', depth: 1, at: 2 })
  listener.onStepEnd?.({ title: 'inner', depth: 1, from: 2, to: 5, error: 'why' })
  expect(items.at(-1)).toMatchObject({
    key: 'given-by-the-grid',
    run: {
      state: 'running',
      name: null,
      seed: '7',
      steps: [
        { title: 'outer', to: null },
        { title: 'inner', from: 2, to: 5, error: 'why' },
      ],
    },
  })
  listener.onStepEnd?.({ title: 'outer', depth: 0, from: 0, to: 9, error: null })
  listener.onReport(report, status)
  expect(items.at(-1)!.run).toMatchObject({
    state: 'passed',
    name: 'a story',
    steps: [{ to: 9 }, { to: 5 }],
    repeat: 'pocketgrid run /stories/a.ts --seed 7 --target http://x/api',
  })
  expect(heard).toEqual(['begin', 'job', 'outer', 'inner', 'inner ends', 'outer ends', 'report'])
  listener.onJob({ ...job, seed: '8' })
  expect(items.at(-1)!.key).not.toBe('given-by-the-grid')
  expect(items.at(-1)!.run.steps).toEqual([])
})

it('is never refused for its size: a run of ten thousand steps and a megabyte of failure', () => {
  const { listener, items } = told()
  const long = 'x'.repeat(1_000_000)
  listener.onJob({ file: `/${long}`, seed: long })
  const step = { title: long, depth: 0, from: 1, to: 2, error: long }
  const steps = Array<typeof step>(10_000).fill(step)
  listener.onReport({ ...report, name: long, steps, isPassed: false, failure: long }, status)
  const { run } = items.at(-1)!
  expect(toldRunSchema.parse(run)).toEqual(run)
  expect(run).toMatchObject({ state: 'failed', stepsLeftOut: 9_800 })
  expect(JSON.stringify(run).length).toBeLessThan(500_000)
})

it('tells why it was skipped', () => {
  const { listener, items } = told()
  listener.onJob(job)
  listener.onReport({ ...report, skipped: 'it needs more nodes' }, status)
  expect(items.at(-1)!.run).toMatchObject({
    state: 'skipped',
    reason: 'skipped: it needs more nodes',
  })
})
