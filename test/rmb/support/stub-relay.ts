// A relay for tests of peers and clients: tokens, sessions and queues, and nothing of what makes a relay good.

import { createServer } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Address, formatAddress } from '../../../src/rmb/address.ts'
import { encodeEnvelope, peekEnvelope } from '../../../src/rmb/envelope.ts'
import { relayErrors } from '../../../src/rmb/errors.ts'
import { buildRelayError } from '../../../src/rmb/replies.ts'
import { checkToken } from '../../../src/rmb/token.ts'

/** A running stub. */
export interface StubRelay {
  readonly port: number
  readonly url: string
  /** Frames that came from each session, in order. */
  readonly frames: Map<string, Buffer[]>
  /** Tokens that were shown, accepted or not. */
  readonly tokens: string[]
  /** Sessions that are connected. */
  sessions(): string[]
  /** Resolves when a session is connected. */
  connected(session: string): Promise<void>
  /** Hands bytes to a session, or keeps them for it. */
  deliver(session: string, bytes: Uint8Array | string): void
  /** Cuts the connections of all sessions. */
  cut(): void
  /** Changes what passes: a frame may be replaced, or dropped by null. */
  onPass: (bytes: Uint8Array) => Uint8Array | null
  close(): Promise<void>
}

/** Starts a stub; `accountOf` says who twins are. */
export async function startStubRelay(
  accountOf: (twin: number) => Uint8Array | undefined,
  options: { port?: number } = {},
): Promise<StubRelay> {
  const http = createServer()
  const sockets = new WebSocketServer({ noServer: true })
  const live = new Map<string, WebSocket>()
  const queues = new Map<string, (Uint8Array | string)[]>()
  const waiting: { session: string; resolve: () => void }[] = []
  const stub: Omit<StubRelay, 'port' | 'url'> = {
    frames: new Map(),
    tokens: [],
    sessions: () => [...live.keys()].sort(),
    connected: session =>
      live.has(session)
        ? Promise.resolve()
        : new Promise(resolve => waiting.push({ session, resolve })),
    deliver(session, bytes) {
      const socket = live.get(session)
      if (socket) socket.send(bytes)
      else queues.set(session, [...(queues.get(session) ?? []), bytes])
    },
    cut() {
      for (const socket of live.values()) socket.terminate()
      live.clear()
    },
    onPass: bytes => bytes,
    close() {
      stub.cut()
      return new Promise(resolve => {
        http.close(() => resolve())
        http.closeAllConnections()
      })
    },
  }
  const pass = (from: Address, bytes: Buffer): void => {
    const name = formatAddress(from)
    stub.frames.set(name, [...(stub.frames.get(name) ?? []), bytes])
    const passed = stub.onPass(bytes)
    const peek = passed && peekEnvelope(passed)
    if (!passed || !peek?.ok) return
    const to = peek.value.destination
    if (!to || (accountOf(to.twin) === undefined && peek.value.kind === 'request')) {
      const now = BigInt(Math.floor(Date.now() / 1000))
      const text = relayErrors.unknownDestination
      stub.deliver(name, encodeEnvelope(buildRelayError(peek.value, text, { session: from, now })))
      return
    }
    stub.deliver(formatAddress(to), passed)
  }
  http.on('upgrade', (request, socket, head) => {
    const query = request.url?.includes('?') ? request.url.split('?')[1] : undefined
    stub.tokens.push(query ?? '')
    const verdict = checkToken(query, {
      now: BigInt(Math.floor(Date.now() / 1000)),
      findTwin: twin => {
        const account = accountOf(twin)
        return account && { account }
      },
    })
    if (!verdict.ok) {
      const { status, body } = verdict.refusal
      socket.end(
        `HTTP/1.1 ${status} No\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      )
      return
    }
    const name = formatAddress(verdict.session)
    sockets.handleUpgrade(request, socket, head, ws => {
      live.get(name)?.terminate()
      live.set(name, ws)
      ws.on('message', data => pass(verdict.session, data as Buffer))
      ws.on('error', () => ws.terminate())
      ws.on('close', () => {
        if (live.get(name) === ws) live.delete(name)
      })
      for (const bytes of queues.get(name) ?? []) ws.send(bytes)
      queues.delete(name)
      for (const each of waiting.splice(0)) {
        if (each.session === name) each.resolve()
        else waiting.push(each)
      }
    })
  })
  await new Promise<void>(resolve => http.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = http.address() as { port: number }
  return Object.assign(stub, { port, url: `ws://127.0.0.1:${port}/relay` })
}
