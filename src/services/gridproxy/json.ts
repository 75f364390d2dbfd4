// JSON text as Go's encoder writes it: whole numbers of any size, and no character that HTML gives a meaning to.

/** What can be written. Members stand in the order given. */
export type Json =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json }

const unsafe = /[<>&\u2028\u2029]/
const allUnsafe = new RegExp(unsafe, 'g')

/** A text in quotes. */
export function encodeText(text: string): string {
  const quoted = JSON.stringify(text)
  if (!unsafe.test(quoted)) return quoted
  return quoted.replace(
    allUnsafe,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The JSON text of a value. */
export function encode(value: Json): string {
  switch (typeof value) {
    case 'string':
      return encodeText(value)
    case 'number':
      // Go refuses what is no number; nothing here is meant to be one of those.
      return Number.isFinite(value) ? String(value) : '0'
    case 'object':
      if (value === null) return 'null'
      if (isList(value)) return `[${value.map(encode).join(',')}]`
      return `{${encodeMembers(value)}}`
    default:
      return String(value)
  }
}

/** The members of an object without its braces, so that more can be put beside them. */
export function encodeMembers(value: { readonly [name: string]: Json }): string {
  let text = ''
  for (const name in value) {
    if (text !== '') text += ','
    text += `${encodeText(name)}:${encode(value[name]!)}`
  }
  return text
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value)
}
