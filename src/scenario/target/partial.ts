// Parts of a world that are there only in part: what is not is told by name, so that a scenario is skipped with a reason.

import { gridError } from '../../kernel/errors.ts'

/** What a script used that a target does not have; the first one is the reason. */
let used: string | null = null

/** What was used and is not there since the last call; null when nothing was. */
export function takeUnsupported(): string | null {
  const taken = used
  used = null
  return taken
}

/** Notes what is not there, and ends the verb that needs it. */
export function unsupported(what: string): never {
  used ??= what
  throw gridError('GRID_SCRIPT_FAILED', {
    detail: `${what} is not there on a target`,
    hint: 'It plays on a grid of its own: leave --target out.',
  })
}

/** The parts that there are, as the whole; another part is `unsupported` when somebody asks for it. */
export function partial<Whole extends object>(name: string, parts: object): Whole {
  return new Proxy(parts, {
    get(target, key) {
      if (typeof key === 'symbol' || key === 'then' || key in target) {
        const value: unknown = Reflect.get(target, key, target)
        return typeof value === 'function' ? value.bind(target) : value
      }
      return unsupported(`${name}.${key}`)
    },
  }) as Whole
}
