// The activation service: gives new accounts the funds with which they pay their first fees.
// Routes, texts and order of checks are those of `threefoldtech/tfchain: activation-service` 2.7.0-rc4.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Hex, toHex } from '../../crypto/hex.ts'
import { decodeSs58 } from '../../crypto/ss58.ts'
import { asError, GridError } from '../../kernel/errors.ts'
import {
  type HttpService,
  headerOf,
  looseOf,
  readBody,
  send,
  sendJson,
  sendPreflight,
  targetOf,
} from '../plain-http.ts'
import { problemsOf } from './body-check.ts'
import { type BodyError, parseBody } from './body-parser.ts'

/** What the service needs of a chain. */
export interface ActivationPorts {
  /** Free balance of an account in units (10^-7 TFT). */
  balanceOf(account: Hex): bigint
  /** Sends units to an account from the service's own; resolves when that is in a block, rejects when it failed. */
  transfer(account: Hex, units: bigint): Promise<void>
}

/** What can be set. */
export interface ActivationOptions {
  /** What an empty account gets, in units: {@link friendlyUnits} when not given, or {@link upstreamUnits}. */
  readonly units?: bigint
  /** How long a transfer may take to be in a block, in ms. */
  readonly deadlineMs?: number
  /** Hears of a fault that is no refusal of a transfer. */
  readonly onFailure?: (error: Error) => void
}

/** 1000 TFT: enough for clients that want to see 2 TFT before they begin. */
export const friendlyUnits = 10_000_000_000n

/** 0.1 TFT (`activation-service/controllers/substrate.js`, AMOUNT). */
export const upstreamUnits = 1_000_000n

/** An account with less than this gets this much (`activation-service/controllers/substrate.js`). */
const topUpUnits = 15_000n

/** Largest body in bytes (the default of Express's parsers). */
const bodyLimit = 100 * 1024

const defaultDeadlineMs = 60_000

/** Methods that Express's `cors` allows when nothing else is said. */
const corsMethods = 'GET,HEAD,PUT,PATCH,POST,DELETE'
const openCors = { 'access-control-allow-origin': '*' } as const

const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Activation service</title></head>
<body><h1>Activation service</h1>
<p>Accounts of this grid get their first TFT here: POST
<code>{"substrateAccountID": "5..."}</code> to <code>/activation/activate</code>.</p></body></html>
`

/** Makes the service; its routes begin with `/activation`, as on the real host. */
export function createActivation(
  ports: ActivationPorts,
  { units = friendlyUnits, deadlineMs = defaultDeadlineMs, onFailure }: ActivationOptions = {},
): HttpService {
  const funds = new Funds(ports, { units, deadlineMs, onFailure: onFailure ?? (() => undefined) })
  return {
    handleRequest(request, response) {
      const path = looseOf(targetOf(request).path)
      const isOurs = path === '/activation' || path.startsWith('/activation/')
      if (request.method === 'OPTIONS') {
        sendPreflight(request, response, corsMethods)
      } else if (isOurs && (request.method === 'GET' || request.method === 'HEAD')) {
        send(response, 200, { type: 'text/html; charset=utf-8', body: page, headers: openCors })
      } else if (path === '/activation/activate' && request.method === 'POST') {
        void activate(request, response, funds)
      } else {
        refuse(response, { status: 404, message: 'Not Found' })
      }
    },
  }
}

async function activate(
  request: IncomingMessage,
  response: ServerResponse,
  funds: Funds,
): Promise<void> {
  const read = await readBody(request, { limit: bodyLimit })
  if (!read.ok) {
    refuse(response, unreadable[read.problem])
    return
  }
  const parsed = parseBody(headerOf(request, 'content-type'), read.body)
  if (!parsed.ok) {
    refuse(response, parsed.error)
    return
  }
  const problems = problemsOf(parsed.value)
  if (problems.length > 0) {
    refuse(response, { status: 400, message: problems.join(',') })
    return
  }
  const body = parsed.value as { substrateAccountID: string }
  const address = decodeSs58(body.substrateAccountID)
  if (!address.ok) {
    refuse(response, { status: 400, message: 'substrateAccountID is not a valid account id' })
    return
  }
  const failure = await funds.giveTo(toHex(address.publicKey))
  if (failure) refuse(response, failure)
  else sendJson(response, 200, body, openCors)
}

const unreadable = {
  'too large': { status: 413, message: 'request entity too large', type: 'entity.too.large' },
  'too slow': { status: 408, message: 'request timeout', type: 'request.timeout' },
  gone: { status: 400, message: 'request aborted', type: 'request.aborted' },
} as const satisfies Record<string, BodyError>

/** Sends an error in the form of the `http-errors` package, as the real service does. */
function refuse(response: ServerResponse, { status, message, type }: BodyError): void {
  const body = {
    expose: status < 500,
    statusCode: status,
    status,
    message,
    ...(type === undefined ? {} : { type }),
  }
  // What was not read of the request must not be taken for the next one.
  const headers = status === 413 || status === 408 ? { ...openCors, connection: 'close' } : openCors
  sendJson(response, status, body, headers)
}

/** Gives accounts what they lack, each account one request at a time. */
class Funds {
  readonly #ports: ActivationPorts
  readonly #units: bigint
  readonly #deadlineMs: number
  readonly #onFailure: (error: Error) => void
  /** Accounts that are being given something: no more than there are open requests. */
  readonly #busy = new Map<Hex, Promise<BodyError | null>>()

  constructor(ports: ActivationPorts, options: Required<ActivationOptions>) {
    this.#ports = ports
    this.#units = options.units
    this.#deadlineMs = options.deadlineMs
    this.#onFailure = options.onFailure
  }

  /** Null when the account has what it needs, else the refusal. Never rejects. */
  async giveTo(account: Hex): Promise<BodyError | null> {
    // Who asks twice at once shares one transfer, as two requests in a row do.
    const running = this.#busy.get(account)
    if (running) return running
    const giving = this.#give(account)
    this.#busy.set(account, giving)
    const failure = await giving
    this.#busy.delete(account)
    return failure
  }

  async #give(account: Hex): Promise<BodyError | null> {
    let timer: NodeJS.Timeout | undefined
    try {
      const free = this.#ports.balanceOf(account)
      if (free >= topUpUnits) return null
      const late = new Promise<'late'>(resolve => {
        timer = setTimeout(resolve, this.#deadlineMs, 'late')
      })
      const transfer = this.#ports.transfer(account, free === 0n ? this.#units : topUpUnits)
      const outcome = await Promise.race([transfer, late])
      if (outcome !== 'late') return null
      // It may still come; but nobody listens for it any more.
      transfer.catch(() => undefined)
      return { status: 503, message: 'the transfer is not in a block yet' }
    } catch (cause) {
      if (!(cause instanceof GridError)) this.#onFailure(asError(cause))
      return { status: 500, message: 'Internal Server Error' }
    } finally {
      clearTimeout(timer)
    }
  }
}
