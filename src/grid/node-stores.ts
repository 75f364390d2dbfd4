// What the nodes of a process have on their disks, in a data directory: written as it changes, before anybody hears of it.

import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import type { RootDatabase } from 'lmdb'
import { gridError } from '../kernel/errors.ts'
import type { Trace } from '../kernel/trace.ts'
import type { KeptNode } from '../zos/engine/engine.ts'
import type { Nodes } from '../zos/nodes.ts'
import { lockFolder } from './journal.ts'

/** Form of what is kept; a change of what nodes keep raises it. */
const form = 1

/** Changes after which what a node has may be another. */
const changing: ReadonlySet<string> = new Set(['zos.workload', 'zos.deployment', 'zos.job'])

/** The disks of nodes, by the accounts of the nodes. */
export class NodeStores {
  readonly #db: RootDatabase<Buffer, string>
  readonly #unlock: () => void
  readonly #changed = new Set<number>()

  private constructor(db: RootDatabase<Buffer, string>, unlock: () => void) {
    this.#db = db
    this.#unlock = unlock
  }

  /**
   * Opens the stores in a directory, which is made when it is not there. GRID_DATA_BROKEN when it cannot be,
   * GRID_DATA_IN_USE, or GRID_DATA_MISMATCH when they are of another grid: `grid` names this one.
   */
  static async open(dir: string, grid: string): Promise<NodeStores> {
    const unlock = lockFolder(dir)
    try {
      const { open } = await import('lmdb')
      // Without a sync to the disk a commit survives the end of the process, though not of the machine.
      const options = { noSync: true, noMetaSync: true, encoding: 'binary' } as const
      const db = open<Buffer, string>({ ...options, path: join(dir, 'nodes') })
      const known = db.get('grid')?.toString()
      const own = `${form} ${grid}`
      if (known === undefined) db.putSync('grid', Buffer.from(own))
      else if (known !== own) {
        await db.close()
        throw gridError('GRID_DATA_MISMATCH', { detail: dir })
      }
      return new NodeStores(db, unlock)
    } catch (cause) {
      unlock()
      if ((cause as { code?: string }).code === 'GRID_DATA_MISMATCH') throw cause
      throw gridError('GRID_DATA_BROKEN', { detail: dir, cause })
    }
  }

  /** What was kept of the node of an account. */
  find(account: string): KeptNode | undefined {
    const bytes = this.#db.get(account)
    return bytes === undefined ? undefined : (deserialize(bytes) as KeptNode)
  }

  /** Begins to notice what nodes do. */
  follow(trace: Trace): void {
    trace.listen(({ kind, fields }) => {
      if (changing.has(kind)) this.#changed.add((fields as { node: number }).node)
    })
  }

  /** Writes down what nodes have that did something since. When this returns it survives the end of the process. */
  reach(nodes: Nodes, accountOf: (index: number) => string): void {
    if (this.#changed.size === 0) return
    this.#db.transactionSync(() => {
      for (const nodeId of this.#changed) {
        const index = nodes.indexOf(nodeId)
        if (index === null) continue
        this.#db.putSync(accountOf(index), serialize(nodes.engine.kept(index)))
      }
    })
    this.#changed.clear()
  }

  async close(): Promise<void> {
    await this.#db.close()
    this.#unlock()
  }
}
