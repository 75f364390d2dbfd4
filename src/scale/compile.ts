// Turns a list of fields into straight-line code, because a loop over field names is several times slower.

import { invariant } from '../kernel/errors.ts'
import type { ScaleReader } from './reader.ts'
import type { AnyType } from './type.ts'
import type { ScaleWriter } from './writer.ts'

/** A field by the name (object) or the position (tuple) under which its value is found. */
export interface CompiledField {
  readonly key: string | number
  readonly type: AnyType
}

interface CompiledCodec<T> {
  readonly encode: (value: T, out: ScaleWriter) => void
  readonly decode: (input: ScaleReader) => T
}

/**
 * The codec of an object or a tuple. The code reads as if written by hand for these fields:
 *
 *     encode: t0.encode(value["id"], out); t1.encode(value["name"], out)
 *     decode: return { "id": t0.decode(input), "name": t1.decode(input) }
 *
 * It is made at the first use, so that types which are only declared cost nothing at start.
 */
export function codecOfFields<T>(fields: readonly CompiledField[]): CompiledCodec<T> {
  let compiled: CompiledCodec<T> | null = null
  return {
    encode(value, out) {
      compiled ??= compile(fields)
      compiled.encode(value, out)
    },
    decode(input) {
      compiled ??= compile(fields)
      return compiled.decode(input)
    },
  }
}

/** The default of an object or tuple: undefined as soon as one of its fields has none. */
export function defaultOfFields<T>(fields: readonly CompiledField[]): T | undefined {
  const defaults = fields.map(({ key, type }) => [key, type.defaultValue] as const)
  if (defaults.some(([, value]) => value === undefined)) return undefined
  const isTuple = typeof fields[0]?.key === 'number'
  return (isTuple ? defaults.map(([, value]) => value) : Object.fromEntries(defaults)) as T
}

function compile<T>(fields: readonly CompiledField[]): CompiledCodec<T> {
  for (const { key } of fields) {
    const isPlain = typeof key === 'number' || /^[A-Za-z]\w*$/.test(key)
    invariant(isPlain, `a field name is an identifier, not '${key}'`)
  }
  const types = fields.map((_, i) => `t${i}`)
  const steps = fields.map(({ key }, i) => `t${i}.encode(value[${JSON.stringify(key)}], out)`)
  const reads = fields.map(({ key }, i) =>
    typeof key === 'number' ? `t${i}.decode(input)` : `${JSON.stringify(key)}: t${i}.decode(input)`,
  )
  const isTuple = typeof fields[0]?.key === 'number'
  const value = isTuple ? `[${reads.join(', ')}]` : `{ ${reads.join(', ')} }`
  const code = `return {
    encode(value, out) { ${steps.join('; ')} },
    decode(input) { return ${value} },
  }`
  const make = new Function(...types, code) as (...types: AnyType[]) => CompiledCodec<T>
  return make(...fields.map(({ type }) => type))
}
