// Tokens: made as the real client makes them, judged as the real relay judges them.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex } from '../../src/crypto/hex.ts'
import { keyPairFromSeed } from '../../src/crypto/keys.ts'
import { decodeSs58 } from '../../src/crypto/ss58.ts'
import { signBytes } from '../../src/rmb/signature.ts'
import type { TwinLookup } from '../../src/rmb/token.ts'
import { checkToken, makeToken } from '../../src/rmb/token.ts'
import { pairOf, rmbVectors } from './vectors.ts'

function accountOf(address: string): Uint8Array {
  const decoded = decodeSs58(address)
  if (!decoded.ok) expect.unreachable(decoded.error)
  return decoded.publicKey
}

describe('tokens of the real client', () => {
  it.each(rmbVectors('jwt'))('$id', vector => {
    const pair = pairOf(vector.secret, vector.keyType)
    expect(pair.address).toBe(vector.accountSs58)
    const issuedAt = Math.ceil(vector.clockMs / 1000)
    const { twin, session } = vector
    const claims = { twin, session, issuedAt, expiresAt: issuedAt + 1000 }
    const token = makeToken(claims, pair)
    expect(token.startsWith(`${vector.signingInput}.`)).toBe(true)
    if (vector.deterministic) expect(token).toBe(vector.token)
    const findTwin = (id: number) =>
      id === twin ? { account: fromHex(pair.accountId) } : undefined
    for (const query of [token, vector.token]) {
      expect(checkToken(query, { now: BigInt(issuedAt), findTwin })).toEqual({
        ok: true,
        session: { twin, connection: session },
        claims,
      })
    }
  })
})

describe('the relay’s verdict', () => {
  it.each(rmbVectors('relayJwtCheck'))('$id: $note', vector => {
    const { chain, nowSeconds, query, expect: expected } = vector
    const findTwin = (id: number) =>
      id === chain.twin ? { account: accountOf(chain.accountSs58) } : undefined
    const verdict = checkToken(query ?? undefined, { now: BigInt(nowSeconds), findTwin })
    if (expected.session !== undefined) {
      const { twin, sid } = expected.session
      const session = sid === null ? { twin } : { twin, connection: sid }
      expect(verdict).toMatchObject({ ok: true, session })
      expect(verdict.ok && 'connection' in verdict.session).toBe(sid !== null)
      return
    }
    if (verdict.ok) expect.unreachable('the relay refuses this token')
    expect(verdict.refusal.status).toBe(expected.status)
    if (expected.body !== undefined) expect(verdict.refusal.body).toBe(expected.body)
    else expect(verdict.refusal.body.startsWith(expected.bodyPrefix!)).toBe(true)
  })
})

describe('a token', () => {
  const pair = keyPairFromSeed(new Uint8Array(32).fill(5), 'ed25519')
  const account = fromHex(pair.accountId)
  const now = 1_800_000_000n
  const known = (twin: number): TwinLookup => (twin === 7 ? { account } : undefined)
  const part = (text: string) => Buffer.from(text).toString('base64url')

  function signed(header: string, claims: string): string {
    const input = `${part(header)}.${part(claims)}`
    return `${input}.${Buffer.from(signBytes(pair, Buffer.from(input))).toString('base64url')}`
  }

  const HEADER = '{"alg":"RS512"}'
  const CLAIMS = '{"sub":7,"iat":1800000000,"exp":1800000060,"sid":"s"}'

  function verdict(query: string | undefined, findTwin = known): string {
    const result = checkToken(query, { now, findTwin })
    return result.ok
      ? `101 ${JSON.stringify(result.session)}`
      : `${result.refusal.status} ${result.refusal.body}`
  }

  it('opens the session it names', () => {
    expect(verdict(signed(HEADER, CLAIMS))).toBe('101 {"twin":7,"connection":"s"}')
    expect(verdict(signed(HEADER, CLAIMS.replace('"s"', '""')))).toBe(
      '101 {"twin":7,"connection":""}',
    )
    expect(verdict(signed(HEADER, CLAIMS.replace('"s"', 'null')))).toBe('101 {"twin":7}')
    const withoutSession = makeToken({ twin: 7, issuedAt: 1, expiresAt: 1_800_000_000 }, pair)
    expect(verdict(withoutSession)).toBe('101 {"twin":7}')
  })

  it('may be spaced, padded, and carry more than anyone asked for', () => {
    const spaced =
      ' {\n"x":[1,-2.5e3,{"y":"\\u00e9\\ud83d\\ude00"},[],{}],\t"sub":7,"iat":0,"exp":18446744073709551615}\r\n'
    expect(verdict(signed('{"typ":"JWT","cty":null,"kid":"k","alg":"RS512"}', spaced))).toBe(
      '101 {"twin":7}',
    )
    const padded = Buffer.from(CLAIMS).toString('base64')
    const header = part(HEADER)
    const input = `${header}.${padded}`
    const signature = Buffer.from(signBytes(pair, Buffer.from(input))).toString('base64url')
    expect(verdict(`${input}.${signature}`)).toBe('101 {"twin":7,"connection":"s"}')
  })

  it('is refused by a chain that cannot be asked', () => {
    expect(verdict(signed(HEADER, CLAIMS), () => ({ failed: 'no connection' }))).toBe(
      '500 failed to get twin: no connection',
    )
    expect(verdict(signed(HEADER, CLAIMS), () => undefined)).toBe('401 twin not found 7')
  })

  it.each([
    ['', 'No claims component found in token string'],
    ['a', 'No claims component found in token string'],
    ['a.b', 'No signature component found in token string'],
    ['a.b.c.d', 'Too many components found in token string'],
    ['..', 'EOF while parsing a value at line 1 column 0'],
    [`${part(HEADER)}..`, 'EOF while parsing a value at line 1 column 0'],
    ['a+b/.b.c', 'Invalid byte 43, offset 1.'],
    ['abcde.b.c', 'Encoded text cannot have a 6-bit remainder.'],
    ['abcd!.b.c', 'Invalid byte 33, offset 4.'],
    ['ew==.b.c', 'EOF while parsing an object at line 1 column 1'],
    ['eyI=.b.c', 'EOF while parsing a string at line 1 column 2'],
    ['eyJ=.b.c', 'Invalid last symbol 74, offset 2.'],
    ['e=.b.c', 'Invalid byte 61, offset 1.'],
    ['eyJ=aaaa.b.c', 'Invalid byte 61, offset 3.'],
    ['eyK.b.c', 'Invalid last symbol 75, offset 2.'],
    ['eyé.b.c', 'Invalid byte 195, offset 2.'],
  ])('that is none is refused: %j', (query, reason) => {
    expect(verdict(query)).toBe(`401 invalid jwt: jwt: ${reason}`)
  })

  it.each([
    ['{}', 'missing field `alg` at line 1 column 2'],
    ['[]', 'invalid type: sequence, expected struct Header at line 1 column 0'],
    ['"x"', 'invalid type: string "x", expected struct Header at line 1 column 3'],
    [
      '{"alg":"XX"}',
      'unknown variant `XX`, expected one of `HS256`, `HS384`, `HS512`, `RS256`, `RS384`, `RS512`, `ES256`, `ES384`, `ES512`, `PS256`, `PS384`, `PS512`, `none` at line 1 column 11',
    ],
    ['{"alg":"RS512","typ":"JWS"}', 'unknown variant `JWS`, expected `JWT` at line 1 column 26'],
    ['{"alg":"RS512","kid":5}', 'invalid type: integer `5`, expected a string at line 1 column 22'],
    ['{"alg":5}', 'expected value at line 1 column 8'],
  ])('with the header %s is refused', (header, reason) => {
    expect(verdict(signed(header, CLAIMS))).toBe(`401 invalid jwt: jwt: ${reason}`)
  })

  it.each([
    ['{"sub":"7","iat":1,"exp":2}', 'invalid type: string "7", expected u32 at line 1 column 10'],
    ['{"sub":-7,"iat":1,"exp":2}', 'invalid value: integer `-7`, expected u32 at line 1 column 9'],
    [
      '{"sub":4294967296,"iat":1,"exp":2}',
      'invalid value: integer `4294967296`, expected u32 at line 1 column 17',
    ],
    [
      '{"sub":7.0,"iat":1,"exp":2}',
      'invalid type: floating point `7.0`, expected u32 at line 1 column 10',
    ],
    ['{"sub":null,"iat":1,"exp":2}', 'invalid type: null, expected u32 at line 1 column 11'],
    [
      '{"sub":true,"iat":1,"exp":2}',
      'invalid type: boolean `true`, expected u32 at line 1 column 11',
    ],
    ['{"sub":[7],"iat":1,"exp":2}', 'invalid type: sequence, expected u32 at line 1 column 7'],
    ['{"sub":{},"iat":1,"exp":2}', 'invalid type: map, expected u32 at line 1 column 7'],
    ['{"sub":7,"iat":1,"exp":1e400}', 'number out of range at line 1 column 28'],
    [
      '{"sub":7,"iat":1,"exp":18446744073709551616}',
      'invalid type: floating point `18446744073709552000.0`, expected u64 at line 1 column 43',
    ],
    [
      '{"sub":7,"iat":1,"exp":2,"sid":3}',
      'invalid type: integer `3`, expected a string at line 1 column 32',
    ],
    ['{}', 'missing field `sub` at line 1 column 2'],
    ['{"exp":2}', 'missing field `sub` at line 1 column 9'],
    ['{"sub":7,"exp":2}', 'missing field `iat` at line 1 column 17'],
    ['{"sub":7,"iat":2,"sub":7}', 'duplicate field `sub` at line 1 column 22'],
    ['{"sub":7,}', 'trailing comma at line 1 column 10'],
    ['{"sub":7 "iat":1}', 'expected `,` or `}` at line 1 column 10'],
    ['{"sub" 7}', 'expected `:` at line 1 column 8'],
    ['{sub:7}', 'key must be a string at line 1 column 2'],
    ['{"sub":07}', 'invalid number at line 1 column 9'],
    ['{"sub":7', 'EOF while parsing an object at line 1 column 8'],
    [
      '{"x":"a\nb"}',
      'control character (\\u0000-\\u001F) found while parsing a string at line 2 column 0',
    ],
    ['{"x":"\\q"}', 'invalid escape at line 1 column 8'],
    ['{"x":tru}', 'expected ident at line 1 column 9'],
    ['{"sub":7,"iat":1,"exp":2}x', 'trailing characters at line 1 column 26'],
    [`{"x":${'['.repeat(200)}`, 'recursion limit exceeded at line 1 column 133'],
  ])('with the claims %s is refused', (claims, reason) => {
    expect(verdict(signed(HEADER, claims))).toBe(`401 invalid jwt: jwt: ${reason}`)
  })

  it('is judged in the relay’s order', () => {
    const late = CLAIMS.replace('1800000060', '1799999999')
    expect(verdict(signed('{"alg":"HS256"}', late))).toBe('401 invalid jwt: jwt has expired')
    const stranger = CLAIMS.replace('"sub":7', '"sub":8')
    expect(verdict(signed('{"alg":"HS256"}', stranger))).toBe('401 twin not found 8')
    expect(verdict(signed('{"alg":"none"}', CLAIMS))).toBe(
      '401 invalid jwt: jwt: Expected algorithm type None but found Rs512',
    )
    const input = `${part(HEADER)}.${part(CLAIMS)}`
    expect(verdict(`${input}.`)).toBe('401 invalid jwt: jwt: Invalid signature')
    expect(verdict(`${input}.!!!!`)).toBe('401 invalid jwt: jwt: Invalid byte 33, offset 0.')
  })

  it('of any text gets an answer', () => {
    const token = signed(HEADER, CLAIMS)
    const mutated = fc.tuple(fc.nat(token.length - 1), fc.string({ maxLength: 3 }), fc.nat(3))
    fc.assert(
      fc.property(mutated, fc.string(), ([place, inserted, removed], random) => {
        const changed = token.slice(0, place) + inserted + token.slice(place + removed)
        expect(verdict(changed)).toMatch(/^(101|401) /)
        expect(verdict(random)).toMatch(/^401 invalid jwt: jwt: /)
        expect(verdict(`${part(random)}.${part(random)}.`)).toMatch(/^401 invalid jwt: jwt: /)
        expect(verdict(signed(HEADER, `{"x":${random}}`))).toMatch(/^401 invalid jwt: jwt: /)
      }),
      { numRuns: 300 },
    )
  })
})
