// The latest changes of rows, so that who keeps something derived from them need not look at everything anew.

import type { CurrentName, Row } from './entities.ts'

/** A row that came, went, or was replaced. */
export interface RowChange<E extends CurrentName = CurrentName> {
  readonly entity: E
  readonly before: Row<E> | undefined
  readonly after: Row<E> | undefined
}

/** Changes that are kept at most; who has missed more looks at everything. */
const longest = 20_000

/** Changes by revision, without a gap: a revision of which no change was told forgets those before it. */
export class ChangeLog {
  /** The revision before the first change that is kept. */
  #from = 0
  /** One entry for each revision; null where no row of a present state changed. */
  #changes: (RowChange | null)[] = []

  /** Notes what a revision changed. */
  add(revision: number, change: RowChange | null): void {
    if (revision !== this.#from + this.#changes.length + 1) {
      this.#from = revision - 1
      this.#changes = []
    }
    this.#changes.push(change)
    if (this.#changes.length <= longest) return
    this.#changes = this.#changes.slice(longest / 2)
    this.#from += longest / 2
  }

  /** What changed between two revisions; null when that is not known. */
  between(since: number, now: number): readonly RowChange[] | null {
    if (since === now) return []
    if (since < this.#from || now !== this.#from + this.#changes.length) return null
    return this.#changes.slice(since - this.#from).filter(change => change !== null)
  }
}
