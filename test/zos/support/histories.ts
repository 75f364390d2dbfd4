// Histories of a node at random: what its users, its farmer and fate do.

import fc from 'fast-check'
import type { Action, How, Recipe } from './played.ts'
import { minute } from './world.ts'

const small = fc.nat(5)
const recipe: fc.Arbitrary<Recipe> = fc.record({
  parts: fc.nat(2 ** 11 - 1),
  size: fc.integer({ min: 1, max: 60 }),
  port: fc.nat(3),
  ips: fc.nat(2),
})
const how = fc.constantFrom<How>(
  'well',
  'well',
  'well',
  'well',
  'skipping',
  'as a stranger',
  'rudely',
)

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('deploy' as const), user: small, recipe }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('update' as const), which: small, recipe, how }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('again', 'cancel', 'cancel', 'drop', 'grace', 'resume'),
      which: small,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('lose', 'lose', 'reserve'), name: fc.nat(3) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('crash', 'boot', 'boot', 'restart', 'outage', 'recovery', 'recovery'),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(8000) }) },
  // From a crash into the midst of what follows it.
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reboot' as const), ms: fc.nat(8000) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(140 * minute) }),
  },
)
/** Histories of any length up to a bound; they shrink to few and plain actions. */
export const histories = (maxLength: number): fc.Arbitrary<Action[]> =>
  fc.array(action, { maxLength, size: 'max' })
