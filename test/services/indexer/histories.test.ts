// Histories of the index: compact columns that hold every value, bounded, and right across chunks and marks.

import { describe, expect, it } from 'vitest'
import { Store } from '../../../src/kernel/store.ts'
import { historyLimit } from '../../../src/services/indexer/history-table.ts'
import { Rows } from '../../../src/services/indexer/rows.ts'

function emptyRows() {
  const store = new Store()
  const rows = new Rows({ store, hashOf: block => `0x${String(block).padStart(64, '0')}` })
  let block = 0
  return {
    store,
    rows,
    reader: rows.reader(),
    /** Reports the uptime of a node in a block of its own. */
    report(nodeID: number): void {
      block += 1
      rows.append(
        'UptimeEvent',
        { block, event: 2 },
        { nodeID, uptime: BigInt(block), timestamp: 1n },
      )
    },
    /** From now on reports are of the blocks after this one. */
    goTo(number: number): void {
      block = number
    },
  }
}

describe('a history', () => {
  it('keeps values of any size, and nulls', () => {
    const { rows, reader } = emptyRows()
    const values = [0n, 1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n, 2n ** 127n]
    values.forEach((value, event) => {
      rows.append(
        'NruConsumption',
        { block: 1, event },
        {
          contractID: 1n,
          timestamp: value,
          window: event % 2 === 0 ? null : value,
          nru: value,
        },
      )
    })
    const found = reader.find('NruConsumption', 'contractID', 1)
    expect(found.map(({ timestamp }) => timestamp)).toEqual(values)
    expect(found.map(({ nru }) => nru)).toEqual(values)
    expect(found.map(({ window }) => window)).toEqual(
      values.map((value, i) => (i % 2 === 0 ? null : value)),
    )
  })

  it('drops the oldest rows beyond its limit', () => {
    const { reader, report } = emptyRows()
    const total = historyLimit + 10_000
    for (let i = 0; i < total; i += 1) report(i % 3)
    const kept = reader.count('UptimeEvent')
    expect(kept).toBeLessThanOrEqual(historyLimit)
    expect(kept).toBeGreaterThan(historyLimit - 5_000)
    const [first] = reader.each('UptimeEvent')
    expect(first?.uptime).toBe(BigInt(total - kept + 1))
    const found = [0, 1, 2].map(id => reader.find('UptimeEvent', 'nodeID', id).length)
    expect(found.reduce((sum, count) => sum + count)).toBe(kept)
    expect(reader.byId('UptimeEvent', '0000000001-000002-00000')).toBeUndefined()
    expect(reader.byId('UptimeEvent', `0000${total}-000002-00000`)?.uptime).toBe(BigInt(total))
  })

  it('brings back with a revert what was dropped since, across its chunks', () => {
    const { store, reader, report, goTo } = emptyRows()
    for (let i = 0; i < historyLimit - 1; i += 1) report(1)
    const mark = store.mark()
    const before = [reader.count('UptimeEvent'), [...reader.each('UptimeEvent')][0]?.uptime]
    for (let i = 0; i < 9_000; i += 1) report(2)
    expect(reader.count('UptimeEvent')).toBeLessThanOrEqual(historyLimit)
    store.revert(mark)
    goTo(historyLimit - 1)
    expect([reader.count('UptimeEvent'), [...reader.each('UptimeEvent')][0]?.uptime]).toEqual(
      before,
    )
    expect(reader.find('UptimeEvent', 'nodeID', 2)).toEqual([])
    report(3)
    expect(reader.find('UptimeEvent', 'nodeID', 3).map(({ uptime }) => uptime)).toEqual([
      BigInt(historyLimit),
    ])
  })

  it('takes blocks back across its chunks', () => {
    const { rows, reader, report, goTo } = emptyRows()
    for (let i = 0; i < 9_000; i += 1) report(i % 2)
    for (const block of [8_500, 8_000, 4_000, 3_999, 0]) {
      rows.retractTo(block)
      expect(reader.count('UptimeEvent')).toBe(block)
      expect(reader.find('UptimeEvent', 'nodeID', 1)).toHaveLength(Math.floor(block / 2))
    }
    goTo(0)
    report(7)
    expect([...reader.each('UptimeEvent')].map(({ nodeID }) => nodeID)).toEqual([7])
  })
})
