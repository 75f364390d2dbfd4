// Patterns of SQL's LIKE: `%` for any text, `_` for any character, a backslash before one of them for itself.

interface Token {
  readonly kind: 'any' | 'one' | 'text'
  readonly text: string
}

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = []
  const characters = Array.from(pattern)
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at]!
    if (character === '%') tokens.push({ kind: 'any', text: '' })
    else if (character === '_') tokens.push({ kind: 'one', text: '' })
    else if (character === '\\' && at + 1 < characters.length) {
      at += 1
      tokens.push({ kind: 'text', text: characters[at]! })
    } else tokens.push({ kind: 'text', text: character })
  }
  return tokens
}

/** Whether texts are like a pattern, whatever the case of their letters. */
export function likeTest(pattern: string): (text: string) => boolean {
  const tokens = tokensOf(pattern.toLowerCase())
  const plain = tokens.slice(1, -1)
  const isSubstring =
    tokens.length >= 2 &&
    tokens[0]!.kind === 'any' &&
    tokens.at(-1)!.kind === 'any' &&
    plain.every(({ kind }) => kind === 'text')
  if (isSubstring) {
    const part = plain.map(token => token.text).join('')
    return text => text.toLowerCase().includes(part)
  }
  return text => matches(tokens, Array.from(text.toLowerCase()))
}

/** Greedy with one step back, so that the worst case is a product of lengths and no more. */
function matches(tokens: readonly Token[], characters: readonly string[]): boolean {
  let token = 0
  let at = 0
  let retryToken = -1
  let retryAt = 0
  while (at < characters.length) {
    const { kind, text } = tokens[token] ?? { kind: 'end', text: '' }
    if (kind === 'one' || (kind === 'text' && text === characters[at])) {
      token += 1
      at += 1
    } else if (kind === 'any') {
      retryToken = token + 1
      retryAt = at
      token += 1
    } else if (retryToken !== -1) {
      retryAt += 1
      token = retryToken
      at = retryAt
    } else return false
  }
  while (tokens[token]?.kind === 'any') token += 1
  return token === tokens.length
}

/** Whether texts contain another, in which `%` and `_` still stand for any text and any character. */
export function containsLike(part: string): (text: string) => boolean {
  return likeTest(`%${part}%`)
}

/** The same where `%` and `_` stand for themselves. */
export function containsPlain(part: string): (text: string) => boolean {
  return likeTest(`%${part.replaceAll('%', '\\%').replaceAll('_', '\\_')}%`)
}
