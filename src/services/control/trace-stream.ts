// The trace as a WebSocket: every entry as it comes, as fast as the client reads, and how many it missed.

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { plainEntry, type TraceEntry } from '../../kernel/trace.ts'
import type { ControlPort } from './ports.ts'
import { choiceOf } from './trace.ts'

type Traced = Pick<ControlPort, 'recent' | 'listen'>

/** Clients that follow the trace at once. */
const mostClients = 64

/** Bytes that may wait in a client's socket before it misses entries. */
const mostWaiting = 1 << 20

/** Entries of the past that a client can ask for. */
const mostPast = 10_000

/** Entries that wait for the end of the present turn of the event loop. */
const mostPending = 20_000

/** How often a client that wants no more than so many entries a second is told how many it missed, in ms. */
const tellEveryMs = 250

/**
 * Serves `/api/trace` as a WebSocket: `?kinds=rmb,zos.workload` chooses, `?last=100` begins in the past, `?most=500`
 * leaves out what comes beyond so many entries a second of the wall clock.
 */
export class TraceStream {
  readonly #port: () => Traced | null
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: 1024 })
  readonly #clients = new Set<WebSocket>()

  constructor(port: () => Traced | null) {
    this.#port = port
  }

  /** Takes a request to upgrade; refuses it while there is no grid, or too many follow already. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const port = this.#port()
    if (!port || this.#clients.size >= mostClients) {
      socket.end(
        'HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
      )
      return
    }
    const query = new URL(request.url ?? '/', 'http://x').searchParams
    this.#server.handleUpgrade(request, socket, head, client => this.#serve(client, port, query))
  }

  /** Ends all connections. */
  close(): void {
    for (const client of this.#clients) client.terminate()
    this.#server.close()
  }

  #serve(client: WebSocket, port: Traced, query: URLSearchParams): void {
    this.#clients.add(client)
    const isWanted = choiceOf(query.get('kinds') ?? query.get('kind') ?? '')
    const most = Number(query.get('most') ?? 0)
    const feed = new Feed(client)
    const last = Number(query.get('last') ?? 0)
    if (Number.isInteger(last) && last > 0) {
      const past = port.recent().filter(isWanted)
      for (const entry of past.slice(-Math.min(last, mostPast))) feed.put(entry)
    }
    if (Number.isInteger(most) && most > 0) feed.limit(most)
    const stop = port.listen(entry => {
      if (isWanted(entry)) feed.put(entry)
    })
    client.on('error', () => client.terminate())
    client.on('close', () => {
      stop()
      feed.close()
      this.#clients.delete(client)
    })
  }
}

/** The entries on their way to one client. */
class Feed {
  readonly #client: WebSocket
  #pending: TraceEntry[] = []
  #isArmed = false
  #leftOut = 0
  /** Entries that may still come before the next refill; no number of them is too many when there is no limit. */
  #left = Number.POSITIVE_INFINITY
  #refill: NodeJS.Timeout | undefined

  constructor(client: WebSocket) {
    this.#client = client
  }

  /** From now on no more than so many entries a second. */
  limit(perSecond: number): void {
    const share = Math.max(1, Math.floor((perSecond * tellEveryMs) / 1000))
    this.#left = share
    this.#refill = setInterval(() => {
      this.#left = share
      if (this.#leftOut > 0) this.#flush()
    }, tellEveryMs)
    this.#refill.unref()
  }

  /** Nobody is told any more. */
  close(): void {
    clearInterval(this.#refill)
  }

  /** Called inside the world: what it does to the socket waits until the world has come to rest. */
  put(entry: TraceEntry): void {
    if (this.#left <= 0 || this.#pending.length >= mostPending) {
      this.#leftOut += 1
      return
    }
    this.#left -= 1
    this.#pending.push(entry)
    if (this.#isArmed) return
    this.#isArmed = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#isArmed = false
    const entries = this.#pending
    this.#pending = []
    for (const entry of entries) {
      if (this.#client.bufferedAmount > mostWaiting) {
        this.#leftOut += 1
        continue
      }
      this.#client.send(JSON.stringify(plainEntry(entry)))
    }
    if (this.#leftOut === 0 || this.#client.bufferedAmount > mostWaiting) return
    this.#client.send(JSON.stringify({ leftOut: this.#leftOut }))
    this.#leftOut = 0
  }
}
