// Brings the extrinsics of a grid's own parties to a chain elsewhere: one after another for each account, with an end for each.

import type { ChainClient, SubmitOutcome } from '../chain/client/port.ts'
import type { ChainCall } from '../chain/runtime/outer.ts'
import type { KeyPair } from '../crypto/keys.ts'
import { asError, gridError } from '../kernel/errors.ts'

/** What became of an extrinsic: it is in a block, or the chain did not take it. */
export type Fate =
  | { readonly type: 'inBlock'; readonly outcome: SubmitOutcome }
  | { readonly type: 'refused'; readonly error: Error }

/** Extrinsics that are under way at once: a node allows so many subscriptions on one connection. */
const underWay = 256

/** Transfers that go in one extrinsic. */
const transfersAtOnce = 200

/** How often an extrinsic is signed again because somebody else has used its nonce. */
const nonceTries = 20

/** How long an extrinsic may take to come into a block, in ms. */
const patienceMs = 300_000

/** What is waited before another try, in ms: once more of it with each try, so that two do not go on in step. */
const retryMs = 100

interface Transfer {
  readonly dest: string
  readonly units: bigint
  readonly settle: (fate: Fate) => void
}

/** Signs and submits. What cannot be submitted is told, never thrown. */
export class Submitter {
  readonly #client: () => ChainClient
  readonly #funder: KeyPair
  readonly #lanes = new Map<string, Promise<unknown>>()
  readonly #gate: (() => void)[] = []
  #active = 0
  #transfers: Transfer[] = []
  #isFunding = false

  constructor(options: {
    /** The present connection. */
    client: () => ChainClient
    /** Who pays for new accounts. */
    funder: KeyPair
  }) {
    this.#client = options.client
    this.#funder = options.funder
  }

  /** Submits a call after all that its signer has submitted, and after the funds that its account waits for. */
  submit(call: ChainCall, signer: KeyPair): Promise<Fate> {
    return this.#inLane(signer.accountId, () => this.#send(call, signer))
  }

  /** Gives an account funds, in units; many at a time go in one extrinsic. */
  fund(dest: string, units: bigint): Promise<Fate> {
    const funded = new Promise<Fate>(settle => this.#transfers.push({ dest, units, settle }))
    if (!this.#isFunding) {
      this.#isFunding = true
      void this.#fundAll()
    }
    return this.#inLane(dest, () => funded)
  }

  async #fundAll(): Promise<void> {
    // What is asked for in the same instant goes together.
    await Promise.resolve()
    while (this.#transfers.length > 0) {
      const batch = this.#transfers.splice(0, transfersAtOnce)
      const calls = batch.map(({ dest, units: value }) => ({
        pallet: 'Balances',
        name: 'transfer_keep_alive',
        args: { dest: { type: 'Id', value: dest }, value },
      }))
      const call = { pallet: 'Utility', name: 'batch_all', args: { calls } }
      const fate = await this.submit(call, this.#funder)
      for (const { settle } of batch) settle(fate)
    }
    this.#isFunding = false
  }

  #inLane<T>(account: string, body: () => Promise<T>): Promise<T> {
    const before = this.#lanes.get(account) ?? Promise.resolve()
    const result = before.then(body)
    this.#lanes.set(account, result)
    void result.finally(() => {
      if (this.#lanes.get(account) === result) this.#lanes.delete(account)
    })
    return result
  }

  async #send(call: ChainCall, signer: KeyPair): Promise<Fate> {
    await this.#enter()
    try {
      for (let tries = 1; ; tries += 1) {
        const fate = await this.#try(call, signer)
        if (fate.type === 'inBlock' || tries === nonceTries || !isTaken(fate.error)) return fate
        await new Promise<void>(resolve => setTimeout(resolve, retryMs * tries))
      }
    } finally {
      this.#leave()
    }
  }

  async #try(call: ChainCall, signer: KeyPair): Promise<Fate> {
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<never>((_, reject) => {
      const detail = `${call.pallet}.${call.name} is in no block after ${patienceMs / 60_000} minutes`
      timer = setTimeout(() => reject(gridError('GRID_CHAIN_REFUSED', { detail })), patienceMs)
      timer.unref()
    })
    try {
      const outcome = await Promise.race([this.#client().submit(call, signer), tooLate])
      return { type: 'inBlock', outcome }
    } catch (cause) {
      return { type: 'refused', error: asError(cause) }
    } finally {
      clearTimeout(timer)
    }
  }

  async #enter(): Promise<void> {
    if (this.#active >= underWay) await new Promise<void>(resolve => this.#gate.push(resolve))
    else this.#active += 1
  }

  /** The place goes to whoever waits for one. */
  #leave(): void {
    const next = this.#gate.shift()
    if (next) next()
    else this.#active -= 1
  }
}

/** Whether another extrinsic of the same account was first. */
function isTaken({ message }: Error): boolean {
  return /stale|outdated|priority is too low|usurped/i.test(message)
}
