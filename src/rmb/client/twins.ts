// Who twins are, as a party outside of the chain's process learns it: asked for, and remembered for a while.

/** What a peer has to know of a twin. */
export interface PeerTwin {
  readonly id: number
  /** 32 bytes. */
  readonly account: Uint8Array
  /** The relay string on the chain; null when it is not set. */
  readonly relay: string | null
  /** Compressed secp256k1 key for end-to-end encryption; null when it is not set. */
  readonly pk: Uint8Array | null
}

/** Finds twins; rejects when nobody can be asked. */
export interface TwinSource {
  twin(id: number): Promise<PeerTwin | undefined>
}

/** How much is remembered, and for how long (`rmb-rs: src/cache/memory.rs`). */
const DEFAULT_LIMIT = 500
const DEFAULT_LIFE_MS = 300_000

interface Known {
  readonly twin: PeerTwin
  readonly until: number
}

/**
 * Remembers the twins of a source, the least recently learned forgotten first. Twins that do not exist are asked
 * for again each time; those who ask at the same time wait for one answer.
 */
export function rememberTwins(
  source: TwinSource,
  options: { limit?: number; lifeMs?: number; now?: () => number } = {},
): TwinSource & { forget(id: number): void } {
  const { limit = DEFAULT_LIMIT, lifeMs = DEFAULT_LIFE_MS, now = Date.now } = options
  const known = new Map<number, Known>()
  const asked = new Map<number, Promise<PeerTwin | undefined>>()
  const ask = async (id: number): Promise<PeerTwin | undefined> => {
    try {
      const twin = await source.twin(id)
      if (twin) {
        known.delete(id)
        known.set(id, { twin, until: now() + lifeMs })
        const oldest = known.keys().next()
        if (known.size > limit && !oldest.done) known.delete(oldest.value)
      }
      return twin
    } finally {
      asked.delete(id)
    }
  }
  return {
    twin(id) {
      const found = known.get(id)
      if (found && found.until > now()) return Promise.resolve(found.twin)
      const asking = asked.get(id) ?? ask(id)
      asked.set(id, asking)
      return asking
    },
    forget: id => void known.delete(id),
  }
}
