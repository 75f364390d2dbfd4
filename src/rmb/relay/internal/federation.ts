// Brings messages to twins of other relays, by the domains that the chain has for them (`rmb-rs: src/relay/federation`).

import { type Agent, Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { type Address, relayDomains, sameAddress } from '../../address.ts'
import type { EnvelopePeek } from '../../envelope.ts'
import { relayErrors } from '../../errors.ts'
import { secondsLeft } from '../../stamp.ts'
import { Deque } from './deque.ts'
import { Ranker } from './ranker.ts'

/** Makes a relay one of several: which domains are its own, and how to reach the others. */
export interface FederationOptions {
  /** Whether a domain is this relay's: twins with one such domain in their relay string are at home here. */
  readonly isHome: (domain: string) => boolean
  /** Where a domain's relay takes messages; `https://<domain>/` by default. */
  readonly urlOf?: (domain: string) => string
  /** How long a failure counts against a relay, in seconds; an hour by default. */
  readonly rankerPeriodSeconds?: number
}

/** A message for a twin of another relay. */
export interface FederatedParcel {
  readonly head: EnvelopePeek
  readonly bytes: Uint8Array
  /** Under which number it is kept over the end of the process. */
  readonly kept: number
}

/** What federation needs of the relay. */
export interface FederationHost {
  /** Wall time in ms. */
  now(): number
  /** A twin's relay string; null when it has none, undefined when there is no such twin. */
  relayOf(twin: number): string | null | undefined
  /** Takes a message whose destination has come to this relay meanwhile; false when it has not. */
  takeBack(parcel: FederatedParcel): boolean
  /** Another relay has the message. */
  delivered(parcel: FederatedParcel, domain: string): void
  /** The message will not arrive. */
  failed(parcel: FederatedParcel, reason: string): void
  counted(domain: string, isAccepted: boolean): void
}

/** Messages that may wait to be brought to other relays. */
export const federationQueueLimit = 10_000

/** How long a message rests when no relay took it (`CLAIM_MIN_IDLE_MS`). */
const retryAfterMs = 3_000

// As `rmb-rs: src/bins/rmb-relay.rs` has it with few workers: 2 x 8 readers, 4 messages at once each.
const parallel = 64
const passes = 3
const requestMs = 3_000
const firstPauseMs = 100

type Attempt =
  | { readonly type: 'accepted'; readonly domain: string }
  | { readonly type: 'rejected' }
  | { readonly type: 'unreachable' }

/** The outgoing side of federation. */
export class Federation {
  readonly #host: FederationHost
  readonly #isHome: (domain: string) => boolean
  readonly #urlOf: (domain: string) => string
  readonly #ranker: Ranker
  readonly #queue = new Deque<FederatedParcel>()
  readonly #resting = new Deque<{ readonly parcel: FederatedParcel; readonly until: number }>()
  readonly #agents: { readonly 'http:': Agent; readonly 'https:': Agent }
  readonly #end = new AbortController()
  #active = 0

  constructor(options: FederationOptions, host: FederationHost) {
    this.#host = host
    this.#isHome = options.isHome
    this.#urlOf = options.urlOf ?? (domain => `https://${domain}/`)
    this.#ranker = new Ranker((options.rankerPeriodSeconds ?? 3600) * 1000)
    const agent = { keepAlive: true, maxSockets: parallel }
    this.#agents = { 'http:': new HttpAgent(agent), 'https:': new HttpsAgent(agent) }
  }

  /** Whether a twin with this relay string is at home at another relay. */
  isForeign(relay: string): boolean {
    return !relayDomains(relay).some(this.#isHome)
  }

  /** Takes a message; false when too many wait. */
  send(parcel: FederatedParcel): boolean {
    if (this.#queue.length + this.#resting.length >= federationQueueLimit) return false
    this.#queue.push({ ...parcel, bytes: new Uint8Array(parcel.bytes) })
    this.#work()
    return true
  }

  /** Takes up again what no relay took a while ago. */
  sweep(): void {
    const now = this.#host.now()
    for (;;) {
      const oldest = this.#resting.at(this.#resting.first)
      if (oldest === undefined || oldest.until > now) break
      this.#resting.shift()
      this.#queue.push(oldest.parcel)
    }
    this.#work()
  }

  /** Somebody has come to this relay: what rests for them is looked at at once. */
  wake(address: Address): void {
    for (let left = this.#resting.length; left > 0; left -= 1) {
      const oldest = this.#resting.shift()!
      const { destination } = oldest.parcel.head
      if (destination && sameAddress(destination, address)) this.#queue.push(oldest.parcel)
      else this.#resting.push(oldest)
    }
    this.#work()
  }

  close(): void {
    this.#end.abort()
    this.#agents['http:'].destroy()
    this.#agents['https:'].destroy()
  }

  #work(): void {
    while (this.#active < parallel && !this.#end.signal.aborted) {
      const parcel = this.#queue.shift()
      if (parcel === undefined) return
      this.#active += 1
      void this.#bring(parcel).finally(() => {
        this.#active -= 1
        this.#work()
      })
    }
  }

  async #bring(parcel: FederatedParcel): Promise<void> {
    const { head } = parcel
    if (this.#host.takeBack(parcel)) return
    if (secondsLeft(head, BigInt(Math.floor(this.#host.now() / 1000))) === 0n) {
      this.#host.failed(parcel, relayErrors.expired)
      return
    }
    const relay = this.#host.relayOf(head.destination?.twin ?? 0)
    if (relay === undefined || relay === null) {
      const reason =
        relay === null ? relayErrors.federationRelayNotSet : relayErrors.selfTwinNotFound
      this.#host.failed(parcel, relayErrors.rejectedPermanently(reason))
      return
    }
    const domains = this.#ranker.order(relayDomains(relay), this.#host.now())
    const attempt = await this.#attempt(domains, parcel.bytes)
    if (this.#end.signal.aborted) return
    if (attempt.type === 'accepted') {
      this.#host.counted(attempt.domain, true)
      this.#host.delivered(parcel, attempt.domain)
      return
    }
    for (const domain of domains) this.#host.counted(domain, false)
    if (attempt.type === 'rejected') {
      const reason = relayErrors.rejectedPermanently(relayErrors.destinationOffline)
      this.#host.failed(parcel, reason)
    } else if (!this.#host.takeBack(parcel)) {
      this.#resting.push({ parcel, until: this.#host.now() + retryAfterMs })
    }
  }

  async #attempt(domains: readonly string[], bytes: Uint8Array): Promise<Attempt> {
    for (let pass = 0; pass < passes; pass += 1) {
      for (const domain of domains) {
        const status = await this.#post(this.#urlOf(domain), bytes)
        if (status === 202) return { type: 'accepted', domain }
        if (status >= 400 && status < 500) return { type: 'rejected' }
        this.#ranker.downvote(domain, this.#host.now())
      }
      if (pass < passes - 1) await this.#pause(firstPauseMs << pass)
    }
    return { type: 'unreachable' }
  }

  /** The status of the answer; 0 when there was none. */
  #post(url: string, bytes: Uint8Array): Promise<number> {
    return new Promise(resolve => {
      if (this.#end.signal.aborted || !URL.canParse(url)) {
        resolve(0)
        return
      }
      const target = new URL(url)
      const isPlain = target.protocol === 'http:'
      const send = isPlain ? httpRequest : httpsRequest
      const request = send(target, {
        method: 'POST',
        agent: this.#agents[isPlain ? 'http:' : 'https:'],
        headers: { 'content-length': bytes.length },
        signal: AbortSignal.any([this.#end.signal, AbortSignal.timeout(requestMs)]),
      })
      request.on('response', response => {
        response.resume()
        // One that goes away in the middle of its answer has still given the status.
        response.on('error', () => undefined)
        resolve(response.statusCode ?? 0)
      })
      request.on('error', () => resolve(0))
      request.end(bytes)
    })
  }

  /** Waits for a pass's pause and up to half of it more. */
  async #pause(ms: number): Promise<void> {
    const options = { ref: false, signal: this.#end.signal }
    // The only way in which this wait fails is that the relay ends.
    await wait(ms + Math.floor(Math.random() * (ms / 2 + 1)), undefined, options).catch(() => null)
  }
}
