// Nodes in processes of their own on a chain and a relay elsewhere: how they come up, and deployments to them.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { remoteClient } from '../../dist/chain/client/remote.js'
import { tfgrid } from '../../dist/chain/pallets/tfgrid/declaration.js'
import { byteStringToBytes, fromHex } from '../../dist/crypto/hex.js'
import { keyPairFromUri } from '../../dist/crypto/keys.js'
import { cryptoReady } from '../../dist/crypto/ready.js'
import { Kernel } from '../../dist/kernel/kernel.js'
import { RmbClient } from '../../dist/rmb/client/client.js'
import { deploymentOf, hashOf, signDeployment, workloadsOf } from '../../dist/scenario/build.js'
import { calibrate, print, startGrid } from './support.mjs'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const users = 16
const perUser = 15
const nodes = 300

/** Starts processes that play `count` nodes between them; resolves when all are there. */
async function startNodes({ endpoints }, count, processes) {
  const from = performance.now()
  const where = ['--chain', endpoints.substrate, '--relay', endpoints.relay]
  const parts = await Promise.all(
    Array.from({ length: processes }, async (_, i) => {
      const which = ['--count', count, '--shard', `${i + 1}/${processes}`, '--json']
      const args = ['--max-semi-space-size=32', main, 'nodes', ...where, ...which]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      const line = await new Promise((resolve, reject) => {
        createInterface({ input: child.stdout }).once('line', resolve)
        child.once('exit', code => reject(new Error(`nodes ended with ${code}`)))
      })
      return { child, nodes: JSON.parse(line).nodes }
    }),
  )
  const statusOf = ({ child }) => readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return {
    seconds: (performance.now() - from) / 1000,
    // Nodes of all processes in turn, so that each has its share of what is deployed.
    nodes: parts[0].nodes.flatMap((_, i) => parts.flatMap(part => part.nodes[i] ?? [])),
    residentMb: () =>
      parts.reduce((sum, part) => sum + /VmRSS:\s+(\d+)/.exec(statusOf(part))[1] / 1024, 0),
    stop: () =>
      Promise.all(
        parts.map(
          ({ child }) =>
            new Promise(resolve => {
              child.removeAllListeners('exit')
              child.once('exit', resolve)
              child.kill('SIGTERM')
            }),
        ),
      ),
  }
}

/** Somebody with a connection to the relay, and one to the chain that all share. */
function tenantOf({ endpoints }, { mnemonic, twinId }, chain) {
  const { pair } = keyPairFromUri(mnemonic, 'sr25519')
  const twins = {
    async twin(id) {
      const { account_id, pk } = await chain.read(tfgrid, 'Twins', id)
      return { id, account: fromHex(account_id), relay: null, pk: pk && byteStringToBytes(pk) }
    },
  }
  const url = endpoints.relay
  const client = new RmbClient({ url, twin: twinId, session: 'bench', pair, twins })
  return { pair, twinId, client }
}

/** Network, disk and machine: a contract on the chain, and the deployment to the node, which takes it. */
async function deploy({ chain, tenant, node, wish, random }) {
  const { pair, twinId, client } = tenant
  const plan = deploymentOf({ twinId, workloads: workloadsOf(wish, { usedPorts: [], random }) })
  const hash = hashOf(plan)
  const args = {
    node_id: node.id,
    deployment_hash: hash,
    deployment_data: '',
    public_ips: 0,
    solution_provider_id: null,
  }
  const call = { pallet: 'SmartContractModule', name: 'create_node_contract', args }
  const { events, error } = await chain.submit(call, pair)
  if (error) throw new Error(JSON.stringify(error))
  const created = events.find(({ event }) => event.name === 'ContractCreated').event
  const contract_id = Number(created.fields[0].contract_id)
  const payload = JSON.stringify({ ...signDeployment(plan, hash, pair), contract_id })
  const end = await client.request({ to: node.twinId, command: 'zos.deployment.deploy', payload })
  if (end.type !== 'response') throw new Error(JSON.stringify(end))
}

/** Lets every user deploy one after the other, all users at once; deployments a second. */
async function deployments(grid, part) {
  const chain = await remoteClient(grid.info.endpoints.substrate)
  const people = grid.info.accounts.filter(({ name }) => name.startsWith('user'))
  const tenants = people.map(person => tenantOf(grid.info, person, chain))
  const random = new Kernel({ seed: 'bench', startAt: 0 }).random.stream('bench')
  const run = (tenant, at, count, label) =>
    Array.from({ length: count }).reduce(
      (before, _, i) =>
        before.then(() => {
          const wish = { name: `${label}${i}`, network: '10.20.0.0/16', disk: '1 GB' }
          const node = part.nodes[(at * perUser + i) % part.nodes.length]
          return deploy({ chain, tenant, node, wish, random })
        }),
      Promise.resolve(),
    )
  await Promise.all(tenants.map((tenant, i) => run(tenant, i, 1, 'first')))
  const from = performance.now()
  await Promise.all(tenants.map((tenant, i) => run(tenant, i, perUser, 'vm')))
  const seconds = (performance.now() - from) / 1000
  await Promise.all(tenants.map(({ client }) => client.close()))
  await chain.close()
  return (users * perUser) / seconds
}

/** Runs the bench; with `calibration` the figures are comparable. */
export async function wire(calibration) {
  await cryptoReady()
  const folder = mkdtempSync(join(tmpdir(), 'pocketgrid-wire-'))
  const file = join(folder, 'grid.json')
  const names = Array.from({ length: users }, (_, i) => `user${i + 1}`)
  writeFileSync(file, JSON.stringify({ users: names, farms: [{ name: 'none', nodes: 0 }] }))
  try {
    for (const [count, processes] of [
      [nodes, 1],
      [nodes, 3],
      [2000, 1],
    ]) {
      const grid = await startGrid('--config', file, '--front-port', 'none')
      const part = await startNodes(grid.info, count, processes)
      const name = `${count} nodes over the wire, ${processes} process${processes > 1 ? 'es' : ''}`
      print(name, part.seconds, 's', calibration)
      print('    memory', part.residentMb() / processes, 'MB', calibration)
      if (count === nodes)
        print('    deployments', await deployments(grid, part), '1/s', calibration)
      await part.stop()
      await grid.stop()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await wire(calibrate())
