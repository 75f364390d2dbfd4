// A grid that is killed again and again while people use it, and what has to be there each time that it is back.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { encodeHeader, type Header } from '../../src/chain/node/archive.ts'
import { immortal } from '../../src/chain/node/era.ts'
import { decodeExtrinsic, encodeSigned, signedPayload } from '../../src/chain/node/extrinsic.ts'
import { smartContract } from '../../src/chain/pallets/smart-contract/declaration.ts'
import type { EventRecord } from '../../src/chain/pallets/system/types.ts'
import type { Twin } from '../../src/chain/pallets/tfgrid/types.ts'
import type { ChainCall } from '../../src/chain/runtime/outer.ts'
import { RuntimeCall } from '../../src/chain/types/outer.ts'
import { blake2b256 } from '../../src/crypto/hash.ts'
import { fromHex, toHex } from '../../src/crypto/hex.ts'
import { type KeyPair, keyPairFromUri } from '../../src/crypto/keys.ts'
import { invariant } from '../../src/kernel/errors.ts'
import { RmbClient } from '../../src/rmb/client/client.ts'
import { bytesOfByteString } from '../../src/scale/byte-string.ts'
import { decodeFromBytes, encodeToBytes } from '../../src/scale/codec.ts'
import type { AnyType } from '../../src/scale/type.ts'
import { stranger, testChain } from '../chain/support/chain.ts'
import type { Draw } from '../chain/support/random.ts'
import {
  challengeOf,
  type PlainDeployment,
  plainDeployment,
  startUp,
  type Up,
} from '../interop/support.ts'

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
  /** Hashes that were told, and name no block after the restart. */
  readonly lostHashes: readonly string[]
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

interface Block {
  readonly block: { readonly extrinsics: string[] }
}

/** A head as it is told. */
interface HeaderJson extends Omit<Header, 'number' | 'digest'> {
  readonly number: string
  readonly digest: { readonly logs: readonly string[] }
}

type Status = string | { readonly inBlock?: string; readonly finalized?: string }

const gone = 'the grid is gone'

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
  /** Settles when the socket has ended. */
  readonly ended: Promise<void>
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', data => this.#take(JSON.parse(String(data))))
    this.ended = new Promise(resolve => {
      socket.on('close', () => {
        for (const { reject } of this.#waiting.values()) reject(new Error(gone))
        this.#waiting.clear()
        resolve()
      })
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
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.reject(new Error(gone))
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
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
    await run.end()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** The hash of a head that was told. */
const hashOf = (head: HeaderJson): string =>
  toHex(
    blake2b256(encodeHeader({ ...head, number: Number(head.number), digest: head.digest.logs })),
  )

/** A network, a disk and a machine; the name of a network is its twin's own on each node. */
function namedDeployment(twin: number, port: number): PlainDeployment {
  const text = JSON.stringify(plainDeployment(twin, { port, disk: 2 ** 30 }))
  return JSON.parse(text.replaceAll('"net"', `"net${port}"`)) as PlainDeployment
}

const deploymentsPerLife = 4

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
  readonly #taken: { contract: number; node: number }[] = []
  readonly #lost = {
    extrinsics: [] as string[],
    hashes: [] as string[],
    heads: [] as string[],
    deployments: [] as string[],
    halfDone: [] as string[],
  }
  #acknowledged = 0
  #headCount = 0
  #slowestStartMs = 0
  #isResting = false
  #onHead: () => void = () => undefined
  #onDeployed: () => void = () => undefined
  #up: Up | null = null
  /** Settles when a node has taken a deployment in this life, or none will. */
  #whenDeployed: Promise<void> = Promise.resolve()

  constructor(options: TormentOptions, dir: string) {
    this.#options = options
    this.#dir = dir
  }

  async all(): Promise<Torment> {
    const { kills, draw, longestLifeMs } = this.#options
    for (let life = 0; life < kills; life += 1) {
      // Blocks that fall due by themselves come every 0.3 s, between those that the load makes.
      const { up, rpc } = await this.#start('--clock', 'warp:20')
      await this.#look(rpc)
      const load = this.#load(up, rpc).then(
        () => null,
        (cause: Error) => cause,
      )
      // Every second time it dies in peace: after a deployment, and after blocks that nobody asked for.
      const isPeaceful = life % 2 === 1
      if (isPeaceful) await this.#whenDeployed
      await new Promise(resolve => setTimeout(resolve, draw(longestLifeMs)))
      if (isPeaceful) await Promise.race([this.#rest(), load])
      await up.stop('SIGKILL')
      const problem = await load
      if (problem) throw problem
    }
    // What the nodes still have to install needs no waiting then.
    const { up, rpc } = await this.#start('--clock', 'virtual')
    await this.#look(rpc)
    await this.#lookAtDeployments(up, rpc)
    rpc.close()
    return {
      lives: kills,
      acknowledged: this.#acknowledged,
      heads: this.#headCount,
      deployments: this.#taken.length,
      slowestStartMs: this.#slowestStartMs,
      lostExtrinsics: this.#lost.extrinsics,
      lostHashes: this.#lost.hashes,
      lostHeads: this.#lost.heads,
      lostDeployments: this.#lost.deployments,
      halfDone: this.#lost.halfDone,
    }
  }

  /** Ends a life that is still under way. */
  async end(): Promise<void> {
    const { exitCode, signalCode } = this.#up?.child ?? { exitCode: 0, signalCode: null }
    if (exitCode === null && signalCode === null) await this.#up?.stop('SIGKILL')
  }

  async #start(...args: string[]): Promise<{ up: Up; rpc: Rpc }> {
    const from = performance.now()
    const up = await startUp('--nodes', '4', '--data-dir', this.#dir, ...args)
    this.#up = up
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
  async #look(rpc: Rpc): Promise<void> {
    const promised = this.#promised.splice(0)
    this.#acknowledged += promised.length
    // By the hash that was told, as whoever was told it asks.
    for (const block of new Set(promised.map(each => each.block))) {
      const found = await rpc.call<unknown>('chain_getHeader', block)
      if (found === null) this.#lost.hashes.push(block)
    }
    for (const [number, hash] of this.#heads) {
      this.#headCount += 1
      const now = await rpc.call<string | null>('chain_getBlockHash', number)
      if (now !== hash) this.#lost.heads.push(`block ${number} was ${hash}, is ${now}`)
    }
    this.#heads.clear()
    const there = await this.#audit(rpc)
    for (const { bytes, block } of promised) {
      const now = there.get(bytes) ?? 'none'
      if (now === block) continue
      this.#lost.extrinsics.push(`${bytes.slice(0, 40)} of block ${block}, is in ${now}`)
    }
  }

  /**
   * Does the books of all blocks since the last time, and compares them with the accounts. Returns the hash of the
   * block of each extrinsic.
   */
  async #audit(rpc: Rpc): Promise<ReadonlyMap<string, string>> {
    const there = new Map<string, string>()
    const best = Number((await rpc.call<{ number: string }>('chain_getHeader')).number)
    const payer = this.#payer!
    const user = this.#user!
    let hash = this.#genesisHash
    for (let number = this.#walked + 1; number <= best; number += 1) {
      hash = await rpc.call('chain_getBlockHash', number)
      const { block } = await rpc.call<Block>('chain_getBlock', hash)
      const events = await eventsAt(rpc, hash)
      for (const [index, bytes] of block.extrinsics.entries()) {
        there.set(bytes, hash)
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
    return there
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

  /** Ends the load and waits for some more blocks. */
  #rest(): Promise<void> {
    this.#isResting = true
    let left = 10
    return new Promise(resolve => {
      this.#onHead = () => {
        left -= 1
        if (left === 0) resolve()
      }
    })
  }

  /** Uses the grid until it is gone. */
  async #load(up: Up, rpc: Rpc): Promise<void> {
    this.#isResting = false
    this.#onHead = () => undefined
    const end = (cause: Error) => {
      if (cause.message !== gone) throw cause
    }
    const heads = rpc.follow<HeaderJson>('chain_subscribeNewHeads', [], head => {
      this.#heads.set(Number(head.number), hashOf(head))
      this.#onHead()
    })
    const deployed = new Promise<void>(resolve => {
      this.#onDeployed = resolve
    })
    const deploying = this.#deploy(up, rpc).catch(end)
    // What goes wrong is said by the load.
    this.#whenDeployed = Promise.race([deployed, deploying]).catch(() => undefined)
    await Promise.all([heads.catch(end), this.#pay(rpc).catch(end), deploying])
  }

  /** Payments, four under way at a time; one in ten is beyond what the payer owns. */
  async #pay(rpc: Rpc): Promise<void> {
    const { draw } = this.#options
    const payer = this.#payer!
    let nonce = await rpc.call<number>('system_accountNextIndex', payer.pair.address)
    const worker = async () => {
      while (!this.#isResting) {
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
      void rpc.ended.then(() => reject(new Error(gone)))
    })
  }

  /** Deployments one after another, each on another node, as many as there is room for in all lives. */
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
    for (let i = 0; !isGone && !this.#isResting && i < deploymentsPerLife; i += 1) {
      const node = up.info.nodes[(this.#ports + i) % up.info.nodes.length]!
      this.#ports += 1
      const deployment = namedDeployment(twin, this.#ports)
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
        this.#taken.push({ contract: Number(id), node: node.twinId })
        this.#onDeployed()
      } else if (end.type === 'error') {
        // The client may have met the end of the grid before anybody else: then this says so.
        await rpc.call('system_name')
        throw new Error(`deploy: ${end.message}`)
      }
    }
  }

  #rmbClient(up: Up, rpc: Rpc, twin: number): RmbClient {
    return new RmbClient({
      url: up.info.endpoints.relay,
      twin,
      session: 'crash',
      pair: this.#user!.pair,
      twins: {
        twin: async id => {
          const found = await read<Twin>(rpc, null, 'TfgridModule', 'Twins', id)
          if (!found) return undefined
          const pk = found.pk === null ? null : bytesOfByteString(found.pk)
          return { id, account: fromHex(found.account_id), relay: null, pk }
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
      // Each look is a round trip, and time goes at once to whatever somebody waits for.
      for (let looks = 0; looks < 300 && state !== 'ok'; looks += 1) {
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
