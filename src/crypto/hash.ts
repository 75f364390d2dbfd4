// The hash functions of the grid's wires.

import { hash } from 'node:crypto'
import { blake2b, twox } from './internal/wasm.ts'

/** BLAKE2b with 16 bytes: `blake2_128` of Substrate. */
export const blake2b128 = (bytes: Uint8Array): Uint8Array => blake2b(bytes, 16)

/** BLAKE2b with 32 bytes: `blake2_256` of Substrate, the hash of blocks and extrinsics. */
export const blake2b256 = (bytes: Uint8Array): Uint8Array => blake2b(bytes, 32)

/** BLAKE2b with 64 bytes. */
export const blake2b512 = (bytes: Uint8Array): Uint8Array => blake2b(bytes, 64)

/** xxHash64 with seed 0, little-endian: `twox_64` of Substrate. */
export const twox64 = (bytes: Uint8Array): Uint8Array => twox(bytes, 1)

/** xxHash64 with the seeds 0 and 1, little-endian: `twox_128` of Substrate. */
export const twox128 = (bytes: Uint8Array): Uint8Array => twox(bytes, 2)

/** MD5 of bytes, or of the UTF-8 of a text. */
export const md5 = (data: Uint8Array | string): Uint8Array =>
  new Uint8Array(hash('md5', data, 'buffer'))

/** SHA-256 of bytes, or of the UTF-8 of a text. */
export const sha256 = (data: Uint8Array | string): Uint8Array =>
  new Uint8Array(hash('sha256', data, 'buffer'))
