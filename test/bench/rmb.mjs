// Requests per second over the relay: real sockets, clients in a process of their own, an echo inside the world.

import { fork } from 'node:child_process'
import { createServer } from 'node:http'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { WebSocket } from 'ws'
import { fromHex } from '../../dist/crypto/hex.js'
import { keyPairFromSeed } from '../../dist/crypto/keys.js'
import { secp256k1PublicKey } from '../../dist/crypto/secp256k1.js'
import { Driver } from '../../dist/kernel/driver.js'
import { Kernel } from '../../dist/kernel/kernel.js'
import { Bus } from '../../dist/rmb/bus.js'
import { decodeEnvelope, encodeEnvelope } from '../../dist/rmb/envelope.js'
import { Relay } from '../../dist/rmb/relay/relay.js'
import { openEnvelope, sealEnvelope } from '../../dist/rmb/sealing.js'
import { makeToken } from '../../dist/rmb/token.js'
import { calibrate, print } from './support.mjs'

const nodeTwin = 1
const firstUser = 2
const requests = 4000
const data = new TextEncoder().encode(JSON.stringify({ contract_id: 17, note: 'x'.repeat(400) }))

const secretOf = twin => new Uint8Array(32).fill(twin)
const now = () => Math.floor(Date.now() / 1000)

/** Every case: how many clients, how many requests each keeps open, by which keys, encrypted or not. */
const cases = [
  { clients: 1, open: 1, scheme: 'ed25519', isEncrypted: false },
  { clients: 1, open: 1, scheme: 'ed25519', isEncrypted: true },
  { clients: 1, open: 1, scheme: 'sr25519', isEncrypted: true },
  { clients: 50, open: 1, scheme: 'ed25519', isEncrypted: false },
  { clients: 50, open: 1, scheme: 'ed25519', isEncrypted: true },
  { clients: 50, open: 1, scheme: 'sr25519', isEncrypted: true },
  { clients: 1, open: 64, scheme: 'ed25519', isEncrypted: true },
]

const nameOf = ({ clients, open, scheme, isEncrypted }) =>
  `RMB, ${clients} client${clients > 1 ? 's' : ''} x ${open}, ${scheme}, ${isEncrypted ? 'encrypted' : 'plain'}`

export async function rmb(calibration) {
  for (const each of cases) {
    const { rate, p50, p99 } = await measure(each)
    print(nameOf(each), rate, 'req/s', calibration)
    print('    p50', p50, 'ms', calibration)
    print('    p99', p99, 'ms', calibration)
  }
}

async function measure({ clients, open, scheme, isEncrypted }) {
  const twins = new Map()
  const add = (id, kind) => {
    const { accountId } = keyPairFromSeed(secretOf(id), kind)
    const pk = isEncrypted ? secp256k1PublicKey(secretOf(id)) : null
    twins.set(id, { id, account: accountId, relay: 'localhost', pk })
  }
  add(nodeTwin, 'ed25519')
  for (let i = 0; i < clients; i += 1) add(firstUser + i, scheme)
  const kernel = new Kernel({ seed: 'bench', startAt: Date.now() })
  const bus = new Bus({ kernel, directory: { twin: id => twins.get(id) ?? null } })
  bus.receive('echo', message =>
    bus.respond(message, { type: 'response', payload: message.body.payload }),
  )
  bus.attach({ twin: nodeTwin }, { receiver: 'echo' })
  const onFailure = error => {
    throw error
  }
  const driver = new Driver({ kernel, mode: { type: 'real' }, onFailure })
  const secret = secretOf(nodeTwin)
  const keys = { pair: keyPairFromSeed(secret, 'ed25519'), secret }
  const relay = new Relay({ bus, driver, basePath: '', secretOfTwin: () => keys, onFailure })
  const server = createServer((request, response) => relay.handleRequest(request, response))
  server.on('upgrade', (request, socket, head) => relay.handleUpgrade(request, socket, head))
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  driver.start()
  const child = fork(fileURLToPath(import.meta.url), ['--clients'])
  child.send({ port: server.address().port, clients, open, scheme, isEncrypted })
  const result = await new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', code => reject(new Error(`the clients ended with ${code}`)))
  })
  child.removeAllListeners('exit')
  child.kill()
  driver.stop()
  await relay.close()
  await new Promise(resolve => server.close(resolve))
  return result
}

/** The other process: all requests are sealed beforehand, so that the relay's side is what is measured. */
async function runClients({ port, clients, open, scheme, isEncrypted }) {
  const share = Math.ceil(requests / clients)
  const users = []
  for (let i = 0; i < clients; i += 1) {
    users.push(await connect({ port, twin: firstUser + i, share, open, scheme, isEncrypted }))
  }
  const from = performance.now()
  const times = (await Promise.all(users.map(({ run }) => run()))).flat().sort((a, b) => a - b)
  const seconds = (performance.now() - from) / 1000
  process.send({
    rate: times.length / seconds,
    p50: times[Math.floor(times.length * 0.5)],
    p99: times[Math.floor(times.length * 0.99)],
  })
}

async function connect({ port, twin, share, open, scheme, isEncrypted }) {
  const secret = secretOf(twin)
  const pair = keyPairFromSeed(secret, scheme)
  const node = keyPairFromSeed(secretOf(nodeTwin), 'ed25519')
  const nodeKey = secp256k1PublicKey(secretOf(nodeTwin))
  const nonce = new Uint8Array(12)
  const frames = Array.from({ length: share }, (_, i) => {
    new DataView(nonce.buffer).setUint32(0, i)
    const envelope = {
      uid: `${i}`,
      timestamp: BigInt(now()),
      expiration: 300n,
      source: { twin, connection: 'bench' },
      destination: { twin: nodeTwin },
      message: { kind: 'request', command: 'zos.echo' },
      schema: 'application/json',
      payload: { kind: 'plain', bytes: data },
      relays: ['localhost'],
    }
    const encryption = { secret, publicKey: nodeKey, nonce }
    return encodeEnvelope(sealEnvelope(envelope, isEncrypted ? { pair, encryption } : { pair }))
  })
  const token = makeToken({ twin, session: 'bench', issuedAt: now(), expiresAt: now() + 60 }, pair)
  const socket = new WebSocket(`ws://127.0.0.1:${port}/?${token}`, { perMessageDeflate: false })
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  const run = () =>
    new Promise((resolve, reject) => {
      const times = []
      const sentAt = new Map()
      let next = 0
      let last
      const send = () => {
        if (next >= frames.length) return
        sentAt.set(next, performance.now())
        socket.send(frames[next])
        next += 1
      }
      socket.on('message', bytes => {
        const { value } = decodeEnvelope(bytes)
        times.push(performance.now() - sentAt.get(Number(value.uid)))
        last = value
        send()
        if (times.length < frames.length) return
        // One answer is looked at closely: a fast wrong answer is worth nothing.
        const sender = () => ({ account: fromHex(node.accountId), publicKey: nodeKey })
        const opened = openEnvelope(last, { now: BigInt(now()), secret, sender })
        const isEcho = opened.ok && Buffer.from(opened.envelope.payload.bytes).equals(data)
        if (isEcho) resolve(times)
        else reject(new Error('the last answer is no echo'))
      })
      for (let i = 0; i < open; i += 1) send()
    })
  return { run }
}

if (process.argv[2] === '--clients') process.once('message', runClients)
else if (import.meta.url === pathToFileURL(process.argv[1]).href) await rmb(calibrate())
