// The KYC service: says who is verified (`threefoldtech/tf-kyc-verifier`, state of 2024-11-07).

import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Hex, toHex } from '../../crypto/hex.ts'
import { decodeSs58 } from '../../crypto/ss58.ts'
import {
  type HttpService,
  headerOf,
  looseOf,
  readBody,
  send,
  sendJson,
  sendPreflight,
  sendText,
  targetOf,
} from '../plain-http.ts'
import { credentialsProblem } from './auth.ts'
import { personalData } from './data.ts'
import { type KycError, kycError } from './errors.ts'
import { FixedWindowLimiter } from './limiter.ts'
import type { KycChange, KycRecord } from './table.ts'
import { Tokens } from './tokens.ts'
import { verificationUpdate } from './webhook.ts'

/** What the service needs of a world. */
export interface KycPorts {
  /** What is known of an account; null when nothing is. */
  recordOf(account: Hex): KycRecord | null
  /** What is known of somebody who is no account at all. */
  unknown(): KycRecord | null
  /** The account of a twin; null when there is no such twin. */
  accountOf(twinId: number): { readonly account: Hex; readonly address: string } | null
  /** Free balance of an account in units (10^-7 TFT). */
  balanceOf(account: Hex): bigint
  /** Makes a change from outside the world. */
  change(change: KycChange): void
  /** Wall time in ms since the Unix epoch. */
  wallNow(): number
}

/** The service's settings; names and defaults are upstream's (`internal/config/config.go`). */
export interface KycSettings {
  /** The domain that challenges name, beside the host under which the service was asked. */
  readonly domain: string
  /** How old a challenge may be, in s. */
  readonly challengeWindow: number
  /** What an account must own to get a token, in units. */
  readonly minBalance: bigint
  /** Tokens that an account, or an address that is not private, may get in a time. */
  readonly tokenLimit: { readonly max: number; readonly minutes: number }
  /** The key with which the provider signs what it tells. */
  readonly callbackSignKey: string
  /** What follows the colon of the client ids that the provider knows: the last word of the chain's name. */
  readonly network: string
  readonly version: string
}

const defaults: KycSettings = {
  domain: 'kyc.dev.grid.tf',
  challengeWindow: 8,
  minBalance: 10_000_000n,
  tokenLimit: { max: 4, minutes: 1440 },
  callbackSignKey: 'pocketgrid-callback-key',
  network: 'development',
  version: '0.2.0',
}

/** Units of a TFT in messages (`internal/services/services.go`). */
const tft = 10_000_000n

/** Largest body in bytes (`internal/server/server.go`). */
const bodyLimit = 512 * 1024

const corsMethods = 'GET,POST,HEAD,PUT,DELETE,PATCH'
const openCors = { 'access-control-allow-origin': '*' } as const

type Handle = (request: IncomingMessage, response: ServerResponse) => void

/** Makes the service; its routes are those of the root of the real host. */
export function createKyc(ports: KycPorts, given: Partial<KycSettings> = {}): HttpService {
  const service = new Kyc(ports, { ...defaults, ...given })
  const { routes } = service
  return {
    handleRequest(request, response) {
      const { path } = targetOf(request)
      const loose = looseOf(path)
      const method = request.method === 'HEAD' ? 'GET' : request.method!
      const isDocs = loose === '/docs' || loose.startsWith('/docs/')
      const route = isDocs ? routes.get('/docs') : routes.get(loose)
      if (request.method === 'OPTIONS') sendPreflight(request, response, corsMethods)
      else if (!route) sendText(response, 404, `Cannot ${request.method} ${path}`, openCors)
      else if (route.method === method) route.handle(request, response)
      else {
        const headers = { ...openCors, allow: route.method === 'GET' ? 'GET, HEAD' : route.method }
        sendText(response, 405, 'Method Not Allowed', headers)
      }
    },
  }
}

class Kyc {
  readonly #ports: KycPorts
  readonly #settings: KycSettings
  readonly #tokens = new Tokens()
  readonly #byClient: FixedWindowLimiter
  readonly #byAddress: FixedWindowLimiter

  constructor(ports: KycPorts, settings: KycSettings) {
    this.#ports = ports
    this.#settings = settings
    this.#byClient = new FixedWindowLimiter(settings.tokenLimit)
    this.#byAddress = new FixedWindowLimiter(settings.tokenLimit)
  }

  /** The routes by path. */
  readonly routes = new Map<string, { method: 'GET' | 'POST'; handle: Handle }>([
    ['/api/v1/status', { method: 'GET', handle: (...io) => this.#status(...io) }],
    ['/api/v1/token', { method: 'POST', handle: (...io) => this.#token(...io) }],
    ['/api/v1/data', { method: 'GET', handle: (...io) => this.#data(...io) }],
    ['/api/v1/health', { method: 'GET', handle: (_, response) => this.#health(response) }],
    ['/api/v1/configs', { method: 'GET', handle: (...io) => this.#configs(...io) }],
    ['/api/v1/version', { method: 'GET', handle: (_, response) => this.#version(response) }],
    [
      '/webhooks/idenfy/verification-update',
      { method: 'POST', handle: (...io) => void this.#update(...io) },
    ],
    [
      '/webhooks/idenfy/id-expiration',
      { method: 'POST', handle: (_, response) => expiration(response) },
    ],
    ['/docs', { method: 'GET', handle: (_, response) => docs(response) }],
  ])

  #status(request: IncomingMessage, response: ServerResponse): void {
    const { query } = targetOf(request)
    const clientId = query.get('client_id') ?? ''
    const twinId = query.get('twin_id') ?? ''
    if (clientId === '' && twinId === '') {
      const error = 'either client_id or twin_id must be provided'
      refuse(response, { status: 400, error })
      return
    }
    const found = clientId === '' ? this.#byTwin(twinId) : { clientId }
    if ('error' in found) {
      refuse(response, found)
      return
    }
    const record = this.#recordOf(found.clientId)
    if (record === null) {
      refuse(response, { status: 404, error: 'verification not found' })
      return
    }
    const { idenfyRef, status } = record
    reply(response, 200, { final: true, idenfyRef, clientId: found.clientId, status })
  }

  #byTwin(text: string): { clientId: string } | KycError {
    const quoted = JSON.stringify(text)
    const bad = (what: string) =>
      kycError('INTERNAL_ERROR', 'parsing twinID', `strconv.ParseUint: parsing ${quoted}: ${what}`)
    if (!/^\d+$/.test(text)) return bad('invalid syntax')
    if (!/^0*\d{1,10}$/.test(text) || Number(text) > 0xffff_ffff) return bad('value out of range')
    const found = this.#ports.accountOf(Number(text))
    if (found) return { clientId: found.address }
    const cause = 'getting twin from tfchain: twin not found: object not found'
    return kycError('EXTERNAL_SERVICE_ERROR', 'looking up twinID address from TFChain', cause)
  }

  /** The real service looks for the text; here an account is found by any of its addresses. */
  #recordOf(clientId: string): KycRecord | null {
    const address = decodeSs58(clientId)
    return address.ok ? this.#ports.recordOf(toHex(address.publicKey)) : this.#ports.unknown()
  }

  #token(request: IncomingMessage, response: ServerResponse): void {
    const now = this.#now()
    const clientId = headerOf(request, 'x-client-id')
    const address = publicAddressOf(request)
    const wait = Math.max(
      address === null ? 0 : this.#byAddress.waitOf(address, now),
      this.#byClient.waitOf(clientId, now),
    )
    if (wait > 0) {
      sendText(response, 429, 'Too Many Requests', { ...openCors, 'retry-after': String(wait) })
      return
    }
    const answer = this.#credentialsProblem(request) ?? this.#tokenOf(clientId, now)
    if ('error' in answer) {
      refuse(response, answer)
      return
    }
    if (address !== null) this.#byAddress.count(address, now)
    this.#byClient.count(clientId, now)
    reply(response, answer.isNew ? 201 : 200, answer.token)
  }

  #tokenOf(clientId: string, now: number): ReturnType<Tokens['of']> | KycError {
    if (this.#recordOf(clientId)?.status === 'VERIFIED') {
      return kycError('CONFLICT', 'user already verified')
    }
    const address = decodeSs58(clientId)
    const { minBalance } = this.#settings
    if (!this.#tokens.has(clientId, now) && address.ok) {
      const balance = this.#ports.balanceOf(toHex(address.publicKey))
      if (balance < minBalance) {
        const what = `account does not have the minimum required balance to verify (${minBalance / tft}) TFT`
        return kycError('NOT_SUFFICIENT_BALANCE', what)
      }
    }
    return this.#tokens.of(clientId, now)
  }

  #data(request: IncomingMessage, response: ServerResponse): void {
    const problem = this.#credentialsProblem(request)
    if (problem) {
      refuse(response, problem)
      return
    }
    const clientId = headerOf(request, 'x-client-id')
    const record = this.#recordOf(clientId)
    if (record) reply(response, 200, personalData(record, clientId))
    else refuse(response, { status: 404, error: 'verification not found for client' })
  }

  #credentialsProblem(request: IncomingMessage): KycError | null {
    const given = {
      clientId: headerOf(request, 'x-client-id'),
      challenge: headerOf(request, 'x-challenge'),
      signature: headerOf(request, 'x-signature'),
    }
    const { domain, challengeWindow: windowSeconds } = this.#settings
    const domains = [domain, hostOf(request)]
    return credentialsProblem(given, { domains, windowSeconds, now: this.#now() })
  }

  #health(response: ServerResponse): void {
    const timestamp = new Date(this.#ports.wallNow()).toISOString().replace(/\.\d+Z$/, 'Z')
    reply(response, 200, { status: 'Healthy', timestamp, errors: [] })
  }

  #version(response: ServerResponse): void {
    reply(response, 200, { version: this.#settings.version })
  }

  #configs(_request: IncomingMessage, response: ServerResponse): void {
    const { domain, challengeWindow, minBalance, tokenLimit } = this.#settings
    const limiter = { MaxTokenRequests: tokenLimit.max, TokenExpiration: tokenLimit.minutes }
    const hidden = '[REDACTED]'
    reply(response, 200, {
      MongoDB: { URI: hidden, DatabaseName: 'tf-kyc-db' },
      Server: { Port: '8080' },
      Idenfy: {
        APIKey: hidden,
        APISecret: hidden,
        BaseURL: 'https://ivs.idenfy.com',
        CallbackSignKey: hidden,
        WhitelistedIPs: null,
        DevMode: false,
        CallbackUrl: `https://${domain}/webhooks/idenfy/verification-update`,
        Namespace: '',
      },
      TFChain: { WsProviderURL: `wss://${domain.replace(/^kyc\./, 'tfchain.')}` },
      Verification: {
        SuspiciousVerificationOutcome: 'APPROVED',
        ExpiredDocumentOutcome: 'REJECTED',
        MinBalanceToVerifyAccount: Number(minBalance),
        AlwaysVerifiedIDs: null,
      },
      IPLimiter: limiter,
      IDLimiter: limiter,
      Challenge: { Window: challengeWindow, Domain: domain },
      Log: { Debug: false },
    })
  }

  async #update(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const read = await readBody(request, { limit: bodyLimit })
    if (!read.ok) {
      const status = read.problem === 'too large' ? 413 : 408
      const text = status === 413 ? 'Request Entity Too Large' : 'Request Timeout'
      sendText(response, status, text, { ...openCors, connection: 'close' })
      return
    }
    const signature = headerOf(request, 'idenfy-signature')
    if (signature === '') {
      refuse(response, { status: 400, error: 'no signature provided' })
      return
    }
    const { callbackSignKey: key, network } = this.#settings
    const outcome = verificationUpdate(read.body, { signature, key, network })
    if (!outcome.ok) {
      refuse(response, outcome.error)
      return
    }
    if (outcome.kept) this.#ports.change({ type: 'outcome', ...outcome.kept })
    sendJson(response, 200, {}, openCors)
  }

  /** Wall time in s since the Unix epoch. */
  #now(): number {
    return Math.floor(this.#ports.wallNow() / 1000)
  }
}

function reply(response: ServerResponse, status: number, result: unknown): void {
  send(response, status, {
    type: 'application/json',
    body: JSON.stringify({ result }),
    headers: openCors,
  })
}

function refuse(response: ServerResponse, { status, error }: KycError): void {
  send(response, status, {
    type: 'application/json',
    body: JSON.stringify({ error }),
    headers: openCors,
  })
}

/** Upstream has the route and no answer for it. */
function expiration(response: ServerResponse): void {
  sendText(response, 501, 'Not Implemented', openCors)
}

function docs(response: ServerResponse): void {
  const routes = ['status', 'token', 'data', 'health', 'configs', 'version']
  const items = routes.map(name => `<li><code>/api/v1/${name}</code></li>`).join('')
  const body = `<!doctype html><title>TFGrid KYC API</title><h1>TFGrid KYC API</h1><ul>${items}</ul>`
  send(response, 200, { type: 'text/html; charset=utf-8', body, headers: openCors })
}

/** The host under which the service was asked, without a port. */
function hostOf(request: IncomingMessage): string {
  return headerOf(request, 'host').replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
}

/** The address of a client that is counted: those of private networks and of this machine are not. */
function publicAddressOf(request: IncomingMessage): string | null {
  const forwarded = headerOf(request, 'x-forwarded-for').split(',')
  const all = [...forwarded, headerOf(request, 'x-real-ip'), request.socket.remoteAddress ?? '']
  return all.map(text => text.trim()).find(isPublic) ?? null
}

function isPublic(text: string): boolean {
  const address = text.replace(/^::ffff:/i, '')
  if (/^\d+(?:\.\d+){3}$/.test(address)) {
    return !/^(?:0|10|127|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01]))\./.test(address)
  }
  return /^[0-9a-f:]*:[0-9a-f:]+$/i.test(address) && !/^(?:::1?$|f[cde])/i.test(address)
}
