// A KYC service with a table in a store, and clients who sign as the real ones do.

import { type Hex, toHex } from '../../../src/crypto/hex.ts'
import { type KeyPair, keyPairFromUri } from '../../../src/crypto/keys.ts'
import { decodeSs58, encodeSs58 } from '../../../src/crypto/ss58.ts'
import { Store } from '../../../src/kernel/store.ts'
import { createKycControl } from '../../../src/services/kyc/control.ts'
import { createKyc, type KycSettings } from '../../../src/services/kyc/kyc.ts'
import {
  type KycChange,
  type KycMode,
  type KycOptions,
  KycTable,
} from '../../../src/services/kyc/table.ts'
import { type HttpService, mountAt } from '../../../src/services/plain-http.ts'
import { type Served, serve } from '../support.ts'

export const domain = 'kyc.dev.grid.tf'

/** The time of all tests, in s since the Unix epoch. */
export const now = 1_700_000_000

export function person(uri: string, scheme: 'sr25519' | 'ed25519' = 'sr25519'): KeyPair {
  const made = keyPairFromUri(uri, scheme)
  if (!made.ok) throw new TypeError(made.error)
  return made.pair
}

/** What a client sends to show who it is. */
export function credentials(
  pair: KeyPair,
  change: { text?: string; signed?: string; prefix?: string } = {},
): Record<string, string> {
  const text = change.text ?? `${domain}:${now}`
  const { prefix = '' } = change
  const signature = Buffer.from(pair.sign(Buffer.from(change.signed ?? text))).toString('hex')
  return {
    'x-client-id': pair.address,
    'x-challenge': `${prefix}${Buffer.from(text).toString('hex')}`,
    'x-signature': `${prefix}${signature}`,
  }
}

export interface KycWorld extends Served {
  readonly store: Store
  readonly table: KycTable
  readonly changes: KycChange[]
  /** Seconds that have passed. */
  passed: number
}

/** Starts a service: twins by their accounts, all with as many units. */
export async function startKyc(
  options: {
    mode?: KycMode
    set?: KycOptions['set']
    twins?: readonly [number, string][]
    balance?: bigint
    settings?: Partial<KycSettings>
  } = {},
): Promise<KycWorld> {
  const accountOf = new Map<number, Hex>(
    (options.twins ?? []).map(([id, address]) => {
      const decoded = decodeSs58(address)
      if (!decoded.ok) throw new TypeError(decoded.error)
      return [id, toHex(decoded.publicKey)]
    }),
  )
  const store = new Store()
  const chain = {
    accountOf: (id: number) => accountOf.get(id) ?? null,
    twinIdOf: (account: Hex) => [...accountOf].find(([, of]) => of === account)?.[0] ?? null,
  }
  const table = new KycTable(store, chain, { mode: options.mode ?? 'all', set: options.set ?? [] })
  const changes: KycChange[] = []
  const change = (made: KycChange) => {
    changes.push(made)
    table.apply(made)
  }
  const world = { store, table, changes, passed: 0 }
  const kyc = createKyc(
    {
      recordOf: account => table.recordOf(account),
      unknown: () => table.unknown(),
      accountOf: id => {
        const account = chain.accountOf(id)
        return account && { account, address: encodeSs58(Buffer.from(account.slice(2), 'hex')) }
      },
      balanceOf: () => options.balance ?? 10_000_000n,
      change,
      wallNow: () => (now + world.passed) * 1000 + 321,
    },
    options.settings,
  )
  const control = mountAt(
    '/api/kyc',
    createKycControl({
      mode: () => table.mode,
      list: () => table.list(),
      recordOf: of => {
        const account = 'account' in of ? of.account : chain.accountOf(of.twinId)
        return account ? table.recordOf(account) : null
      },
      change,
    }),
  )
  const both: HttpService = {
    handleRequest(request, response) {
      const isControl = request.url!.startsWith('/api/kyc')
      ;(isControl ? control : kyc).handleRequest(request, response)
    },
  }
  return Object.assign(world, await serve(both))
}
