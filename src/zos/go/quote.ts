// How the node quotes text inside its messages.

const shortEscapes: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u

/** Is this single character shown as itself in the node's messages? */
export function isPrintable(character: string): boolean {
  return printable.test(character)
}

function escaped(character: string): string {
  const short = shortEscapes[character]
  if (short !== undefined) return short
  if (isPrintable(character)) return character
  const code = character.codePointAt(0) ?? 0
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}

/** Text in double quotes, with everything that cannot be printed escaped. */
export function quoted(text: string): string {
  return `"${Array.from(text, escaped).join('')}"`
}

/** One byte in single quotes, as in `invalid character 'x' ...`; a byte above 127 shows as Latin-1. */
export function quotedByte(byte: number): string {
  if (byte === 0x27) return "'\\''"
  if (byte === 0x22) return `'"'`
  return `'${escaped(String.fromCharCode(byte))}'`
}
