// Nodes alone, in processes of their own, on somebody else's chain and at somebody else's relay.

import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChainClient } from '../../src/chain/client/port.ts'
import { remoteClient } from '../../src/chain/client/remote.ts'
import { smartContract } from '../../src/chain/pallets/smart-contract/declaration.ts'
import { tfgrid } from '../../src/chain/pallets/tfgrid/declaration.ts'
import { byteStringToBytes, fromHex, toHex, utf8ToByteString } from '../../src/crypto/hex.ts'
import { keyPairFromUri } from '../../src/crypto/keys.ts'
import { type Grid, type GridInfo, startGrid } from '../../src/grid.ts'
import { RmbClient } from '../../src/rmb/client/client.ts'
import { challengeOf, missingBuild, plainDeployment, startDescribed, type Up } from './support.ts'

// Its `import` entry cannot be loaded by Node; its `require` entry can.
const { Client } = createRequire(import.meta.url)(
  '@threefold/rmb_direct_client',
) as typeof import('@threefold/rmb_direct_client')
type Client = InstanceType<typeof Client>

const folder = mkdtempSync(join(tmpdir(), 'pocketgrid-nodes-'))

interface Report {
  readonly workloads: readonly { readonly result: { readonly state: string; created: number } }[]
}

const count = 300
const parts = 3

describe.skipIf(missingBuild)('three processes of nodes', () => {
  let grid: Grid
  let chain: ChainClient
  let client: Client
  let quick: RmbClient
  const running: Up[] = []

  const startPart = async (index: number, ...more: string[]): Promise<Up> => {
    const { substrate, relay } = grid.info().endpoints
    const where = ['--chain', substrate, '--relay', relay, '--data-dir', join(folder, `${index}`)]
    const which = ['--count', String(count), '--shard', `${index}/${parts}`, '--seed', 'three']
    return startDescribed('nodes', ...where, ...which, ...more)
  }

  const alice = () => {
    const { mnemonic, twinId } = grid.info().accounts.find(({ name }) => name === 'alice')!
    const made = keyPairFromUri(mnemonic, 'sr25519')
    if (!made.ok) throw new RangeError(made.error)
    return { pair: made.pair, twin: twinId, mnemonic }
  }

  /** By our own client: the real one looks for its answers once a second. */
  const ask = async (twin: number, command: string, payload: unknown = null) => {
    const end = await quick.request({ to: twin, command, payload: JSON.stringify(payload) })
    if (end.type !== 'response') throw new Error(`${command}: ${JSON.stringify(end)}`)
    return JSON.parse(Buffer.from(end.payload).toString())
  }

  /** Makes a contract and sends the deployment; resolves when the node has taken it. */
  const deploy = async ({ id, twinId }: GridInfo['nodes'][number]): Promise<bigint> => {
    const { pair, twin } = alice()
    const deployment = plainDeployment(twin, { port: 4321 })
    const create = {
      node_id: id,
      deployment_hash: utf8ToByteString(challengeOf(deployment)),
      deployment_data: utf8ToByteString(''),
      public_ips: 0,
      solution_provider_id: null,
    }
    const call = { pallet: 'SmartContractModule', name: 'create_node_contract', args: create }
    const { events } = await chain.submit(call, pair)
    const { fields } = events.find(({ event }) => event.name === 'ContractCreated')!.event
    const [{ contract_id }] = fields as [{ contract_id: bigint }]
    deployment.contract_id = Number(contract_id)
    const signature = toHex(pair.sign(Buffer.from(challengeOf(deployment), 'hex'))).slice(2)
    deployment.signature_requirement.signatures = [
      { twin_id: twin, signature, signature_type: 'sr25519' },
    ]
    expect(await ask(twinId, 'zos.deployment.deploy', deployment)).toBeNull()
    return contract_id
  }

  const reportOf = (twin: number, contract: bigint) =>
    ask(twin, 'zos.deployment.get', { contract_id: Number(contract) }) as Promise<Report>

  const untilOk = (twin: number, contract: bigint) =>
    expect
      .poll(
        async () => (await reportOf(twin, contract)).workloads.map(({ result }) => result.state),
        { timeout: 20_000 },
      )
      .toEqual(['ok', 'ok', 'ok'])

  const kill = async ({ child }: Up) => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  beforeAll(async () => {
    grid = await startGrid({
      chainPort: 0,
      port: 0,
      frontPort: false,
      farms: [{ name: 'empty', nodes: 0 }],
    })
    chain = await remoteClient(grid.info().endpoints.substrate)
    const { substrate, relay } = grid.info().endpoints
    client = new Client(substrate, relay, alice().mnemonic, 'join', 'sr25519', 1)
    await client.connect()
    const { pair, twin } = alice()
    const twins = {
      async twin(id: number) {
        const found = await chain.read(tfgrid, 'Twins', id)
        if (!found) return undefined
        const pk = found.pk === null ? null : byteStringToBytes(found.pk)
        return { id, account: fromHex(found.account_id), relay: null, pk }
      },
    }
    quick = new RmbClient({ url: relay, twin, session: 'quick', pair, twins })
    running.push(...(await Promise.all([1, 2, 3].map(index => startPart(index)))))
  }, 60_000)

  afterAll(async () => {
    for (const part of running) if (part.child.exitCode === null) await kill(part)
    client.responses.clear()
    await client.disconnect()
    await quick.close()
    await chain.close()
    await grid.close()
    rmSync(folder, { recursive: true })
  }, 30_000)

  it('make one grid: every node has its own id and twin, in one farm', async () => {
    const nodes = running.flatMap(({ info }) => info.nodes)
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(count)
    expect(new Set(nodes.map(({ twinId }) => twinId)).size).toBe(count)
    expect(new Set(nodes.map(({ farmId }) => farmId)).size).toBe(1)
    expect(await chain.read(tfgrid, 'NodeID')).toBe(count)
    expect(running.map(({ info }) => info.nodes.length)).toEqual([100, 100, 100])
    const answer = await fetch(`${running[0]!.info.endpoints.control}/health`)
    expect(await answer.json()).toMatchObject({ status: 'ok', sessions: 100 })
  })

  it('lose nothing of a process that is killed and started again', async () => {
    const at = running.map(({ info }) => info.nodes[7]!)
    const contracts: bigint[] = []
    for (const node of at) contracts.push(await deploy(node))
    const [, two] = running as [Up, Up, Up]
    // One more goes down with the process that has only just taken it; one is cancelled meanwhile.
    const other = two.info.nodes[8]!
    const gone = await deploy(two.info.nodes[9]!)
    await Promise.all([
      ...contracts.map((contract, i) => untilOk(at[i]!.twinId, contract)),
      untilOk(two.info.nodes[9]!.twinId, gone),
    ])
    const before = await reportOf(at[1]!.twinId, contracts[1]!)
    const taken = await deploy(other)
    await kill(two)
    const cancel = { contract_id: gone }
    await chain.submit(
      { pallet: 'SmartContractModule', name: 'cancel_contract', args: cancel },
      alice().pair,
    )
    expect(await ask(at[0]!.twinId, 'zos.system.version')).toHaveProperty('zos')
    expect(await ask(at[2]!.twinId, 'zos.system.version')).toHaveProperty('zos')
    // What comes for its nodes meanwhile waits at the relay.
    const waits = await client.send('zos.system.version', '', at[1]!.twinId, 2, 1)
    running[1] = await startPart(2)
    expect(running[1].info.nodes).toEqual(two.info.nodes)
    expect(await client.read(waits)).toHaveProperty('zos')
    expect(await reportOf(at[1]!.twinId, contracts[1]!)).toEqual(before)
    await untilOk(other.twinId, taken)
    await expect
      .poll(() => ask(two.info.nodes[9]!.twinId, 'zos.deployment.list'), { timeout: 10_000 })
      .toEqual([])
    expect(await chain.read(tfgrid, 'NodeID')).toBe(count)
    const used = await chain.read(smartContract, 'NodeContractResources', contracts[1]!)
    expect(used.used.cru).toBe(2n)
  }, 60_000)

  it('say what is wrong: no relay, no chain, a folder that is in use', async () => {
    const failure = (...args: string[]) =>
      startPart(2, ...args).then(
        () => 'none',
        (error: Error) => error.message,
      )
    expect(await failure()).toMatch(/GRID_DATA_IN_USE/)
    const nowhere = 'ws://127.0.0.1:1'
    const dir = join(folder, 'new')
    expect(await failure('--data-dir', dir, '--relay', nowhere)).toMatch(/GRID_RELAY_UNREACHABLE/)
    expect(await failure('--data-dir', dir, '--chain', nowhere)).toMatch(/GRID_CHAIN_UNREACHABLE/)
    expect(await failure('--shard', '4/3')).toMatch(/A shard is i\/n/)
  }, 30_000)
})
