// Durations and sizes as people write them.

import { gridError } from '../kernel/errors.ts'

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** A duration: ms as a number, or a text such as `90s`, `10m`, `1.5h`, `1h30m`, `30d`. */
export type Duration = number | string

/** The longest duration: a hundred years. */
const maxMs = 100 * 366 * 86_400_000

/** A duration in ms; anything unreadable, negative or beyond a hundred years is GRID_CONFIG_INVALID. */
export function durationMs(duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : textMs(duration)
  if (ms >= 0 && ms <= maxMs) return ms
  throw gridError('GRID_CONFIG_INVALID', {
    detail: `${duration} is not a duration`,
    hint: 'Time goes forward, a hundred years at most.',
  })
}

function textMs(duration: string): number {
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)/g)]
  if (parts.length === 0 || parts.map(([text]) => text).join('') !== duration.replaceAll(' ', '')) {
    throw gridError('GRID_CONFIG_INVALID', {
      detail: `'${duration}' is not a duration`,
      hint: 'Write a number of ms, or a number and one of ms, s, m, h, d, w: 90s, 1h30m.',
    })
  }
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * unitMs[unit!]!, 0)
}

const unitBytes: Readonly<Record<string, bigint>> = {
  B: 1n,
  KB: 1n << 10n,
  MB: 1n << 20n,
  GB: 1n << 30n,
  TB: 1n << 40n,
}

/** A size: bytes as a number or bigint, or a text such as `500 MB`, `10 GB`, `2 TB` (powers of 1024). */
export type Size = number | bigint | string

/** A size in bytes; anything unreadable is GRID_CONFIG_INVALID. */
export function sizeBytes(size: Size): bigint {
  if (typeof size !== 'string') return BigInt(size)
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)i?B$/.exec(size.trim())
  if (!match) {
    throw gridError('GRID_CONFIG_INVALID', {
      detail: `'${size}' is not a size`,
      hint: 'Write a number of bytes, or a number and one of B, KB, MB, GB, TB: 10 GB.',
    })
  }
  const [, number, unit] = match
  const factor = unitBytes[`${unit}B`]!
  const whole = BigInt(Math.trunc(Number(number)))
  const fraction = Number(number) % 1
  return whole * factor + BigInt(Math.round(fraction * Number(factor)))
}

/** Bytes of a number of GiB, as sizes are compared in scenarios. */
export const GB = (count: number): bigint => sizeBytes(`${count} GB`)
