// The messages that wait at a grid's relay, in its data directory.

import { join } from 'node:path'
import type { RootDatabase } from 'lmdb'
import { gridError } from '../kernel/errors.ts'
import type { KeptMail, MailStore } from '../rmb/relay/mail-store.ts'

/** A store in a folder of the data directory, which must be this process's own. */
export class RelayMail implements MailStore {
  readonly #db: RootDatabase
  #next: number

  private constructor(db: RootDatabase) {
    this.#db = db
    const [last] = [...db.getKeys({ reverse: true, limit: 1 })]
    this.#next = typeof last === 'number' ? last + 1 : 1
  }

  /** Opens the store. GRID_DATA_BROKEN when it cannot be. */
  static async open(dataDir: string): Promise<RelayMail> {
    try {
      const { open } = await import('lmdb')
      // Without a sync to the disk a commit survives the end of the process, though not of the machine.
      const options = { noSync: true, noMetaSync: true, encoding: 'msgpack' } as const
      return new RelayMail(open({ ...options, path: join(dataDir, 'relay') }))
    } catch (cause) {
      throw gridError('GRID_DATA_BROKEN', { detail: dataDir, cause })
    }
  }

  put(mail: KeptMail): number {
    const id = this.#next
    this.#next += 1
    this.#db.putSync(id, mail)
    return id
  }

  remove(ids: readonly number[]): void {
    this.#db.transactionSync(() => {
      for (const id of ids) this.#db.removeSync(id)
    })
  }

  all(): readonly { readonly id: number; readonly mail: KeptMail }[] {
    return [...this.#db.getRange()].map(({ key, value }) => ({
      id: key as number,
      mail: value as KeptMail,
    }))
  }

  async close(): Promise<void> {
    await this.#db.close()
  }
}
