// Bills in process: 1 000 node contracts at frequency 600 over 30 days of blocks of 6 s, 720 000 bills.

import { devAccounts, devGenesis } from '../../dist/chain/genesis.js'
import { Chain } from '../../dist/chain/node/chain.js'
import { billCall } from '../../dist/chain/node/offchain.js'
import { pallets } from '../../dist/chain/pallets/all.js'
import { smartContract } from '../../dist/chain/pallets/smart-contract/declaration.js'
import { system } from '../../dist/chain/pallets/system/declaration.js'
import { tfgrid } from '../../dist/chain/pallets/tfgrid/declaration.js'
import { Farm, Node } from '../../dist/chain/pallets/tfgrid/types.js'
import { cryptoReady } from '../../dist/crypto/ready.js'
import { Kernel } from '../../dist/kernel/kernel.js'
import { defaultOf } from '../../dist/scale/type.js'
import { print } from './support.mjs'

const contracts = 1000
const nodes = 100
const frequency = 600
const days = 30
const GiB = 1n << 30n

/** A chain with contracts that have reported what they use, of twenty users. */
function chainWithContracts() {
  const kernel = new Kernel({ seed: 'bench', startAt: 1_700_000_000_000 })
  const users = Array.from({ length: 20 }, (_, i) => `0x${String(i + 1).padStart(64, 'a')}`)
  const chain = new Chain({
    kernel,
    pallets,
    genesis: devGenesis({
      billingFrequency: frequency,
      endowed: users.map(account => [account, 1n << 60n]),
    }),
    author: devAccounts.alice,
    blocks: 'interval',
    heartbeat: false,
    keyOf: () => undefined,
    specVersion: 153,
    transactionVersion: 2,
  })
  const { runtime } = chain
  const grid = runtime.txOf(tfgrid).state
  users.forEach((account_id, i) => {
    grid.Twins.set(i + 1, { id: i + 1, account_id, relay: null, entities: [], pk: null })
    grid.TwinIdByAccountID.set(account_id, i + 1)
  })
  grid.Farms.set(1, { ...defaultOf(Farm), id: 1, name: 'farm', twin_id: 1, pricing_policy_id: 1 })
  for (let id = 1; id <= nodes; id += 1) {
    grid.Nodes.set(id, { ...defaultOf(Node), id, farm_id: 1, twin_id: 1 })
  }
  const state = runtime.txOf(smartContract).state
  runtime.inBlock(1, kernel.now(), () => {
    for (let i = 1; i <= contracts; i += 1) {
      const args = {
        node_id: (i % nodes) + 1,
        deployment_hash: String(i).padStart(32, '0'),
        deployment_data: '',
        public_ips: 0,
        solution_provider_id: null,
      }
      const call = { pallet: 'SmartContractModule', name: 'create_node_contract', args }
      const result = runtime.dispatch(call, { type: 'Signed', account: users[i % users.length] })
      if (!result.ok) throw new Error(JSON.stringify(result.error))
      state.NodeContractResources.set(BigInt(i), {
        contract_id: BigInt(i),
        used: { hru: 0n, sru: 10n * GiB, cru: 1n, mru: 2n * GiB },
      })
    }
  })
  return { kernel, chain }
}

/** The call alone: dispatched by the author in blocks of a hundred bills, the history of 24 of them kept. */
function dispatched() {
  const { kernel, chain } = chainWithContracts()
  const { runtime } = chain
  const origin = { type: 'Signed', account: devAccounts.alice }
  const history = []
  const perBlock = 100
  const cycles = 300
  let block = chain.best()
  let now = kernel.now()
  const from = performance.now()
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    now += frequency * 6000
    for (let first = 1; first <= contracts; first += perBlock) {
      block += 1
      history.push({ block, changes: runtime.state.enter(block) })
      runtime.inBlock(block, now, () => {
        for (let i = 0; i < perBlock; i += 1) {
          const result = runtime.dispatch(billCall(BigInt(first + i)), origin)
          if (!result.ok) throw new Error(JSON.stringify(result.error))
        }
      })
      if (history.length <= 24) continue
      const oldest = history.shift()
      runtime.state.prune(oldest.block, oldest.changes)
    }
  }
  return ((performance.now() - from) * 1000) / (cycles * contracts)
}

/** Runs the bench; with `calibration` the figures are comparable. */
export async function billing(calibration) {
  await cryptoReady()
  print('a bill, the call alone', dispatched(), 'us', calibration)
  const { kernel, chain } = chainWithContracts()
  const { alice } = devAccounts
  const account = () => chain.runtime.txOf(system).state.Account.get(alice)
  const before = account().nonce
  const from = performance.now()
  const end = kernel.now() + days * 86_400_000
  kernel.runUntil(end)
  chain.best()
  const seconds = (performance.now() - from) / 1000
  const bills = account().nonce - before
  const blocks = chain.best()
  console.log(`${bills} bills in ${blocks} blocks, ${seconds.toFixed(2)} s`)
  print('a bill, block and all', (seconds * 1e6) / bills, 'us', calibration)
  print('resident after 30 days of bills', process.memoryUsage().rss / 2 ** 20, 'MiB', 1)
}
