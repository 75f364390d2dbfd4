// One WebSocket client: its frames, its subscriptions, and bounds on what waits for a slow reader.

import type { RawData, WebSocket } from 'ws'
import { invariant } from '../../../kernel/errors.ts'
import type { Call, Subscription } from '../call.ts'
import { rpcErrors } from '../errors.ts'
import type { SubscriptionDecl } from '../registry.ts'
import type { Caller, Dispatcher, SubscriptionHolder } from './dispatch.ts'
import { newSubscriptionId } from './ids.ts'
import { errorFrame, notificationHead, readFrame } from './messages.ts'

/** Bounds of a connection. */
export interface ConnectionLimits {
  readonly maxRequestBytes: number
  readonly maxSubscriptions: number
  /** Above this many unsent bytes no further request of the client is read. */
  readonly pauseBytes: number
  /** A client that leaves more unsent bytes than this is disconnected. */
  readonly maxUnsentBytes: number
}

/** How many times as many settled subscriptions a connection may have as it may have open ones. */
const settledFactor = 32

/** A client behind a WebSocket. */
export class Connection implements SubscriptionHolder {
  readonly #socket: WebSocket
  readonly #dispatcher: Dispatcher
  readonly #limits: ConnectionLimits
  readonly #caller: Caller
  readonly #subscriptions = new Map<string, OpenSubscription>()
  /** Open subscriptions of which only the farewell is to come. */
  #settled = 0
  /** Subscriptions whose id the client does not have yet. */
  #fresh: OpenSubscription[] = []
  /** Frames that had arrived when reading was paused. */
  #inbox: RawData[] = []
  #isPaused = false

  constructor(
    socket: WebSocket,
    options: { dispatcher: Dispatcher; limits: ConnectionLimits; call: Call },
  ) {
    this.#socket = socket
    this.#dispatcher = options.dispatcher
    this.#limits = options.limits
    this.#caller = { call: options.call, holder: this }
    socket.on('message', data => this.#receive(data))
    // Broken frames: the library closes the connection with the code for them.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#endAll())
  }

  open(decl: SubscriptionDecl): Subscription {
    const { maxSubscriptions } = this.#limits
    const isFull = this.#subscriptions.size - this.#settled >= maxSubscriptions
    // A dev chain makes blocks faster than they become final, so that many wait for nothing but that.
    if (isFull || this.#settled >= settledFactor * maxSubscriptions) {
      throw rpcErrors.tooManySubscriptions(maxSubscriptions)
    }
    const opened = new OpenSubscription(newSubscriptionId(), decl, {
      send: frame => this.#notify(frame),
      sendThen: (frame, then) => this.#notify(frame, then),
      settled: () => {
        this.#settled += 1
      },
      ended: (id, wasSettled) => {
        this.#subscriptions.delete(id)
        if (wasSettled) this.#settled -= 1
      },
    })
    this.#subscriptions.set(opened.id, opened)
    this.#fresh.push(opened)
    return opened
  }

  close(id: unknown, decl: SubscriptionDecl): boolean {
    if (typeof id !== 'string') return false
    const opened = this.#subscriptions.get(id)
    if (opened?.decl !== decl) return false
    opened.end()
    return true
  }

  ping(): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping()
  }

  /** Says goodbye: the server is going away. */
  goAway(): void {
    this.#socket.close(1001)
  }

  /** Cuts the connection. */
  cut(): void {
    this.#socket.terminate()
  }

  #receive(data: RawData): void {
    if (this.#isPaused) this.#inbox.push(data)
    else this.#answer(data)
  }

  #answer(data: RawData): void {
    const { maxRequestBytes } = this.#limits
    if (lengthOf(data) > maxRequestBytes) {
      this.#send(errorFrame(null, rpcErrors.requestTooBig(maxRequestBytes)))
      return
    }
    const answer = this.#dispatcher.answer(readFrame(data.toString()), this.#caller)
    if (answer !== null) this.#send(answer)
    if (this.#fresh.length > 0) {
      const fresh = this.#fresh
      this.#fresh = []
      for (const opened of fresh) opened.release()
    }
    this.#caller.call.session.answered()
  }

  /** Sends an answer; a client that does not read its answers is not listened to until it does. */
  #send(frame: string): void {
    const { readyState, OPEN } = this.#socket
    if (readyState !== OPEN) return
    if (this.#socket.bufferedAmount + frame.length <= this.#limits.pauseBytes) {
      this.#socket.send(frame)
      return
    }
    this.#isPaused = true
    this.#socket.pause()
    this.#socket.send(frame, () => this.#resume())
  }

  #resume(): void {
    if (!this.#isPaused || this.#socket.readyState !== this.#socket.OPEN) return
    this.#isPaused = false
    const waiting = this.#inbox
    this.#inbox = []
    for (const data of waiting) this.#receive(data)
    if (!this.#isPaused) this.#socket.resume()
  }

  #notify(frame: string, then?: () => void): void {
    const { readyState, OPEN, bufferedAmount } = this.#socket
    if (readyState !== OPEN) return
    if (bufferedAmount + frame.length > this.#limits.maxUnsentBytes) {
      this.cut()
      return
    }
    if (!then) this.#socket.send(frame)
    else {
      this.#socket.send(frame, error => {
        if (!error) then()
      })
    }
  }

  #endAll(): void {
    for (const opened of [...this.#subscriptions.values()]) opened.end()
    this.#caller.call.session.end()
    this.#inbox = []
  }
}

function lengthOf(data: RawData): number {
  if (Array.isArray(data)) return data.reduce((sum, part) => sum + part.length, 0)
  return data instanceof ArrayBuffer ? data.byteLength : data.length
}

/** What a subscription asks of the connection it belongs to. */
interface SubscriptionHost {
  send(frame: string): void
  sendThen(frame: string, then: () => void): void
  settled(): void
  ended(id: string, wasSettled: boolean): void
}

class OpenSubscription implements Subscription {
  readonly id: string
  readonly decl: SubscriptionDecl
  isOpen = true
  readonly #head: string
  readonly #host: SubscriptionHost
  readonly #onEnd: (() => void)[] = []
  #isSettled = false
  /** What was to be sent before the client had the id; null from then on. */
  #held: string[] | null = []

  constructor(id: string, decl: SubscriptionDecl, host: SubscriptionHost) {
    this.id = id
    this.decl = decl
    this.#head = notificationHead(decl.notifies, id)
    this.#host = host
  }

  notify(json: string): void {
    if (!this.isOpen) return
    const frame = `${this.#head}${json}}}`
    if (this.#held) this.#held.push(frame)
    else this.#host.send(frame)
  }

  notifyAll(jsons: readonly string[], then: () => void): void {
    if (!this.isOpen) return
    invariant(!this.#held, 'much is sent only to a client that has the id')
    const last = jsons.length - 1
    if (last < 0) then()
    jsons.forEach((json, i) => {
      const frame = `${this.#head}${json}}}`
      if (i < last) this.#host.send(frame)
      else this.#host.sendThen(frame, then)
    })
  }

  settle(): void {
    if (!this.isOpen || this.#isSettled) return
    this.#isSettled = true
    this.#host.settled()
  }

  end(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.#host.ended(this.id, this.#isSettled)
    for (const body of this.#onEnd) body()
  }

  onEnd(body: () => void): void {
    if (this.isOpen) this.#onEnd.push(body)
    else body()
  }

  /** The client has the id: sends what was held back. */
  release(): void {
    const held = this.#held ?? []
    this.#held = null
    for (const frame of held) this.#host.send(frame)
  }
}
