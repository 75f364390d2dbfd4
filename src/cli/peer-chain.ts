// The chain as `pocketgrid peer` sees it: any TFChain node behind a URL, over JSON-RPC.

import { WebSocket } from 'ws'
import { encodeSigned, signedPayload } from '../chain/node/extrinsic.ts'
import { outer } from '../chain/pallets/all.ts'
import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import type { HasherName, StorageItem } from '../chain/runtime/declare.ts'
import { blake2b128, twox64, twox128 } from '../crypto/hash.ts'
import {
  byteStringToBytes,
  byteStringToUtf8,
  bytesToByteString,
  fromHex,
  toHex,
  utf8ToByteString,
} from '../crypto/hex.ts'
import type { KeyPair } from '../crypto/keys.ts'
import { asError, gridError } from '../kernel/errors.ts'
import type { PeerTwin } from '../rmb/client/twins.ts'
import type { PeerChain } from '../rmb/peer/chain.ts'
import { decodePrefix, encodeToBytes } from '../scale/codec.ts'

/** How patient the client is, in ms. */
export interface ChainPatience {
  /** For a connection (`rmb-rs: src/twin/substrate.rs`). */
  readonly connectMs: number
  /** For an answer. */
  readonly answerMs: number
  /** For an extrinsic to be in a final block. */
  readonly finalMs: number
}

const defaultPatience: ChainPatience = { connectMs: 12_000, answerMs: 20_000, finalMs: 120_000 }

/** Questions that may be open at a time, and notifications that may wait for their subscriber. */
const MAX_OPEN = 1000

/** What went wrong with a question to the chain. */
export class ChainFault extends Error {
  /** Whether another URL, or another try, may help. */
  readonly isPassing: boolean

  constructor(message: string, options: { isPassing: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'ChainFault'
    this.isPassing = options.isPassing
  }
}

interface Open {
  resolve(result: unknown): void
  reject(fault: ChainFault): void
}

/** One connection; it breaks once and for all. */
class RpcConnection {
  readonly #socket: WebSocket
  readonly #open = new Map<number, Open>()
  readonly #subscribers = new Map<string, (result: unknown) => void>()
  readonly #early = new Map<string, unknown[]>()
  readonly #answerMs: number
  #next = 1
  #broken: ChainFault | null = null

  private constructor(socket: WebSocket, answerMs: number) {
    this.#socket = socket
    this.#answerMs = answerMs
    socket.on('message', data => this.#read(String(data)))
    socket.on('error', cause => this.break(passing(`the chain is lost: ${cause.message}`)))
    socket.on('close', () => this.break(passing('the chain closed the connection')))
  }

  static connect(url: string, { connectMs, answerMs }: ChainPatience): Promise<RpcConnection> {
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown): void => {
        reject(passing(`the chain at ${url} cannot be reached: ${asError(cause).message}`))
      }
      let socket: WebSocket
      try {
        socket = new WebSocket(url, { perMessageDeflate: false, handshakeTimeout: connectMs })
      } catch (cause) {
        fail(cause)
        return
      }
      socket.once('error', fail)
      socket.once('open', () => {
        socket.off('error', fail)
        resolve(new RpcConnection(socket, answerMs))
      })
    })
  }

  get isBroken(): boolean {
    return this.#broken !== null
  }

  call(method: string, ...params: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#broken) {
        reject(this.#broken)
        return
      }
      if (this.#open.size >= MAX_OPEN) {
        reject(passing('too many questions to the chain are open'))
        return
      }
      const id = this.#next
      this.#next += 1
      const timer = setTimeout(() => {
        this.break(passing(`the chain did not answer ${method} in time`))
      }, this.#answerMs)
      this.#open.set(id, {
        resolve: result => {
          clearTimeout(timer)
          resolve(result)
        },
        reject: fault => {
          clearTimeout(timer)
          reject(fault)
        },
      })
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    })
  }

  /** Hears of a subscription, from its first notification on. */
  listen(subscription: string, hear: (result: unknown) => void): void {
    this.#subscribers.set(subscription, hear)
    for (const result of this.#early.get(subscription) ?? []) hear(result)
    this.#early.delete(subscription)
  }

  forget(subscription: string): void {
    this.#subscribers.delete(subscription)
  }

  break(fault: ChainFault): void {
    if (this.#broken) return
    this.#broken = fault
    this.#socket.terminate()
    for (const open of this.#open.values()) open.reject(fault)
    this.#open.clear()
    for (const hear of [...this.#subscribers.values()]) hear(fault)
  }

  #read(text: string): void {
    let message: unknown
    try {
      message = JSON.parse(text)
    } catch (cause) {
      this.break(passing(`the chain answered no JSON: ${asError(cause).message}`))
      return
    }
    const { id, result, error, params } = message as {
      id?: unknown
      result?: unknown
      error?: { message?: unknown; data?: unknown }
      params?: { subscription?: unknown; result?: unknown }
    }
    if (params !== undefined) {
      this.#notify(String(params.subscription), params.result)
      return
    }
    const open = typeof id === 'number' ? this.#open.get(id) : undefined
    if (!open) return
    this.#open.delete(id as number)
    if (error === undefined) {
      open.resolve(result)
      return
    }
    const data = error.data === undefined ? '' : `: ${String(error.data)}`
    open.reject(new ChainFault(`${String(error.message)}${data}`, { isPassing: false }))
  }

  #notify(subscription: string, result: unknown): void {
    const hear = this.#subscribers.get(subscription)
    if (hear) {
      hear(result)
    } else if (this.#early.size < MAX_OPEN) {
      this.#early.set(subscription, [...(this.#early.get(subscription) ?? []), result])
    }
  }
}

const passing = (text: string): ChainFault => new ChainFault(text, { isPassing: true })

/** A chain behind one of several URLs, tried in turn. `pair` signs what is written. */
export class RpcPeerChain implements PeerChain {
  readonly #urls: readonly string[]
  readonly #pair: KeyPair
  readonly #patience: ChainPatience
  #turn = 0
  #connection: Promise<RpcConnection> | null = null
  #isClosed = false

  constructor(options: {
    urls: readonly string[]
    pair: KeyPair
    patience?: Partial<ChainPatience>
  }) {
    this.#urls = options.urls
    this.#pair = options.pair
    this.#patience = { ...defaultPatience, ...options.patience }
  }

  async twin(id: number): Promise<PeerTwin | undefined> {
    const found = await this.#ask(chain => readItem(chain, 'Twins', tfgrid.storage.Twins, id))
    if (found === undefined) return undefined
    return {
      id: found.id,
      account: fromHex(found.account_id),
      relay: found.relay === null ? null : byteStringToUtf8(found.relay),
      pk: found.pk === null ? null : byteStringToBytes(found.pk),
    }
  }

  twinIdOf(account: Uint8Array): Promise<number | undefined> {
    const item = tfgrid.storage.TwinIdByAccountID
    return this.#ask(chain => readItem(chain, 'TwinIdByAccountID', item, toHex(account)))
  }

  /** Signs and sends `update_twin`, waits until it is final, and looks whether the twin says so. */
  async updateTwin({ relay, pk }: { relay: string; pk: Uint8Array }): Promise<void> {
    const args = { relay: utf8ToByteString(relay), pk: bytesToByteString(pk) }
    const call = { pallet: tfgrid.name, name: 'update_twin', args }
    const callBytes = encodeToBytes(outer.call, call)
    await this.#ask(async chain => {
      const extrinsic = await this.#sign(chain, callBytes)
      await this.#watch(chain, toHex(extrinsic))
    })
    const id = await this.twinIdOf(this.#pair.publicKey)
    const twin = id === undefined ? undefined : await this.twin(id)
    const isWritten = twin?.relay === relay && Buffer.from(twin.pk ?? []).equals(pk)
    if (!isWritten) {
      throw gridError('GRID_CHAIN_REFUSED', { detail: `update_twin with relay '${relay}'` })
    }
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    this.#isClosed = true
    const connection = await this.#connection?.catch(() => null)
    connection?.break(passing('the connection to the chain was closed'))
  }

  async #sign(chain: RpcConnection, callBytes: Uint8Array): Promise<Uint8Array> {
    const pair = this.#pair
    const [version, genesisHash, nonce] = await Promise.all([
      chain.call('state_getRuntimeVersion'),
      chain.call('chain_getBlockHash', 0),
      chain.call('system_accountNextIndex', pair.address),
    ])
    const { specVersion, transactionVersion } = version as {
      specVersion: number
      transactionVersion: number
    }
    const parts = { callBytes, era: { type: 'Immortal' } as const, nonce: Number(nonce), tip: 0n }
    const hash = String(genesisHash)
    const payload = signedPayload(parts, {
      specVersion,
      transactionVersion,
      genesisHash: hash,
      birthHash: hash,
    })
    const signer = pair.accountId
    return encodeSigned({ ...parts, signer, scheme: pair.scheme, signature: pair.sign(payload) })
  }

  async #watch(chain: RpcConnection, extrinsic: string): Promise<void> {
    const subscription = String(await chain.call('author_submitAndWatchExtrinsic', extrinsic))
    let timer: NodeJS.Timeout | undefined
    try {
      await new Promise<void>((resolve, reject) => {
        timer = setTimeout(() => {
          reject(new ChainFault('update_twin is not final in time', { isPassing: false }))
        }, this.#patience.finalMs)
        chain.listen(subscription, status => {
          const end = endOf(status)
          if (end === 'final') resolve()
          else if (end !== undefined) reject(end)
        })
      })
    } finally {
      clearTimeout(timer)
      chain.forget(subscription)
    }
  }

  /** Asks the chain, on a new connection if the old one is lost; each URL is tried twice. */
  async #ask<T>(question: (chain: RpcConnection) => Promise<T>): Promise<T> {
    for (let tries = 2 * this.#urls.length; ; tries -= 1) {
      try {
        return await question(await this.#connected())
      } catch (cause) {
        const isPassing = cause instanceof ChainFault && cause.isPassing
        if (!isPassing || tries <= 1 || this.#isClosed) throw cause
      }
    }
  }

  async #connected(): Promise<RpcConnection> {
    const current = this.#connection
    if (current) {
      const connection = await current
      if (!connection.isBroken) return connection
      if (this.#connection !== current) return this.#connected()
    }
    if (this.#isClosed) throw passing('the connection to the chain was closed')
    const url = this.#urls[this.#turn % this.#urls.length]!
    this.#turn += 1
    const opening = RpcConnection.connect(url, this.#patience)
    this.#connection = opening
    opening.catch(() => {
      if (this.#connection === opening) this.#connection = null
    })
    return opening
  }
}

/** What a status of a watched extrinsic means for it; nothing when more is to come. */
function endOf(status: unknown): 'final' | ChainFault | undefined {
  if (status instanceof ChainFault) return status
  const name =
    typeof status === 'object' && status !== null ? Object.keys(status)[0] : String(status)
  switch (name) {
    case 'finalized':
      return 'final'
    case 'dropped':
    case 'invalid':
    case 'usurped':
    case 'finalityTimeout':
      return new ChainFault(`update_twin was ${name}`, { isPassing: false })
    default:
      return undefined
  }
}

/** Reads one entry of a map; `undefined` when there is none. */
async function readItem<Key, Value>(
  chain: RpcConnection,
  name: string,
  item: StorageItem<readonly [Key], Value, Value | null>,
  key: Key,
): Promise<Value | undefined> {
  const part = item.keys[0]!
  const keyBytes = encodeToBytes(part.type, key)
  const raw = Buffer.concat([
    twox128(Buffer.from(tfgrid.name)),
    twox128(Buffer.from(name)),
    hashes[part.hasher](keyBytes),
    keyBytes,
  ])
  const value = await chain.call('state_getStorage', toHex(raw))
  return value === null ? undefined : decodePrefix(item.value, fromHex(String(value)))
}

/** What stands before the key itself. */
const hashes: Readonly<Record<HasherName, (bytes: Uint8Array) => Uint8Array>> = {
  Blake2_128Concat: blake2b128,
  Twox64Concat: twox64,
  Identity: () => new Uint8Array(),
}
