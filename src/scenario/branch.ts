// What would have been: a branch is played from the present moment, kept as what it changed, and left behind.

import { isDeepStrictEqual } from 'node:util'
import type { World } from '../grid/world.ts'
import type { Snapshot } from '../kernel/kernel.ts'

/** A future that was played and left: what it changed, in the words of the state. */
export interface Branch<T = unknown> {
  readonly name: string
  /** What its script gave. */
  readonly value: T
  /** Virtual time at which it ended, ms since the Unix epoch. */
  readonly endedAt: number
  /** Digest over all that happened up to its end. */
  readonly digest: string
  /** What differs from the moment at which it began; undefined is gone. */
  readonly changes: ReadonlyMap<string, unknown>
}

/** A piece of state that two branches left differently. */
export interface Difference {
  /** Such as `System.Account[0x...]` or `zos.deployments[1/2/3]`. */
  readonly name: string
  /** What each has there; undefined when there is nothing. */
  readonly left: unknown
  readonly right: unknown
  /** Whether a branch did not touch it, so that it still has what it was at the start. */
  readonly onlyIn: 'left' | 'right' | null
}

/** Captures what a branch changed since its begin. */
export function branchOf<T>(
  world: World,
  { name, begin, value }: { name: string; begin: Snapshot; value: T },
): Branch<T> {
  const { kernel } = world
  const changes = new Map<string, unknown>()
  for (const [what, state] of kernel.store.changedSince(begin.mark)) {
    if (!isInternal(what)) changes.set(what, state)
  }
  return { name, value, endedAt: kernel.now(), digest: kernel.trace.digest(), changes }
}

/** What two branches from one moment left differently, in order of names. */
export function compareBranches(left: Branch, right: Branch): Difference[] {
  const names = [...new Set([...left.changes.keys(), ...right.changes.keys()])].sort()
  return names.flatMap((name): Difference[] => {
    const inLeft = left.changes.has(name)
    const inRight = right.changes.has(name)
    const values = { left: left.changes.get(name), right: right.changes.get(name) }
    if (inLeft && inRight) {
      return isDeepStrictEqual(values.left, values.right) ? [] : [{ name, ...values, onlyIn: null }]
    }
    return [{ name, ...values, onlyIn: inLeft ? 'left' : 'right' }]
  })
}

/** The clockwork of a world, which says nothing of the grid. */
function isInternal(name: string): boolean {
  return /^(kernel|script|invariants|zos\.workers|zos\.keysRead)\b/.test(name)
}
