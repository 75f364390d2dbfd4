// The embedded Redis server: a port of this machine on which plain Redis clients reach an engine.

import { createServer, type Server, type Socket } from 'node:net'
import { asError, gridError } from '../../kernel/errors.ts'
import { redisErrors } from './commands.ts'
import { RedisEngine, type Session } from './engine.ts'
import {
  defaultRequestLimits,
  encodeReply,
  error,
  RequestParser,
  RespFault,
  unauthenticatedLimits,
} from './resp.ts'

/** The address of this machine that the server listens on: nobody else gets in. */
export const redisHost = '127.0.0.1'

/** Clients at a time, when nothing else is said. */
const DEFAULT_MAX_CLIENTS = 1000

/** Bytes that a client may send ahead while it waits for a list. */
const MAX_AHEAD = 1024 * 1024

/** Replies that a client may leave unread, in bytes, before it is dropped. */
const MAX_UNREAD = 64 * 1024 * 1024

/** What a server is made with. */
export interface RedisServerOptions {
  /** 0 for any free one. */
  readonly port: number
  /** Default: a new one. */
  readonly engine?: RedisEngine
  readonly maxClients?: number
}

/** A running server. */
export interface RedisServer {
  readonly port: number
  readonly engine: RedisEngine
  /** Ends all connections. */
  close(): Promise<void>
}

/** Starts a server; fails with GRID_PORT_IN_USE or GRID_HOST_REFUSED. */
export async function startRedisServer(options: RedisServerOptions): Promise<RedisServer> {
  const { engine = new RedisEngine(), maxClients = DEFAULT_MAX_CLIENTS } = options
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    if (sockets.size >= maxClients) {
      socket.on('error', () => socket.destroy())
      socket.end(encodeReply(error(redisErrors.tooManyClients)))
      return
    }
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serve(socket, engine.open())
  })
  const port = await listen(server, options.port)
  return {
    port,
    engine,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', cause => {
      const isUsed = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
      const detail = `port ${port} on ${redisHost} (Redis)`
      reject(gridError(isUsed ? 'GRID_PORT_IN_USE' : 'GRID_HOST_REFUSED', { detail, cause }))
    })
    server.listen(port, redisHost, () => {
      server.removeAllListeners('error')
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

/** Reads the commands of a client and writes the replies, in order. */
function serve(socket: Socket, session: Session): void {
  const parser = new RequestParser()
  let isEnding = false
  const write = (bytes: Buffer): void => {
    if (socket.destroyed) return
    socket.write(bytes)
    if (socket.writableLength > MAX_UNREAD) socket.destroy()
  }
  const end = (): void => {
    isEnding = true
    socket.end()
  }
  let isRunning = false
  const run = (): void => {
    // A reply that comes at once must not start the loop inside the loop.
    if (isRunning) return
    isRunning = true
    try {
      while (!isEnding && !session.isBlocked && !socket.destroyed) {
        const limits = session.isAuthenticated ? defaultRequestLimits : unauthenticatedLimits
        const args = parser.next(limits)
        if (args === undefined) break
        session.execute(args, reply => {
          write(encodeReply(reply, session.protocol))
          if (session.isQuitting) end()
          else run()
        })
      }
    } catch (cause) {
      if (!(cause instanceof RespFault)) throw asError(cause)
      write(encodeReply(error(`ERR ${cause.message}`)))
      end()
    } finally {
      isRunning = false
    }
    if (session.isBlocked && parser.buffered > MAX_AHEAD) socket.pause()
    else if (socket.isPaused()) socket.resume()
  }
  socket.setNoDelay(true)
  socket.setKeepAlive(true, 60_000)
  socket.on('data', chunk => {
    if (isEnding) return
    parser.push(chunk)
    run()
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    isEnding = true
    session.close()
  })
}
