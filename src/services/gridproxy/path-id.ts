// Ids in paths: any digits, read as Go reads them.

import { quoted } from '../../zos/go/quote.ts'

const maxInt64 = 2n ** 63n - 1n

/** The id that digits stand for, or why they stand for none. Ids are cut to 32 bits, as upstream does. */
export function parseId(
  digits: string,
):
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly problem: string } {
  const value = BigInt(digits)
  if (value > maxInt64) {
    return { ok: false, problem: `strconv.Atoi: parsing ${quoted(digits)}: value out of range` }
  }
  return { ok: true, value: Number(BigInt.asUintN(32, value)) }
}
