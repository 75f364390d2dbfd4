// The control API of the KYC table: who is verified can be read and set by hand.
//
//     GET    /api/kyc                      { mode, set: [{ account | twinId, status }] }
//     PUT    /api/kyc                      { "mode": "all" | "none" | "list" }
//     GET    /api/kyc/<address or twin>    { status }
//     PUT    /api/kyc/<address or twin>    { "status": "VERIFIED" | "REJECTED" | "none" }
//     DELETE /api/kyc/<address or twin>    what was set is taken back: the mode decides again

import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { toHex } from '../../crypto/hex.ts'
import { decodeSs58, encodeSs58 } from '../../crypto/ss58.ts'
import { type HttpService, readBody, sendJson, targetOf } from '../plain-http.ts'
import type { KycChange, KycMode, KycRecord, KycStatus, KycSubject } from './table.ts'

/** What the control API needs of a world. */
export interface KycControlPorts {
  mode(): KycMode
  list(): readonly { readonly of: KycSubject; readonly status: KycStatus }[]
  /** What is known of a subject; null when nothing is. */
  recordOf(subject: KycSubject): KycRecord | null
  /** Makes a change from outside the world. */
  change(change: KycChange): void
}

const modeBody = z.strictObject({ mode: z.enum(['all', 'none', 'list']) })
const statusBody = z.strictObject({ status: z.enum(['VERIFIED', 'REJECTED', 'none']) })

const bodyLimit = 64 * 1024

/** Makes the API; its paths lie below `/api/kyc`, which is taken away before: see `mountAt`. */
export function createKycControl(ports: KycControlPorts): HttpService {
  return {
    handleRequest(request, response) {
      const { path } = targetOf(request)
      const name = path.replace(/^\/|\/$/g, '')
      if (name === '') void answerAll(request, response, ports)
      else void answerOne(request, response, { ports, name })
    },
  }
}

async function answerAll(
  request: IncomingMessage,
  response: ServerResponse,
  ports: KycControlPorts,
): Promise<void> {
  if (request.method === 'PUT') {
    const body = await bodyOf(request, modeBody)
    if (!body.ok) {
      refuse(response, 400, body.problem)
      return
    }
    ports.change({ type: 'mode', mode: body.value.mode })
  } else if (request.method !== 'GET') {
    refuse(response, 405, 'GET and PUT are served here')
    return
  }
  const set = ports.list().map(({ of, status }) => ({ ...nameOf(of), status }))
  sendJson(response, 200, { mode: ports.mode(), set })
}

async function answerOne(
  request: IncomingMessage,
  response: ServerResponse,
  { ports, name }: { ports: KycControlPorts; name: string },
): Promise<void> {
  const of = subjectOf(name)
  if (of === null) {
    refuse(response, 400, 'an SS58 address or the number of a twin is needed')
    return
  }
  switch (request.method) {
    case 'GET':
      break
    case 'PUT': {
      const body = await bodyOf(request, statusBody)
      if (!body.ok) {
        refuse(response, 400, body.problem)
        return
      }
      ports.change({ type: 'status', of, status: body.value.status })
      break
    }
    case 'DELETE':
      ports.change({ type: 'status', of, status: null })
      break
    default:
      refuse(response, 405, 'GET, PUT and DELETE are served here')
      return
  }
  sendJson(response, 200, { ...nameOf(of), status: ports.recordOf(of)?.status ?? 'none' })
}

function subjectOf(name: string): KycSubject | null {
  if (/^\d{1,10}$/.test(name)) {
    const twinId = Number(name)
    return twinId >= 1 && twinId <= 0xffff_ffff ? { twinId } : null
  }
  const address = decodeSs58(name)
  return address.ok ? { account: toHex(address.publicKey) } : null
}

function nameOf(of: KycSubject): { account: string } | { twinId: number } {
  return 'twinId' in of
    ? { twinId: of.twinId }
    : { account: encodeSs58(Buffer.from(of.account.slice(2), 'hex')) }
}

async function bodyOf<T>(
  request: IncomingMessage,
  schema: z.ZodType<T>,
): Promise<{ ok: true; value: T } | { ok: false; problem: string }> {
  const read = await readBody(request, { limit: bodyLimit })
  if (!read.ok) return { ok: false, problem: `the body is ${read.problem}` }
  let value: unknown
  try {
    value = JSON.parse(read.body.toString('utf8'))
  } catch {
    return { ok: false, problem: 'the body is not JSON' }
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return { ok: true, value: parsed.data }
  return { ok: false, problem: parsed.error.issues.map(({ message }) => message).join('; ') }
}

function refuse(response: ServerResponse, status: number, error: string): void {
  const headers = status === 405 ? { allow: 'GET, PUT, DELETE' } : {}
  sendJson(response, status, { error }, headers)
}
