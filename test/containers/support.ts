// What the container tests share: the engine's own view, and a client that deploys.

import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { expect, inject } from 'vitest'
import type { ChainClient } from '../../src/chain/client/port.ts'
import { remoteClient } from '../../src/chain/client/remote.ts'
import { tfgrid } from '../../src/chain/pallets/tfgrid/declaration.ts'
import { byteStringToBytes, fromHex, toHex, utf8ToByteString } from '../../src/crypto/hex.ts'
import { type KeyPair, keyPairFromUri } from '../../src/crypto/keys.ts'
import type { GridInfo } from '../../src/grid.ts'
import { RmbClient } from '../../src/rmb/client/client.ts'
import { challengeOf, plainDeployment } from '../interop/support.ts'

// Its `import` entry cannot be loaded by Node; its `require` entry can.
const { Client } = createRequire(import.meta.url)(
  '@threefold/rmb_direct_client',
) as typeof import('@threefold/rmb_direct_client')

/** Why the container tests cannot run here; empty when they can. */
export const missingImages = inject('missingImages')

/** Asks the engine's own command line. */
export function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8' }).trim()
}

/** Images of the containers of this test run, running or not. */
export function containers(): string[] {
  const names = docker('ps', '--all', '--format', '{{.Image}} {{.State}}').split('\n')
  const own = names.filter(name => name.startsWith('pocketgrid-test'))
  return own.map(name => name.replace(':latest', ''))
}

/** Asks a twin for something, and resolves with the answer. */
interface Asker {
  ask(twin: number, command: string, payload: unknown): Promise<unknown>
  close(): Promise<void>
}

type Person = GridInfo['accounts'][number]
type Endpoints = Pick<GridInfo['endpoints'], 'substrate' | 'relay'>

/** The real client. On connecting it writes the relay into its twin as it spells it, port included. */
async function realClient({ substrate, relay }: Endpoints, { mnemonic }: Person): Promise<Asker> {
  const client = new Client(substrate, relay, mnemonic, 'contained', 'sr25519', 1)
  await client.connect()
  return {
    ask: async (twin, command, payload) =>
      client.read(await client.send(command, JSON.stringify(payload), twin, 1, 1)),
    async close() {
      client.responses.clear()
      await client.disconnect()
    },
  }
}

/** Our own client, for chains that take no ports in relay strings: there the real one cannot connect to loopback. */
function ownClient(
  { relay }: Endpoints,
  { twinId }: Person,
  { pair, chain }: { pair: KeyPair; chain: ChainClient },
): Asker {
  const twins = {
    async twin(id: number) {
      const found = await chain.read(tfgrid, 'Twins', id)
      if (!found) return undefined
      const pk = found.pk === null ? null : byteStringToBytes(found.pk)
      return { id, account: fromHex(found.account_id), relay: null, pk }
    },
  }
  const client = new RmbClient({ url: relay, twin: twinId, session: 'contained', pair, twins })
  return {
    async ask(to, command, payload) {
      const end = await client.request({ to, command, payload: JSON.stringify(payload) })
      if (end.type !== 'response') throw new Error(`${command}: ${JSON.stringify(end)}`)
      return JSON.parse(Buffer.from(end.payload).toString())
    },
    close: () => client.close(),
  }
}

/** Somebody who deploys. */
interface Tenant {
  /** Sends a machine to a node; resolves with its contract when the node has taken it. */
  deploy(node: Node): Promise<number>
  /** Resolves when all of a contract is there. */
  settled(node: Node, contract: number): Promise<void>
  /** In which states the workloads of a contract are. */
  states(node: Node, contract: number): Promise<string[]>
  close(): Promise<void>
}

type Node = GridInfo['nodes'][number]

interface TenantOptions {
  readonly endpoints: Endpoints
  readonly person: Person
  /** The chain takes no ports in relay strings. */
  readonly isStrict?: boolean
}

/** Connects a person to a chain and a relay. */
export async function connectTenant(options: TenantOptions): Promise<Tenant> {
  const { endpoints, person, isStrict = false } = options
  const made = keyPairFromUri(person.mnemonic, 'sr25519')
  if (!made.ok) throw new RangeError(made.error)
  const { pair } = made
  const chain = await remoteClient(endpoints.substrate)
  const client = isStrict
    ? ownClient(endpoints, person, { pair, chain })
    : await realClient(endpoints, person)
  const states = async (node: Node, contract_id: number) => {
    const report = await client.ask(node.twinId, 'zos.deployment.get', { contract_id })
    const { workloads } = report as { workloads: { result: { state: string } }[] }
    return workloads.map(({ result }) => result.state)
  }
  return {
    async deploy(node) {
      const deployment = plainDeployment(person.twinId, { port: 4321 })
      const args = {
        node_id: node.id,
        deployment_hash: utf8ToByteString(challengeOf(deployment)),
        deployment_data: utf8ToByteString(''),
        public_ips: 0,
        solution_provider_id: null,
      }
      const call = { pallet: 'SmartContractModule', name: 'create_node_contract', args }
      const { events } = await chain.submit(call, pair)
      const { fields } = events.find(({ event }) => event.name === 'ContractCreated')!.event
      const [{ contract_id }] = fields as [{ contract_id: bigint }]
      deployment.contract_id = Number(contract_id)
      const signature = toHex(pair.sign(Buffer.from(challengeOf(deployment), 'hex'))).slice(2)
      deployment.signature_requirement.signatures = [
        { twin_id: person.twinId, signature, signature_type: 'sr25519' },
      ]
      expect(await client.ask(node.twinId, 'zos.deployment.deploy', deployment)).toBeNull()
      return Number(contract_id)
    },
    async settled(node, contract) {
      await expect
        .poll(() => states(node, contract), { timeout: 30_000 })
        .toEqual(['ok', 'ok', 'ok'])
    },
    states,
    async close() {
      await client.close()
      await chain.close()
    },
  }
}

/** A person deploys a machine on a node; resolves when all of it is there. */
export async function deployMachine(options: TenantOptions & { readonly node: Node }) {
  const tenant = await connectTenant(options)
  try {
    await tenant.settled(options.node, await tenant.deploy(options.node))
  } finally {
    await tenant.close()
  }
}
