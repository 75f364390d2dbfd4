// Makes a thing once for each list of keys, so that equal types are one object.

interface Branch {
  readonly next: Map<unknown, Branch>
  made: unknown
}

const root: Branch = { next: new Map(), made: undefined }

/**
 * What `make` gave when these keys were first seen. The first key names the kind of thing, the others
 * are compared by identity. It grows with the types that a program declares, and with nothing else.
 */
export function onceFor<T>(keys: readonly [string, ...unknown[]], make: () => T): T {
  let branch = root
  for (const key of keys) {
    let next = branch.next.get(key)
    if (next === undefined) {
      next = { next: new Map(), made: undefined }
      branch.next.set(key, next)
    }
    branch = next
  }
  branch.made ??= make()
  return branch.made as T
}
