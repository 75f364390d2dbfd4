// How the world of a chain that stands alone is changed by hand.

import type { Kernel, Snapshot } from '../../kernel/kernel.ts'
import type { ChainEdit } from '../node/edits.ts'
import type { DevControl } from './port.ts'

/** How many snapshots are kept; the oldest is given up for a new one. */
const mostSnapshots = 256

/** What the control needs of the chain. */
interface EditedChain {
  readonly kernel: Kernel
  edit(edit: ChainEdit): string | null
  resumeAt(time: number): void
}

/** The snapshots that a control keeps. */
export interface SnapshotBook {
  /** The ids of those that can be returned to, oldest first. */
  snapshotIds(): readonly string[]
  /** Gives one up; false when there is none with this id. */
  release(id: string): boolean
}

/** Makes the control of a chain and the driver of its world. */
export function chainControl(
  chain: EditedChain,
  driver: { advance(ms: number): void },
): DevControl & SnapshotBook {
  const { kernel } = chain
  const snapshots = new Map<string, Snapshot>()
  let lastId = 0
  return {
    edit: edit => chain.edit(edit),
    advance: ms => driver.advance(ms),
    snapshot() {
      if (snapshots.size >= mostSnapshots) {
        const [oldest] = snapshots
        if (oldest) {
          kernel.release(oldest[1])
          snapshots.delete(oldest[0])
        }
      }
      lastId += 1
      const id = `0x${lastId.toString(16)}`
      snapshots.set(id, kernel.snapshot())
      return id
    },
    snapshotIds: () => [...snapshots.keys()],
    release(id) {
      const snapshot = snapshots.get(id)
      if (!snapshot) return false
      kernel.release(snapshot)
      return snapshots.delete(id)
    },
    revert(id) {
      const snapshot = snapshots.get(id)
      if (!snapshot) return false
      const now = kernel.now()
      kernel.revert(snapshot)
      let isLater = false
      for (const each of [...snapshots.keys()]) {
        if (isLater) snapshots.delete(each)
        isLater ||= each === id
      }
      // Time does not go back for those outside: it jumps to where it was, and no blocks are made up for it.
      chain.resumeAt(now)
      kernel.runUntil(now, { holdEndOfInstant: true })
      return true
    },
  }
}
