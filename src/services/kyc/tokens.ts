// Tokens with which a person would go to the identity provider.

import { randomUUID } from 'node:crypto'

/** A token as it is answered (`threefoldtech/tf-kyc-verifier: internal/responses/responses.go`). */
export interface KycToken {
  readonly message: string
  readonly authToken: string
  readonly scanRef: string
  readonly clientId: string
  /** How long it is valid from now, in s. */
  readonly expiryTime: number
  /** How long a session may take, in s. */
  readonly sessionLength: number
  readonly digitString: string
  readonly tokenType: string
}

interface Kept {
  readonly authToken: string
  readonly scanRef: string
  readonly digitString: string
  /** Wall time in s at which it ends. */
  readonly endsAt: number
}

/** The provider's defaults, in s. */
const lifeSeconds = 3600
const sessionSeconds = 600

/** Tokens that are kept; past it the oldest are forgotten. */
const keptTokens = 10_000

/** The tokens that are valid, by client. They lead nowhere, so they are no part of the world. */
export class Tokens {
  readonly #kept = new Map<string, Kept>()

  has(clientId: string, now: number): boolean {
    return (this.#kept.get(clientId)?.endsAt ?? 0) > now
  }

  /** The valid token of a client, or a new one. */
  of(clientId: string, now: number): { readonly isNew: boolean; readonly token: KycToken } {
    const isNew = !this.has(clientId, now)
    const kept = isNew ? this.#make(clientId, now) : this.#kept.get(clientId)!
    const { endsAt, ...rest } = kept
    return {
      isNew,
      token: {
        message: isNew ? 'New token created.' : 'Existing valid token retrieved.',
        ...rest,
        clientId,
        expiryTime: endsAt - now,
        sessionLength: sessionSeconds,
        tokenType: 'IDENTIFICATION',
      },
    }
  }

  #make(clientId: string, now: number): Kept {
    const scanRef = randomUUID()
    const digits = Number.parseInt(scanRef.slice(0, 8), 16) % 10_000
    const kept = {
      authToken: randomUUID().replaceAll('-', ''),
      scanRef,
      digitString: String(digits).padStart(4, '0'),
      endsAt: now + lifeSeconds,
    }
    this.#kept.delete(clientId)
    this.#kept.set(clientId, kept)
    if (this.#kept.size > keptTokens) {
      const [oldest] = this.#kept.keys()
      this.#kept.delete(oldest!)
    }
    return kept
  }
}
