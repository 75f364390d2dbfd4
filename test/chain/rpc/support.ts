// A chain server for tests: the dev chain behind a real socket, wall time in the test's hand, and a raw client.

import { WebSocket } from 'ws'
import { devAccounts, devGenesis, devSecrets } from '../../../src/chain/genesis.ts'
import { type BlockMode, Chain } from '../../../src/chain/node/chain.ts'
import { type Era, immortal } from '../../../src/chain/node/era.ts'
import { encodeSigned, signedPayload } from '../../../src/chain/node/extrinsic.ts'
import { pallets } from '../../../src/chain/pallets/all.ts'
import {
  type ChainServer,
  type ChainServerOptions,
  startChainServer,
} from '../../../src/chain/rpc/server.ts'
import type { ChainCall } from '../../../src/chain/runtime/outer.ts'
import { RuntimeCall } from '../../../src/chain/types/outer.ts'
import { toHex } from '../../../src/crypto/hex.ts'
import { type KeyPair, keyPairFromUri, type Scheme } from '../../../src/crypto/keys.ts'
import { Driver, type WallClock } from '../../../src/kernel/driver.ts'
import { invariant } from '../../../src/kernel/errors.ts'
import { Kernel } from '../../../src/kernel/kernel.ts'
import { encodeToBytes } from '../../../src/scale/codec.ts'

/** The key pair of a secret such as `//Alice`. */
export function pairOf(uri: string, scheme: Scheme = 'sr25519'): KeyPair {
  const made = keyPairFromUri(uri, scheme)
  invariant(made.ok, 'a test uses valid secrets')
  return made.pair
}

export const alice = pairOf(devSecrets.alice)
export const bob = pairOf(devSecrets.bob)
/** An account of the other scheme, funded at genesis. */
export const edith = pairOf('//Edith', 'ed25519')

/** Wall time that moves when the test says so. */
export class TestClock implements WallClock {
  #now = 1_700_000_000_000
  #timers: { at: number; run: () => void }[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter(each => each !== timer)
    }
  }

  soon(run: () => void): void {
    setImmediate(run)
  }

  /** Lets wall time pass, and what is due happen. */
  advance(ms: number): void {
    const until = this.#now + ms
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      this.#timers = this.#timers.filter(each => each !== due)
      this.#now = Math.max(this.#now, due.at)
      due.run()
    }
    this.#now = until
  }
}

/** How a test grid differs from the usual one. */
export interface TestServerOptions
  extends Partial<Omit<ChainServerOptions, 'chain' | 'driver' | 'onFailure'>> {
  readonly blocks?: BlockMode
}

/** What `metadata` serves unless a test says otherwise. */
export const someMetadata = new Uint8Array([0x6d, 0x65, 0x74, 0x61, 14, 1, 2, 3])

/** A served dev chain. */
export interface TestServer {
  readonly chain: Chain
  readonly kernel: Kernel
  readonly driver: Driver
  /** Moves nothing when the test gave a clock of its own. */
  readonly clock: TestClock
  readonly server: ChainServer
  /** What `onFailure` heard. */
  readonly failures: Error[]
  connect(): Promise<Client>
  /** One call over HTTP. */
  post(body: string, headers?: Record<string, string>): Promise<Response>
  close(): Promise<void>
}

/** Starts the dev chain behind a socket of its own. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { blocks = 'instant', ...rest } = options
  const clock = new TestClock()
  const wall = options.clock ?? clock
  const failures: Error[] = []
  const onFailure = (error: Error) => failures.push(error)
  const kernel = new Kernel({ seed: 'rpc', startAt: wall.now() })
  const chain = new Chain({
    kernel,
    pallets,
    genesis: devGenesis({ endowed: [[edith.accountId, 10_000_000_000n]] }),
    author: devAccounts.alice,
    blocks,
    heartbeat: true,
    keyOf: account => [alice, bob, edith].find(({ accountId }) => accountId === account),
    specVersion: 153,
    transactionVersion: 2,
  })
  const driver = new Driver({ kernel, mode: { type: 'real' }, clock: wall, onFailure })
  driver.start()
  const server = await startChainServer({
    chain,
    driver,
    clock: wall,
    metadata: version => (version === 14 ? someMetadata : null),
    port: 0,
    onFailure,
    ...rest,
  })
  const clients: Client[] = []
  const http = server.url.replace('ws:', 'http:')
  return {
    chain,
    kernel,
    driver,
    clock,
    server,
    failures,
    connect: async () => {
      const client = await Client.open(server.url)
      clients.push(client)
      return client
    },
    post: (body, headers = { 'content-type': 'application/json' }) =>
      fetch(http, { method: 'POST', body, headers }),
    close: async () => {
      for (const client of clients) client.socket.terminate()
      driver.stop()
      await server.close()
    },
  }
}

/** An answer or a notification as it arrived. */
export interface Message {
  readonly jsonrpc: string
  readonly id?: unknown
  readonly result?: unknown
  readonly error?: { code: number; message: string; data?: string }
  readonly method?: string
  readonly params?: { subscription: string; result: unknown }
}

/** A WebSocket client that sees every frame in the order of arrival. */
export class Client {
  readonly socket: WebSocket
  /** Frames that nobody took yet. */
  readonly inbox: Message[] = []
  #waiting: ((message: Message) => void)[] = []
  #lastId = 0

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', data => {
      const message = JSON.parse(data.toString()) as Message
      const next = this.#waiting.shift()
      if (next) next(message)
      else this.inbox.push(message)
    })
  }

  static open(url: string): Promise<Client> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, { perMessageDeflate: false })
      const client = new Client(socket)
      socket.once('error', reject)
      socket.once('open', () => resolve(client))
    })
  }

  /** The next frame, whatever it is. */
  next(): Promise<Message> {
    const first = this.inbox.shift()
    if (first) return Promise.resolve(first)
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  send(text: string): Promise<Message> {
    this.socket.send(text)
    return this.next()
  }

  /** Sends a request; the next frame has to be its answer. */
  async ask(method: string, ...params: unknown[]): Promise<Message> {
    this.#lastId += 1
    const id = this.#lastId
    const answer = await this.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    invariant(answer.id === id, `the next frame answers ${method}: ${JSON.stringify(answer)}`)
    return answer
  }

  /** The result of a request that is not refused. */
  async call(method: string, ...params: unknown[]): Promise<unknown> {
    const { result, error } = await this.ask(method, ...params)
    invariant(error === undefined, `${method} is answered: ${JSON.stringify(error)}`)
    return result
  }

  /** Opens a subscription; returns its id. */
  async subscribe(method: string, ...params: unknown[]): Promise<string> {
    return (await this.call(method, ...params)) as string
  }

  /** The result in the next notification of a subscription. */
  async notification(subscription: string): Promise<unknown> {
    const { params } = await this.next()
    invariant(params?.subscription === subscription, 'the next frame belongs to the subscription')
    return params.result
  }
}

/** A transfer as a call. */
export const transfer = (to: string, amount: bigint): ChainCall => ({
  pallet: 'Balances',
  name: 'transfer_keep_alive',
  args: { dest: { type: 'Id', value: to }, value: amount },
})

/** The bytes of a signed extrinsic, as a client would make them. */
export function signed(
  chain: Chain,
  pair: KeyPair,
  call: ChainCall,
  options: { nonce: number; tip?: bigint; era?: Era; birthHash?: string; specVersion?: number },
): `0x${string}` {
  const { nonce, tip = 0n, era = immortal } = options
  const callBytes = encodeToBytes(RuntimeCall, call)
  const genesisHash = chain.archive.hashOf(0)
  const payload = signedPayload(
    { callBytes, era, nonce, tip },
    {
      specVersion: options.specVersion ?? 153,
      transactionVersion: 2,
      genesisHash,
      birthHash: options.birthHash ?? genesisHash,
    },
  )
  const signature = pair.sign(payload)
  const { accountId: signer, scheme } = pair
  return toHex(encodeSigned({ signer, scheme, signature, era, nonce, tip, callBytes }))
}
