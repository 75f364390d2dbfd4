// The chain in process: idle months, snapshots, the past, subscribers, and what it keeps after many extrinsics.

import { WebSocket } from 'ws'
import { devAccounts, devGenesis } from '../../dist/chain/genesis.js'
import { Chain } from '../../dist/chain/node/chain.js'
import { immortal } from '../../dist/chain/node/era.js'
import { encodeSigned, signedPayload } from '../../dist/chain/node/extrinsic.js'
import { pallets } from '../../dist/chain/pallets/all.js'
import { tfgrid } from '../../dist/chain/pallets/tfgrid/declaration.js'
import { startChainServer } from '../../dist/chain/rpc/server.js'
import { metadataV14 } from '../../dist/chain/runtime/metadata.js'
import { RuntimeCall } from '../../dist/chain/types/outer.js'
import { checkWorld, spreadNodes } from '../../dist/config/config.js'
import { keyPairFromSeed } from '../../dist/crypto/keys.js'
import { cryptoReady } from '../../dist/crypto/ready.js'
import { createWorld } from '../../dist/grid/world.js'
import { Driver } from '../../dist/kernel/driver.js'
import { Kernel } from '../../dist/kernel/kernel.js'
import { encodeToBytes } from '../../dist/scale/codec.js'
import { memoryInUse, print } from './support.mjs'

const MiB = 2 ** 20
const dayMs = 86_400_000
const median = values => values.sort((a, b) => a - b)[values.length >> 1]

const payer = () => keyPairFromSeed(new Uint8Array(32).fill(7), 'ed25519')

/** A dev chain on which an ed25519 account has money. */
function devChain(blocks) {
  const kernel = new Kernel({ seed: 'bench', startAt: 1_700_000_000_000 })
  const chain = new Chain({
    kernel,
    pallets,
    genesis: devGenesis({ endowed: [[payer().accountId, 1n << 60n]] }),
    author: devAccounts.alice,
    blocks,
    heartbeat: false,
    keyOf: () => undefined,
    specVersion: 153,
    transactionVersion: 2,
  })
  return { kernel, chain }
}

const transfer = value => ({
  pallet: 'Balances',
  name: 'transfer_keep_alive',
  args: { dest: { type: 'Id', value: devAccounts.bob }, value },
})

/** Signed transfers of the payer, from nonce 0 on. */
function* signedTransfers(chain) {
  const pair = payer()
  const genesisHash = chain.genesisHash()
  const context = { specVersion: 153, transactionVersion: 2, genesisHash, birthHash: genesisHash }
  for (let nonce = 0; ; nonce += 1) {
    const callBytes = encodeToBytes(RuntimeCall, transfer(BigInt(1000 + nonce)))
    const parts = { callBytes, era: immortal, nonce, tip: 0n }
    const signature = pair.sign(signedPayload(parts, context))
    yield encodeSigned({ ...parts, signer: pair.accountId, scheme: pair.scheme, signature })
  }
}

function submit({ kernel, chain }, bytes) {
  const taken = chain.submitBytes(bytes)
  if (!taken.ok) throw new Error(JSON.stringify(taken.problem))
  kernel.runUntil(kernel.now())
}

function idleDays(calibration) {
  const jumps = []
  const hashes = []
  for (let run = 0; run < 7; run += 1) {
    const { kernel, chain } = devChain('interval')
    const from = performance.now()
    kernel.runUntil(kernel.now() + 30 * dayMs)
    const best = chain.best()
    jumps.push(performance.now() - from)
    chain.archive.hashOf(best)
    hashes.push(performance.now() - from)
    if (best < 432_000) throw new Error(`${best} blocks in 30 days`)
  }
  print('30 idle days, no hash asked for (median of 7)', median(jumps), 'ms', calibration)
  print("30 idle days with the head's hash (median of 7)", median(hashes), 'ms', calibration)
}

/** The whole world of 1 000 nodes is taken back; what is measured is the snapshot and the revert, not the changes. */
function snapshots(calibration) {
  const checked = checkWorld({ farms: spreadNodes(1000, 10) })
  const options = { startAt: 1_700_000_000_000, relay: 'localhost' }
  const world = createWorld(checked.config, { ...options, heartbeat: false, userScheme: 'ed25519' })
  const { kernel, chain } = world
  const { Nodes } = chain.runtime.txOf(tfgrid).state
  const nodes = Array.from({ length: 100 }, (_, i) => Nodes.get(1 + i))
  const times = []
  for (let run = 0; run < 2000; run += 1) {
    let from = performance.now()
    const snapshot = kernel.snapshot()
    let ms = performance.now() - from
    chain.runtime.inBlock(chain.archive.best + 1, kernel.now(), () => {
      nodes.forEach((node, i) => {
        Nodes.set(1 + i, { ...node, created: BigInt(run) })
      })
    })
    from = performance.now()
    kernel.revert(snapshot)
    kernel.release(snapshot)
    ms += performance.now() - from
    times.push(ms)
  }
  if (Nodes.get(1) !== nodes[0]) throw new Error('a node was not taken back')
  const sum = times.reduce((a, b) => a + b, 0)
  print(
    'snapshot + revert, 1000 nodes, 100 changed cells',
    (sum * 1000) / times.length,
    'us',
    calibration,
  )
}

function past(calibration) {
  const world = devChain('instant')
  const { chain, kernel } = world
  for (let i = 0; i < 2500; i += 1) {
    chain.submit(transfer(1n), { signer: payer().accountId })
    kernel.runUntil(kernel.now())
  }
  const item = chain.state.item('System', 'Account')
  const keys = [payer().accountId]
  const rawKey = item.rawKeyOf(keys)
  const { best } = chain.archive
  const reads = 20_000
  const timed = read => {
    let seen = 0
    const from = performance.now()
    // Every block of the window in an order that jumps about.
    for (let i = 0; i < reads; i += 1) {
      const block = best - ((i * 1009) % 2400)
      if (read(block) !== undefined) seen += 1
    }
    if (seen !== reads) throw new Error(`${seen} of ${reads} blocks had a value`)
    return ((performance.now() - from) * 1000) / reads
  }
  print(
    'value at any block of the window',
    timed(block => item.valueAt(block, keys)),
    'us',
    calibration,
  )
  const raw = block => chain.state.rawValue(rawKey, block) ?? undefined
  print('raw key to SCALE hex at any block', timed(raw), 'us', calibration)
}

/** 100 subscriptions of four kinds on ten connections, 1 000 full blocks, after the window is full. */
async function subscribers(calibration) {
  const world = devChain('instant')
  const { chain, kernel } = world
  const onFailure = error => {
    throw error
  }
  const driver = new Driver({ kernel, mode: { type: 'real' }, onFailure })
  const metadata = version => (version === 14 ? metadataV14() : null)
  const server = await startChainServer({ chain, driver, metadata, port: 0, onFailure })
  driver.start()
  const bytes = signedTransfers(chain)
  const makeBlocks = async count => {
    for (let i = 0; i < count; i += 1) {
      driver.enter(() => submit(world, bytes.next().value))
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  await makeBlocks(3000)
  const account = chain.state.item('System', 'Account').rawKeyOf([devAccounts.bob])
  const events = chain.state.item('System', 'Events').prefix
  const kinds = [
    ['chain_subscribeNewHeads', []],
    ['chain_subscribeFinalizedHeads', []],
    ['state_subscribeStorage', [[account]]],
    ['state_subscribeStorage', [[events]]],
  ]
  let heard = 0
  const sockets = []
  for (let i = 0; i < 10; i += 1) {
    const socket = new WebSocket(server.url, { perMessageDeflate: false })
    await new Promise(resolve => socket.once('open', resolve))
    socket.on('message', () => {
      heard += 1
    })
    for (let id = 0; id < 10; id += 1) {
      const [method, params] = kinds[id % 4]
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    }
    sockets.push(socket)
  }
  // What is final is told later; everything has settled when it has been.
  const settle = () => new Promise(resolve => setTimeout(resolve, 2500))
  await makeBlocks(500)
  await settle()
  const before = memoryInUse()
  heard = 0
  const from = performance.now()
  await makeBlocks(1000)
  const ms = performance.now() - from
  await settle()
  const growth = (memoryInUse() - before) / MiB
  if (heard < 50_000) throw new Error(`only ${heard} notifications were heard`)
  print('100 subscriptions x 1000 blocks: memory growth', growth, 'MiB', 1)
  print('100 subscriptions: a full block, told to all', ms, 'us', calibration)
  console.log(`${heard} notifications were heard`)
  for (const socket of sockets) socket.close()
  driver.stop()
  await server.close()
}

function manyExtrinsics() {
  const count = 100_000
  const world = devChain('instant')
  const { chain } = world
  const bytes = signedTransfers(chain)
  const before = memoryInUse()
  const marks = []
  const from = performance.now()
  for (let i = 1; i <= count; i += 1) {
    submit(world, bytes.next().value)
    if (i === 5000 || i === count) marks.push(memoryInUse())
  }
  const seconds = (performance.now() - from) / 1000
  const [early, late] = marks
  console.log(`${count} extrinsics in ${chain.best()} blocks, ${seconds.toFixed(1)} s with signing`)
  print('memory of the chain after 5 000 extrinsics', (early - before) / MiB, 'MiB', 1)
  print('memory of the chain after 100 000 extrinsics', (late - before) / MiB, 'MiB', 1)
  print('a forgotten block keeps', (late - early) / (count - 5000), 'bytes', 1)
  print('resident memory of the process', process.memoryUsage().rss / MiB, 'MiB', 1)
}

/** Runs the bench; with `calibration` the figures are comparable. */
export async function chain(calibration) {
  await cryptoReady()
  idleDays(calibration)
  snapshots(calibration)
  past(calibration)
  await subscribers(calibration)
  manyExtrinsics()
}
