// A chain for tests of pallets: the dev genesis, and one call in a block at a time.

import {
  devAccounts,
  devGenesis,
  devSecrets,
  type GenesisOptions,
} from '../../../src/chain/genesis.ts'
import { type BlockMode, Chain } from '../../../src/chain/node/chain.ts'
import { pallets } from '../../../src/chain/pallets/all.ts'
import { system } from '../../../src/chain/pallets/system/declaration.ts'
import {
  completePallet,
  declarePallet,
  type PalletDecl,
} from '../../../src/chain/runtime/declare.ts'
import type { ChainCall, ChainEvent } from '../../../src/chain/runtime/outer.ts'
import type { ChainSettings } from '../../../src/chain/runtime/settings.ts'
import type { StateOf } from '../../../src/chain/runtime/state.ts'
import type { DispatchResult, Origin, Tx } from '../../../src/chain/runtime/tx.ts'
import type { AccountId, MultiAddress } from '../../../src/chain/types/primitives.ts'
import { type KeyPair, keyPairFromUri } from '../../../src/crypto/keys.ts'
import { invariant } from '../../../src/kernel/errors.ts'
import { Kernel } from '../../../src/kernel/kernel.ts'

/** The dev accounts by name. */
export type DevName = keyof typeof devAccounts

/** Who calls: a dev account, any account, Root, a council motion of all members, or an origin as it is. */
export type Caller = DevName | AccountId | 'root' | 'restricted' | Origin

/** What became of a call. */
export interface Outcome {
  readonly ok: boolean
  /** `Pallet.Error`, `BadOrigin`, `Token.Frozen`; undefined when it succeeded. */
  readonly error?: string
  /** Undefined when it succeeded and pays. */
  readonly pays?: 'No'
  readonly refTime: bigint
  /** The events of the call alone. */
  readonly events: readonly ChainEvent[]
}

/** How a test chain differs from the dev chain. */
export interface TestChainOptions extends GenesisOptions {
  /** Default 'interval': a block every 6 s, idle ones jumped over. */
  readonly blocks?: BlockMode
  readonly startAt?: number
  readonly heartbeat?: boolean
  /** Default 'off': nobody bills contracts but the test. */
  readonly billing?: 'offchain' | 'off'
  readonly settings?: Partial<ChainSettings>
}

const slotMs = 6000

/** A pallet that the real chain does not have: its hook runs the calls of a test inside a block. */
function driverPallet() {
  const queue: ((tx: Tx) => void)[] = []
  const decl = declarePallet({
    index: 255,
    name: 'TestDriver',
    prefix: null,
    storage: {},
    events: {},
    errors: [],
    constants: {},
    paths: {},
  })
  const pallet = completePallet(
    decl,
    {},
    { pallet: 'Of tests.', calls: {}, storage: {}, events: {}, errors: {}, constants: {} },
    {
      onInitialize: {
        nextDue: (_tx, from) => (queue.length > 0 ? from : null),
        run: tx => {
          for (const job of queue.splice(0)) job(tx as unknown as Tx)
        },
      },
    },
  )
  return { queue, pallet }
}

/** A key pair of a dev account. */
const pairOf = (name: DevName): KeyPair => {
  const made = keyPairFromUri(devSecrets[name], 'sr25519')
  invariant(made.ok, 'the dev secrets are secrets')
  return made.pair
}

/** The account that a name or an account id means. */
export const accountOf = (who: DevName | AccountId): AccountId =>
  who.startsWith('0x') ? (who as AccountId) : devAccounts[who as DevName]

/** An account as calls take it. */
export const address = (who: DevName | AccountId): MultiAddress => ({
  type: 'Id',
  value: accountOf(who),
})

/** Some account that owns nothing: the same number gives the same one. */
export const stranger = (number: number): AccountId => `0x${number.toString(16).padStart(64, 'e')}`

function originOf(caller: Caller): Origin {
  if (typeof caller !== 'string') return caller
  if (caller === 'root') return { type: 'Root' }
  if (caller === 'restricted') return { type: 'Members', yes: 2, of: 2 }
  return { type: 'Signed', account: accountOf(caller) }
}

/** Makes a chain with the dev genesis. Nothing in it depends on the wall clock. */
export function testChain(options: TestChainOptions = {}) {
  const { blocks: mode = 'interval', startAt = 1_700_000_000_000, heartbeat = false } = options
  const kernel = new Kernel({ seed: 'test', startAt })
  const driver = driverPallet()
  const pairs = new Map<DevName, KeyPair>()
  const pair = (name: DevName): KeyPair => {
    const known = pairs.get(name) ?? pairOf(name)
    pairs.set(name, known)
    return known
  }
  const names = Object.keys(devAccounts) as DevName[]
  const chain = new Chain({
    kernel,
    pallets: [...pallets, driver.pallet],
    genesis: devGenesis(options),
    author: options.author ?? devAccounts.alice,
    blocks: mode,
    heartbeat,
    billing: options.billing ?? 'off',
    keyOf: account => {
      const name = names.find(each => devAccounts[each] === account)
      return name && pair(name)
    },
    specVersion: 153,
    transactionVersion: 2,
    ...(options.settings ? { settings: options.settings } : {}),
  })
  const { runtime } = chain

  /** Runs a piece of logic in the next block, 6 s later, as if a call did. */
  function inBlock<T>(body: (tx: Tx) => T): T {
    let result: { value: T } | null = null
    driver.queue.push(tx => {
      const { execution } = runtime
      const { phase } = execution
      execution.phase = { type: 'ApplyExtrinsic', value: 1 }
      try {
        result = { value: body(tx) }
      } finally {
        execution.phase = phase
      }
    })
    kernel.runUntil(kernel.now() + slotMs)
    if (chain.mode === 'manual') chain.makeBlock()
    else chain.best()
    invariant(result !== null, 'a block ran what the test queued')
    return (result as { value: T }).value
  }

  function call(pallet: string, name: string, args: Record<string, unknown> = {}): ChainCall {
    return { pallet, name, args }
  }

  /** Dispatches one call in the next block, without fee and nonce. */
  function run(
    caller: Caller,
    pallet: string,
    name: string,
    args: Record<string, unknown> = {},
  ): Outcome {
    return inBlock(() => {
      const { events } = runtime.execution
      const from = events.length
      const result = runtime.dispatch(call(pallet, name, args), originOf(caller))
      return outcomeOf(
        result,
        events.slice(from).map(({ event }) => event),
      )
    })
  }

  function outcomeOf(result: DispatchResult, events: readonly ChainEvent[]): Outcome {
    const { refTime } = result
    if (!result.ok) return { ok: false, error: chain.nameOfError(result.error), refTime, events }
    return { ok: true, refTime, events, ...(result.paysFee ? {} : { pays: 'No' as const }) }
  }

  /** Sends one extrinsic through the pool, with fee and nonce; all events of it, fee events included. */
  function extrinsic(
    signer: DevName | AccountId,
    pallet: string,
    name: string,
    args: Record<string, unknown> = {},
    tip = 0n,
  ): { events: readonly ChainEvent[] } {
    chain.submit(call(pallet, name, args), { signer: accountOf(signer), tip })
    if (chain.mode === 'manual') {
      kernel.runUntil(kernel.now() + slotMs)
      chain.makeBlock()
    } else {
      kernel.runUntil(kernel.now() + slotMs)
    }
    const events = chain
      .eventsOf(chain.best())
      .filter(({ phase }) => phase.type === 'ApplyExtrinsic' && phase.value === 1)
    return { events: events.map(({ event }) => event) }
  }

  return {
    kernel,
    chain,
    runtime,
    inBlock,
    run,
    extrinsic,
    pair,
    account: accountOf,
    address,
    /** Typed storage of a pallet, to be read between blocks. */
    state<P extends PalletDecl>(pallet: P): StateOf<P> {
      return runtime.txOf(pallet).state
    },
    /** Lets `count` blocks pass. */
    blocks(count: number): void {
      if (chain.mode !== 'manual') {
        kernel.runUntil(kernel.now() + count * slotMs)
        chain.best()
        return
      }
      for (let i = 0; i < count; i += 1) {
        kernel.runUntil(kernel.now() + slotMs)
        chain.makeBlock()
      }
    },
    /** Lets `ms` pass, and the blocks that fall due meanwhile. */
    advance(ms: number): void {
      kernel.runUntil(kernel.now() + ms)
      chain.best()
    },
    /** Free balance. */
    balance(who: DevName | AccountId): bigint {
      return runtime.txOf(system).state.Account.get(accountOf(who)).data.free
    },
    /** Gives an account a free balance, by Root. */
    fund(who: DevName | AccountId, amount: bigint): void {
      const outcome = run('root', 'Balances', 'force_set_balance', {
        who: address(who),
        new_free: amount,
      })
      invariant(outcome.ok, 'Root sets balances')
    },
  }
}

/** What `testChain` makes. */
export type TestChain = ReturnType<typeof testChain>
