// Serves a chain as `tfchain --dev --unsafe-rpc-external` does: on port 9944 of all addresses, and with no price of a TFT yet.

const { connect, createServer } = require('node:net')

if (!process.argv.includes('--dev') || !process.argv.includes('--unsafe-rpc-external')) {
  console.error('this chain is started with --dev and an open RPC alone')
  process.exit(2)
}

// The first process of a container hears no signal that it does not ask for.
process.on('SIGTERM', () => process.exit(0))

void import('/app/dist/index.js').then(async ({ startGrid }) => {
  const farms = [{ name: 'stand-in', nodes: 0 }]
  const { endpoints } = (
    await startGrid({
      chainPort: 0,
      port: 0,
      frontPort: false,
      strictRelay: true,
      users: [],
      farms,
    })
  ).info()
  const values = { TftPrice: null, AverageTftPrice: null, LastBlockSet: null }
  await fetch(endpoints.substrate.replace('ws:', 'http:'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'dev_setStorage',
      params: [
        { TFTPriceModule: { ...values, BufferRange: null, TftPriceHistory: [[[0], null]] } },
      ],
    }),
  })
  const { port } = new URL(endpoints.substrate)
  const door = createServer(socket => {
    const inner = connect({ host: '127.0.0.1', port: Number(port) })
    for (const each of [socket, inner]) each.on('error', () => each.destroy())
    socket.pipe(inner).pipe(socket)
  })
  door.listen(9944, '0.0.0.0')
})
