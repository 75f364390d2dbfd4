// What is drawn of a trace stays bounded and true to the counts, however long the trace is.

import { expect, it } from 'vitest'
import type { TraceEntry } from '../../src/kernel/trace.ts'
import { TraceRecord } from '../../src/scenario/run/record.ts'
import { Timeline } from '../../src/scenario/run/timeline.ts'

const sent = (seq: number, at: number) =>
  ({ seq, at, kind: 'rmb.sent', fields: { uid: `${seq}`, from: '1', to: '2', what: 'x' } }) as const

it('counts every message, in no more than 400 columns, over any length of time', () => {
  const timeline = new Timeline(0)
  for (let i = 0; i < 50_000; i += 1) timeline.add(sent(i, i * 7_777) as TraceEntry)
  const { counts, totals, columnMs, endsAt } = timeline.data()
  expect(totals.messages).toBe(50_000)
  expect(counts.messages.reduce((sum, each) => sum + each, 0)).toBe(50_000)
  expect(counts.messages.length).toBeLessThanOrEqual(400)
  expect(counts.messages.length * columnMs).toBeGreaterThanOrEqual(endsAt)
  // Messages came at an even pace, so the full columns are alike.
  const full = counts.messages.slice(0, -1)
  expect(Math.max(...full) - Math.min(...full)).toBeLessThanOrEqual(1)
})

it('draws so many workloads and counts the others', () => {
  const timeline = new Timeline(0)
  for (let i = 0; i < 500; i += 1) {
    const fields = { node: 1, twin: 1, contract: BigInt(i), name: 'x'.repeat(10_000), type: 't' }
    const entry = {
      seq: i,
      at: i,
      kind: 'zos.workload',
      fields: { ...fields, state: 'ok', message: '' },
    }
    timeline.add(entry as TraceEntry)
  }
  const { workloads, leftOut } = timeline.data()
  expect(workloads.length + leftOut.workloads).toBe(500)
  expect(JSON.stringify(workloads).length).toBeLessThan(40_000)
})

it('keeps the begin and the end of a long trace, and says how much lies between', () => {
  const record = new TraceRecord(0, 10)
  let listener: (entry: TraceEntry) => void = () => undefined
  const trace = { last: () => [], length: 3, listen: (to: typeof listener) => (listener = to) }
  record.follow({ kernel: { trace } } as never)
  for (let i = 3; i < 38; i += 1) listener(sent(i, i) as TraceEntry)
  expect([record.count, record.leftOut]).toEqual([38, 18])
})
