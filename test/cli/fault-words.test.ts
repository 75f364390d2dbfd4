// The words of `ctl fault add` as the data of a fault, and answers as people read them.

import { expect, it } from 'vitest'
import { faultOf, shown } from '../../src/cli/ctl.ts'

it('reads spans, lists, truth, JSON and text', () => {
  const words = 'nodes=1,2 farms=3 forMs=10m jitterMs=1.5s ms=250 chance=0.5 isLost=true'
  expect(faultOf(words.split(' '))).toEqual({
    nodes: [1, 2],
    farms: 3,
    forMs: 600_000,
    jitterMs: 1_500,
    ms: 250,
    chance: 0.5,
    isLost: true,
  })
  expect(faultOf(['from={"twins":[5]}', 'types=zmachine,zmount', 'error=a=b'])).toEqual({
    from: { twins: [5] },
    types: ['zmachine', 'zmount'],
    error: 'a=b',
  })
  expect(() => faultOf(['forever'])).toThrow(/'forever' is not name=value/)
})

it('shows lists as tables, and lets nobody move the cursor', () => {
  expect(shown([])).toBe('none\n')
  const rows = [
    { id: 1, name: 'a\u001b[2J', at: 1_767_225_600_000 },
    { id: 10, name: 'b', until: null },
  ]
  const [head, first] = shown(rows).split('\n')
  expect(head).toMatch(/^id +name +at +until$/)
  expect(first).toMatch(/^1 +a·\[2J +2026-01-01T00:00:00\.000Z +-$/)
})
