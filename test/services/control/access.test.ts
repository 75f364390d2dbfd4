// Who may change a grid: programs on this machine, and elsewhere those who show the token; never somebody's web page.

import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { refusalOf } from '../../../src/services/control/access.ts'
import { controlled } from './support.ts'

/** How an attempt to follow the trace ends. */
function outcomeOf(control: string, headers: Record<string, string>): Promise<number | 'open'> {
  const socket = new WebSocket(`${control.replace('http', 'ws')}/trace`, { headers })
  return new Promise(resolve => {
    socket.on('error', () => undefined)
    socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode ?? 0))
    socket.on('open', () => {
      socket.terminate()
      resolve('open')
    })
  })
}

const advance = ['POST', '/time/advance', { by: 1 }] as const

describe('the control API', () => {
  it('is neither read nor changed by pages of another origin', async () => {
    const { ask, control } = await controlled()
    const { origin, port } = new URL(control)
    const foreign = { origin: 'http://evil.example' }
    expect((await ask('GET', '/info', undefined, foreign)).status).toBe(403)
    expect(await outcomeOf(control, foreign)).toBe(403)
    expect(await outcomeOf(control, {})).toBe('open')
    for (const headers of [
      foreign,
      { origin: 'null' },
      { origin: `http://127.0.0.1:${Number(port) + 1}` },
      { 'sec-fetch-site': 'cross-site' },
      // DNS rebinding: the page's own name leads to this machine.
      { host: `evil.example:${port}`, origin: `http://evil.example:${port}` },
      { host: `127.0.0.1.evil.example:${port}` },
    ] as Record<string, string>[]) {
      const answer = await ask(...advance, headers)
      expect(answer.status, JSON.stringify(headers)).toBe(403)
      expect(answer.body.error).toMatch(/changes are not served/)
      expect((await ask('PUT', '/kyc', { mode: 'none' }, headers)).status).toBe(403)
    }
    for (const headers of [
      {},
      { origin, 'sec-fetch-site': 'same-origin' },
      { host: `localhost:${port}` },
      { host: `localhost:${port}`, origin: `http://localhost:${port}` },
    ] as Record<string, string>[]) {
      expect((await ask(...advance, headers)).status).toBe(200)
    }
  })

  it('does not take for JSON what a form of a page can send', async () => {
    const { ask } = await controlled()
    const form = { 'content-type': 'text/plain' }
    expect((await ask(...advance, form)).status).toBe(415)
    expect((await ask('POST', '/time/advance', 'by=1')).body.error).toMatch(/not JSON/)
    expect((await ask('POST', '/time/advance')).body.error).toMatch(/empty/)
    const large = JSON.stringify({ by: 'x'.repeat(1 << 20) })
    expect((await ask('POST', '/time/advance', large)).status).toBe(413)
  })

  it('is changed by who shows the token, where there is one', async () => {
    const { ask } = await controlled({ devToken: 'open sesame'.replace(' ', '-') })
    expect((await ask(...advance)).status).toBe(401)
    const wrong = { authorization: 'Bearer open-sesam' }
    expect((await ask(...advance, wrong)).status).toBe(401)
    const right = { authorization: 'Bearer open-sesame' }
    expect((await ask(...advance, right)).status).toBe(200)
    expect((await ask('GET', '/time')).status).toBe(200)
  })

  it('is not changed on addresses that others reach, without a token', () => {
    const request = { method: 'POST', headers: { host: '127.0.0.1' } }
    expect(refusalOf(request as never, { host: '0.0.0.0' })).toMatchObject({ status: 403 })
    expect(refusalOf(request as never, { host: '192.168.1.5' })).toMatchObject({ status: 403 })
    expect(refusalOf(request as never, { host: '::1' })).toBeNull()
  })
})
