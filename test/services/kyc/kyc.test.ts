// The KYC service over HTTP: its worked cases, its checks in their order, and its refusals.

import { createHmac } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cryptoReady } from '../../../src/crypto/ready.ts'
import { encodeSs58 } from '../../../src/crypto/ss58.ts'
import { badRequests } from '../support.ts'
import { credentials, domain, type KycWorld, now, person, startKyc } from './support.ts'

beforeAll(() => cryptoReady())

let kyc: KycWorld
afterEach(() => kyc?.close())

const status = '/api/v1/status'
const token = '/api/v1/token'
const alice = () => person('//Alice')

describe('a status', () => {
  it.each([
    ['all', 200, 'VERIFIED'],
    ['none', 404, undefined],
    ['list', 404, undefined],
  ] as const)('of an unknown account in mode %s is %d', async (mode, code, said) => {
    const { address } = alice()
    kyc = await startKyc({ mode, twins: [[7, address]] })
    for (const query of [`client_id=${address}`, 'twin_id=7']) {
      const answer = await kyc.ask(`${status}?${query}`)
      expect(answer.status).toBe(code)
      expect(answer.headers['access-control-allow-origin']).toBe('*')
      const result = { final: true, idenfyRef: '', clientId: address, status: said }
      expect(answer.json).toEqual(said ? { result } : { error: 'verification not found' })
    }
  })

  it('needs an account or a twin, and takes the account when both are given', async () => {
    const [{ address }, bob] = [alice(), person('//Bob')]
    kyc = await startKyc({
      twins: [[7, bob.address]],
      set: [{ of: { twinId: 7 }, status: 'REJECTED' }],
    })
    for (const query of ['', '?', '?client_id=', '?client_id=&twin_id=']) {
      const answer = await kyc.ask(`${status}${query}`)
      expect(answer.status).toBe(400)
      expect(answer.text).toBe('{"error":"either client_id or twin_id must be provided"}')
    }
    const both = await kyc.ask(`${status}?client_id=${address}&twin_id=7`)
    expect(both.json).toMatchObject({ result: { clientId: address, status: 'VERIFIED' } })
    const twin = await kyc.ask(`${status}?client_id=&twin_id=7`)
    expect(twin.json).toMatchObject({ result: { clientId: bob.address, status: 'REJECTED' } })
  })

  it.each([
    ['x', 500, 'INTERNAL_ERROR: parsing twinID: strconv.ParseUint: parsing "x": invalid syntax'],
    ['-1', 500, 'INTERNAL_ERROR: parsing twinID: strconv.ParseUint: parsing "-1": invalid syntax'],
    [
      '1.5',
      500,
      'INTERNAL_ERROR: parsing twinID: strconv.ParseUint: parsing "1.5": invalid syntax',
    ],
    [
      '4294967296',
      500,
      'INTERNAL_ERROR: parsing twinID: strconv.ParseUint: parsing "4294967296": value out of range',
    ],
    [
      '99',
      503,
      'EXTERNAL_SERVICE_ERROR: looking up twinID address from TFChain: getting twin from tfchain: twin not found: object not found',
    ],
    ['4294967295', 503, undefined],
    ['007', 200, undefined],
  ])('by the twin %s is %d', async (id, code, error) => {
    kyc = await startKyc({ twins: [[7, alice().address]] })
    const answer = await kyc.ask(`${status}?twin_id=${id}`)
    expect(answer.status).toBe(code)
    if (error) expect(answer.json).toEqual({ error })
  })

  it('is found by any address of an account, and told with the one that was asked for', async () => {
    const { publicKey } = alice()
    const other = encodeSs58(publicKey, 0)
    kyc = await startKyc({
      mode: 'none',
      twins: [[7, alice().address]],
      set: [{ of: { twinId: 7 }, status: 'VERIFIED' }],
    })
    const answer = await kyc.ask(`${status}?client_id=${other}`)
    expect(answer.json).toMatchObject({ result: { clientId: other, status: 'VERIFIED' } })
  })
})

describe('nodes', () => {
  it('refuse by the same table, in the words of the real ones', async () => {
    const twins = [[7, alice().address]] as [number, string][]
    kyc = await startKyc({ twins })
    const set = (value: 'VERIFIED' | 'REJECTED' | 'none' | null) =>
      kyc.table.apply({ type: 'status', of: { twinId: 7 }, status: value })
    expect(kyc.table.refusalOf(7)).toBeNull()
    set('REJECTED')
    expect(kyc.table.refusalOf(7)).toBe('user with twin id 7 is not verified')
    set('none')
    expect(kyc.table.refusalOf(7)).toBe('failed to get twin verification status')
    set('VERIFIED')
    expect(kyc.table.refusalOf(7)).toBeNull()
    set(null)
    kyc.table.apply({ type: 'mode', mode: 'none' })
    expect(kyc.table.refusalOf(7)).toBe('failed to get twin verification status')
    expect(kyc.table.refusalOf(8)).toBe('failed to get twin verification status')
  })

  it('go back with the world', async () => {
    kyc = await startKyc({ twins: [[7, alice().address]] })
    const mark = kyc.store.mark()
    kyc.table.apply({ type: 'status', of: { twinId: 7 }, status: 'REJECTED' })
    kyc.table.apply({ type: 'mode', mode: 'list' })
    kyc.store.revert(mark)
    expect([kyc.table.mode, kyc.table.refusalOf(7), kyc.table.list()]).toEqual(['all', null, []])
  })
})

describe('credentials', () => {
  const bad = (text: string) => ({ status: 400, json: { error: `VALIDATION_ERROR: ${text}` } })

  it.each([['x-client-id'], ['x-challenge'], ['x-signature']])(
    'without %s are missing',
    async name => {
      kyc = await startKyc({ mode: 'none' })
      const { [name]: _, ...headers } = credentials(alice())
      const error = 'missing authentication credentials'
      const refusal = { status: 400, json: { error } }
      expect(await kyc.ask(token, { method: 'POST', headers })).toMatchObject(refusal)
      expect(await kyc.ask('/api/v1/data', { headers })).toMatchObject(refusal)
      expect(await kyc.ask(token, { method: 'POST' })).toMatchObject(refusal)
    },
  )

  it.each([
    [{ 'x-challenge': 'zz' }, bad('malformed challenge: failed to decode hex-encoded challenge')],
    [{ 'x-challenge': 'abc' }, bad('malformed challenge: failed to decode hex-encoded challenge')],
    [{ text: 'nothing' }, bad('malformed challenge: invalid challenge format')],
    [{ text: `${domain}:1:2` }, bad('malformed challenge: invalid challenge format')],
    [{ text: `https://${domain}:${now}` }, bad('malformed challenge: invalid challenge format')],
    [{ text: `kyc.grid.tf:${now}` }, bad('bad challenge: unexpected domain')],
    [{ text: `${domain.toUpperCase()}:${now}` }, bad('bad challenge: unexpected domain')],
    [{ text: `${domain}:soon` }, bad('bad challenge: invalid timestamp')],
    [{ text: `${domain}:` }, bad('bad challenge: invalid timestamp')],
    [{ text: `${domain}:9223372036854775808` }, bad('bad challenge: invalid timestamp')],
    [{ text: `${domain}:${now - 9}` }, bad('bad challenge: challenge expired')],
    [{ 'x-signature': 'zz' }, bad('malformed signature: failed to decode hex-encoded signature')],
    [{ 'x-client-id': 'nobody' }, { status: 400 }],
    [
      { 'x-signature': '00' },
      {
        status: 401,
        json: { error: 'AUTHORIZATION_ERROR: bad signature: signature does not match' },
      },
    ],
    [{ signed: 'another text' }, { status: 401 }],
    [{ 'x-client-id': person('//Bob').address }, { status: 401 }],
  ])('%j are refused', async (change, refusal) => {
    kyc = await startKyc({ mode: 'none' })
    const { text, signed, ...headers } = change as Record<string, string>
    const made = credentials(alice(), {
      ...(text !== undefined && { text }),
      ...(signed && { signed }),
    })
    const answer = await kyc.ask(token, { method: 'POST', headers: { ...made, ...headers } })
    expect(answer).toMatchObject(refusal)
  })

  it.each([
    ['sr25519', {}],
    ['ed25519', {}],
    ['sr25519', { prefix: '0x' }],
    ['sr25519', { text: `${domain}:${now - 8}` }],
    // The real TypeScript client tells milliseconds, so that its challenges never expire.
    ['ed25519', { text: `${domain}:${now * 1000}` }],
    ['ed25519', { text: `${domain}:+${now}` }],
    ['sr25519', { text: `127.0.0.1:${now}` }],
  ] as const)('of %s with %j are good', async (scheme, change) => {
    kyc = await startKyc({ mode: 'none' })
    const headers = credentials(person('//Alice', scheme), change)
    expect((await kyc.ask(token, { method: 'POST', headers })).status).toBe(201)
  })
})

describe('a token', () => {
  const post = (headers = credentials(alice())) => kyc.ask(token, { method: 'POST', headers })

  it('is new, then the same one, then new again when it has run out', async () => {
    kyc = await startKyc({ mode: 'none' })
    const first = await post()
    expect(first).toMatchObject({
      status: 201,
      json: {
        result: {
          message: 'New token created.',
          clientId: alice().address,
          expiryTime: 3600,
          tokenType: 'IDENTIFICATION',
        },
      },
    })
    const { result: made } = first.json as { result: Record<string, unknown> }
    expect(Object.keys(made).sort()).toEqual([
      'authToken',
      'clientId',
      'digitString',
      'expiryTime',
      'message',
      'scanRef',
      'sessionLength',
      'tokenType',
    ])
    kyc.passed = 5
    const { authToken } = made as { authToken: string }
    expect(await post()).toMatchObject({
      status: 200,
      json: { result: { message: 'Existing valid token retrieved.', authToken, expiryTime: 3595 } },
    })
    kyc.passed = 3600
    const next = await post(credentials(alice(), { text: `${domain}:${now + 3600}` }))
    expect(next.status).toBe(201)
  })

  it('is not for who is verified already', async () => {
    kyc = await startKyc({ mode: 'all' })
    expect(await post()).toMatchObject({
      status: 409,
      json: { error: 'CONFLICT: user already verified' },
    })
  })

  it('is for who was rejected', async () => {
    kyc = await startKyc()
    kyc.table.apply({ type: 'status', of: { account: alice().accountId }, status: 'REJECTED' })
    expect((await post()).status).toBe(201)
  })

  it('needs a balance', async () => {
    kyc = await startKyc({
      mode: 'none',
      balance: 29_999_999n,
      settings: { minBalance: 30_000_000n },
    })
    const error =
      'NOT_SUFFICIENT_BALANCE: account does not have the minimum required balance to verify (3) TFT'
    expect(await post()).toMatchObject({ status: 402, json: { error } })
  })

  it('is given four times a day to an account; what failed does not count', async () => {
    kyc = await startKyc({ mode: 'none' })
    const failing = { ...credentials(alice()), 'x-signature': '00' }
    for (let i = 0; i < 6; i += 1) expect((await post(failing)).status).toBe(401)
    for (const code of [201, 200, 200, 200, 429, 429]) expect((await post()).status).toBe(code)
    // The limit comes before the proof of who asks.
    expect((await post(failing)).status).toBe(429)
    expect((await post(credentials(person('//Bob')))).status).toBe(201)
    kyc.passed = 1440 * 60
    const later = credentials(alice(), { text: `${domain}:${now + 1440 * 60}` })
    expect((await post(later)).status).toBe(201)
  })

  it('is given four times a day to an address that is not private', async () => {
    kyc = await startKyc({ mode: 'none' })
    const from = (uri: string, address: string) =>
      post({ ...credentials(person(uri)), 'x-forwarded-for': `10.0.0.1, ${address}` })
    for (let i = 0; i < 4; i += 1) expect((await from(`//p${i}`, '8.8.8.8')).status).toBe(201)
    expect((await from('//p4', '8.8.8.8')).status).toBe(429)
    expect((await from('//p4', '8.8.4.4')).status).toBe(201)
    expect((await from('//p5', '192.168.1.1')).status).toBe(201)
  })
})

describe('personal data', () => {
  it('are told to their owner alone, with every field', async () => {
    kyc = await startKyc({ mode: 'none' })
    const get = () => kyc.ask('/api/v1/data', { headers: credentials(alice()) })
    expect(await get()).toMatchObject({
      status: 404,
      json: { error: 'verification not found for client' },
    })
    kyc.table.apply({ type: 'status', of: { account: alice().accountId }, status: 'VERIFIED' })
    const { result } = (await get()).json as { result: Record<string, unknown> }
    expect(Object.keys(result).length).toBe(38)
    expect(result).toMatchObject({
      fullName: '',
      manuallyDataChanged: null,
      duplicateFaces: [],
      clientId: alice().address,
    })
  })
})

describe('the provider', () => {
  const hook = '/webhooks/idenfy/verification-update'
  const key = 'a key of the provider'
  const tell = (body: unknown, signature?: string) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const right = createHmac('sha256', key).update(text).digest('hex')
    const headers = { 'idenfy-signature': signature ?? right }
    return kyc.ask(hook, { method: 'POST', headers, body: text })
  }
  const update = (overall: string, clientId = `${alice().address}:development`) => ({
    clientId,
    scanRef: 'ref-1',
    final: true,
    status: { overall },
    data: { fullName: 'ALICE', docType: null, unknown: 'x' },
  })

  it.each([
    ['APPROVED', 'VERIFIED'],
    ['SUSPECTED', 'VERIFIED'],
    ['DENIED', 'REJECTED'],
    ['REVIEWING', 'REJECTED'],
  ])('says %s: the account is %s', async (overall, expected) => {
    kyc = await startKyc({ mode: 'none', settings: { callbackSignKey: key } })
    expect(await tell(update(overall))).toMatchObject({ status: 200, text: '{}' })
    const answer = await kyc.ask(`${status}?client_id=${alice().address}`)
    expect(answer.json).toMatchObject({ result: { status: expected, idenfyRef: 'ref-1' } })
    const data = await kyc.ask('/api/v1/data', { headers: credentials(alice()) })
    expect(data.json).toMatchObject({
      result: { fullName: 'ALICE', docType: '', idenfyRef: 'ref-1' },
    })
    expect(data.text).not.toContain('unknown')
  })

  it('says EXPIRED, and nothing is kept', async () => {
    kyc = await startKyc({ mode: 'none', settings: { callbackSignKey: key } })
    expect((await tell(update('EXPIRED'))).status).toBe(200)
    expect(kyc.changes).toEqual([])
  })

  it.each([
    ['without a signature', update('APPROVED'), '', 400, 'no signature provided'],
    ['with nonsense', '{', undefined, 400, 'invalid verification update'],
    ['with a signature that is none', update('APPROVED'), 'xyz', 401, undefined],
    [
      'with another signature',
      update('APPROVED'),
      '00'.repeat(32),
      401,
      'AUTHORIZATION_ERROR: verifying callback signature: signature verification failed',
    ],
    [
      'of another network',
      update('APPROVED', `${'5'.repeat(48)}:main`),
      undefined,
      500,
      'INTERNAL_ERROR: invalid clientID',
    ],
    [
      'of nobody',
      update('APPROVED', 'x:development'),
      undefined,
      500,
      'INTERNAL_ERROR: invalid clientID',
    ],
  ])('%s is refused', async (_, body, signature, code, error) => {
    kyc = await startKyc({ mode: 'none', settings: { callbackSignKey: key } })
    const answer = await tell(body, signature)
    expect(answer.status).toBe(code)
    if (error) expect(answer.json).toEqual({ error })
    expect(kyc.changes).toEqual([])
  })

  it('may not send more than the real service takes', async () => {
    kyc = await startKyc({ settings: { callbackSignKey: key } })
    expect((await tell(`"${'x'.repeat(600_000)}"`)).status).toBe(413)
  })

  it('tells of a document that runs out, which the real service does not serve either', async () => {
    kyc = await startKyc()
    const answer = await kyc.ask('/webhooks/idenfy/id-expiration', { method: 'POST', body: '{}' })
    expect(answer.status).toBe(501)
  })
})

describe('the rest of the KYC service', () => {
  it('is healthy', async () => {
    kyc = await startKyc()
    const answer = await kyc.ask('/api/v1/health')
    const result = { status: 'Healthy', timestamp: '2023-11-14T22:13:20Z', errors: [] }
    expect(answer).toMatchObject({ status: 200, json: { result } })
  })

  it('tells its version and its configuration, without secrets', async () => {
    kyc = await startKyc({ settings: { callbackSignKey: 'top-secret', version: '9.9' } })
    expect((await kyc.ask('/api/v1/version')).json).toEqual({ result: { version: '9.9' } })
    const configs = await kyc.ask('/api/v1/configs')
    expect(configs.json).toMatchObject({
      result: {
        Challenge: { Window: 8, Domain: domain },
        Verification: { MinBalanceToVerifyAccount: 10_000_000 },
        IDLimiter: { MaxTokenRequests: 4, TokenExpiration: 1440 },
      },
    })
    expect(configs.text).not.toContain('top-secret')
  })

  it.each([
    ['GET', '/', 404],
    ['GET', '/api/v1', 404],
    ['GET', '/api/v1/statuses', 404],
    ['POST', status, 405],
    ['GET', token, 405],
    ['GET', '/webhooks/idenfy/verification-update', 405],
    ['HEAD', '/api/v1/health', 200],
    ['GET', '/docs/', 200],
    ['GET', '/docs/index.html', 200],
    ['GET', '/API/V1/Health/', 200],
  ])('%s %s is %d', async (method, path, code) => {
    kyc = await startKyc()
    const answer = await kyc.ask(path, { method })
    expect(answer.status).toBe(code)
    if (code === 404) expect(answer.text).toBe(`Cannot ${method} ${path}`)
  })

  it('lets browsers of any origin ask', async () => {
    kyc = await startKyc()
    const headers = { 'access-control-request-headers': 'x-client-id,x-challenge' }
    const answer = await kyc.ask(token, { method: 'OPTIONS', headers })
    expect(answer).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'x-client-id,x-challenge',
      },
    })
  })

  it('answers whatever comes, changes nothing by it, and lives on', async () => {
    kyc = await startKyc({ mode: 'none' })
    const paths = [
      '/',
      status,
      `${status}?twin_id=1&client_id=5`,
      token,
      '/api/v1/data',
      '/webhooks/idenfy/verification-update',
    ]
    for (const [path, options] of badRequests(paths)) {
      const answer = await kyc.ask(path, options)
      expect(answer.status, `${options.method} ${path}`).toBeGreaterThan(0)
      expect(answer.status, `${options.method} ${path}`).not.toBe(201)
    }
    expect(kyc.changes).toEqual([])
    expect((await kyc.ask('/api/v1/health')).status).toBe(200)
  })
})
