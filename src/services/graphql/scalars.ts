// The scalars of the schema that JSON has no numbers for: they go out as strings, and come in as numbers or strings.

import { GraphQLScalarType, Kind, type ValueNode } from 'graphql'

const integer = /^[+-]?\d+$/
const decimal = /^[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?$/

/** Longer texts are no numbers of anybody: reading them, and telling of them, takes time. */
const maxDigits = 400

/** The text of a number or of a string; anything else has none. */
function textOf(value: unknown): string {
  const isPlain =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
  return isPlain ? String(value) : ''
}

/** The library puts the place before it; of a `GraphQLError` it would think that it has one. */
function notA(name: string, value: unknown): TypeError {
  const text = String(value)
  return new TypeError(
    `Not a ${name}: ${text.length > maxDigits ? `${text.slice(0, maxDigits)}...` : text}`,
  )
}

/** Whole numbers of any size. */
export const BigIntScalar = new GraphQLScalarType<bigint | null, string>({
  name: 'BigInt',
  description: 'Big number integer',
  serialize: value => String(value),
  parseValue: value => parseBigInt(value),
  parseLiteral: (node: ValueNode) =>
    node.kind === Kind.STRING || node.kind === Kind.INT ? parseBigInt(node.value) : null,
})

/** Decimal numbers. */
export const BigDecimalScalar = new GraphQLScalarType<number | null, string>({
  name: 'BigDecimal',
  description: 'Big number decimal',
  serialize: value => String(value),
  parseValue: value => parseDecimal(value),
  parseLiteral: (node: ValueNode) => {
    const isNumber = node.kind === Kind.INT || node.kind === Kind.FLOAT
    return isNumber || node.kind === Kind.STRING ? parseDecimal(node.value) : null
  },
})

function parseBigInt(value: unknown): bigint {
  const text = textOf(value)
  if (text.length > maxDigits || !integer.test(text)) throw notA('BigInt', value)
  return BigInt(text.startsWith('+') ? text.slice(1) : text)
}

function parseDecimal(value: unknown): number {
  const text = textOf(value)
  if (text.length > maxDigits || !decimal.test(text)) throw notA('BigDecimal', value)
  return Number(text)
}
