// Asks the control API of a running grid, and says what it answers.

import { asError, gridError } from '../kernel/errors.ts'
import type { ApiError } from '../services/control/routes.ts'

/** Where a grid is, and what it wants to be shown. */
export interface ControlTarget {
  /** `http://127.0.0.1:8080/api`. */
  readonly control: string
  readonly token?: string | undefined
}

/** How long an answer may take, in ms: a year of virtual time is a long way. */
const answerMs = 600_000

/** A control API. */
export interface ControlClient {
  /** GRID_NOT_RUNNING when nothing answers, GRID_CONTROL_REFUSED with the API's own words when it says no. */
  ask(method: string, path: string, body?: unknown): Promise<unknown>
  /** `ws://127.0.0.1:8080/api/trace`, with what chooses. */
  url(path: string): string
}

/** Makes a client. */
export function controlClient({ control, token }: ControlTarget): ControlClient {
  const base = control.replace(/\/+$/, '')
  const url = (path: string): string => `${base}${path}`
  return {
    url,
    async ask(method, path, body) {
      const answer = await send(url(path), {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(answerMs),
      })
      const text = await answer.text()
      const isJson = answer.headers.get('content-type')?.includes('application/json') ?? false
      const value: unknown = isJson ? JSON.parse(text) : text
      if (answer.ok) return value
      const { error = text, hint } = isJson ? (value as Partial<ApiError>) : {}
      throw gridError('GRID_CONTROL_REFUSED', {
        detail: `${method} ${path}: ${error.slice(0, 2_000)} (${answer.status})`,
        ...(hint === undefined ? {} : { hint }),
      })
    },
  }
}

async function send(url: string, init: RequestInit): Promise<Response> {
  if (!URL.canParse(url)) throw gridError('GRID_NOT_RUNNING', { detail: `${url} is no URL` })
  try {
    return await fetch(url, init)
  } catch (cause) {
    throw gridError('GRID_NOT_RUNNING', { detail: url, cause: asError(cause) })
  }
}
