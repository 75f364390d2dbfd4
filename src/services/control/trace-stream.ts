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

/** How often a client that wants no more than so many entries a second hears of them, in ms. */
const turnMs = 250

/**
 * Serves `/api/trace` as a WebSocket: `?kinds=rmb,zos.workload` chooses, `?last=100` begins in the past. Each entry is
 * a message, and so is `{ leftOut }`, the number of those that the client was too slow for. With `?most=500` no more
 * than so many entries come a second of the wall clock, four times a second as `{ entries, leftOut }`.
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
    const feed = new Feed(client, countOf(query.get('most')))
    const last = Math.min(mostPast, countOf(query.get('last')) ?? 0)
    if (last > 0) feed.begin(port.recent().filter(isWanted).slice(-last))
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

/** A number of entries that a client names; null when it names none. */
function countOf(text: string | null): number | null {
  const count = Number(text)
  return Number.isInteger(count) && count > 0 ? count : null
}

/** The entries on their way to one client. */
class Feed {
  readonly #client: WebSocket
  #pending: TraceEntry[] = []
  #isArmed = false
  #leftOut = 0
  /** Entries that a turn takes; null when each is sent as soon as it can. */
  readonly #share: number | null
  readonly #turns: NodeJS.Timeout | undefined

  constructor(client: WebSocket, perSecond: number | null) {
    this.#client = client
    const share = Math.max(1, Math.floor(((perSecond ?? 0) * turnMs) / 1000))
    this.#share = perSecond === null ? null : Math.min(mostPending, share)
    if (perSecond === null) return
    this.#turns = setInterval(() => this.#tellTurn(), turnMs)
    this.#turns.unref()
  }

  /** Begins with entries of the past, as many as they are. */
  begin(past: readonly TraceEntry[]): void {
    this.#pending.push(...past)
    this.#arm()
  }

  /** Nobody is told any more. */
  close(): void {
    clearInterval(this.#turns)
  }

  /** Called inside the world: what it does to the socket waits until the world has come to rest. */
  put(entry: TraceEntry): void {
    if (this.#pending.length >= (this.#share ?? mostPending)) {
      this.#leftOut += 1
      return
    }
    this.#pending.push(entry)
    this.#arm()
  }

  #arm(): void {
    if (this.#share !== null || this.#isArmed) return
    this.#isArmed = true
    setImmediate(() => this.#flush())
  }

  #tellTurn(): void {
    if (this.#pending.length + this.#leftOut === 0) return
    if (this.#client.bufferedAmount > mostWaiting) {
      this.#leftOut += this.#take().length
      return
    }
    const entries = this.#take().map(plainEntry)
    this.#client.send(JSON.stringify({ entries, leftOut: this.#leftOut }))
    this.#leftOut = 0
  }

  #flush(): void {
    this.#isArmed = false
    for (const entry of this.#take()) {
      if (this.#client.bufferedAmount > mostWaiting) {
        this.#leftOut += 1
        continue
      }
      this.#tellLeftOut()
      this.#client.send(JSON.stringify(plainEntry(entry)))
    }
    if (this.#client.bufferedAmount <= mostWaiting) this.#tellLeftOut()
  }

  #take(): TraceEntry[] {
    const entries = this.#pending
    this.#pending = []
    return entries
  }

  #tellLeftOut(): void {
    if (this.#leftOut === 0) return
    this.#client.send(JSON.stringify({ leftOut: this.#leftOut }))
    this.#leftOut = 0
  }
}
