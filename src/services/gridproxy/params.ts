// Query parameters: what kinds there are and how values are decoded (gorilla/schema: decoder.go, converter.go).

import { accepted, problems, type Result, undecodable } from './errors.ts'
import type { QueryValues } from './query-string.ts'

/** A kind of parameter: how its values become one, or undefined where they cannot. */
export interface Kind<T> {
  /** How the API description calls it. */
  readonly schema: { readonly type: string; readonly format?: string; readonly items?: object }
  /** A number in place of a value is the index of the element that cannot be converted. */
  decode(values: readonly string[]): { readonly value: T } | { readonly badIndex: number | null }
}

type Scalar<T> = (text: string) => T | undefined

/** Of repeated values the last one counts. */
function lastOf<T>(schema: Kind<T>['schema'], convert: Scalar<T>): Kind<T> {
  return {
    schema,
    decode(values) {
      const value = convert(values.at(-1) ?? '')
      return value === undefined ? { badIndex: null } : { value }
    },
  }
}

const truths: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True', 'on'].map(word => [word, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map(word => [word, false] as const),
])

const maxUint64 = 2n ** 64n - 1n

function uint64(text: string): number | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined
  return text.length >= 20 && BigInt(text) > maxUint64 ? undefined : Number(text)
}

const decimalForm = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
const infinityForm = /^([+-]?)inf(?:inity)?$/i

function float64(text: string): number | undefined {
  if (decimalForm.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? value : undefined
  }
  const infinity = infinityForm.exec(text)
  if (infinity) return infinity[1] === '-' ? -Infinity : Infinity
  return /^nan$/i.test(text) ? Number.NaN : undefined
}

export const bool = lastOf<boolean>({ type: 'boolean' }, word => truths.get(word))

/** A whole number of 64 bits; above 2^53 it is as near as a double comes, which no comparison here can tell. */
export const uint = lastOf<number>({ type: 'integer', format: 'uint64' }, uint64)

export const float = lastOf<number>({ type: 'number', format: 'double' }, float64)

export const text = lastOf<string>({ type: 'string' }, word => word)

/** The last value, split at its commas; blanks stay. */
export const textList = lastOf<readonly string[]>(
  { type: 'array', items: { type: 'string' } },
  words => words.split(','),
)

/** All values, each a number or several with commas. Empty parts are passed over. */
export const uintList: Kind<readonly number[]> = {
  schema: { type: 'array', items: { type: 'integer', format: 'uint64' } },
  decode(values) {
    const numbers: number[] = []
    for (const [index, value] of values.entries()) {
      for (const part of value.split(',')) {
        if (part === '') continue
        const number = uint64(part)
        if (number === undefined) return { badIndex: index }
        numbers.push(number)
      }
    }
    return { value: numbers }
  },
}

/** What a kind decodes to. */
type ValueOf<K> = K extends Kind<infer T> ? T : never

/** A declared parameter. */
export interface Param<T = unknown> {
  readonly kind: Kind<T>
  /** One line for the API description. */
  readonly about: string
}

/** Parameters by key. */
export type Params = Readonly<Record<string, Param>>

/** The decoded values of the parameters that were given. */
export type Decoded<P extends Params> = { readonly [K in keyof P]?: ValueOf<P[K]['kind']> }

/** The declared spelling of keys: a key is found whatever the case of its letters. */
function spellingsOf(params: Params): ReadonlyMap<string, string> {
  return new Map(Object.keys(params).map(key => [key.toLowerCase(), key]))
}

/** Makes a decoder for a set of parameters. A key that none of them has is refused. */
export function decoderOf<P extends Params>(
  params: P,
): (values: Iterable<readonly [string, readonly string[]]>) => Result<Decoded<P>> {
  const spellings = spellingsOf(params)
  return values => {
    const decoded: Record<string, unknown> = {}
    const found: string[] = []
    for (const [key, given] of values) {
      const name = spellings.get(key.toLowerCase())
      if (name === undefined) {
        found.push(problems.unknownKey(key))
        continue
      }
      const outcome = params[name]!.kind.decode(given)
      if ('value' in outcome) decoded[name] = outcome.value
      else if (outcome.badIndex === null) found.push(problems.badValue(key))
      else found.push(problems.badElement(key, outcome.badIndex))
    }
    return found.length === 0 ? accepted(decoded as Decoded<P>) : undecodable(found)
  }
}

/** The pairs of a query whose keys are, or are not, among some. */
export function* pairsOf(
  values: QueryValues,
  isWanted: (key: string) => boolean,
): Iterable<readonly [string, readonly string[]]> {
  for (const pair of values) if (isWanted(pair[0])) yield pair
}
