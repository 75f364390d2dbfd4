// Filters of lists: each is declared once with its kind, its description and its test.

import { accepted, type Result, refusals } from './errors.ts'
import { featureWords } from './features.ts'
import { containsLike, containsPlain, likeTest } from './like.ts'
import type { NodeView } from './node-view.ts'
import { bool, type Kind, type Param, text, textList, uint, uintList } from './params.ts'
import type { IndexedNode } from './ports.ts'
import { type NodeStatus, statusWords } from './status.ts'

/** What a request sees of the world beside the item that is looked at. */
export interface Query {
  /** USD, for prices with a discount. */
  readonly balance: number
  statusOf(node: NodeView): NodeStatus
  /** What the proxy's own indexers know of a node. */
  factsOf(node: NodeView): IndexedNode
}

type Test<T> = (item: T) => boolean

/** A parameter whose values may be well formed and mean nothing. */
interface CheckedParam extends Param {
  check(value: unknown): Result<null>
}

/** Such parameters by key. */
export type CheckedParams = Readonly<Record<string, CheckedParam>>

/** A declared filter of a list of `T`. */
export interface Filter<T> extends CheckedParam {
  test(value: unknown, query: Query): Test<T>
}

/** Filters by key; what costs more stands later, since filters are tried in this order. */
export type Filters<T> = Readonly<Record<string, Filter<T>>>

/** Reads something of an item. */
type Part<T, V> = (item: T, query: Query) => V

/** Makes a filter out of a kind and a test. */
export function filter<T, V>(
  kind: Kind<V>,
  about: string,
  test: (value: V, query: Query) => Test<T>,
  check: (value: V) => Result<null> = () => accepted(null),
): Filter<T> {
  return {
    kind,
    about,
    check: value => check(value as V),
    test: (value, query) => test(value as V, query),
  }
}

/** At least so much. */
export function atLeast<T>(about: string, part: Part<T, number>): Filter<T> {
  return filter(uint, about, (value, query) => item => part(item, query) >= value)
}

/** Just this number. */
export function isNumber<T>(about: string, part: Part<T, number>): Filter<T> {
  return filter(uint, about, (value, query) => item => part(item, query) === value)
}

/** Just this text. */
export function isText<T>(about: string, part: Part<T, string | null>): Filter<T> {
  return filter(text, about, (value, query) => item => part(item, query) === value)
}

/** A test of texts that is made once for each text: many items of a list share theirs. */
export function remembered(test: Test<string>): Test<string> {
  const verdicts = new Map<string, boolean>()
  return word => {
    let verdict = verdicts.get(word)
    if (verdict === undefined) {
      verdict = test(word)
      verdicts.set(word, verdict)
    }
    return verdict
  }
}

/** This text, whatever the case of its letters. */
export function isTextAnyCase<T>(about: string, part: Part<T, string | null>): Filter<T> {
  return patterned<T>(value => {
    const wanted = value.toLowerCase()
    return word => word.toLowerCase() === wanted
  })(about, part)
}

/** A text of which a test made of the parameter holds. */
function patterned<T>(makeTest: (pattern: string) => Test<string>) {
  return (about: string, part: Part<T, string | null>): Filter<T> =>
    filter(text, about, (pattern, query) => {
      const isWanted = remembered(makeTest(pattern))
      return item => {
        const found = part(item, query)
        return found !== null && isWanted(found)
      }
    })
}

/** Like this pattern. */
export function isLike<T>(about: string, part: Part<T, string | null>): Filter<T> {
  return patterned<T>(likeTest)(about, part)
}

/** Contains this pattern. */
export function contains<T>(about: string, part: Part<T, string | null>): Filter<T> {
  return patterned<T>(containsLike)(about, part)
}

/** Contains this text, in which nothing stands for anything else. */
export function containsExactly<T>(about: string, part: Part<T, string | null>): Filter<T> {
  return patterned<T>(containsPlain)(about, part)
}

/** Holds, or does not. Where the part is null neither is true. */
export function flag<T>(about: string, part: Part<T, boolean | null>): Filter<T> {
  return filter(bool, about, (value, query) => item => part(item, query) === value)
}

/** One of these numbers; of none of them when only commas were given. */
export function isAmong<T>(about: string, part: Part<T, number>): Filter<T> {
  return filter(uintList, about, (values, query) => {
    const wanted = new Set(values)
    return item => wanted.has(part(item, query))
  })
}

/** One of some statuses. */
export function hasStatus<T>(about: string, part: Part<T, NodeStatus>): Filter<T> {
  return filter(
    textList,
    about,
    (words, query) => {
      const wanted = new Set<string>(words)
      return item => wanted.has(part(item, query))
    },
    words => {
      const unknown = words.find(word => !(statusWords as readonly string[]).includes(word))
      return unknown === undefined ? accepted(null) : refusals.status(unknown)
    },
  )
}

/** Has all of some features. */
export function hasFeatures<T>(about: string, part: Part<T, readonly string[]>): Filter<T> {
  return filter(
    textList,
    about,
    (words, query) => item => {
      const features = part(item, query)
      return words.every(word => features.includes(word))
    },
    words => {
      const unknown = words.find(word => !featureWords.has(word))
      return unknown === undefined ? accepted(null) : refusals.feature(unknown)
    },
  )
}

/** Refuses the first of the given values that means nothing. */
export function checkValues(
  params: CheckedParams,
  given: Readonly<Record<string, unknown>>,
): Result<null> {
  for (const key in given) {
    const checked = params[key]?.check(given[key])
    if (checked && !checked.ok) return checked
  }
  return accepted(null)
}

/** The tests of the filters that were given, in the order of declaration. */
export function testsOf<T>(
  filters: Filters<T>,
  given: Readonly<Record<string, unknown>>,
  query: Query,
): readonly Test<T>[] {
  return Object.keys(filters)
    .filter(key => given[key] !== undefined)
    .map(key => filters[key]!.test(given[key], query))
}

/** Whether an item passes all tests. */
export function passes<T>(item: T, tests: readonly Test<T>[]): boolean {
  for (const test of tests) if (!test(item)) return false
  return true
}
