// Where nodes stand on the picture: none over another, on any grid, in rows and on the map.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { layOut, layOutOnEarth, type MapLayout } from '../../src/dashboard/parts/map-layout.ts'

/** Farms of so many nodes each, several of them in one city. */
function grid(sizes: readonly number[]) {
  const farms = sizes.map((_, i) => ({
    id: i + 1,
    name: `farm-${i + 1}`,
    latitude: 51,
    longitude: i % 3,
  }))
  return { farms, farmOf: sizes.flatMap((size, i) => Array<number>(size).fill(i + 1)) }
}

/** How near the nearest two nodes of a column come to each other. */
function nearest({ xs, ys }: MapLayout): number {
  const places = [...xs].map((x, i) => ({ x, y: ys[i]! })).sort((a, b) => a.x - b.x)
  let least = Number.POSITIVE_INFINITY
  places.forEach(({ x, y }, i) => {
    for (let j = i + 1; j < places.length && places[j]!.x - x < 0.95; j += 1) {
      least = Math.min(least, Math.abs(places[j]!.y - y))
    }
  })
  return least
}

it('keeps nodes apart', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(sizes, given => {
      const { farms, farmOf } = grid(given)
      expect(nearest(layOut(farms, farmOf))).toBeGreaterThan(0.9)
      expect(nearest(layOutOnEarth(farms, farmOf))).toBeGreaterThan(0.9)
    }),
    { numRuns: 50 },
  )
})

it('places ten thousand nodes on forty farms of three cities', () => {
  const { farms, farmOf } = grid(Array<number>(40).fill(250))
  expect(nearest(layOut(farms, farmOf))).toBeGreaterThan(0.9)
  expect(nearest(layOutOnEarth(farms, farmOf))).toBeGreaterThan(0.9)
})
