// Numbers and moments as people read them.

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']

/** `1.5 TiB`. */
export function bytes(amount: string | number): string {
  let value = Number(amount)
  let unit = 0
  for (; value >= 1024 && unit < units.length - 1; unit += 1) value /= 1024
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** `12 345`. */
export function count(amount: number | string): string {
  return Math.round(Number(amount)).toLocaleString('en').replaceAll(',', ' ')
}

/** 10^-7 TFT as TFT. */
export function tft(amount: string): string {
  const value = Number(BigInt(amount)) / 1e7
  return `${value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 4 : 1 })} TFT`
}

/** A moment of the grid, in UTC. */
export function moment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`
}

/** The time of day of a moment, to the millisecond. */
export function clockTime(at: number): string {
  return new Date(at).toISOString().slice(11, 23)
}

/** A time span: `5 ms`, `1.2 s`, `3.0 min`. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 3_600_000) return `${(ms / 60_000).toFixed(1)} min`
  if (ms < 86_400_000) return `${(ms / 3_600_000).toFixed(1)} h`
  return `${(ms / 86_400_000).toFixed(1)} d`
}

/** The share of a whole in percent. */
export function percent(part: string | number, whole: string | number): number {
  return Number(whole) === 0 ? 0 : (100 * Number(part)) / Number(whole)
}

/** The middle of a long hex text left out. */
export function short(text: string, length = 18): string {
  return text.length <= length
    ? text
    : `${text.slice(0, length / 2 + 1)}…${text.slice(1 - length / 2)}`
}
