import { describe, expect, it } from 'vitest'
import { checkGrid, problemText, spreadNodes } from '../../src/config/config.ts'

const problems = (input: unknown): string => {
  const checked = checkGrid(input)
  return checked.ok ? '' : problemText(checked.problems)
}

describe('a grid file', () => {
  it('may say nothing at all', () => {
    const checked = checkGrid({})
    expect(checked).toMatchObject({
      ok: true,
      config: { seed: 'pocketgrid', clock: 'real', blocks: 'instant', host: '127.0.0.1' },
    })
  })

  it('may name users by name alone', () => {
    const checked = checkGrid({ users: ['zoe', { name: 'yan', tft: 5 }] })
    expect(checked.ok && checked.config.users).toEqual([{ name: 'zoe' }, { name: 'yan', tft: 5 }])
  })

  it.each([
    [{ prot: 1 }, /prot/],
    [{ port: 70_000 }, /^port: /],
    [{ port: 1.5 }, /^port: /],
    [{ clock: 'fast' }, /^clock: the clock is real, virtual or warp:N/],
    [{ clock: 'warp:' }, /^clock: /],
    [{ blocks: '7s' }, /^blocks: /],
    [{ farms: [] }, /^farms: /],
    [{ farms: [{ name: 'x' }] }, /^farms\[0\]\.name: a farm name has 3 to 40/],
    [{ farms: [{ name: 'ghent', nodes: -1 }] }, /^farms\[0\]\.nodes: /],
    [{ users: [7] }, /^users\[0\]/],
    [[], /expected object/i],
    [null, /expected object/i],
  ])('%j is refused, naming the field', (input, text) => expect(problems(input)).toMatch(text))
})

describe('nodes over farms', () => {
  it('are spread evenly, the first farms getting one more', () => {
    expect(spreadNodes(7, 3).map(({ nodes }) => nodes)).toEqual([3, 2, 2])
  })

  it('have names that the chain takes, each once, however many farms', () => {
    const names = spreadNodes(0, 50).map(({ name }) => name)
    expect(new Set(names).size).toBe(50)
    expect(names.every(name => /^[A-Za-z0-9_-]{3,40}$/.test(name))).toBe(true)
  })
})
