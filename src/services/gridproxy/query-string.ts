// The query of a URL as the proxy's HTTP library reads it (golang/go: src/net/url/url.go, ParseQuery).

/** Values by key, in the order of their first appearance; empty values are left out. */
export type QueryValues = ReadonlyMap<string, readonly string[]>

/** Reads a query; pairs that are malformed are passed over, as are values that are empty. */
export function parseQuery(query: string): QueryValues {
  const values = new Map<string, string[]>()
  for (const pair of query.split('&')) {
    // A semicolon was once a separator too, so that pairs with one are now refused by themselves.
    if (pair === '' || pair.includes(';')) continue
    const at = pair.indexOf('=')
    const key = unescaped(at === -1 ? pair : pair.slice(0, at))
    const value = at === -1 ? '' : unescaped(pair.slice(at + 1))
    if (key === null || value === null || value === '') continue
    const known = values.get(key)
    if (known === undefined) values.set(key, [value])
    else known.push(value)
  }
  return values
}

/** Undoes percent-encoding in a query; null when it is malformed. */
function unescaped(text: string): string | null {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  return spaced.includes('%') ? percentDecoded(spaced) : spaced
}

const malformed = /%(?![0-9a-fA-F]{2})/

/** Undoes percent-encoding; what is no UTF-8 becomes replacement characters. Null when it is malformed. */
export function percentDecoded(text: string): string | null {
  if (!text.includes('%')) return text
  if (malformed.test(text)) return null
  // Text outside of the escapes may itself be any characters, so the whole goes through bytes.
  const bytes: number[] = []
  for (let at = 0; at < text.length; ) {
    if (text[at] === '%') {
      bytes.push(Number.parseInt(text.slice(at + 1, at + 3), 16))
      at += 3
      continue
    }
    const end = text.indexOf('%', at)
    const plain = Buffer.from(text.slice(at, end === -1 ? text.length : end), 'utf8')
    for (const byte of plain) bytes.push(byte)
    at = end === -1 ? text.length : end
  }
  return Buffer.from(bytes).toString('utf8')
}
