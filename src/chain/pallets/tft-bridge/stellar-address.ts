// Stellar's account addresses, as the bridge checks them: `G` and 55 more characters with a checksum inside.

import type { ByteString } from '../../../scale/byte-string.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The version byte of a public key, `pendulum-chain/substrate-stellar-sdk: src/utils/key_encoding.rs`. */
const publicKeyVersion = 0x30

/** Whether a text is an address of Stellar; whether anybody owns it is not asked. */
export function isStellarAddress(text: ByteString): boolean {
  if (!/^[A-Z2-7]{56}$/.test(text)) return false
  const bytes = base32Bytes(text)
  if (bytes[0] !== publicKeyVersion) return false
  const checksum = crc16(bytes.subarray(0, 33))
  return bytes[33] === (checksum & 0xff) && bytes[34] === checksum >> 8
}

/** The bytes of base32 digits, of which eight make five bytes. */
function base32Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length * 5) / 8)
  let bits = 0
  let length = 0
  let at = 0
  for (const digit of text) {
    bits = ((bits << 5) | alphabet.indexOf(digit)) & 0xfff
    length += 5
    if (length < 8) continue
    length -= 8
    bytes[at] = bits >> length
    at += 1
  }
  return bytes
}

/** CRC16-XMODEM. */
function crc16(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let i = 0; i < 8; i += 1) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff
  }
  return crc
}
