// What a peer needs of the chain.

import type { TwinSource } from '../client/twins.ts'

/** The chain as a peer sees it. Everything rejects when the chain cannot be reached or refuses. */
export interface PeerChain extends TwinSource {
  /** The twin of an account (32 bytes). */
  twinIdOf(account: Uint8Array): Promise<number | undefined>
  /** Writes relay string and key of the own twin; resolves when that is final. */
  updateTwin(update: { readonly relay: string; readonly pk: Uint8Array }): Promise<void>
}
