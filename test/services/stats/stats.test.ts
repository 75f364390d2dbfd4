// The statistics service: sums, texts, and what it says when it knows nothing.

import { afterEach, describe, expect, it } from 'vitest'
import {
  capacityText,
  createStats,
  fallbackSummary,
  type NodeTotals,
  summaryOf,
} from '../../../src/services/stats/stats.ts'
import { badRequests, type Served, serve } from '../support.ts'

const totals = (part: Partial<NodeTotals>): NodeTotals => ({
  nodes: 0,
  totalCru: 0,
  totalHru: 0,
  totalSru: 0,
  nodesDistribution: {},
  ...part,
})

const up = totals({
  nodes: 3,
  totalCru: 24,
  totalHru: 10_000_000_000_000,
  totalSru: 522_669_875_200,
  nodesDistribution: { Belgium: 2, Egypt: 1 },
})
const standby = totals({ nodes: 1, totalCru: 8, nodesDistribution: { Belgium: 1 } })

describe('capacity', () => {
  it.each([
    [0, '0'],
    [1, '1'],
    [1024 ** 3 - 1, '1073741823'],
    [1024 ** 3, '1.00 GB'],
    [1.5 * 1024 ** 3, '1.50 GB'],
    [1024 ** 4, '1.00 TB'],
    [10_522_669_875_200, '9.57 TB'],
    [1024 ** 5, '1.00 PB'],
    [5000 * 1024 ** 5, '5000.00 PB'],
    [Number.NaN, '0'],
  ])('of %d bytes is written %s', (bytes, text) => {
    expect(capacityText(bytes)).toBe(text)
  })
})

describe('the service', () => {
  let served: Served
  afterEach(() => served.close())

  it.each(['/api/stats-summary', '/api/stats-update', '/api/stats-summary?x=1'])(
    'sums nodes that are up and nodes on standby at %s',
    async path => {
      served = await serve(createStats({ totalsOf: status => (status === 'up' ? up : standby) }))
      const { status, headers, text } = await served.ask(path)
      expect([status, headers['content-type'], headers['access-control-allow-origin']]).toEqual([
        200,
        'application/json',
        '*',
      ])
      expect(text).toBe('{"capacity":"9.57 TB","nodes":4,"countries":2,"cores":32}')
    },
  )

  it('falls back on the numbers of the real service, then on what it saw last', async () => {
    let isThere = false
    served = await serve(createStats({ totalsOf: () => (isThere ? up : null) }))
    expect((await served.ask('/api/stats-summary')).json).toEqual(fallbackSummary)
    expect(fallbackSummary).toEqual({
      capacity: '32.74 PB',
      nodes: 2569,
      countries: 61,
      cores: 63968,
    })
    isThere = true
    const seen = (await served.ask('/api/stats-update')).json
    expect(seen).toEqual(summaryOf([up, up]))
    isThere = false
    expect((await served.ask('/api/stats-summary')).json).toEqual(seen)
  })

  it('answers whatever comes, and serves nothing else', async () => {
    served = await serve(createStats({ totalsOf: () => up }))
    expect((await served.ask('/')).status).toBe(404)
    for (const [path, options] of badRequests(['/', '/api', '/api/stats-summary'])) {
      expect((await served.ask(path, options)).status).toBeGreaterThan(0)
    }
  })
})
