// The nodes that the fault in the palette would hit: marked on every picture of the grid.

import { signal } from '@preact/signals'

/** Nodes that are marked, and why. */
export interface Marks {
  /** The kind of the fault. */
  readonly kind: string
  readonly nodes: ReadonlySet<number>
}

/** What is marked now; null for nothing. */
export const marks = signal<Marks | null>(null)
