// How old an envelope is, and how long it has to live.

/** When an envelope was stamped, and for how long: both in seconds. */
export interface Stamp {
  readonly timestamp: bigint
  readonly expiration: bigint
}

/** The longest life that the bus grants: `rmb-rs: src/peer/mod.rs`, seconds. */
export const MAX_EXPIRATION_SECONDS = 1800n

/** What a peer or the relay writes when nobody asked for another life, seconds. */
export const DEFAULT_EXPIRATION_SECONDS = 300n

/**
 * Stamps anew without moving the deadline: a stamp that is unset or in the future becomes now; an
 * older one becomes now with what is left of its life.
 */
export function restamp({ timestamp, expiration }: Stamp, now: bigint): Stamp {
  if (timestamp === 0n || timestamp > now) return { timestamp: now, expiration }
  const age = now - timestamp
  return { timestamp: now, expiration: expiration > age ? expiration - age : 0n }
}

/**
 * The second at which an envelope's life ends. All implementations add in 64 bits, so an absurdly
 * long life is over already.
 */
export function deadlineOf({ timestamp, expiration }: Stamp): bigint {
  return BigInt.asUintN(64, timestamp + expiration)
}

/** Seconds left to live; 0 when the envelope has expired. */
export function secondsLeft(stamp: Stamp, now: bigint): bigint {
  const left = deadlineOf(stamp) - now
  return left > 0n ? left : 0n
}
