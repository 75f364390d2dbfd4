// A front before services that tell what reached them, and clients in processes of their own.

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocketServer } from 'ws'
import {
  type Backend,
  type Backends,
  type Front,
  type FrontOptions,
  startFront,
} from '../../../src/services/front/front.ts'
import type { Role } from '../../../src/services/front/names.ts'
import { beneath, proxyTo } from '../../../src/services/front/upstream.ts'
import { type Answer, closed, listening } from '../support.ts'

/** A folder that is gone after the tests. */
export function scratch(): { dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'pocketgrid-front-'))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

/** Says which backend got what. WebSockets hear the same as their first message, then an echo. */
export function teller(role: string): Backend & { readonly sockets: WebSocketServer } {
  const sockets = new WebSocketServer({ noServer: true })
  const told = ({ method, url, headers }: IncomingMessage) =>
    JSON.stringify({ role, method, url, host: headers.host })
  return {
    sockets,
    handleRequest(request, response) {
      const chunks: Buffer[] = []
      request.on('data', chunk => chunks.push(chunk))
      request.on('end', () => {
        response.setHeader('x-body', String(Buffer.concat(chunks).length))
        response.end(told(request))
      })
    },
    handleUpgrade(request, socket, head) {
      sockets.handleUpgrade(request, socket, head, webSocket => {
        webSocket.send(told(request))
        webSocket.on('message', data => webSocket.send(data))
      })
    },
  }
}

const plainRoles = ['gridproxy', 'graphql', 'activation', 'kyc', 'stats', 'hub', 'terms'] as const

/** A front with all of its services; the chain is a server of its own, as in a grid. */
export interface FrontWorld {
  readonly front: Front
  readonly ca: string
  readonly refused: string[]
  readonly chain: Server
  https(host: string, path?: string, options?: HttpsOptions): Promise<Answer>
  close(): Promise<void>
}

export interface HttpsOptions {
  readonly servername?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export async function startFrontWorld(change: Partial<FrontOptions> = {}): Promise<FrontWorld> {
  const folder = scratch()
  const chainSide = teller('chain')
  const chain = createServer((request, response) => chainSide.handleRequest!(request, response))
  chain.on('upgrade', (request, socket, head) => chainSide.handleUpgrade!(request, socket, head))
  const port = await listening(chain)
  const backends: Backends = {
    chain: proxyTo({ host: '127.0.0.1', port }),
    relay: beneath('/relay', teller('relay')),
    ...Object.fromEntries(
      plainRoles.map(role => [role, { handleRequest: teller(role).handleRequest! }]),
    ),
  } satisfies { [R in Role]?: Backend }
  const refused: string[] = []
  const front = await startFront({
    host: '127.0.0.1',
    port: 0,
    caDir: join(folder.dir, 'ca'),
    backends,
    onRefused: host => refused.push(host),
    ...change,
  })
  const ca = readFileSync(front.caPath, 'utf8')
  return {
    front,
    ca,
    refused,
    chain,
    https: (host, path, options) =>
      askHttps(front.port, { ca, host, path: path ?? '/', ...options }),
    async close() {
      await front.close()
      await closed(chain)
      folder.remove()
    },
  }
}

/** A request over TLS: `host` is the name in the request and, unless said otherwise, in the handshake. */
function askHttps(
  port: number,
  {
    ca,
    host,
    path,
    servername,
    method = 'GET',
    headers = {},
    body,
  }: HttpsOptions & { ca: string; host: string; path: string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        ca,
        agent: false,
        servername: servername ?? host.replace(/:\d+$/, ''),
        headers: { ...headers, host },
      },
      response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          const { statusCode: status = 0, headers: answered } = response
          let json: unknown
          try {
            json = JSON.parse(text)
          } catch {}
          resolve({ status, headers: answered, text, json })
        })
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

/** Runs a program to its end. */
export function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  options: { cwd?: string; timeout?: number } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    execFile(
      program,
      [...args],
      { env: { ...process.env, ...env }, timeout: 30_000, ...options },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr })
      },
    )
  })
}
