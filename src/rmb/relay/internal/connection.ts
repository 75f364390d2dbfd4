// One WebSocket of a session: what comes in is checked for form, what goes out is counted until it is written.

import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import { asError } from '../../../kernel/errors.ts'
import type { Address } from '../../address.ts'
import { FrameGuard } from './frame-guard.ts'

/** Frames that may wait to be written to one connection (`rmb-rs: src/relay/api.rs`, `ConnectionWriter`). */
export const framesInFlight = 256

/** Who hears of a connection. */
export interface ConnectionHost {
  /** A binary message came. */
  received(bytes: Uint8Array, connection: Connection): void
  /** The connection takes and gives nothing any more; called once. */
  ended(connection: Connection): void
}

const binary = { binary: true } as const

/** A connected session. */
export class Connection {
  readonly session: Address
  readonly #socket: WebSocket
  readonly #host: ConnectionHost
  #inFlight = 0
  /** What came in waits for what came before it. */
  #turn: Promise<void> | null = null
  #isEnded = false

  constructor(options: {
    session: Address
    socket: WebSocket
    stream: Duplex
    host: ConnectionHost
  }) {
    const { session, socket, stream, host } = options
    this.session = session
    this.#socket = socket
    this.#host = host
    const guard = new FrameGuard()
    stream.prependListener('data', (chunk: Uint8Array) => {
      if (!this.#isEnded && !guard.allows(chunk)) this.drop()
    })
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    // Broken frames: the library answers with the close code for them, and 'close' follows.
    socket.on('error', () => this.#end())
    socket.on('close', () => this.#end())
  }

  /** Whether one more frame may be given to it. */
  get canTake(): boolean {
    return !this.#isEnded && this.#inFlight < framesInFlight
  }

  /** Whether the system has taken all that was sent. */
  get isFlushed(): boolean {
    return this.#socket.bufferedAmount === 0
  }

  /** Sends a message; `written` says whether the system took all of it. */
  send(bytes: Uint8Array, written: (isWritten: boolean) => void): void {
    this.#inFlight += 1
    this.#socket.send(bytes, binary, error => {
      this.#inFlight -= 1
      written(error === undefined || error === null)
    })
  }

  /**
   * Calls `body` when `wait` is over, in the order of the calls: at once where nothing is waited for. While something
   * is, nothing more is read. The text is why it failed; null when it did not.
   */
  inTurn(wait: Promise<void> | null, body: (problem: string | null) => void): void {
    if (wait === null && this.#turn === null) {
      body(null)
      return
    }
    const reason = (wait ?? Promise.resolve()).then(
      () => null,
      (cause: unknown) => asError(cause).message,
    )
    this.#socket.pause()
    const turn = (this.#turn ?? Promise.resolve())
      .then(() => reason)
      .then(problem => {
        if (this.#turn === turn) {
          this.#turn = null
          this.#socket.resume()
        }
        body(problem)
      })
    this.#turn = turn
  }

  /** Ends it with a closing handshake; nothing more is read. */
  close(code?: number): void {
    this.#socket.close(code)
    this.#end()
  }

  /** Cuts it. */
  drop(): void {
    this.#socket.terminate()
    this.#end()
  }

  /** Calls `body` when the socket is closed. */
  whenClosed(body: () => void): void {
    if (this.#socket.readyState === this.#socket.CLOSED) body()
    else this.#socket.once('close', body)
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#isEnded) return
    // One who speaks in text has mistaken the relay for something else.
    if (isBinary) this.#host.received(bytesOf(data), this)
    else this.close()
  }

  #end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#host.ended(this)
  }
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}
