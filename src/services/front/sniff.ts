// Tells by its first byte what a client speaks.

import type { Socket } from 'node:net'

/** The first byte of a TLS record that carries a handshake (RFC 8446, 5.1). */
const handshakeRecord = 0x16

/** Waits for the first byte, leaves it in the socket, and says what it begins. Who sends none in time is cut off. */
export function sniff(
  socket: Socket,
  deadlineMs: number,
  take: (kind: 'tls' | 'http') => void,
): void {
  const timer = setTimeout(() => socket.destroy(), deadlineMs)
  const stop = () => clearTimeout(timer)
  socket.once('close', stop)
  socket.once('data', (first: Buffer) => {
    stop()
    socket.removeListener('close', stop)
    socket.pause()
    socket.unshift(first)
    const kind = first[0] === handshakeRecord ? 'tls' : 'http'
    take(kind)
    // TLS takes what waits by itself; an HTTP server wants the stream to flow.
    if (kind === 'http') process.nextTick(() => socket.resume())
  })
  // One that was a tunnel's may have been stopped.
  socket.resume()
}
