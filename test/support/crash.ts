// A grid that is killed again and again while people use it, and what has to be there each time that it is back.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { immortal } from '../../src/chain/node/era.ts'
import { decodeExtrinsic, encodeSigned, signedPayload } from '../../src/chain/node/extrinsic.ts'
import { smartContract } from '../../src/chain/pallets/smart-contract/declaration.ts'
import { EventRecord } from '../../src/chain/pallets/system/types.ts'
import type { ChainCall } from '../../src/chain/runtime/outer.ts'
import { RuntimeCall } from '../../src/chain/types/outer.ts'
import { fromHex, toHex } from '../../src/crypto/hex.ts'
import { type KeyPair, keyPairFromUri } from '../../src/crypto/keys.ts'
import { invariant } from '../../src/kernel/errors.ts'
import { RmbClient } from '../../src/rmb/client/client.ts'
import { decodeFromBytes, encodeToBytes } from '../../src/scale/codec.ts'
import { vec } from '../../src/scale/containers.ts'
import type { AnyType } from '../../src/scale/type.ts'
import { stranger, testChain } from '../chain/support/chain.ts'
import type { Draw } from '../chain/support/random.ts'
import { challengeOf, plainDeployment, startUp, type Up } from '../interop/support.ts'

/** How a grid is tormented. */
export interface TormentOptions {
  readonly kills: number
  readonly draw: Draw
  /** The longest that a life lasts under load, in ms. */
  readonly longestLifeMs: number
}

/** What was promised in all lives, and what was broken of it. Each list of breaches is to be empty. */
export interface Torment {
  readonly lives: number
  /** Extrinsics that were told to be in a block. */
  readonly acknowledged: number
  /** Blocks that were told as heads. */
  readonly heads: number
  /** Deployments whose node said that it took them. */
  readonly deployments: number
  readonly slowestStartMs: number
  readonly lostExtrinsics: readonly string[]
  readonly lostHeads: readonly string[]
  readonly lostDeployments: readonly string[]
  /** Nonces, balances and events that do not go with the extrinsics of the blocks. */
  readonly halfDone: readonly string[]
}

/** An extrinsic that was told to be in a block. */
interface Promised {
  readonly bytes: string
  readonly block: string
}

type Status = string | { readonly inBlock?: string; readonly finalized?: string }

/** JSON-RPC over one socket; what is under way when the socket ends is rejected. */
class Rpc {
  readonly #socket: WebSocket
  readonly #waiting = new Map<
    number,
    { resolve: (value: never) => void; reject: (e: Error) => void }
  >()
  readonly #followers = new Map<string, (result: never) => void>()
  /** Notifications that came with the answer that carries their subscription. */
  readonly #early = new Map<string, unknown[]>()
  /** Resolves when the socket has ended. */
  readonly gone: Promise<void>
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    this.gone = new Promise(resolve => socket.once('close', () => resolve()))
    socket.on('message', data => this.#take(JSON.parse(String(data))))
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the grid is gone'))
      this.#waiting.clear()
    })
    socket.on('error', () => undefined)
  }

  static open(url: string): Promise<Rpc> {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(new Rpc(socket)))
      socket.once('error', reject)
    })
  }

  call<T>(method: string, ...params: unknown[]): Promise<T> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) {
        reject(new Error('the grid is gone'))
        return
      }
      this.#waiting.set(id, { resolve, reject })
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    })
  }

  async follow<T>(method: string, params: unknown[], hear: (result: T) => void): Promise<void> {
    const subscription = await this.call<string>(method, ...params)
    this.#followers.set(subscription, hear)
    for (const early of this.#early.get(subscription) ?? []) hear(early as T)
    this.#early.delete(subscription)
  }

  close(): void {
    this.#socket.close()
  }

  #take(message: {
    id?: number
    result?: unknown
    error?: { message: string; data?: string }
    params?: { subscription: string; result: unknown }
  }): void {
    const { params } = message
    if (params) {
      const follower = this.#followers.get(params.subscription)
      if (follower) follower(params.result as never)
      else {
        const list = this.#early.get(params.subscription) ?? []
        this.#early.set(params.subscription, [...list, params.result])
      }
      return
    }
    const waiting = this.#waiting.get(message.id!)
    this.#waiting.delete(message.id!)
    const { error } = message
    if (error) waiting?.reject(new Error(`${error.message} ${error.data ?? ''}`))
    else waiting?.resolve(message.result as never)
  }
}

const { chain: model } = testChain()

/** The raw key of a storage item, and how its bytes are read. */
const located = (pallet: string, item: string, ...keys: unknown[]) => {
  const state = model.state.item(pallet, item)
  return { key: state.rawKeyOf(keys), type: state.decl.value as AnyType }
}

async function read<T>(rpc: Rpc, at: string | null, ...item: [string, string, ...unknown[]]) {
  const { key, type } = located(...item)
  const hex = await rpc.call<string | null>('state_getStorage', key, at)
  return hex === null ? null : (decodeFromBytes(type, fromHex(hex)) as T)
}

const eventsAt = async (rpc: Rpc, block: string): Promise<readonly EventRecord[]> =>
  (await read<readonly EventRecord[]>(rpc, block, 'System', 'Events')) ?? []

interface AccountView {
  readonly nonce: number
  readonly data: { readonly free: bigint }
}

/** An account that sends, and what its books say. */
class Sender {
  readonly pair: KeyPair
  /** From the blocks: how many extrinsics of it, what it paid and gave. */
  nonce = 0
  free = 0n

  constructor(secret: string) {
    const made = keyPairFromUri(secret, 'sr25519')
    invariant(made.ok, 'the grid prints secrets that are secrets')
    this.pair = made.pair
  }

  sign(call: ChainCall, nonce: number, genesisHash: string): string {
    const callBytes = encodeToBytes(RuntimeCall, call)
    const parts = { callBytes, era: immortal, nonce, tip: 0n }
    const versions = { specVersion: 153, transactionVersion: 2 }
    const payload = signedPayload(parts, { ...versions, genesisHash, birthHash: genesisHash })
    const { accountId: signer, scheme } = this.pair
    return toHex(encodeSigned({ ...parts, signer, scheme, signature: this.pair.sign(payload) }))
  }
}

/** Kills a grid under load as often as asked, and collects what does not hold. */
export async function torment(options: TormentOptions): Promise<Torment> {
  const dir = mkdtempSync(join(tmpdir(), 'pocketgrid-crash-'))
  const run = new Run(options, dir)
  try {
    return await run.all()
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** The number of accounts that the payer pays to. */
const sinks = 5

class Run {
  readonly #options: TormentOptions
  readonly #dir: string
  #genesisHash = ''
  #payer: Sender | null = null
  #user: Sender | null = null
  readonly #sinks = new Map<string, bigint>()
  /** The last block that the books contain. */
  #walked = 0
  #sent = 0
  #ports = 2000
  #promised: Promised[] = []
  #heads = new Map<number, string>()
  /** Deployments that were taken: contract and node. */
  readonly #taken: { contract: number; node: number; version: number }[] = []
  readonly #lost = { extrinsics: [], heads: [], deployments: [], halfDone: [] } as Record<
    'extrinsics' | 'heads' | 'deployments' | 'halfDone',
    string[]
  >
  #acknowledged = 0
  #headCount = 0
  #slowestStartMs = 0

  constructor(options: TormentOptions, dir: string) {
    this.#options = options
    this.#dir = dir
  }

  async all(): Promise<Torment> {
    const { kills, draw, longestLifeMs } = this.#options
    for (let life = 0; life < kills; life += 1) {
      const { up, rpc } = await this.#start()
      await this.#look(up, rpc)
      const load = this.#load(up, rpc)
      await new Promise(resolve => setTimeout(resolve, 20 + draw(longestLifeMs)))
      await up.stop('SIGKILL')
      await load
    }
    const { up, rpc } = await this.#start()
    await this.#look(up, rpc)
    await this.#lookAtDeployments(up, rpc)
    rpc.close()
    await up.stop('SIGKILL')
    return {
      lives: kills,
      acknowledged: this.#acknowledged,
      heads: this.#headCount,
      deployments: this.#taken.length,
      slowestStartMs: this.#slowestStartMs,
      lostExtrinsics: this.#lost.extrinsics,
      lostHeads: this.#lost.heads,
      lostDeployments: this.#lost.deployments,
      halfDone: this.#lost.halfDone,
    }
  }

  async #start(): Promise<{ up: Up; rpc: Rpc }> {
    const from = performance.now()
    const up = await startUp('--nodes', '4', '--data-dir', this.#dir)
    this.#slowestStartMs = Math.max(this.#slowestStartMs, performance.now() - from)
    const rpc = await Rpc.open(up.info.endpoints.substrate)
    if (this.#genesisHash === '') await this.#begin(up, rpc)
    return { up, rpc }
  }

  /** Opens the books. */
  async #begin({ info }: Up, rpc: Rpc): Promise<void> {
    this.#genesisHash = await rpc.call('chain_getBlockHash', 0)
    const secretOf = (name: string) => info.accounts.find(each => each.name === name)!.mnemonic
    this.#payer = new Sender(secretOf('alice'))
    this.#user = new Sender(secretOf('bob'))
    this.#walked = Number((await rpc.call<{ number: string }>('chain_getHeader')).number)
    const at = await rpc.call<string>('chain_getBlockHash', this.#walked)
    for (const sender of [this.#payer, this.#user]) {
      const account = await this.#account(rpc, sender.pair.accountId, at)
      sender.nonce = account.nonce
      sender.free = account.data.free
    }
    for (let i = 0; i < sinks; i += 1) this.#sinks.set(stranger(i), 0n)
  }

  async #account(rpc: Rpc, id: string, at: string): Promise<AccountView> {
    const found = await read<AccountView>(rpc, at, 'System', 'Account', id)
    return found ?? { nonce: 0, data: { free: 0n } }
  }

  /** Looks for everything that the last life promised, and whether all fits together. */
  async #look(_: Up, rpc: Rpc): Promise<void> {
    for (const { bytes, block } of this.#promised.splice(0)) {
      this.#acknowledged += 1
      const found = await rpc.call<{
        block: { extrinsics: string[]; header: { number: string } }
      } | null>('chain_getBlock', block)
      const number = found && Number(found.block.header.number)
      const isBest = found && (await rpc.call<string>('chain_getBlockHash', number)) === block
      if (isBest && found.block.extrinsics.includes(bytes)) continue
      this.#lost.extrinsics.push(`${bytes.slice(0, 40)} of block ${block}`)
    }
    for (const [number, hash] of this.#heads) {
      this.#headCount += 1
      const now = await rpc.call<string | null>('chain_getBlockHash', number)
      if (now !== hash) this.#lost.heads.push(`block ${number} was ${hash}, is ${now}`)
    }
    this.#heads.clear()
    await this.#audit(rpc)
  }

  /** Does the books of all blocks since the last time, and compares them with the accounts. */
  async #audit(rpc: Rpc): Promise<void> {
    const best = Number((await rpc.call<{ number: string }>('chain_getHeader')).number)
    const payer = this.#payer!
    const user = this.#user!
    let hash = this.#genesisHash
    for (let number = this.#walked + 1; number <= best; number += 1) {
      hash = await rpc.call('chain_getBlockHash', number)
      const { block } = await rpc.call<{ block: { extrinsics: string[] } }>('chain_getBlock', hash)
      const events = await eventsAt(rpc, hash)
      for (const [index, bytes] of block.extrinsics.entries()) {
        const decoded = decodeExtrinsic(fromHex(bytes))
        if (!decoded.ok) continue
        const { signer, nonce, call } = decoded.extrinsic
        const sender = [payer, user].find(({ pair }) => pair.accountId === signer)
        if (!sender) continue
        const own = events.filter(
          ({ phase }) => phase.type === 'ApplyExtrinsic' && phase.value === index,
        )
        if (nonce !== sender.nonce) {
          this.#lost.halfDone.push(`block ${number}: nonce ${nonce} after ${sender.nonce}`)
        }
        sender.nonce = nonce + 1
        this.#book(sender, call, own, number)
      }
      // What came in and went out without an extrinsic of theirs: bills.
      for (const { event } of events) {
        const { who, amount } = event.fields as { who?: string; amount?: bigint }
        if (event.name === 'Reserved' && who === user.pair.accountId) user.free -= amount!
      }
    }
    if (best > this.#walked) await this.#compare(rpc, best, hash)
    this.#walked = Math.max(best, this.#walked)
  }

  #book(sender: Sender, call: ChainCall, events: readonly EventRecord[], block: number): void {
    const named = (name: string) => events.filter(({ event }) => event.name === name)
    const [paid, ...more] = named('TransactionFeePaid')
    const ends = [...named('ExtrinsicSuccess'), ...named('ExtrinsicFailed')]
    if (!paid || more.length > 0 || ends.length !== 1) {
      this.#lost.halfDone.push(`block ${block}: an extrinsic without an end of its own`)
      return
    }
    sender.free -= (paid.event.fields as { actual_fee: bigint }).actual_fee
    if (call.name !== 'transfer_keep_alive' || ends[0]!.event.name === 'ExtrinsicFailed') return
    const { dest, value } = call.args as { dest: { value: string }; value: bigint }
    sender.free -= value
    this.#sinks.set(dest.value, (this.#sinks.get(dest.value) ?? 0n) + value)
  }

  async #compare(rpc: Rpc, best: number, at: string): Promise<void> {
    const note = (what: string, is: unknown, should: unknown) => {
      if (is !== should) {
        this.#lost.halfDone.push(
          `block ${best}: ${what} is ${String(is)}, should be ${String(should)}`,
        )
      }
    }
    for (const [name, sender] of Object.entries({ payer: this.#payer!, user: this.#user! })) {
      const { nonce, data } = await this.#account(rpc, sender.pair.accountId, at)
      note(`the ${name}'s nonce`, nonce, sender.nonce)
      note(`the ${name}'s balance`, data.free, sender.free)
    }
    for (const [id, owed] of this.#sinks) {
      note(`what ${id.slice(0, 10)} was paid`, (await this.#account(rpc, id, at)).data.free, owed)
    }
  }

  /** Uses the grid until it is gone. */
  async #load(up: Up, rpc: Rpc): Promise<void> {
    const gone = (cause: Error) => {
      if (!/gone|not open/i.test(cause.message)) throw cause
    }
    const heads = rpc.follow<{ number: string; parentHash: string }>(
      'chain_subscribeNewHeads',
      [],
      // The hash of a head is told with the next one.
      ({ number, parentHash }) => this.#heads.set(Number(number) - 1, parentHash),
    )
    await Promise.all([
      heads.catch(gone),
      this.#pay(rpc).catch(gone),
      this.#deploy(up, rpc).catch(gone),
    ])
  }

  /** Payments, four under way at a time; one in ten is beyond what the payer owns. */
  async #pay(rpc: Rpc): Promise<void> {
    const { draw } = this.#options
    const payer = this.#payer!
    let nonce = await rpc.call<number>('system_accountNextIndex', payer.pair.address)
    const worker = async () => {
      for (;;) {
        this.#sent += 1
        const dest = { type: 'Id', value: stranger(draw(sinks)) }
        const value = draw(10) === 0 ? 1n << 80n : 1000n + BigInt(this.#sent)
        const call = { pallet: 'Balances', name: 'transfer_keep_alive', args: { dest, value } }
        const bytes = payer.sign(call, nonce, this.#genesisHash)
        nonce += 1
        await this.#watch(rpc, bytes)
      }
    }
    await Promise.all(Array.from({ length: 4 }, worker))
  }

  /** Submits an extrinsic; resolves with its block when that is told. */
  #watch(rpc: Rpc, bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const hear = (status: Status) => {
        if (typeof status === 'string') {
          if (['invalid', 'dropped'].includes(status)) reject(new Error(`it is ${status}`))
          return
        }
        if (status.inBlock === undefined) return
        this.#promised.push({ bytes, block: status.inBlock })
        resolve(status.inBlock)
      }
      rpc.follow<Status>('author_submitAndWatchExtrinsic', [bytes], hear).catch(reject)
      void rpc.gone.then(() => reject(new Error('the grid is gone')))
    })
  }

  /** Deployments one after another, each on another node. */
  async #deploy(up: Up, rpc: Rpc): Promise<void> {
    const user = this.#user!
    const twin = up.info.accounts.find(({ name }) => name === 'bob')!.twinId
    const client = this.#rmbClient(up, rpc, twin)
    let isGone = false
    up.child.once('exit', () => {
      isGone = true
      void client.close()
    })
    let nonce = await rpc.call<number>('system_accountNextIndex', user.pair.address)
    for (let i = 0; !isGone; i += 1) {
      const node = up.info.nodes[(this.#ports + i) % up.info.nodes.length]!
      this.#ports += 1
      const deployment = plainDeployment(twin, { port: this.#ports, disk: 2 ** 30 })
      const hash = challengeOf(deployment)
      const args = {
        node_id: node.id,
        deployment_hash: hash,
        deployment_data: '',
        public_ips: 0,
        solution_provider_id: null,
      }
      const call = { pallet: smartContract.name, name: 'create_node_contract', args }
      const block = await this.#watch(rpc, user.sign(call, nonce, this.#genesisHash))
      nonce += 1
      const id = await read<bigint>(
        rpc,
        block,
        smartContract.name,
        'ContractIDByNodeIDAndHash',
        node.id,
        hash,
      )
      deployment.contract_id = Number(id)
      const signature = Buffer.from(user.pair.sign(fromHex(hash))).toString('hex')
      deployment.signature_requirement.signatures = [
        { twin_id: twin, signature, signature_type: 'sr25519' },
      ]
      const end = await client.request({
        to: node.twinId,
        command: 'zos.deployment.deploy',
        payload: JSON.stringify(deployment),
        ttlSeconds: 30,
      })
      if (end.type === 'response') {
        this.#taken.push({ contract: Number(id), node: node.twinId, version: 0 })
      } else if (end.type === 'error') throw new Error(`deploy: ${end.message}`)
    }
  }

  #rmbClient(up: Up, rpc: Rpc, twin: number): RmbClient {
    return new RmbClient({
      url: up.info.endpoints.relay,
      twin,
      session: 'crash',
      pair: this.#user!.pair,
      isEncrypting: false,
      twins: {
        twin: async id => {
          const found = await read<{ account_id: string }>(rpc, null, 'TfgridModule', 'Twins', id)
          if (!found) return undefined
          return { id, account: fromHex(found.account_id), relay: null, pk: null }
        },
      },
    })
  }

  /** Every deployment that a node took is there, and gets ready. */
  async #lookAtDeployments(up: Up, rpc: Rpc): Promise<void> {
    const twin = up.info.accounts.find(({ name }) => name === 'bob')!.twinId
    const client = this.#rmbClient(up, rpc, twin)
    for (const { contract, node } of this.#taken) {
      let state = 'nothing'
      // Each look is a round trip; installing takes a few seconds of the grid's time.
      for (let looks = 0; looks < 3000 && state !== 'ok'; looks += 1) {
        const end = await client.request({
          to: node,
          command: 'zos.deployment.get',
          payload: JSON.stringify({ contract_id: contract }),
          ttlSeconds: 30,
        })
        if (end.type !== 'response') {
          state = end.type === 'error' ? end.message : end.type
          break
        }
        const { workloads } = JSON.parse(Buffer.from(end.payload).toString()) as {
          workloads: { result: { state: string } }[]
        }
        const states = workloads.map(({ result }) => result.state)
        state = states.every(each => each === 'ok') ? 'ok' : states.join(',')
        if (states.includes('error')) break
      }
      if (state !== 'ok') this.#lost.deployments.push(`contract ${contract}: ${state}`)
    }
    await client.close()
  }
}

/** The codec of a block's events, as `located` gives it; named here so that nobody looks for it. */
export const eventList = vec(EventRecord)
