// The activation service over HTTP, with a ledger in the place of a chain.

import { afterEach, describe, expect, it } from 'vitest'
import type { Hex } from '../../../src/crypto/hex.ts'
import { encodeSs58 } from '../../../src/crypto/ss58.ts'
import {
  type ActivationOptions,
  createActivation,
  friendlyUnits,
  upstreamUnits,
} from '../../../src/services/activation/activation.ts'
import { badRequests, type Served, serve } from '../support.ts'

const account = `0x${'07'.repeat(32)}` as Hex
const address = encodeSs58(Buffer.alloc(32, 7))
const activate = '/activation/activate'

/** A chain of which only balances are known. */
class Ledger {
  readonly free = new Map<Hex, bigint>()
  readonly transfers: [Hex, bigint][] = []
  /** What a transfer waits for. */
  block: Promise<void> = Promise.resolve()

  balanceOf(of: Hex): bigint {
    return this.free.get(of) ?? 0n
  }

  async transfer(to: Hex, units: bigint): Promise<void> {
    this.transfers.push([to, units])
    await this.block
    this.free.set(to, this.balanceOf(to) + units)
  }
}

let served: Served | undefined
afterEach(() => served?.close())

async function start(options: ActivationOptions = {}) {
  const ledger = new Ledger()
  served = await serve(createActivation(ledger, options))
  const post = (body: unknown, type = 'application/json') =>
    served!.ask(activate, {
      method: 'POST',
      headers: { 'content-type': type, origin: 'http://x' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return { ledger, post, ask: served.ask, raw: served.raw }
}

describe('an activation', () => {
  it('funds an empty account once, and answers with the request when the transfer is in a block', async () => {
    const { ledger, post } = await start()
    let seal = () => {}
    ledger.block = new Promise(resolve => {
      seal = resolve
    })
    const body = { substrateAccountID: address, kycSignature: 's', data: { name: 'n', email: 'e' } }
    let isAnswered = false
    const first = post(body).then(answer => {
      isAnswered = true
      return answer
    })
    // A second request at the same time asks for nothing more.
    const second = post(body)
    await expect.poll(() => ledger.transfers.length).toBe(1)
    expect(isAnswered).toBe(false)
    seal()
    expect(await first).toMatchObject({ status: 200, json: body })
    expect((await second).status).toBe(200)
    expect((await post(body)).status).toBe(200)
    expect(ledger.transfers).toEqual([[account, friendlyUnits]])
    expect((await first).headers['access-control-allow-origin']).toBe('*')
  })

  it.each([
    ['nothing', 0n, upstreamUnits],
    ['one unit', 1n, 15_000n],
    ['almost enough', 14_999n, 15_000n],
    ['enough', 15_000n, null],
    ['plenty', 10_000_000n, null],
  ])('by upstream amounts gives who has %s what the real service gives', async (_, free, units) => {
    const { ledger, post } = await start({ units: upstreamUnits })
    ledger.free.set(account, free)
    expect((await post({ substrateAccountID: address })).status).toBe(200)
    expect(ledger.transfers).toEqual(units === null ? [] : [[account, units]])
  })

  it('reads forms as the real one does', async () => {
    const { ledger, post } = await start()
    const form = `substrateAccountID=${address}&data%5Bname%5D=n&data[email]=e`
    const answer = await post(form, 'application/x-www-form-urlencoded')
    const json = { substrateAccountID: address, data: { name: 'n', email: 'e' } }
    expect(answer).toMatchObject({ status: 200, json })
    expect(ledger.transfers.length).toBe(1)
  })

  it('finds an account by an address of any network', async () => {
    const { ledger, post } = await start()
    await post({ substrateAccountID: encodeSs58(Buffer.alloc(32, 7), 0) })
    expect(ledger.transfers).toEqual([[account, friendlyUnits]])
  })
})

describe('a refused activation', () => {
  it.each([
    [
      { substrateAccountID: address, foo: 1 },
      'instance is not allowed to have the additional property "foo"',
    ],
    [{}, 'instance requires property "substrateAccountID"'],
    [[], 'instance is not of a type(s) object'],
    ['', 'instance requires property "substrateAccountID"'],
    [{ substrateAccountID: 7 }, 'instance.substrateAccountID is not of a type(s) string'],
    [{ substrateAccountID: null }, 'instance.substrateAccountID is not of a type(s) string'],
    [
      { substrateAccountID: address, kycSignature: 1 },
      'instance.kycSignature is not of a type(s) string',
    ],
    [
      { substrateAccountID: address, data: {} },
      'instance.data requires property "name",instance.data requires property "email"',
    ],
    [{ substrateAccountID: address, data: 'x' }, 'instance.data is not of a type(s) object'],
    [
      { data: { name: 1, email: 'e' } },
      'instance.data.name is not of a type(s) string,instance requires property "substrateAccountID"',
    ],
    [{ substrateAccountID: '' }, 'substrateAccountID is not a valid account id'],
    [{ substrateAccountID: 'nobody' }, 'substrateAccountID is not a valid account id'],
    [
      { substrateAccountID: `${address.slice(0, -1)}x` },
      'substrateAccountID is not a valid account id',
    ],
    [
      { substrateAccountID: `0x${'07'.repeat(32)}` },
      'substrateAccountID is not a valid account id',
    ],
  ])('%j says: %s', async (body, message) => {
    const { ledger, post } = await start()
    const answer = await post(body)
    expect(answer).toMatchObject({
      status: 400,
      json: { status: 400, statusCode: 400, expose: true, message },
    })
    expect(answer.headers['access-control-allow-origin']).toBe('*')
    expect(ledger.transfers).toEqual([])
  })

  it.each(['{', 'nonsense', '7', '"x"', 'null', '{"a":1}}'])(
    '%s is no JSON that is taken',
    async body => {
      const { post } = await start()
      expect(await post(body)).toMatchObject({ status: 400, json: { type: 'entity.parse.failed' } })
    },
  )

  it('takes a body of another kind for an empty one', async () => {
    const { post } = await start()
    const answer = await post({ substrateAccountID: address }, 'text/plain')
    expect(answer).toMatchObject({
      status: 400,
      json: { message: 'instance requires property "substrateAccountID"' },
    })
  })

  it('is one with too large a body, told or not', async () => {
    const { post, raw } = await start()
    const large = `{"substrateAccountID":"${'x'.repeat(200_000)}"}`
    expect(await post(large)).toMatchObject({ status: 413, json: { type: 'entity.too.large' } })
    const head = `POST ${activate} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`
    const chunk = `${(110_000).toString(16)}\r\n${'x'.repeat(110_000)}\r\n`
    const chunked = await raw(`${head}transfer-encoding: chunked\r\n\r\n${chunk}`)
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /)
  })

  it('tells of a transfer that fails, and of one that takes too long', async () => {
    const { ledger, post } = await start({ deadlineMs: 20 })
    ledger.block = new Promise(() => {})
    expect((await post({ substrateAccountID: address })).status).toBe(503)
    ledger.transfer = () => Promise.reject(new TypeError('the chain says no'))
    const failed = await post({ substrateAccountID: address })
    expect(failed).toMatchObject({
      status: 500,
      json: { expose: false, message: 'Internal Server Error' },
    })
    expect(failed.text).not.toContain('the chain says no')
  })
})

describe('the rest of the activation service', () => {
  it.each([
    '/activation',
    '/activation/',
    activate,
    '/activation/x/y.html',
    '/Activation/activate',
  ])('GET %s is a page', async path => {
    const { ask } = await start()
    const answer = await ask(path)
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toMatch(/^text\/html/)
    expect(await ask(path, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
  })

  it.each([
    ['POST', '/activation'],
    ['POST', '/activation/other'],
    ['PUT', activate],
    ['GET', '/'],
    ['GET', '/activations'],
    ['POST', '/activate'],
  ])('%s %s is not there', async (method, path) => {
    const { ask } = await start()
    expect(await ask(path, { method })).toMatchObject({
      status: 404,
      json: { message: 'Not Found' },
    })
  })

  it('lets browsers of any origin ask', async () => {
    const { ask } = await start()
    const headers = { origin: 'http://x', 'access-control-request-headers': 'content-type, x-y' }
    const answer = await ask(activate, { method: 'OPTIONS', headers })
    expect(answer).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'content-type, x-y',
        'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE',
      },
    })
  })

  it('answers whatever comes, and lives on', async () => {
    const { ask, ledger } = await start()
    for (const [path, options] of badRequests(['/', '/activation', activate])) {
      expect((await ask(path, options)).status, `${options.method} ${path}`).toBeGreaterThan(0)
    }
    expect(ledger.transfers).toEqual([])
    expect((await ask('/activation')).status).toBe(200)
  })
})
