import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Mark, Store } from '../../src/kernel/store.ts'

type Step =
  | { readonly do: 'set' | 'delete'; readonly key: number }
  | { readonly do: 'mark' | 'revert' | 'release' }

const key = fc.integer({ min: 0, max: 12 })
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constantFrom('set' as const, 'delete' as const), key }),
    fc.record({ do: fc.constantFrom('mark' as const, 'revert' as const, 'release' as const) }),
  ),
  { maxLength: 60 },
)

/** Plays the steps on a map of a store and on a plain one that is copied for each mark. */
function play(list: readonly Step[]): {
  map: ReturnType<typeof mapOf>
  model: Map<number, number>
} {
  const store = new Store()
  const map = mapOf(store)
  let model = new Map<number, number>()
  const marks: { mark: Mark; model: Map<number, number> }[] = []
  list.forEach((step, i) => {
    if (step.do === 'set') {
      map.set(step.key, i)
      model.set(step.key, i)
    } else if (step.do === 'delete') {
      map.delete(step.key)
      model.delete(step.key)
    } else if (step.do === 'mark') {
      marks.push({ mark: store.mark(), model: new Map(model) })
    } else {
      const last = marks.at(-1)
      if (!last) return
      if (step.do === 'revert') {
        store.revert(last.mark)
        model = new Map(last.model)
      } else {
        store.release(last.mark)
        marks.pop()
      }
    }
  })
  return { map, model }
}

const mapOf = (store: Store) => store.map<number, number>('map')

const inOrder = (model: Map<number, number>) => [...model].sort(([a], [b]) => a - b)

describe('a map of the store', () => {
  it('shows its entries in key order after any history of writes, reverts and releases', () => {
    fc.assert(
      fc.property(steps, list => {
        const { map, model } = play(list)
        expect(map.entries()).toEqual(inOrder(model))
        const met: number[] = []
        map.visit(value => met.push(value) > 0)
        expect(met).toEqual(inOrder(model).map(([, value]) => value))
      }),
      { numRuns: 500 },
    )
  })

  it('stops a visit when it is told to', () => {
    const map = mapOf(new Store())
    for (const each of [3, 1, 2]) map.set(each, each)
    const met: number[] = []
    map.visit(value => met.push(value) < 2)
    expect(met).toEqual([1, 2])
  })

  it('lets a visit delete what it meets', () => {
    const map = mapOf(new Store())
    for (let each = 1; each <= 100; each += 1) map.set(each, each)
    const met: number[] = []
    map.visit(value => {
      map.delete(value)
      return met.push(value) < 60
    })
    expect(met).toEqual(Array.from({ length: 60 }, (_, i) => i + 1))
    expect(map.keys()).toEqual(Array.from({ length: 40 }, (_, i) => i + 61))
  })
})
