// The nodes of a process at a relay elsewhere: each a client of its own over a WebSocket, as real nodes are.

import { WebSocket } from 'ws'
import { fromHex } from '../crypto/hex.ts'
import type { Driver } from '../kernel/driver.ts'
import { gridError } from '../kernel/errors.ts'
import { formatAddress } from '../rmb/address.ts'
import type { Bus, BusMessage, OutsideRoute } from '../rmb/bus.ts'
import { type ClientProblem, RmbClient, type RmbRequest } from '../rmb/client/client.ts'
import type { TwinSource } from '../rmb/client/twins.ts'
import { JSON_NULL, type Outcome } from '../rmb/replies.ts'
import { deadlineOf } from '../rmb/stamp.ts'
import type { Nodes } from '../zos/nodes.ts'

declare module '../kernel/trace.ts' {
  interface TraceEvents {
    /** The session of a node's twin at a relay elsewhere had a problem. */
    'rmb.session': { twin: number; problem: string }
  }
}

/** What the sessions need of the world. */
export interface SessionsOptions {
  /** URL of the relay. */
  readonly url: string
  readonly bus: Bus
  readonly driver: Driver
  readonly nodes: Nodes
  /** Brings twins into the bus's directory; null when they are there. Rejects when they cannot be read. */
  readonly prefetch: (twins: readonly number[]) => Promise<void> | null
  /** What a message waits for before it is handed in; null for nothing. Never rejects. */
  readonly admit: (message: BusMessage) => Promise<void> | null
}

/** Sessions that are being opened at once: a relay takes its time to check their tokens. */
const openingAtOnce = 32

/** How long the opening of one session holds up the others, in ms. */
const patienceMs = 10_000

/** A node answers at once or never: after this, in ms, a request counts as one that it ignores. */
const answerMs = 30_000

interface Open {
  readonly settle: (outcome: Outcome | null) => void
}

/** Makes sure that something answers where a relay should be; GRID_RELAY_UNREACHABLE when nothing does. */
export function findRelay(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { handshakeTimeout: patienceMs })
    const found = (): void => {
      socket.terminate()
      resolve()
    }
    // Without a token it refuses: that is an answer.
    socket.on('unexpected-response', found)
    socket.on('open', found)
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      const { code = '', message, syscall } = cause
      // What has spoken, and broken off, is there.
      if (code === 'ECONNRESET' && syscall === undefined) {
        resolve()
        return
      }
      const text = message || code || 'no answer'
      reject(gridError('GRID_RELAY_UNREACHABLE', { detail: `${url}: ${text}`, cause }))
    })
  })
}

/** Takes the place of a relay of one's own: what leaves the bus goes out by the session of its sender. */
export class NodeSessions implements OutsideRoute {
  readonly #options: SessionsOptions
  readonly #twins: TwinSource
  /** By the position of the node. */
  readonly #clients = new Map<number, { readonly twin: number; readonly client: RmbClient }>()
  readonly #requests = new Map<string, Open>()
  readonly #queue: number[] = []
  #opening = 0
  #lastProblem = ''
  #isClosed = false
  readonly #stop: () => void

  constructor(options: SessionsOptions) {
    const { bus, driver, nodes, prefetch } = options
    this.#options = options
    this.#twins = {
      async twin(id) {
        await prefetch([id])
        const twin = driver.enter(() => bus.directory.twin(id))
        return twin === null ? undefined : { ...twin, account: fromHex(twin.account) }
      },
    }
    bus.connectOutside(this)
    this.#stop = driver.kernel.trace.listen(({ kind, fields }) => {
      if (kind !== 'zos.node') return
      const { index, what } = fields as { index: number; what: string }
      if (what === 'registered' || what === 'up') this.#open(index)
      else if (nodes.stateAt(index)?.phase !== 'up') this.#close(index)
    })
  }

  /** How many sessions are connected. */
  get connections(): number {
    let count = 0
    for (const { client } of this.#clients.values()) if (client.isOpen) count += 1
    return count
  }

  /** Resolves when every node's session is connected; GRID_RELAY_UNREACHABLE when none is after so many ms. */
  async allOpen(ms: number): Promise<void> {
    const end = Date.now() + ms
    for (;;) {
      const waiting = [...this.#clients.values()].find(({ client }) => !client.isOpen)
      if (waiting === undefined && this.#queue.length === 0) return
      const left = end - Date.now()
      if (left <= 0) break
      if (waiting) await waiting.client.whenOpen(left)
      else await new Promise<void>(resolve => setTimeout(resolve, 10))
    }
    // One that has connected shows that the relay is there: the others go on trying.
    if (this.connections > 0) return
    const detail = `${this.#options.url}: ${this.#lastProblem || 'no answer'}`
    throw gridError('GRID_RELAY_UNREACHABLE', { detail })
  }

  /** For the bus: an answer of a node goes to who asked it. */
  deliver(message: BusMessage): void {
    const { uid, source, destination, body } = message
    if (body.type === 'request') {
      this.#options.bus.refuse(message, 'nodes ask nobody outside')
      return
    }
    const key = keyOf(uid, source.twin, formatAddress(destination))
    this.#requests.get(key)?.settle(
      body.type === 'response'
        ? { ok: true, payload: Buffer.from(body.payload ?? 'null') }
        : {
            ok: false,
            error: { code: body.code, message: body.message },
            payload: JSON_NULL,
          },
    )
  }

  /** For the bus: whoever asks is at the relay. */
  isConnected(): boolean {
    return true
  }

  /** Ends all sessions. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#stop()
    this.#options.bus.connectOutside(null)
    this.#queue.length = 0
    const clients = [...this.#clients.values()]
    this.#clients.clear()
    for (const { settle } of [...this.#requests.values()]) settle(null)
    await Promise.all(clients.map(({ client }) => client.close()))
  }

  /** A node has a twin and runs: it connects when it is its turn. */
  #open(index: number): void {
    const twin = this.#options.nodes.stateAt(index)?.twinId ?? 0
    if (twin === 0 || this.#clients.get(index)?.twin === twin) return
    this.#close(index)
    this.#queue.push(index)
    void this.#openNext()
  }

  #close(index: number): void {
    const open = this.#clients.get(index)
    if (open === undefined) return
    this.#clients.delete(index)
    void open.client.close()
  }

  async #openNext(): Promise<void> {
    if (this.#opening >= openingAtOnce) return
    this.#opening += 1
    // What has just happened in the world comes to its end first.
    await Promise.resolve()
    for (let index = this.#queue.shift(); index !== undefined; index = this.#queue.shift()) {
      const client = this.#isClosed ? null : this.#connect(index)
      await client?.whenOpen(patienceMs)
    }
    this.#opening -= 1
  }

  #connect(index: number): RmbClient | null {
    const { url, nodes } = this.#options
    const twin = nodes.stateAt(index)?.twinId ?? 0
    const identity = nodes.secretOfTwin(twin)
    if (identity === null || this.#clients.get(index)?.twin === twin) return null
    const client = new RmbClient({
      url,
      twin,
      ...identity,
      twins: this.#twins,
      onRequest: request => this.#ask(twin, request),
      onProblem: problem => this.#note(twin, problem),
    })
    this.#clients.set(index, { twin, client })
    return client
  }

  /** Brings a request into the world, and waits for what the node says. */
  async #ask(twin: number, request: RmbRequest): Promise<Outcome | null> {
    const { bus, driver, admit } = this.#options
    const { from, command, payload, schema, envelope } = request
    const { uid, tags } = envelope
    const leftMs = Number((deadlineOf(envelope) + 1n) * 1000n - BigInt(Math.floor(Date.now())))
    const message: BusMessage = {
      uid,
      source: from,
      destination: { twin },
      expiresAt: driver.enter(() => driver.kernel.now()) + Math.min(leftMs, 2 ** 42),
      schema: schema ?? null,
      body: { type: 'request', command, payload: Buffer.from(payload).toString('utf8') },
      ...(tags === undefined ? {} : { tags }),
    }
    await admit(message)
    const key = keyOf(uid, twin, formatAddress(from))
    // Sent a second time before it was answered, it has the same answer.
    this.#requests.get(key)?.settle(null)
    return new Promise(resolve => {
      const settle = (outcome: Outcome | null): void => {
        clearTimeout(timer)
        if (this.#requests.get(key)?.settle === settle) this.#requests.delete(key)
        resolve(outcome)
      }
      const timer = setTimeout(() => settle(null), answerMs)
      this.#requests.set(key, { settle })
      driver.enter(() => bus.inject(message))
    })
  }

  #note(twin: number, problem: ClientProblem): void {
    const text = textOf(problem)
    if (problem.type !== 'dropped') this.#lastProblem = text
    const { driver } = this.#options
    driver.enter(() => driver.kernel.trace.add('rmb.session', { twin, problem: text }))
  }
}

const keyOf = (uid: string, twin: number, from: string): string => `${twin}/${from}/${uid}`

function textOf(problem: ClientProblem): string {
  switch (problem.type) {
    case 'refused':
      return `the relay answered ${problem.status} ${problem.text}`.trim()
    case 'unreachable':
      return problem.text
    case 'closed':
      return `closed with ${problem.code}`
    case 'dropped':
      return problem.error.message
    case 'silent':
      return 'the relay says nothing'
    case 'text':
      return 'a frame of text came'
  }
}
