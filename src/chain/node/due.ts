// When something is due next, remembered for as long as the storage that decides it stays the same.

import type { ItemState } from '../runtime/state.ts'

/** Asks for a due block only when the answer may be another one: it is asked for twice in each block. */
export class NextDue {
  readonly #items: readonly ItemState[] | null
  readonly #find: (from: number) => number | null
  #revision = -1
  #from = 0
  #due: number | null = null

  /**
   * `find` gives the first due block from a block on, null when none is in sight; it looks at nothing but `items`.
   * With null for them nothing is remembered.
   */
  constructor(items: readonly ItemState[] | null, find: (from: number) => number | null) {
    this.#items = items
    this.#find = find
  }

  /** The first due block from `from` on; null when none is in sight. */
  after(from: number): number | null {
    if (this.#items === null) return this.#find(from)
    let revision = 0
    for (const item of this.#items) revision += item.revision
    const due = this.#due
    const holds = revision === this.#revision && from >= this.#from && (due === null || from <= due)
    if (holds) return due
    this.#revision = revision
    this.#from = from
    this.#due = this.#find(from)
    return this.#due
  }
}
