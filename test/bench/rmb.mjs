// Requests per second over the relay: real sockets, clients in a process of their own, an echo inside the world.

import { fork } from 'node:child_process'
import { createServer } from 'node:http'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { WebSocket } from 'ws'
import { checkWorld } from '../../dist/config/config.js'
import { fromHex } from '../../dist/crypto/hex.js'
import { keyPairFromSeed } from '../../dist/crypto/keys.js'
import { cryptoReady } from '../../dist/crypto/ready.js'
import { secp256k1PublicKey } from '../../dist/crypto/secp256k1.js'
import { createWorld } from '../../dist/grid/world.js'
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

const secretOf = twin => {
  const secret = new Uint8Array(32).fill(7)
  new DataView(secret.buffer).setUint32(0, twin)
  return secret
}
const now = () => Math.floor(Date.now() / 1000)

/** Every case: how many clients, how many requests each keeps open, by which keys, encrypted or not. */
const cases = [
  { clients: 1, open: 1, scheme: 'ed25519', isEncrypted: false },
  { clients: 1, open: 1, scheme: 'ed25519', isEncrypted: true },
  { clients: 1, open: 1, scheme: 'sr25519', isEncrypted: true },
  { clients: 50, open: 1, scheme: 'ed25519', isEncrypted: false },
  { clients: 50, open: 1, scheme: 'ed25519', isEncrypted: true },
  { clients: 50, open: 1, scheme: 'sr25519', isEncrypted: true },
  { clients: 50, open: 1, scheme: 'sr25519', isEncrypted: false },
  { clients: 1, open: 64, scheme: 'ed25519', isEncrypted: true },
  { clients: 1000, open: 1, scheme: 'ed25519', isEncrypted: true },
]

const nameOf = ({ clients, open, scheme, isEncrypted }) =>
  `RMB, ${clients} client${clients > 1 ? 's' : ''} x ${open}, ${scheme}, ${isEncrypted ? 'encrypted' : 'plain'}`

export async function rmb(calibration) {
  await inProcess(calibration)
  attached(calibration)
  for (const each of cases) {
    const { rate, p50, p99, connectMs, megabytes } = await measure(each)
    print(nameOf(each), rate, 'req/s', calibration)
    print('    p50', p50, 'ms', calibration)
    print('    p99', p99, 'ms', calibration)
    if (each.clients < 1000) continue
    print('    to connect them all', connectMs, 'ms', calibration)
    console.log(`    the relay has ${megabytes.toFixed(0)} MB more when they are there`)
  }
}

/** Requests of a user to nodes of the same process: nothing is signed or encoded, a real node answers. */
async function inProcess(calibration) {
  await cryptoReady()
  const { config } = checkWorld({ farms: [{ name: 'freefarm', nodes: 10 }] })
  const world = createWorld(config, {
    startAt: Date.now(),
    relay: 'localhost',
    heartbeat: false,
    userScheme: 'sr25519',
  })
  const { kernel, bus, nodes, residents } = world
  const twins = nodes.list().map(({ twinId }) => twinId)
  const from = { twin: residents[0].twinId }
  for (const open of [1, 64]) {
    const times = []
    const sentAt = new Map()
    const count = 20_000
    let sent = 0
    const ask = () => {
      if (sent >= count) return
      sent += 1
      const to = twins[sent % twins.length]
      const reply = { kind: `bench.answer.${open}`, target: null, ref: String(sent) }
      sentAt.set(reply.ref, performance.now())
      const request = { from, to, command: 'zos.system.version', payload: 'null', ttlMs: 60_000 }
      bus.request(request, reply)
    }
    kernel.handle(`bench.answer.${open}`, ({ payload }) => {
      if (payload.type !== 'response') throw new Error(`answered by ${JSON.stringify(payload)}`)
      times.push(performance.now() - sentAt.get(payload.ref))
      sentAt.delete(payload.ref)
      ask()
    })
    const begin = performance.now()
    for (let i = 0; i < open; i += 1) ask()
    while (times.length < count) kernel.step()
    const seconds = (performance.now() - begin) / 1000
    times.sort((a, b) => a - b)
    print(`RMB in process, ${open} open`, count / seconds, 'req/s', calibration)
    print('    p50', times[count * 0.5], 'ms', calibration)
    print('    p99', times[count * 0.99], 'ms', calibration)
  }
}

/** Memory in use, in MB, what is garbage not counted. */
function megabytesUsed() {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}

/** What the bus itself keeps of nodes that wait for messages, and of the messages that wait for those that are off. */
function attached(calibration) {
  const kernel = new Kernel({ seed: 'bench', startAt: 0 })
  const bus = new Bus({ kernel, directory: { twin: () => null } })
  bus.receive('echo', () => undefined)
  const before = megabytesUsed()
  const begin = performance.now()
  for (let twin = 1; twin <= 10_000; twin += 1)
    bus.attach({ twin }, { receiver: 'echo', ref: twin })
  print('RMB, 10 000 nodes attached', performance.now() - begin, 'ms', calibration)
  console.log(`    the bus has ${(megabytesUsed() - before).toFixed(1)} MB more`)
  if (bus.attached({ twin: 10_000 }) === undefined) throw new Error('a node is not attached')
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
  const memoryBefore = megabytesUsed()
  const child = fork(fileURLToPath(import.meta.url), ['--clients'])
  child.send({ port: server.address().port, clients, open, scheme, isEncrypted })
  let megabytes = 0
  const result = await new Promise((resolve, reject) => {
    child.on('message', message => {
      if (message === 'connected') megabytes = megabytesUsed() - memoryBefore
      else resolve({ ...message, megabytes })
    })
    child.once('exit', code => reject(new Error(`the clients ended with ${code}`)))
  })
  child.removeAllListeners()
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
  const begin = performance.now()
  for (let i = 0; i < clients; i += 1) {
    users.push(await connect({ port, twin: firstUser + i, share, open, scheme, isEncrypted }))
  }
  const connectMs = performance.now() - begin
  process.send('connected')
  const from = performance.now()
  const times = (await Promise.all(users.map(({ run }) => run()))).flat().sort((a, b) => a - b)
  const seconds = (performance.now() - from) / 1000
  process.send({
    connectMs,
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
