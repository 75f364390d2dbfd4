// A grid for tests of the control API, and the ways in which programs and web pages ask it.

import { request } from 'node:http'
import { afterEach } from 'vitest'
import type { GridInput } from '../../../src/config/config.ts'
import { type Grid, type GridOptions, startGrid } from '../../../src/grid.ts'

const open: Grid[] = []
afterEach(async () => {
  for (const grid of open.splice(0)) await grid.close()
})

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look at parts of it.
  readonly body: any
}

export const small: GridInput = {
  farms: [{ name: 'ghent', nodes: 2 }],
  users: ['alice'],
  port: 0,
  chainPort: 0,
  frontPort: false,
}

/** A running grid, and how to ask its control API. */
export async function controlled(input: GridInput = {}, options: GridOptions = {}) {
  const grid = await startGrid({ ...small, ...input }, options)
  open.push(grid)
  const { control } = grid.info().endpoints
  const ask = (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const { hostname, port } = new URL(control)
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    return new Promise((resolve, reject) => {
      const sent = request(
        { hostname, port, method, path: `/api${path}`, headers: { ...type, ...headers } },
        response => {
          let answer = ''
          response.setEncoding('utf8')
          response.on('data', piece => {
            answer += piece
          })
          response.on('end', () => {
            const isJson = response.headers['content-type']?.includes('application/json')
            resolve({
              status: response.statusCode ?? 0,
              body: isJson && answer !== '' ? JSON.parse(answer) : answer,
            })
          })
        },
      )
      sent.on('error', reject)
      sent.end(text)
    })
  }
  const close = async () => {
    open.splice(open.indexOf(grid), 1)
    await grid.close()
  }
  return { grid, control, ask, close }
}

/** Lets sockets have their turn until something is so; `advance` moves the grid's own time. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 2_000; turn += 1) {
    if (await isSo()) return
    await new Promise(resolve => setImmediate(resolve))
  }
  throw new Error(`it never came true that ${what}`)
}
