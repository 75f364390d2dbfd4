// Certificates by name, signed by the local authority when somebody asks for the name, and kept.

import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { type AuthorityFiles, nameOfAuthority } from './authority.ts'
import { makeCertificate } from './x509.ts'

const dayMs = 86_400_000

/** How long a certificate counts: less than what the strictest clients accept. */
const lifeMs = 397 * dayMs

/** A certificate with less than this left is made anew. */
const leastLeftMs = dayMs

/** Certificates that are kept; the one that was asked for longest ago goes first. */
const keptCertificates = 256

/** Clients look at the alternatives alone; a text that cannot be taken for a name is under no constraint. */
const commonName = 'Pocketgrid front'

interface Kept {
  readonly context: SecureContext
  readonly endsAt: number
}

/** Makes certificates for names, each when it is first asked for: half a millisecond of work. */
export class Certificates {
  readonly #issuer: string
  readonly #issuerKey: KeyObject
  readonly #signingKey: KeyObject
  /** One key for all: only this process ever has it. */
  readonly #leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  readonly #leafPem: string
  readonly #now: () => number
  readonly #kept = new Map<string, Kept>()

  /** `now` gives wall time in ms since the Unix epoch. */
  constructor({ certificate, key }: AuthorityFiles, now: () => number = Date.now) {
    const parsed = new X509Certificate(certificate)
    this.#issuer = nameOfAuthority(parsed)
    this.#issuerKey = parsed.publicKey
    this.#signingKey = createPrivateKey(key)
    this.#leafPem = String(this.#leaf.privateKey.export({ format: 'pem', type: 'pkcs8' }))
    this.#now = now
  }

  /** How many certificates are kept. */
  get size(): number {
    return this.#kept.size
  }

  /** A key and a certificate for some names and addresses, as PEM. */
  pairOf(names: readonly string[]): { readonly key: string; readonly cert: string } {
    return { key: this.#leafPem, cert: this.#make(names, this.#now()) }
  }

  /** What TLS needs to answer for some names and addresses. */
  contextOf(names: readonly string[]): SecureContext {
    const key = names.join(' ')
    const now = this.#now()
    const found = this.#kept.get(key)
    const isFresh = found !== undefined && found.endsAt - now > leastLeftMs
    const kept = isFresh
      ? found
      : { context: createSecureContext(this.pairOf(names)), endsAt: now + lifeMs }
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    if (this.#kept.size > keptCertificates) {
      const [oldest] = this.#kept.keys()
      this.#kept.delete(oldest!)
    }
    return kept.context
  }

  #make(names: readonly string[], now: number): string {
    return makeCertificate(
      {
        subject: commonName,
        issuer: this.#issuer,
        publicKey: this.#leaf.publicKey,
        issuerKey: this.#issuerKey,
        notBefore: now - dayMs,
        notAfter: now + lifeMs,
        use: { type: 'server', names },
      },
      this.#signingKey,
    )
  }
}
