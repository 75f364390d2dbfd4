// A connection to a relay that holds: it is made again when it breaks, each time with a new token.

import { WebSocket } from 'ws'
import type { KeyPair } from '../../crypto/keys.ts'
import { makeToken } from '../token.ts'

/** How a connection behaves over time, in ms (`rmb-rs: src/peer/socket.rs`). */
export interface ConnectionPace {
  /** Between the loss of a connection, or a vain attempt, and the next attempt. */
  readonly reconnectMs: number
  /** Between pings. */
  readonly pingMs: number
  /** Without a word from the relay for so long the connection is taken for lost. */
  readonly silenceMs: number
  /** How long an attempt may take. */
  readonly handshakeMs: number
}

const defaultPace: ConnectionPace = {
  reconnectMs: 2000,
  pingMs: 20_000,
  silenceMs: 40_000,
  handshakeMs: 10_000,
}

/** What went wrong on a connection; it goes on, or is made again. */
export type ConnectionProblem =
  /** The relay answered something else than an upgrade. */
  | { readonly type: 'refused'; readonly status: number; readonly text: string }
  | { readonly type: 'unreachable'; readonly text: string }
  | { readonly type: 'closed'; readonly code: number }
  | { readonly type: 'silent' }
  /** A frame that is not binary: no envelope. */
  | { readonly type: 'text' }

/** What a connection is made with. */
export interface ConnectionOptions {
  /** `ws://` or `wss://`; its query is replaced by the token. */
  readonly url: string
  readonly twin: number
  /** Absent for the twin's session without a name. */
  readonly session?: string
  /** The twin's account key. */
  readonly pair: KeyPair
  /** Seconds for which a token is good. */
  readonly tokenSeconds?: number
  readonly pace?: Partial<ConnectionPace>
  /** Takes a frame. While many of its promises are unsettled, no more frames are read. */
  readonly onFrame: (bytes: Uint8Array) => void | Promise<void>
  readonly onOpen?: () => void
  readonly onProblem?: (problem: ConnectionProblem) => void
}

const DEFAULT_TOKEN_SECONDS = 300

/** Frames that are handled at a time before reading stops (`rmb-rs: src/peer/socket.rs`: 200). */
const MAX_UNDER_WAY = 200

/** Bytes that may wait to be written before nothing more is taken. */
const MAX_UNSENT = 64 * 1024 * 1024

/** The largest message that is taken (`tungstenite`: 64 MiB). */
const MAX_MESSAGE = 64 * 1024 * 1024

/** A connection that is kept until it is closed. */
export class RelayConnection {
  readonly #options: ConnectionOptions
  readonly #pace: ConnectionPace
  #socket: WebSocket | null = null
  #isClosed = false
  #retry: NodeJS.Timeout | null = null
  #pinger: NodeJS.Timeout | null = null
  #heardAt = 0
  #underWay = 0
  readonly #waiting = new Set<(isOpen: boolean) => void>()

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#pace = { ...defaultPace, ...options.pace }
    this.#connect()
  }

  get url(): string {
    return this.#options.url
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN
  }

  /** Hands a frame to the relay; false when it cannot be taken now. */
  send(bytes: Uint8Array): boolean {
    const socket = this.#socket
    if (!socket || socket.readyState !== WebSocket.OPEN) return false
    if (socket.bufferedAmount > MAX_UNSENT) return false
    socket.send(bytes)
    return true
  }

  /** Waits for the connection to be open, at most for so long; whether it is. */
  whenOpen(ms: number): Promise<boolean> {
    if (this.isOpen || this.#isClosed) return Promise.resolve(this.isOpen)
    return new Promise(resolve => {
      const settle = (isOpen: boolean): void => {
        clearTimeout(timer)
        this.#waiting.delete(settle)
        resolve(isOpen)
      }
      const timer = setTimeout(() => settle(false), Math.min(ms, 0x7fff_ffff))
      this.#waiting.add(settle)
    })
  }

  /** Ends the connection for good. */
  close(): Promise<void> {
    this.#isClosed = true
    if (this.#retry) clearTimeout(this.#retry)
    for (const settle of [...this.#waiting]) settle(false)
    const socket = this.#socket
    if (!socket || socket.readyState === WebSocket.CLOSED) return Promise.resolve()
    return new Promise(resolve => {
      const timer = setTimeout(() => socket.terminate(), 1000)
      socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      socket.close(1000)
    })
  }

  #connect(): void {
    const { pair, twin, session, tokenSeconds = DEFAULT_TOKEN_SECONDS } = this.#options
    const issuedAt = Math.floor(Date.now() / 1000)
    const claims = { twin, issuedAt, expiresAt: issuedAt + tokenSeconds }
    const url = new URL(this.#options.url)
    url.search = makeToken(session === undefined ? claims : { ...claims, session }, pair)
    url.hash = ''
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE,
      handshakeTimeout: this.#pace.handshakeMs,
    })
    this.#socket = socket
    socket.on('open', () => this.#opened(socket))
    socket.on('message', (data, isBinary) => this.#read(data as Buffer, isBinary))
    socket.on('ping', () => this.#heard())
    socket.on('pong', () => this.#heard())
    socket.on('unexpected-response', (request, response) => {
      response.setEncoding('utf8')
      let text = ''
      response.on('data', (chunk: string) => {
        if (text.length < 1000) text += chunk
      })
      response.on('error', () => request.destroy())
      response.once('close', () => {
        this.#problem({ type: 'refused', status: response.statusCode ?? 0, text })
        request.destroy()
        this.#lost(socket)
      })
    })
    socket.on('error', cause => {
      this.#problem({ type: 'unreachable', text: cause.message })
    })
    socket.on('close', code => {
      // 1006 follows an error that was told, or a refusal.
      if (code !== 1006 && !this.#isClosed) this.#problem({ type: 'closed', code })
      this.#lost(socket)
    })
  }

  #opened(socket: WebSocket): void {
    if (this.#isClosed) {
      socket.close(1000)
      return
    }
    this.#heard()
    const { pingMs, silenceMs } = this.#pace
    this.#pinger = setInterval(() => {
      if (Date.now() - this.#heardAt > silenceMs) {
        this.#problem({ type: 'silent' })
        socket.terminate()
      } else {
        socket.ping()
      }
    }, pingMs)
    for (const settle of [...this.#waiting]) settle(true)
    this.#options.onOpen?.()
  }

  #lost(socket: WebSocket): void {
    if (this.#socket !== socket) return
    this.#socket = null
    if (this.#pinger) clearInterval(this.#pinger)
    this.#pinger = null
    if (this.#isClosed) return
    this.#retry = setTimeout(() => this.#connect(), this.#pace.reconnectMs)
  }

  #read(data: Buffer, isBinary: boolean): void {
    this.#heard()
    if (!isBinary) {
      this.#problem({ type: 'text' })
      return
    }
    const handled = this.#options.onFrame(data)
    if (!handled) return
    this.#underWay += 1
    if (this.#underWay >= MAX_UNDER_WAY) this.#socket?.pause()
    const done = (): void => {
      this.#underWay -= 1
      if (this.#socket?.isPaused && this.#underWay < MAX_UNDER_WAY) this.#socket.resume()
    }
    handled.then(done, done)
  }

  #heard(): void {
    this.#heardAt = Date.now()
  }

  #problem(problem: ConnectionProblem): void {
    this.#options.onProblem?.(problem)
  }
}
