#!/usr/local/bin/node
// Serves a relay with the options of `rmb-relay`, once its Redis answers.

const { connect } = require('node:net')
const { parseArgs } = require('node:util')

const text = { type: 'string' }
const { values } = parseArgs({
  options: {
    domain: text,
    redis: text,
    substrate: text,
    listen: text,
    workers: text,
    'user-per-worker': text,
  },
})
const redis = new URL(values.redis)
const socket = connect({ host: redis.hostname, port: Number(redis.port) })
socket.write('*1\r\n$4\r\nPING\r\n')
socket.once('error', cause => {
  console.error(`failed to initialize redis pool: ${cause.message}`)
  process.exit(1)
})
socket.once('data', () => {
  socket.destroy()
  const port = values.listen.split(':').at(-1)
  const at = ['--host', '0.0.0.0', '--port', port, '--relay-domain', values.domain]
  const grid = ['--chain', values.substrate, '--nodes', '0', '--seed', 'stand-in', '--quiet']
  process.argv.splice(2, Number.POSITIVE_INFINITY, 'up', ...at, ...grid)
  void import('/app/dist/cli/main.js')
})
