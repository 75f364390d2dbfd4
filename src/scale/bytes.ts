// Bytes: arrays of known length as hex or as byte strings, and lists of bytes as byte strings.

import type { ByteString, Hex } from './byte-string.ts'
import { arrayShape, boundedVecShape, sequenceShape } from './containers.ts'
import { ScaleError } from './errors.ts'
import { onceFor } from './once.ts'
import { u8 } from './primitives.ts'
import type { ScaleReader } from './reader.ts'
import { makeType, type ScaleType, type TypeShape } from './type.ts'
import type { ScaleWriter } from './writer.ts'

/** `[u8; N]` as lowercase `0x` hex: what people know as hex, such as accounts, hashes and signatures. */
export function hexBytes(length: number): ScaleType<Hex> {
  return onceFor(['hexBytes', length], () =>
    makeType<Hex>({
      encode: (value, out) => out.hex(value, length),
      decode: input => input.hex(length),
      shape: () => arrayShape(u8, length),
      defaultValue: () => `0x${'00'.repeat(length)}`,
    }),
  )
}

/** `[u8; N]` as a byte string: identifiers and whatever else is raw. */
export function byteArray(length: number): ScaleType<ByteString> {
  return onceFor(['byteArray', length], () =>
    makeType<ByteString>({
      encode(value, out) {
        if (value.length !== length) {
          throw new ScaleError('badValue', `${value.length} bytes given, ${length} needed`)
        }
        out.byteString(value)
      },
      decode: input => input.byteString(length),
      shape: () => arrayShape(u8, length),
      defaultValue: () => '\0'.repeat(length),
    }),
  )
}

/** `Vec<u8>` as a byte string. */
export const bytes: ScaleType<ByteString> = byteList(Number.POSITIVE_INFINITY, () =>
  sequenceShape(u8),
)

/** `BoundedVec<u8, max>` as a byte string; longer ones neither encode nor decode. */
export function boundedBytes(max: number): ScaleType<ByteString> {
  return onceFor(['boundedBytes', max], () => byteList(max, () => boundedVecShape(u8, max)))
}

function byteList(max: number, shape: () => TypeShape): ScaleType<ByteString> {
  const refuse = (length: number) => {
    throw new ScaleError('tooLong', `${length} bytes, at most ${max} allowed`)
  }
  return makeType<ByteString>({
    encode(value: ByteString, out: ScaleWriter) {
      const { length } = value
      if (length > max) refuse(length)
      out.compact(length)
      out.byteString(value)
    },
    decode(input: ScaleReader) {
      const length = input.listLength()
      if (length > max) refuse(length)
      return input.byteString(length)
    },
    shape,
    defaultValue: () => '',
  })
}
