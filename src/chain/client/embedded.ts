// The chain of this process as a client sees it.

import { blake2b256 } from '../../crypto/hash.ts'
import { toHex } from '../../crypto/hex.ts'
import type { KeyPair } from '../../crypto/keys.ts'
import { gridError, invariant } from '../../kernel/errors.ts'
import { encodeToBytes } from '../../scale/codec.ts'
import type { Chain } from '../node/chain.ts'
import { immortal } from '../node/era.ts'
import { encodeSigned, signedPayload } from '../node/extrinsic.ts'
import type { PoolStatus } from '../node/pool.ts'
import type { SubmitProblem } from '../node/validity.ts'
import type { EventRecord } from '../pallets/system/types.ts'
import type { PalletDecl } from '../runtime/declare.ts'
import type { ChainCall } from '../runtime/outer.ts'
import { runtimeVersion } from '../runtime/version.ts'
import { RuntimeCall } from '../types/outer.ts'
import type { AccountId32 as AccountId } from '../types/primitives.ts'
import { errorOfEvents, eventsOfExtrinsic } from './outcome.ts'
import type {
  BlockEvents,
  BlockRef,
  ChainClient,
  ChainStateReader,
  RuntimeId,
  SubmitOptions,
  SubmitOutcome,
} from './port.ts'

/** The door to the world that the chain is in. */
interface Door {
  enter<T>(body: () => T): T
}

/** Of more blocks at once than this a listener hears of the last ones alone. */
const burst = 64

/** Somebody who waits for an extrinsic. */
interface Waiting {
  readonly hash: string
  readonly resolve: (outcome: SubmitOutcome) => void
  readonly reject: (error: Error) => void
}

/** Makes the client of a chain of this process. */
export function embeddedClient(chain: Chain, door: Door): ChainClient {
  return new EmbeddedClient(chain, door)
}

class EmbeddedClient implements ChainClient {
  readonly genesisHash: string
  readonly runtime: RuntimeId
  readonly #chain: Chain
  readonly #door: Door
  readonly #waiting = new Set<Waiting>()
  readonly #heads = new Set<(head: BlockRef) => void>()
  readonly #stopListening: () => void
  #isClosed = false

  constructor(chain: Chain, door: Door) {
    this.#chain = chain
    this.#door = door
    this.genesisHash = chain.genesisHash()
    this.runtime = {
      specName: runtimeVersion.spec_name,
      specVersion: chain.specVersion,
      transactionVersion: chain.transactionVersion,
    }
    this.#stopListening = chain.listen({
      onBlocks: (first, last) => this.#tellHeads(Math.max(first, last - burst + 1), last),
      onStatus: (hash, status) => this.#settle(hash, status),
      onRetracted: best => {
        this.#drop()
        this.#tellHeads(best, best)
      },
      onOverridden: block => this.#tellHeads(block, block),
    })
  }

  best(): Promise<BlockRef> {
    return this.#ask(() => this.#refOf(this.#chain.best()))
  }

  /** Nothing takes a block of this process back but a command, so that the best one is final. */
  finalized(): Promise<BlockRef> {
    return this.best()
  }

  hashOf(number: number): Promise<string | null> {
    return this.#ask(() => (number <= this.#chain.best() ? this.#refOf(number).hash : null))
  }

  read(pallet: PalletDecl, item: string, ...keys: readonly unknown[]): Promise<never> {
    return this.#ask(() => this.#read(this.#chain.best(), pallet, item, keys) as never)
  }

  entries(pallet: PalletDecl, item: string): Promise<never> {
    return this.#ask(() => this.#entries(this.#chain.best(), pallet, item) as never)
  }

  at(hash: string): ChainStateReader {
    return {
      read: (pallet, item, ...keys) =>
        this.#ask(() => this.#read(this.#blockOf(hash), pallet, item, keys) as never),
      entries: (pallet, item) =>
        this.#ask(() => this.#entries(this.#blockOf(hash), pallet, item) as never),
    }
  }

  events(hash: string): Promise<readonly EventRecord[]> {
    return this.#ask(() => this.#chain.eventsOf(this.#blockOf(hash)) as readonly EventRecord[])
  }

  blocks(first: number, last: number): Promise<readonly BlockEvents[] | null> {
    return this.#ask(() => {
      if (first < this.#chain.archive.floor || last > this.#chain.best()) return null
      return Array.from({ length: last - first + 1 }, (_, i) => ({
        ...this.#refOf(first + i),
        events: this.#chain.eventsOf(first + i) as readonly EventRecord[],
      }))
    })
  }

  constant(pallet: PalletDecl, name: string): Promise<unknown> {
    return this.#ask(() => {
      const found = pallet.constants[name]
      invariant(found, `${pallet.name} has the constant ${name}`)
      return found.value
    })
  }

  nextNonce(account: string): Promise<number> {
    return this.#ask(() => {
      this.#chain.best()
      return this.#chain.nextNonceOf(account as AccountId)
    })
  }

  submit(call: ChainCall, signer: KeyPair, options: SubmitOptions = {}): Promise<SubmitOutcome> {
    return this.#ask(() => this.#sign(call, signer, options)).then(bytes =>
      this.submitSigned(bytes),
    )
  }

  submitSigned(bytes: Uint8Array): Promise<SubmitOutcome> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) {
        reject(closed())
        return
      }
      const waiting: Waiting = { hash: toHex(blake2b256(bytes)), resolve, reject }
      this.#waiting.add(waiting)
      const submitted = this.#door.enter(() => this.#chain.submitBytes(bytes))
      if (submitted.ok) return
      this.#waiting.delete(waiting)
      reject(gridError('GRID_CHAIN_REFUSED', { detail: textOfProblem(submitted.problem) }))
    })
  }

  subscribeHeads(listener: (head: BlockRef) => void): Promise<() => void> {
    return this.#ask(() => {
      const own = (head: BlockRef) => listener(head)
      const head = this.#refOf(this.#chain.best())
      this.#heads.add(own)
      this.#later(own, head)
      return () => {
        this.#heads.delete(own)
      }
    })
  }

  close(): Promise<void> {
    this.#isClosed = true
    this.#stopListening()
    this.#heads.clear()
    for (const { reject } of this.#waiting) reject(closed())
    this.#waiting.clear()
    return Promise.resolve()
  }

  #ask<T>(body: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) reject(closed())
      else resolve(this.#door.enter(body))
    })
  }

  #refOf(number: number): BlockRef {
    return { number, hash: this.#chain.archive.hashOf(number) }
  }

  #blockOf(hash: string): number {
    const { archive } = this.#chain
    const number = archive.numberOf(hash)
    if (number === null || number < archive.floor) {
      throw gridError('GRID_BLOCK_UNKNOWN', { detail: hash })
    }
    return number
  }

  #read(block: number, pallet: PalletDecl, name: string, keys: readonly unknown[]): unknown {
    const item = this.#chain.state.item(pallet.name, name)
    const value = item.valueAt(block, keys)
    return value === undefined ? item.decl.absent : value
  }

  #entries(block: number, pallet: PalletDecl, name: string): readonly unknown[] {
    const item = this.#chain.state.item(pallet.name, name)
    return item.cellsAt(block).map(({ keys }) => ({ keys, value: item.valueAt(block, keys) }))
  }

  #sign(call: ChainCall, signer: KeyPair, { tip = 0n, nonce }: SubmitOptions): Uint8Array {
    const chain = this.#chain
    chain.best()
    const { accountId, scheme } = signer
    const callBytes = encodeToBytes(RuntimeCall, call)
    const { specVersion, transactionVersion } = chain
    const { genesisHash } = this
    const parts = { callBytes, era: immortal, nonce: nonce ?? chain.nextNonceOf(accountId), tip }
    const context = { specVersion, transactionVersion, genesisHash, birthHash: genesisHash }
    const signature = signer.sign(signedPayload(parts, context))
    return encodeSigned({ ...parts, signer: accountId, scheme, signature })
  }

  /** Called inside the world: those who wait are told after it has come to rest. */
  #settle(hash: string, status: PoolStatus): void {
    for (const waiting of [...this.#waiting]) {
      if (waiting.hash !== hash) continue
      const settled = this.#outcomeOf(hash, status)
      if (settled === null) continue
      this.#waiting.delete(waiting)
      if (settled instanceof Error) waiting.reject(settled)
      else waiting.resolve(settled)
    }
  }

  /** What a status means to those who wait; null when there is more to come. */
  #outcomeOf(hash: string, status: PoolStatus): SubmitOutcome | Error | null {
    switch (status.type) {
      case 'future':
      case 'ready':
      case 'retracted':
        return null
      case 'inBlock': {
        const { block } = status
        const index = this.#chain
          .extrinsicsOf(block)
          .findIndex(bytes => toHex(blake2b256(bytes)) === hash)
        const all = this.#chain.eventsOf(block) as readonly EventRecord[]
        const events = eventsOfExtrinsic(all, index)
        return { hash, block: this.#refOf(block), index, error: errorOfEvents(events), events }
      }
      case 'usurped':
        return gridError('GRID_CHAIN_REFUSED', { detail: `usurped by ${status.by}` })
      case 'dropped':
      case 'invalid':
        return gridError('GRID_CHAIN_REFUSED', { detail: status.type })
    }
  }

  /** The chain was taken back: who waits for what is not in the pool waits in vain. */
  #drop(): void {
    for (const waiting of [...this.#waiting]) {
      if (this.#chain.pool.has(waiting.hash)) continue
      this.#waiting.delete(waiting)
      waiting.reject(gridError('GRID_CHAIN_REFUSED', { detail: 'dropped' }))
    }
  }

  #tellHeads(first: number, last: number): void {
    if (this.#heads.size === 0) return
    for (let number = first; number <= last; number += 1) {
      const head = this.#refOf(number)
      for (const listener of this.#heads) this.#later(listener, head)
    }
  }

  /** Listeners are outside of the world, and may ask it something. */
  #later(listener: (head: BlockRef) => void, head: BlockRef): void {
    void Promise.resolve().then(() => {
      if (this.#heads.has(listener)) listener(head)
    })
  }
}

const closed = (): Error => gridError('GRID_CHAIN_UNREACHABLE', { detail: 'the client is closed' })

function textOfProblem(problem: SubmitProblem): string {
  switch (problem.type) {
    case 'format':
    case 'trap':
      return problem.text
    case 'invalid':
    case 'unknown':
      return problem.reason
    case 'imported':
      return 'it waits already'
    case 'lowPriority':
      return 'another one with the same nonce waits, and pays no less'
    case 'full':
      return 'the pool is full'
  }
}
