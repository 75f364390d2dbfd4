// Serves a chain as `tfchain --dev --unsafe-rpc-external` does: on port 9944 of all addresses.

if (!process.argv.includes('--dev') || !process.argv.includes('--unsafe-rpc-external')) {
  console.error('this chain is started with --dev and an open RPC alone')
  process.exit(2)
}
process.argv.splice(
  2,
  Number.POSITIVE_INFINITY,
  'up',
  '--host',
  '0.0.0.0',
  '--nodes',
  '0',
  '--strict-relay',
  '--quiet',
)
void import('/app/dist/cli/main.js')
