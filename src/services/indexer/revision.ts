// Tells when something has changed, by writing or by going back in time: what is derived is made anew then.

import type { Store, Undoable } from '../../kernel/store.ts'

/** A number that changes with every change. It is no part of the state: it never returns to an earlier value. */
export class Revision implements Undoable {
  stamp = 0
  #value = 0
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  get value(): number {
    return this.#value
  }

  /** Something is about to be written. */
  bump(): void {
    this.#store.save(this, null)
    this.#value += 1
  }

  restore(): void {
    this.#value += 1
  }

  isAt(): boolean {
    return false
  }
}
