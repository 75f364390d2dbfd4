// The trace as a WebSocket: every entry as it comes, as fast as the client reads, and how many it missed.

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { plainEntry, type TraceEntry } from '../../kernel/trace.ts'
import type { ControlPort } from './ports.ts'
import { choiceOf } from './trace.ts'

/** Clients that follow the trace at once. */
const mostClients = 64

/** Bytes that may wait in a client's socket before it misses entries. */
const mostWaiting = 1 << 20

/** Entries of the past that a client can ask for. */
const mostPast = 10_000

/** Entries that wait for the end of the present turn of the event loop. */
const mostPending = 20_000

/** Serves `/api/trace` as a WebSocket: `?kinds=rmb,zos.workload` chooses, `?last=100` begins in the past. */
export class TraceStream {
  readonly #port: () => ControlPort | null
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: 1024 })
  readonly #clients = new Set<WebSocket>()

  constructor(port: () => ControlPort | null) {
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

  #serve(client: WebSocket, port: ControlPort, query: URLSearchParams): void {
    this.#clients.add(client)
    const isWanted = choiceOf(query.get('kinds') ?? query.get('kind') ?? '')
    const feed = new Feed(client)
    const last = Number(query.get('last') ?? 0)
    if (Number.isInteger(last) && last > 0) {
      const past = port.recent().filter(isWanted)
      for (const entry of past.slice(-Math.min(last, mostPast))) feed.put(entry)
    }
    const stop = port.listen(entry => {
      if (isWanted(entry)) feed.put(entry)
    })
    client.on('error', () => client.terminate())
    client.on('close', () => {
      stop()
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

  constructor(client: WebSocket) {
    this.#client = client
  }

  /** Called inside the world: what it does to the socket waits until the world has come to rest. */
  put(entry: TraceEntry): void {
    if (this.#pending.length >= mostPending) {
      this.#leftOut += 1
      return
    }
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
      this.#tellLeftOut()
      this.#client.send(JSON.stringify(plainEntry(entry)))
    }
    if (this.#client.bufferedAmount <= mostWaiting) this.#tellLeftOut()
  }

  #tellLeftOut(): void {
    if (this.#leftOut === 0) return
    this.#client.send(JSON.stringify({ leftOut: this.#leftOut }))
    this.#leftOut = 0
  }
}
