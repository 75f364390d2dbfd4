// The parameters of methods: how each kind is read from JSON, and what is said of one that is wrong.

import { toHex } from '../../crypto/hex.ts'
import { decodeSs58 } from '../../crypto/ss58.ts'
import type { AccountId32 as AccountId } from '../types/primitives.ts'
import { type RpcError, rpcErrors } from './errors.ts'

/** One parameter of a method. */
export interface Param<T> {
  /** As it is called when parameters are given by name. */
  readonly name: string
  /** The kind, for the generated help. */
  readonly kind: string
  readonly isOptional: boolean
  /** Takes the JSON value, undefined when it is missing; throws the answer to one that is wrong. */
  readonly read: (value: unknown) => T
}

/** How values of one kind are read. */
export interface Kind<T> {
  readonly kind: string
  readonly read: (value: unknown) => T
}

/** A parameter that has to be there. */
export function param<T>(name: string, { kind, read }: Kind<T>): Param<T> {
  return {
    name,
    kind,
    isOptional: false,
    read: value => {
      if (value === undefined) throw rpcErrors.invalidParams('No more params')
      return read(value)
    },
  }
}

/** A parameter that may be missing or null. */
export function optional<T>(name: string, { kind, read }: Kind<T>): Param<T | null> {
  return {
    name,
    kind,
    isOptional: true,
    read: value => (value === undefined || value === null ? null : read(value)),
  }
}

/** Text, whatever it says. */
export const text: Kind<string> = {
  kind: 'string',
  read: value => {
    if (typeof value !== 'string') throw wrongType(value, 'a string')
    return value
  },
}

/** Yes or no. */
export const bool: Kind<boolean> = {
  kind: 'boolean',
  read: value => {
    if (typeof value !== 'boolean') throw wrongType(value, 'a boolean')
    return value
  },
}

/** Whatever it is: its method looks into it. */
export const json: Kind<unknown> = { kind: 'json', read: value => value }

/** An unsigned integer of 32 bits. */
export const u32: Kind<number> = {
  kind: 'u32',
  read: value => {
    if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(value, 'u32')
    if (value < 0 || value > 0xffff_ffff) {
      throw at(value, `invalid value: integer \`${value}\`, expected u32`)
    }
    return value
  },
}

const hexText = 'a (both 0x-prefixed or not) hex string or byte array'

/** Bytes as hex digits: with `0x` or without, in either case, as the real node takes them. */
export const bytes: Kind<Uint8Array> = {
  kind: 'bytes',
  read: value => fromDigits(digitsOf(value, hexText)),
}

/** Bytes as hex digits, normalised to `0x` and lower case: storage keys. */
export const hex: Kind<string> = {
  kind: 'bytes',
  read: value => {
    const digits = digitsOf(value, hexText)
    return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`
  },
}

/** The hash of a block. */
export const blockHash: Kind<string> = {
  kind: 'hash',
  read: value => {
    const expected = `${hexText} containing 32 bytes`
    const digits = digitsOf(value, expected)
    if (digits.length !== 64) {
      throw at(value, `invalid length ${digits.length}, expected ${expected}`)
    }
    return `0x${digits}`
  },
}

/** A list. */
export function list<T>({ kind, read }: Kind<T>): Kind<readonly T[]> {
  return {
    kind: `${kind}[]`,
    read: value => {
      if (!Array.isArray(value)) throw wrongType(value, 'a sequence')
      return value.map(read)
    },
  }
}

/** The account that an SS58 address names. */
export const account: Kind<AccountId> = {
  kind: 'address',
  read: value => {
    if (typeof value !== 'string') throw wrongType(value, 'a string')
    const decoded = decodeSs58(value)
    if (!decoded.ok) throw at(value, decoded.error)
    return toHex(decoded.publicKey)
  },
}

/** A number of a block as clients write it: a number, or hex. */
export const numberOrHex: Kind<number> = {
  kind: 'number or hex',
  read: value => {
    const number = bigNumberOf(value)
    if (number === null) {
      throw rpcErrors.invalidParams(
        'data did not match any variant of untagged enum ListOrValue at line 1 column 0',
      )
    }
    if (number > 0xffff_ffffn) {
      const shown = typeof value === 'number' ? `Number(${number})` : `Hex(${number})`
      throw rpcErrors.blockNumber(shown)
    }
    return Number(number)
  },
}

/** One of a kind, or a list of them. */
export function listOr<T>(one: Kind<T>): Kind<T | readonly T[]> {
  return {
    kind: `${one.kind}, or a list`,
    read: value => (Array.isArray(value) ? value.map(one.read) : one.read(value)),
  }
}

function bigNumberOf(value: unknown): bigint | null {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 ? BigInt(value) : null
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(value)) return null
  return BigInt(value)
}

/** The lower-case digits of a hex text; white space among them is skipped, as `impl-serde` does. */
function digitsOf(value: unknown, expected: string): string {
  if (typeof value !== 'string') throw wrongType(value, expected)
  const hasPrefix = value.startsWith('0x')
  const digits = hasPrefix ? value.slice(2) : value
  const wrong = digits.search(/[^0-9a-fA-F \t\r\n]/)
  if (wrong >= 0) {
    const index = wrong + (hasPrefix ? 2 : 0)
    throw at(value, `invalid hex character: ${digits[wrong]}, at ${index}`)
  }
  return digits.replace(/\s/g, '').toLowerCase()
}

function fromDigits(digits: string): Uint8Array {
  const even = digits.length % 2 === 0 ? digits : `0${digits}`
  return new Uint8Array(Buffer.from(even, 'hex'))
}

/** `serde_json` calls a value by its type and says what it wanted. */
function wrongType(value: unknown, expected: string): RpcError {
  return at(value, `invalid type: ${typeNameOf(value)}, expected ${expected}`)
}

function typeNameOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'sequence'
  switch (typeof value) {
    case 'boolean':
      return `boolean \`${value}\``
    case 'number':
      return Number.isInteger(value) ? `integer \`${value}\`` : `floating point \`${value}\``
    case 'string':
      return `string ${JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value)}`
    default:
      return 'map'
  }
}

/** Adds the place at which the real parser stops: behind the value, or before a list or an object. */
function at(value: unknown, said: string): RpcError {
  const isOpen = typeof value === 'object' && value !== null
  const column = isOpen ? 0 : (JSON.stringify(value)?.length ?? 0)
  return rpcErrors.invalidParams(`${said} at line 1 column ${column}`)
}
