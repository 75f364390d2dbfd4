// What comes before a peer works: whose key it has, and what the chain has to say of its twin.

import { type KeyPair, keyPairFromSeed } from '../../crypto/keys.ts'
import { secp256k1PublicKey } from '../../crypto/secp256k1.ts'
import { parseSecretSeed } from '../../crypto/secret-uri.ts'
import { relayDomains } from '../address.ts'
import type { PeerChain } from './chain.ts'
import { type PeerOptions, RmbPeer } from './peer.ts'

/** The schemes of keys that twins of the bus have. */
export type PeerKeyType = 'sr25519' | 'ed25519'

/** Relays that a peer may be connected to (`rmb-rs: src/bins/rmb-peer.rs`). */
const MAX_RELAYS = 4

/** What keeps a peer from starting, in the words of `rmb-rs: src/bins/rmb-peer.rs` where it has some. */
export const startFaults = {
  secret: 'failed to initialize encryption key: invalid mnemonic or seed',
  tooManyRelays: 'the number of relays should not exceed 4',
  relayUrl: (url: string) => `failed to parse relays urls: '${url}' is no ws:// or wss:// URL`,
  noTwin: 'no twin found on this network with given key',
  twinGone: 'self twin not found!',
} as const

/** Thrown when a peer cannot start with what it was given. */
export class PeerStartFault extends Error {}

/** The keys of a twin. */
export interface PeerKeys {
  readonly pair: KeyPair
  /** Seed of the account; also the secret for end-to-end encryption. */
  readonly secret: Uint8Array
  /** What the twin publishes as `pk`. */
  readonly publicKey: Uint8Array
}

/** The keys of a secret: a phrase, or `0x` and 64 hex digits. */
export function peerKeys(secret: string, keyType: PeerKeyType = 'sr25519'): PeerKeys {
  const seed = parseSecretSeed(secret.trim())
  const publicKey = seed && secp256k1PublicKey(seed)
  if (!seed || !publicKey) throw new PeerStartFault(startFaults.secret)
  return { pair: keyPairFromSeed(seed, keyType), secret: seed, publicKey }
}

/**
 * The relay string that a peer wants on the chain: the hosts of its relays, without ports. The real peer takes
 * names only; addresses are taken here too, since a grid on one machine often has nothing else.
 */
export function peerRelayString(urls: readonly string[]): string {
  if (urls.length > MAX_RELAYS) throw new PeerStartFault(startFaults.tooManyRelays)
  const hosts = urls.map(text => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    const isRelay = url?.protocol === 'ws:' || url?.protocol === 'wss:'
    if (!url || !isRelay || url.hostname === '') {
      throw new PeerStartFault(startFaults.relayUrl(text))
    }
    return url.hostname.replace(/^\[|\]$/g, '')
  })
  return [...new Set(hosts)].join('_')
}

/** What a peer is started with. */
export interface StartOptions extends Omit<PeerOptions, 'twin' | 'pair' | 'secret' | 'twins'> {
  readonly keys: PeerKeys
  readonly chain: PeerChain
  /** Whether the twin's relay string and key on the chain are set right. Default: true. */
  readonly updatesTwin?: boolean
}

/**
 * Finds the twin of the keys, writes relay string and key to the chain where they are others, and starts the
 * peer. Throws {@link PeerStartFault}, or what the chain rejects with.
 */
export async function startPeer(options: StartOptions): Promise<RmbPeer> {
  const { keys, chain, updatesTwin = true, ...rest } = options
  const { pair, secret, publicKey } = keys
  const relay = peerRelayString(options.relays)
  const twin = await chain.twinIdOf(pair.publicKey)
  if (twin === undefined) throw new PeerStartFault(startFaults.noTwin)
  if (updatesTwin) {
    const known = await chain.twin(twin)
    if (!known) throw new PeerStartFault(startFaults.twinGone)
    const isRight = sameDomains(known.relay, relay) && sameBytes(known.pk, publicKey)
    if (!isRight) await chain.updateTwin({ relay, pk: publicKey })
  }
  return RmbPeer.start({ ...rest, twin, pair, secret, twins: chain })
}

/** Relay strings are sets of domains: their order does not matter. */
function sameDomains(known: string | null, wanted: string): boolean {
  if (known === null) return false
  const domains = new Set(relayDomains(known))
  const others = new Set(relayDomains(wanted))
  return domains.size === others.size && [...domains].every(domain => others.has(domain))
}

function sameBytes(a: Uint8Array | null, b: Uint8Array): boolean {
  return a !== null && Buffer.from(a).equals(b)
}
