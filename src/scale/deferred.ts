// Types that are not there yet: those that contain themselves, and those that others complete later.

import { invariant } from '../kernel/errors.ts'
import { makeType, type ScaleType } from './type.ts'

/** A type that is looked up at its first use, for types that contain themselves. */
export function lazy<T>(resolve: () => ScaleType<T>): ScaleType<T> {
  let resolved: ScaleType<T> | null = null
  const target = () => {
    resolved ??= resolve()
    return resolved
  }
  return makeType<T>({
    encode(value, out) {
      out.enter()
      target().encode(value, out)
      out.leave()
    },
    decode(input) {
      input.enter()
      const value = target().decode(input)
      input.leave()
      return value
    },
    shape: () => target().shape,
    defaultValue: () => target().defaultValue,
  })
}

/** A type with a name whose content is bound once, before its first use. */
export interface Slot<T> extends ScaleType<T> {
  bind(type: ScaleType<T>): void
}

/** A type to be bound later: the enum of all calls needs the pallets, and a pallet needs it. */
export function slot<T>(name: string): Slot<T> {
  let bound: ScaleType<T> | null = null
  const type = lazy<T>(() => {
    invariant(bound !== null, `the type ${name} is bound before it is used`)
    return bound
  })
  return Object.assign(type, {
    bind(to: ScaleType<T>) {
      invariant(bound === null, `the type ${name} is bound once`)
      bound = to
    },
  })
}
