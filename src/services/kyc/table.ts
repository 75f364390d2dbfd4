// Who is verified: state of the world, so that it is saved, reverted and replayed with everything else.

import type { Hex } from '../../crypto/hex.ts'
import type { Cell, Store, StoreMap } from '../../kernel/store.ts'

/** What others than the ones that were set have: a verification, or no record. */
export type KycMode = 'all' | 'none' | 'list'

/** What can be set for an account or a twin: verified, rejected, or that there is no record of it. */
export type KycStatus = 'VERIFIED' | 'REJECTED' | 'none'

/** Whom a change is about. */
export type KycSubject = { readonly account: Hex } | { readonly twinId: number }

/** What the service knows of somebody. */
export interface KycRecord {
  readonly status: 'VERIFIED' | 'REJECTED'
  /** The provider's reference; empty for those who never went there. */
  readonly idenfyRef: string
  /** What the provider told of the person, by field. */
  readonly data: Readonly<Record<string, string>>
}

/** A change of the table: plain data, so that it can be recorded and made again. */
export type KycChange =
  | { readonly type: 'mode'; readonly mode: KycMode }
  /** Null takes back what was set, so that the mode decides again. */
  | { readonly type: 'status'; readonly of: KycSubject; readonly status: KycStatus | null }
  /** The provider's word on an account. */
  | { readonly type: 'outcome'; readonly account: Hex; readonly record: KycRecord }

/** How a table begins. */
export interface KycOptions {
  readonly mode: KycMode
  readonly set: readonly { readonly of: KycSubject; readonly status: KycStatus }[]
}

/** What the table needs of the chain. */
export interface KycChain {
  /** The account of a twin, null when there is no such twin. */
  accountOf(twinId: number): Hex | null
  /** The twin of an account, null when it has none. */
  twinIdOf(account: Hex): number | null
}

const byDefault: KycRecord = Object.freeze({
  status: 'VERIFIED',
  idenfyRef: '',
  data: Object.freeze({}),
})

/** The table of a world: `nodes` ask it by `refusalOf`, the service by `recordOf`. */
export class KycTable {
  readonly #chain: KycChain
  readonly #mode: Cell<KycMode>
  /** `none` stands for the knowledge that there is no record. */
  readonly #byAccount: StoreMap<string, KycRecord | 'none'>
  readonly #byTwin: StoreMap<number, KycRecord | 'none'>

  constructor(store: Store, chain: KycChain, { mode, set }: KycOptions) {
    this.#chain = chain
    this.#mode = store.cell<KycMode>('kyc.mode', mode)
    this.#byAccount = store.map('kyc.byAccount')
    this.#byTwin = store.map('kyc.byTwin')
    for (const { of, status } of set) this.apply({ type: 'status', of, status })
  }

  get mode(): KycMode {
    return this.#mode.get()
  }

  /** What is known of an account: what was set for it, for its twin, or for everybody; null when nothing is. */
  recordOf(account: Hex): KycRecord | null {
    const own = this.#byAccount.get(account)
    if (own !== undefined) return own === 'none' ? null : own
    const twinId = this.#byTwin.size === 0 ? null : this.#chain.twinIdOf(account)
    const ofTwin = twinId === null ? undefined : this.#byTwin.get(twinId)
    if (ofTwin !== undefined) return ofTwin === 'none' ? null : ofTwin
    return this.unknown()
  }

  /** What is known of those of whom nothing was set. */
  unknown(): KycRecord | null {
    return this.#mode.get() === 'all' ? byDefault : null
  }

  /**
   * Null when nodes may take deployments of a twin, else what they refuse them with
   * (`threefoldtech/zosbase: pkg/provision/engine.go`, CreateOrUpdate).
   */
  refusalOf(twinId: number): string | null {
    // The usual case costs nothing: everybody is verified, nobody was excepted.
    if (this.#isOpen()) return null
    const account = this.#chain.accountOf(twinId)
    const record = account === null ? null : this.recordOf(account)
    if (record === null) return 'failed to get twin verification status'
    return record.status === 'VERIFIED' ? null : `user with twin id ${twinId} is not verified`
  }

  /** Makes a change, inside the world. */
  apply(change: KycChange): void {
    switch (change.type) {
      case 'mode':
        this.#mode.set(change.mode)
        return
      case 'status':
        this.#setStatus(change.of, change.status)
        return
      case 'outcome':
        this.#byAccount.set(change.account, Object.freeze(change.record))
        return
    }
  }

  /** All that was set, in order of accounts, then of twins. */
  list(): { readonly of: KycSubject; readonly status: KycStatus }[] {
    const statusOf = (value: KycRecord | 'none') => (value === 'none' ? value : value.status)
    return [
      ...this.#byAccount
        .entries()
        .map(([account, value]) => ({ of: { account: account as Hex }, status: statusOf(value) })),
      ...this.#byTwin
        .entries()
        .map(([twinId, value]) => ({ of: { twinId }, status: statusOf(value) })),
    ]
  }

  #isOpen(): boolean {
    return this.#mode.get() === 'all' && this.#byAccount.size === 0 && this.#byTwin.size === 0
  }

  #setStatus(of: KycSubject, status: KycStatus | null): void {
    const value = status === null ? null : entryOf(status)
    if ('account' in of) {
      if (value === null) this.#byAccount.delete(of.account)
      else this.#byAccount.set(of.account, value)
    } else if (value === null) this.#byTwin.delete(of.twinId)
    else this.#byTwin.set(of.twinId, value)
  }
}

function entryOf(status: KycStatus): KycRecord | 'none' {
  return status === 'none' ? 'none' : Object.freeze({ ...byDefault, status })
}
