// Signed transfers over one WebSocket: pre-signed sr25519 immortal extrinsics, one after another, and pipelined.

import { immortal } from '../../dist/chain/node/era.js'
import { encodeSigned, signedPayload } from '../../dist/chain/node/extrinsic.js'
import '../../dist/chain/pallets/all.js'
import { RuntimeCall } from '../../dist/chain/types/outer.js'
import { toHex } from '../../dist/crypto/hex.js'
import { keyPairFromUri } from '../../dist/crypto/keys.js'
import { cryptoReady } from '../../dist/crypto/ready.js'
import { verifySignature } from '../../dist/crypto/verify.js'
import { encodeToBytes } from '../../dist/scale/codec.js'
import { connect, print, startGrid } from './support.mjs'

const count = 5000

export async function balances(calibration) {
  await cryptoReady()
  const grid = await startGrid('--nodes', '1')
  const client = await connect(grid.info.endpoints.substrate)
  const genesisHash = await client.call('chain_getBlockHash', 0)
  const signer = keyPairFromUri(grid.info.accounts[0].mnemonic, 'sr25519').pair
  const dest = keyPairFromUri(grid.info.accounts[1].mnemonic, 'sr25519').pair.accountId
  const args = { dest: { type: 'Id', value: dest }, value: 1000n }
  const callBytes = encodeToBytes(RuntimeCall, {
    pallet: 'Balances',
    name: 'transfer_keep_alive',
    args,
  })
  const first = await client.call('system_accountNextIndex', signer.address)
  const context = { specVersion: 153, transactionVersion: 2, genesisHash, birthHash: genesisHash }
  const signed = Array.from({ length: 2 * count }, (_, i) => {
    const parts = { callBytes, era: immortal, nonce: first + i, tip: 0n }
    const signature = signer.sign(signedPayload(parts, context))
    return toHex(encodeSigned({ ...parts, signer: signer.accountId, scheme: 'sr25519', signature }))
  })
  let from = performance.now()
  for (let i = 0; i < count; i += 1) await client.call('author_submitExtrinsic', signed[i])
  const sequential = count / ((performance.now() - from) / 1000)
  from = performance.now()
  await pipelined(client, signed.slice(count))
  const pipelinedRate = count / ((performance.now() - from) / 1000)
  const nonce = await client.call('system_accountNextIndex', signer.address)
  if (nonce !== first + 2 * count)
    throw new Error(`nonce ${nonce} after ${2 * count} transfers from ${first}`)
  client.close()
  await grid.stop()
  const verification = verifyRate(signer)
  print('signed transfers, sequential', sequential, 'tx/s', calibration)
  print('signed transfers, pipelined (64 under way)', pipelinedRate, 'tx/s', calibration)
  print('sr25519 verifications alone', verification, 'op/s', calibration)
  console.log(
    `verification is ${((100 * sequential) / verification).toFixed(0)} % of the sequential time, ` +
      `${((100 * pipelinedRate) / verification).toFixed(0)} % of the pipelined`,
  )
}

async function pipelined(client, signed) {
  let next = 0
  const worker = async () => {
    while (next < signed.length) {
      const mine = next
      next += 1
      await client.call('author_submitExtrinsic', signed[mine])
    }
  }
  await Promise.all(Array.from({ length: 64 }, worker))
}

function verifyRate(signer) {
  const message = new Uint8Array(113)
  const signature = signer.sign(message)
  const claim = { scheme: 'sr25519', account: signer.publicKey, message, signature }
  const from = performance.now()
  for (let i = 0; i < 2000; i += 1) verifySignature(claim)
  return 2000 / ((performance.now() - from) / 1000)
}
