// Who sends and who receives: twins and their sessions, and the relay string that a twin keeps on the chain.

/**
 * A twin, or one session of it. Without `connection` it is the twin's session without a name; an
 * empty `connection` names another session.
 */
export interface Address {
  readonly twin: number
  readonly connection?: string
}

const MAX_TWIN = 0xffff_ffff

/** The textual form, `7` or `7:abc`; also what the relay names a session's queue by. */
export function formatAddress({ twin, connection }: Address): string {
  return connection === undefined ? String(twin) : `${twin}:${connection}`
}

/** Reads `7` or `7:abc` (the session may hold more colons); `undefined` when the twin is no u32. */
export function parseAddress(text: string): Address | undefined {
  const colon = text.indexOf(':')
  const digits = colon === -1 ? text : text.slice(0, colon)
  // As Rust reads a number: decimal digits, a plus sign is allowed.
  if (!/^\+?[0-9]+$/.test(digits)) return undefined
  const twin = Number(digits)
  if (twin > MAX_TWIN) return undefined
  return colon === -1 ? { twin } : { twin, connection: text.slice(colon + 1) }
}

/** Whether two addresses name the same session. */
export function sameAddress(a: Address, b: Address): boolean {
  return a.twin === b.twin && a.connection === b.connection
}

/**
 * The relay string that the TypeScript client wants on the chain for a relay URL, and updates the
 * twin to when it is another: `tfgrid-sdk-ts: packages/rmb_direct_client`.
 */
export function relayStringOfUrl(url: string): string {
  return url.replace('wss://', '').replace('/', '')
}

/** The domains in a twin's relay string: `rmb-rs: src/twin/mod.rs` (`RelayDomains`). */
export function relayDomains(relay: string): readonly string[] {
  return [...new Set(relay.split('_'))]
}
