// The node's reading of a moment: unix seconds, or a date in RFC 3339 floored to seconds.

import { accepted, type Outcome, refused } from '../outcome.ts'

const unknownFormat = refused('unknown timestamp format, expecting a timestamp or an ISO-8601 date')

const dateForm =
  /^"(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})([.,]\d+)?(?:Z|([+-])(\d{2}):(\d{2}))"$/

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC((year % 400) + 2000, month, 0)).getUTCDate()
}

/** Days from 1970-01-01 to a date of the Gregorian calendar, without the limits of `Date`. */
function daysFromEpoch(year: number, month: number, day: number): bigint {
  const centuries = Math.floor(year / 400) - 5
  const inCycle = Date.UTC((year % 400) + 2000, month - 1, day) / 86_400_000
  return BigInt(inCycle) + BigInt(centuries) * 146_097n
}

function parseDate(text: string): bigint | undefined {
  const parts = dateForm.exec(text)
  if (parts === null) return undefined
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const zoneHour = Number(parts[9] ?? 0)
  const zoneMinute = Number(parts[10] ?? 0)
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  if (zoneHour > 24 || zoneMinute > 60) return undefined
  const zone = (parts[8] === '-' ? -1 : 1) * (zoneHour * 60 + zoneMinute) * 60
  return (
    daysFromEpoch(year, month, day) * 86_400n + BigInt(hour * 3600 + minute * 60 + second - zone)
  )
}

/** Reads one JSON value, given as its text (threefoldtech/zosbase: pkg/gridtypes/common.go). */
export function parseTimestamp(json: string): Outcome<bigint> {
  if (json === 'null') return accepted(0n)
  if (/^-?[0-9]{1,20}$/.test(json)) {
    const value = BigInt(json)
    return BigInt.asIntN(64, value) === value ? accepted(value) : unknownFormat
  }
  const date = parseDate(json)
  return date === undefined ? unknownFormat : accepted(date)
}
