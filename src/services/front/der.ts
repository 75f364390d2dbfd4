// ASN.1 values in DER, as far as certificates need them.

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** A value: tag, length, content. */
export function element(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content])
}

/** A value with a tag of its own in its place: `[number] IMPLICIT` of bytes. */
export function tagged(number: number, content: Uint8Array): Buffer {
  return element(0x80 | number, content)
}

/** Values below a tag of their own: `[number] EXPLICIT`, or an implicit sequence. */
export function wrapped(number: number, ...items: readonly Uint8Array[]): Buffer {
  return element(0xa0 | number, Buffer.concat(items))
}

export function sequence(...items: readonly Uint8Array[]): Buffer {
  return element(tags.sequence, Buffer.concat(items))
}

export function set(...items: readonly Uint8Array[]): Buffer {
  return element(tags.set, Buffer.concat(items))
}

/** A small number, not negative. */
export function smallInteger(value: number): Buffer {
  return element(tags.integer, Buffer.from([value]))
}

/** A number of big-endian bytes, whose first bit must not be set. */
export function integer(bytes: Uint8Array): Buffer {
  return element(tags.integer, bytes)
}

export function boolean(value: boolean): Buffer {
  return element(tags.boolean, Buffer.from([value ? 0xff : 0]))
}

export function octets(bytes: Uint8Array): Buffer {
  return element(tags.octetString, bytes)
}

/** Bits, of which the last `unused` do not count. */
export function bits(bytes: Uint8Array, unused = 0): Buffer {
  return element(tags.bitString, Buffer.concat([Buffer.from([unused]), bytes]))
}

export function utf8(text: string): Buffer {
  return element(tags.utf8String, Buffer.from(text, 'utf8'))
}

/** An identifier as `2.5.29.17`. */
export function objectId(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  return element(tags.objectId, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

/** A moment in ms since the Unix epoch, in the form that certificates have (RFC 5280, 4.1.2.5). */
export function time(at: number): Buffer {
  const text = `${new Date(at).toISOString().replace(/[-:T]|\.\d+Z$/g, '')}Z`
  const isNear = Number(text.slice(0, 4)) < 2050
  return isNear
    ? element(tags.utcTime, Buffer.from(text.slice(2), 'latin1'))
    : element(tags.generalizedTime, Buffer.from(text, 'latin1'))
}

function base128(value: number): number[] {
  const digits = [value & 0x7f]
  for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80)
  return digits
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length]
  if (length < 0x100) return [0x81, length]
  return [0x82, length >> 8, length & 0xff]
}
