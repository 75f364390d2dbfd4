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
  /** The world has come again to the moment of a snapshot: that is what it returns to from now on. */
  retake(id: string): void
  /** Lets `goBack` take the world back: snapshots that it has ended are gone, time goes on from where it was. */
  goBack(goBack: () => void): void
}

/** Time does not go back for those outside: it jumps to where it was, and no blocks are made up for it. */
export function resumeAt(chain: Pick<EditedChain, 'kernel' | 'resumeAt'>, at: number): void {
  chain.resumeAt(at)
  chain.kernel.runUntil(at, { holdEndOfInstant: true })
}

/** Makes the control of a chain and the driver of its world. */
export function chainControl(
  chain: EditedChain,
  driver: { advance(ms: number): void },
): DevControl & SnapshotBook {
  const { kernel } = chain
  const snapshots = new Map<string, Snapshot>()
  let lastId = 0
  const goBack = (back: () => void): void => {
    const now = kernel.now()
    back()
    for (const [id, snapshot] of [...snapshots]) {
      if (!kernel.isOpen(snapshot)) snapshots.delete(id)
    }
    resumeAt(chain, now)
  }
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
    retake: id => void snapshots.set(id, kernel.snapshot()),
    goBack,
    revert(id) {
      const snapshot = snapshots.get(id)
      if (!snapshot) return false
      goBack(() => kernel.revert(snapshot))
      return true
    },
  }
}
