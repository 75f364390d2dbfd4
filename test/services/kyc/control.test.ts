// Who is verified, read and set by hand.

import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cryptoReady } from '../../../src/crypto/ready.ts'
import { badRequests } from '../support.ts'
import { type KycWorld, person, startKyc } from './support.ts'

beforeAll(() => cryptoReady())

let kyc: KycWorld
afterEach(() => kyc.close())

const put = (path: string, body: unknown) =>
  kyc.ask(path, { method: 'PUT', body: typeof body === 'string' ? body : JSON.stringify(body) })

describe('the control API of KYC', () => {
  it('sets, tells and takes back what holds for an account', async () => {
    const { address } = person('//Alice')
    kyc = await startKyc({ twins: [[7, address]] })
    const path = `/api/kyc/${address}`
    expect((await kyc.ask(path)).json).toEqual({ account: address, status: 'VERIFIED' })
    expect((await put(path, { status: 'REJECTED' })).json).toEqual({
      account: address,
      status: 'REJECTED',
    })
    const asked = await kyc.ask(`/api/v1/status?client_id=${address}`)
    expect(asked.json).toMatchObject({ result: { status: 'REJECTED', final: true } })
    expect(kyc.table.refusalOf(7)).toBe('user with twin id 7 is not verified')
    expect((await put(path, { status: 'none' })).json).toEqual({ account: address, status: 'none' })
    expect((await kyc.ask(`/api/v1/status?twin_id=7`)).status).toBe(404)
    expect((await kyc.ask(path, { method: 'DELETE' })).json).toEqual({
      account: address,
      status: 'VERIFIED',
    })
    expect(kyc.table.list()).toEqual([])
  })

  it('sets what holds for a twin, and for everybody', async () => {
    const { address } = person('//Alice')
    kyc = await startKyc({ twins: [[7, address]] })
    expect((await put('/api/kyc/7', { status: 'VERIFIED' })).json).toEqual({
      twinId: 7,
      status: 'VERIFIED',
    })
    expect((await put('/api/kyc', { mode: 'none' })).json).toEqual({
      mode: 'none',
      set: [{ twinId: 7, status: 'VERIFIED' }],
    })
    expect([kyc.table.refusalOf(7), kyc.table.refusalOf(8)]).toEqual([
      null,
      'failed to get twin verification status',
    ])
    expect((await kyc.ask('/api/kyc')).json).toMatchObject({ mode: 'none' })
  })

  it.each([
    ['/api/kyc/7', '{'],
    ['/api/kyc/7', ''],
    ['/api/kyc/7', { status: 'PENDING' }],
    ['/api/kyc/7', { status: 'VERIFIED', more: 1 }],
    ['/api/kyc/0', { status: 'VERIFIED' }],
    ['/api/kyc/4294967296', { status: 'VERIFIED' }],
    ['/api/kyc/nobody', { status: 'VERIFIED' }],
    ['/api/kyc', { mode: 'some' }],
    ['/api/kyc', []],
  ])('refuses PUT %s %j, and changes nothing', async (path, body) => {
    kyc = await startKyc()
    expect(await put(path, body)).toMatchObject({
      status: 400,
      json: { error: expect.any(String) },
    })
    expect(kyc.changes).toEqual([])
  })

  it('answers whatever comes', async () => {
    kyc = await startKyc()
    for (const [path, options] of badRequests(['/api/kyc', '/api/kyc/x'])) {
      expect((await kyc.ask(path, options)).status).toBeGreaterThan(0)
    }
    expect(kyc.changes).toEqual([])
  })
})
