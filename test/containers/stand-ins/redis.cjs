#!/usr/local/bin/node
// Serves a Redis on port 6379 of all addresses: our own, which listens on loopback alone, behind a door.

const { connect, createServer } = require('node:net')

// The first process of a container hears no signal that it does not ask for.
process.on('SIGTERM', () => process.exit(0))

void import('/app/dist/rmb/redis/server.js').then(async ({ startRedisServer }) => {
  const { port } = await startRedisServer({ port: 0 })
  const door = createServer(socket => {
    const inner = connect({ host: '127.0.0.1', port })
    for (const each of [socket, inner]) each.on('error', () => each.destroy())
    socket.pipe(inner).pipe(socket)
  })
  door.listen(6379, '0.0.0.0')
})
