// Spoilt requests: none brings the service down, and each gets an answer that is documented.

import { expect, it } from 'vitest'
import { drawsOf } from '../../chain/support/random.ts'
import { fixtureGrid } from '../support/fixture-grid.ts'
import { attack } from './hostile.ts'

it('two thousand spoilt requests get documented answers', () => {
  const seed = Number(process.env.POCKETGRID_SEED ?? Date.now() % 2 ** 32)
  const report = attack(fixtureGrid().reader, { count: 2000, draw: drawsOf(seed) })
  const told = `POCKETGRID_SEED=${seed} npx vitest run test/services/graphql/hostile.test.ts`
  expect(report.wrong, told).toEqual([])
  expect(report.slowestMs, told).toBeLessThan(2000)
  const kinds = Object.keys(report.answers)
  expect(kinds, told).toEqual(
    expect.arrayContaining([
      '200',
      '400 text',
      '400 GRAPHQL_PARSE_FAILED',
      '400 GRAPHQL_VALIDATION_FAILED',
      '400 BAD_USER_INPUT',
    ]),
  )
})
