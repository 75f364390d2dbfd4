// How long a signed extrinsic is valid: for ever, or for a window of blocks.

/** `sp_runtime::generic::Era`. */
export type Era =
  | { readonly type: 'Immortal' }
  | { readonly type: 'Mortal'; readonly period: number; readonly phase: number }

export const immortal: Era = { type: 'Immortal' }

/** The window that the two bytes of a mortal era mean (`sp_runtime: src/generic/era.rs`). */
export function eraFromBytes(first: number, second: number): Era | null {
  const encoded = first | (second << 8)
  const period = 2 << (encoded & 0xf)
  const phase = (encoded >> 4) * quantize(period)
  return period >= 4 && phase < period ? { type: 'Mortal', period, phase } : null
}

/** The bytes of an era. */
export function eraToBytes(era: Era): Uint8Array {
  if (era.type === 'Immortal') return new Uint8Array([0])
  const low = Math.min(15, Math.max(1, Math.log2(era.period) - 1))
  const encoded = low | ((era.phase / quantize(era.period)) << 4)
  return new Uint8Array([encoded & 0xff, encoded >> 8])
}

/** A mortal era that begins at `current` and lasts `period` blocks, rounded up to a power of two (4 to 65536). */
export function mortalEra(current: number, period: number): Era {
  const rounded = Math.min(65536, Math.max(4, 2 ** Math.ceil(Math.log2(period))))
  const step = quantize(rounded)
  return { type: 'Mortal', period: rounded, phase: Math.floor((current % rounded) / step) * step }
}

/** The block whose hash is part of the signed payload, seen from block `current`. */
export function birthOf(era: Era, current: number): number {
  if (era.type === 'Immortal') return 0
  const { period, phase } = era
  return Math.floor((Math.max(current, phase) - phase) / period) * period + phase
}

/** The first block in which the extrinsic is not valid any more; Infinity for an immortal one. */
export function deathOf(era: Era, current: number): number {
  return era.type === 'Immortal' ? Number.POSITIVE_INFINITY : birthOf(era, current) + era.period
}

function quantize(period: number): number {
  return Math.max(period >> 12, 1)
}
