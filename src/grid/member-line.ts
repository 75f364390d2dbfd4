// Asks the control API of a process that plays nodes of this grid: with its secret, bounded, and without following it elsewhere.

import { GridError, type GridErrorCode, gridError, gridErrors } from '../kernel/errors.ts'

/** How long an answer may take, in ms, where nothing else is said. */
const answerMs = 10_000

/** Largest answer, in bytes: the list of a hundred thousand nodes. */
const answerLimit = 64 << 20

/** Nobody is there, or what answers is no such process. */
export class MemberLost extends Error {
  readonly code = 'GRID_NODE_ELSEWHERE' satisfies GridErrorCode
}

/** A line to such a process. */
export interface MemberLine {
  /** `http://127.0.0.1:40123/api`. */
  readonly control: string
  /**
   * Null when there is no such thing. A GridError is the refusal of the process itself; MemberLost says that it is
   * not there, or does not answer in time.
   */
  ask(method: string, path: string, body?: unknown, withinMs?: number): Promise<unknown>
}

/** Opens a line; nothing is sent yet. */
export function memberLine({ control, secret }: { control: string; secret: string }): MemberLine {
  return {
    control,
    async ask(method, path, body, withinMs = answerMs) {
      const { status, text } = await send(`${control}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${secret}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // What answers for somebody else is not asked.
        redirect: 'error',
        signal: AbortSignal.timeout(withinMs),
      })
      if (status === 404) return null
      const value = parsed(text)
      if (status < 400) return value
      throw refusalOf(value, status)
    },
  }
}

async function send(url: string, init: RequestInit): Promise<{ status: number; text: string }> {
  try {
    const answer = await fetch(url, init)
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of answer.body ?? []) {
      size += chunk.length
      if (size > answerLimit) throw new MemberLost(`${url} says more than it should`)
      chunks.push(chunk)
    }
    return { status: answer.status, text: Buffer.concat(chunks).toString('utf8') }
  } catch (cause) {
    if (cause instanceof MemberLost) throw cause
    throw new MemberLost(`${url} does not answer`, { cause })
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new MemberLost('what answers there speaks no JSON', { cause })
  }
}

/** The refusal in the words of the process, with its code where it is one of ours. */
function refusalOf(value: unknown, status: number): GridError {
  const { error, code } = (value ?? {}) as { error?: unknown; code?: unknown }
  const text = typeof error === 'string' ? error.slice(0, 2_000) : `status ${status}`
  if (typeof code === 'string' && Object.hasOwn(gridErrors, code) && code !== 'GRID_INVARIANT') {
    return new GridError(code as GridErrorCode, text, {})
  }
  return gridError('GRID_CONTROL_REFUSED', { detail: text })
}
