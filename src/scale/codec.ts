// From values to bytes and back, in one call.

import { bytesFromHex, type Hex } from './byte-string.ts'
import { ScaleReader } from './reader.ts'
import type { ScaleType } from './type.ts'
import { ScaleWriter } from './writer.ts'

/** A writer that has grown beyond this is not kept for the next value. */
const LARGEST_KEPT_WRITER = 1 << 20

/** The writer that waits for the next value; null while one is being written. */
let spare: ScaleWriter | null = null

/** The SCALE bytes of a value. */
export function encodeToBytes<T>(type: ScaleType<T>, value: NoInfer<T>): Uint8Array {
  return withWriter(type, value, out => out.toBytes())
}

/** The SCALE bytes of a value as `0x` hex. */
export function encodeToHex<T>(type: ScaleType<T>, value: NoInfer<T>): Hex {
  return withWriter(type, value, out => out.toHex())
}

/** The value of these bytes, all of them: bytes left over are a ScaleError. */
export function decodeFromBytes<T>(type: ScaleType<T>, bytes: Uint8Array): T {
  const input = new ScaleReader(bytes)
  const value = type.decode(input)
  input.expectEnd()
  return value
}

/** The value at the front of these bytes, whatever follows. */
export function decodePrefix<T>(type: ScaleType<T>, bytes: Uint8Array): T {
  return type.decode(new ScaleReader(bytes))
}

/** The value of these hex bytes, all of them. */
export function decodeFromHex<T>(type: ScaleType<T>, hex: string): T {
  return decodeFromBytes(type, bytesFromHex(hex))
}

function withWriter<T, R>(type: ScaleType<T>, value: T, finish: (out: ScaleWriter) => R): R {
  const out = spare ?? new ScaleWriter()
  spare = null
  try {
    out.reset()
    type.encode(value, out)
    return finish(out)
  } finally {
    if (out.capacity <= LARGEST_KEPT_WRITER) spare = out
  }
}
