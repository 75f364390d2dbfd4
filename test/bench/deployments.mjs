// Deployments in process, in virtual time: contract, network, disk and machine, checked, installed and reported.

import { smartContract } from '../../dist/chain/pallets/smart-contract/declaration.js'
import { checkWorld } from '../../dist/config/config.js'
import { cryptoReady } from '../../dist/crypto/ready.js'
import { createWorld } from '../../dist/grid/world.js'
import { deploymentOf, hashOf, signDeployment, workloadsOf } from '../../dist/scenario/build.js'
import { runScenario } from '../../dist/scenario/runner.js'
import { print } from './support.mjs'

const count = 2000
const nodes = 100

/** Deployments that are under way at once, as with a client that does not wait for each. */
const atOnce = 50

const wish = i => ({ name: `vm${i}`, network: '10.20.0.0/16', disk: '1 GB' })
const farms = [{ name: 'ghent', nodes }]

/** Through a scenario script: hash, signature, bus and promises included. */
async function throughScript() {
  let used
  const report = await runScenario(
    {
      name: 'many deployments',
      grid: { farms, users: ['alice'] },
      async run({ users: { alice }, eventually }) {
        const deploy = i => alice.deploy({ ...wish(i), on: 1 + (i % nodes) })
        await deploy(0)
        const watch = stopwatch()
        const vms = []
        for (let i = 1; i <= count; i += atOnce) {
          vms.push(...(await Promise.all(Array.from({ length: atOnce }, (_, n) => deploy(i + n)))))
        }
        let there = 0
        const areThere = () => {
          while (there < vms.length && vms[there].isOk()) there += 1
          return there === vms.length
        }
        await eventually('all are there', areThere, { within: '12h' })
        used = watch()
      },
    },
    { seed: 'bench' },
  )
  if (!report.isPassed) throw new Error(report.failure)
  return used
}

/** Straight to chain and engine: what was built and signed beforehand goes through every check of both. */
async function straight() {
  await cryptoReady()
  const { config } = checkWorld({ farms, users: ['alice'], blocks: '6s' })
  const options = { startAt: 1_700_000_000_000, relay: 'localhost', heartbeat: false }
  const world = createWorld(config, { ...options, userScheme: 'ed25519' })
  const { kernel, chain } = world
  const { engine } = world.nodes
  const [alice] = world.residents
  const random = kernel.random.stream('bench')
  const { state } = chain.runtime.txOf(smartContract)
  const firstContract = Number(state.ContractID.get()) + 1
  const ports = Array.from({ length: nodes }, () => [])
  const orders = Array.from({ length: count }, (_, i) => {
    const node = 1 + (i % nodes)
    const usedPorts = ports[i % nodes]
    const workloads = workloadsOf(wish(i), { usedPorts, random })
    usedPorts.push(workloads[0].data.wireguard_listen_port)
    const plan = deploymentOf({ twinId: alice.twinId, workloads })
    const hash = hashOf(plan)
    const signed = signDeployment(plan, hash, alice.pair)
    const payload = JSON.stringify({ ...signed, contract_id: firstContract + i })
    return { node, nodeId: world.nodes.summaryOf(node).nodeId, hash, payload }
  })
  const watch = stopwatch()
  for (let at = 0; at < count; at += atOnce) {
    const batch = orders.slice(at, at + atOnce)
    for (const { nodeId, hash } of batch) {
      const args = {
        node_id: nodeId,
        deployment_hash: hash,
        deployment_data: '',
        public_ips: 0,
        solution_provider_id: null,
      }
      const call = { pallet: smartContract.name, name: 'create_node_contract', args }
      chain.submit(call, { signer: alice.pair.accountId })
    }
    kernel.runUntil(kernel.now() + 6000)
    for (const { node, payload } of batch) {
      const outcome = engine.accept(node, 'deploy', { payload, sender: alice.twinId })
      if (!outcome.ok) throw new Error(outcome.error)
    }
  }
  const end = kernel.now() + 12 * 3_600_000
  for (let i = 0; i < count; ) {
    const id = BigInt(firstContract + i)
    const workloads = world.nodes.workloadsOf(orders[i].nodeId, alice.twinId, id)
    const failed = workloads.find(({ state }) => state === 'error')
    if (failed || kernel.now() > end) throw new Error(failed?.message ?? `${id} takes too long`)
    const isReported = state.NodeContractResources.get(id).used.cru > 0n
    if (isReported && workloads.every(workload => workload.state === 'ok')) i += 1
    else kernel.step()
  }
  return watch()
}

/** Measures wall time and the CPU time of the process, both in s. */
function stopwatch() {
  const from = performance.now()
  const cpu = process.cpuUsage()
  return () => ({
    seconds: (performance.now() - from) / 1000,
    cpu: process.cpuUsage(cpu).user / 1e6,
  })
}

/** Runs the bench; with `calibration` the figures are comparable. */
export async function deployments(calibration) {
  const ways = {
    'through a scenario script': throughScript,
    'straight to chain and engine': straight,
  }
  for (const [way, measure] of Object.entries(ways)) {
    // The first run is for the compiler.
    await measure()
    const { seconds, cpu } = await measure()
    print(`deployments (network, disk, machine) ${way}`, count / seconds, 'dep/s', calibration)
    print('    per second of CPU time of the process', count / cpu, 'dep/s', calibration)
  }
}
