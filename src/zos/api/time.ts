// Virtual time as nodes write it: dates in UTC, without asking the machine what day it is.

const dayMs = 86_400_000

/** The civil date of a day counted from 1970-01-01 (the algorithm of Howard Hinnant's `civil_from_days`). */
function civil(day: number): { year: number; month: number; date: number } {
  const shifted = day + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const leaps = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100)
  const dayOfYear = dayOfEra - (365 * yearOfEra + leaps)
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const date = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, date }
}

const digits = (value: number, length = 2) => String(value).padStart(length, '0')

/** Virtual time in ms as RFC 3339 in UTC, in whole seconds: `2026-03-31T10:00:00Z`. */
export function rfc3339(ms: number): string {
  const day = Math.floor(ms / dayMs)
  const { year, month, date } = civil(day)
  const seconds = Math.floor((ms - day * dayMs) / 1000)
  const hour = digits(Math.floor(seconds / 3600))
  const minute = digits(Math.floor(seconds / 60) % 60)
  return `${digits(year, 4)}-${digits(month)}-${digits(date)}T${hour}:${minute}:${digits(seconds % 60)}Z`
}
