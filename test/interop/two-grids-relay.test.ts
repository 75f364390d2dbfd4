// Two grids on one chain: the second lives on the chain of the first, and their relays bring messages to one another.

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import type { ChainClient } from '../../src/chain/client/port.ts'
import { remoteClient } from '../../src/chain/client/remote.ts'
import { smartContract } from '../../src/chain/pallets/smart-contract/declaration.ts'
import { tfgrid } from '../../src/chain/pallets/tfgrid/declaration.ts'
import type { GridInput } from '../../src/config/config.ts'
import { toHex, utf8ToByteString } from '../../src/crypto/hex.ts'
import { type KeyPair, keyPairFromUri } from '../../src/crypto/keys.ts'
import { type JoinedGrid, joinGrid } from '../../src/grid/remote-grid.ts'
import { type Grid, type GridInfo, startGrid } from '../../src/grid.ts'
import type { GridError } from '../../src/kernel/errors.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../../src/rmb/envelope.ts'
import { sealEnvelope } from '../../src/rmb/sealing.ts'
import { makeToken } from '../../src/rmb/token.ts'
import { challengeOf, plainDeployment } from './support.ts'

// Its `import` entry cannot be loaded by Node; its `require` entry can.
const { Client } = createRequire(import.meta.url)(
  '@threefold/rmb_direct_client',
) as typeof import('@threefold/rmb_direct_client')
type Client = InstanceType<typeof Client>

interface Report {
  readonly contract_id: number
  readonly workloads: readonly { readonly result: { readonly state: string } }[]
}

/** What waits for something in the two grids looks again after this many ms. */
const lookMs = 20

describe('two grids on one chain', () => {
  let one: Grid
  let two: JoinedGrid
  let chain: ChainClient
  const clients: Client[] = []

  const personOf = (name: string): { pair: KeyPair; twin: number; secret: string } => {
    const { mnemonic, twinId } = one.info().accounts.find(each => each.name === name)!
    const made = keyPairFromUri(mnemonic, 'sr25519')
    if (!made.ok) throw new RangeError(made.error)
    return { pair: made.pair, twin: twinId, secret: mnemonic }
  }

  /** A client of a person at the relay of a grid. */
  const clientOf = async (name: string, info: GridInfo): Promise<Client> => {
    const { substrate, relay } = info.endpoints
    const client = new Client(substrate, relay, personOf(name).secret, name, 'sr25519', 1)
    await client.connect()
    clients.push(client)
    return client
  }

  const ask = async (client: Client, twin: number, command: string, payload?: unknown) => {
    const data = payload === undefined ? '' : JSON.stringify(payload)
    return client.read(await client.send(command, data, twin, 1, 1))
  }

  /** Deploys a machine on a node, and cancels it again. */
  const deployAndCancel = async (name: string, client: Client, node: GridInfo['nodes'][number]) => {
    const { pair, twin } = personOf(name)
    const deployment = plainDeployment(twin, { port: 4321 })
    const deployment_hash = utf8ToByteString(challengeOf(deployment))
    const create = {
      node_id: node.id,
      deployment_hash,
      deployment_data: utf8ToByteString('two grids'),
      public_ips: 0,
      solution_provider_id: null,
    }
    const call = (item: string, args: Record<string, unknown>) =>
      chain.submit({ pallet: 'SmartContractModule', name: item, args }, pair)
    const created = await call('create_node_contract', create)
    const contract = created.events.find(({ event }) => event.name === 'ContractCreated')!
    const [{ contract_id }] = contract.event.fields as [{ contract_id: bigint }]
    deployment.contract_id = Number(contract_id)
    const signature = pair.sign(Buffer.from(challengeOf(deployment), 'hex'))
    deployment.signature_requirement.signatures = [
      { twin_id: twin, signature: toHex(signature).slice(2), signature_type: 'sr25519' },
    ]
    expect(await ask(client, node.twinId, 'zos.deployment.deploy', deployment)).toBeNull()
    const report = async () =>
      (await ask(client, node.twinId, 'zos.deployment.get', {
        contract_id: deployment.contract_id,
      })) as Report
    await expect
      .poll(async () => (await report()).workloads.map(({ result }) => result.state), {
        timeout: 20_000,
      })
      .toEqual(['ok', 'ok', 'ok'])
    await expect
      .poll(() => chain.read(smartContract, 'NodeContractResources', contract_id), {
        timeout: 20_000,
        interval: lookMs,
      })
      .toMatchObject({ used: { cru: 2n } })
    await call('cancel_contract', { contract_id })
    await expect
      .poll(() => ask(client, node.twinId, 'zos.deployment.list'), { timeout: 20_000 })
      .toEqual([])
  }

  /** Sends a request of dave's over a relay, and gives the text of the error that comes back. */
  const errorTo = async (
    info: GridInfo,
    twin: number,
    fields: { tags?: string; expiration?: bigint } = {},
  ): Promise<string> => {
    const { pair, twin: own } = personOf('dave')
    const now = Math.floor(Date.now() / 1000)
    const source = { twin: own, connection: 'raw' }
    const claims = { twin: own, session: 'raw', issuedAt: now, expiresAt: now + 60 }
    const socket = new WebSocket(`${info.endpoints.relay}?${makeToken(claims, pair)}`)
    await once(socket, 'open')
    const answer = once(socket, 'message') as Promise<[Buffer]>
    const envelope: Envelope = {
      uid: randomUUID(),
      timestamp: BigInt(now),
      expiration: 60n,
      source,
      destination: { twin },
      message: { kind: 'request', command: 'zos.system.version' },
      schema: 'application/json',
      payload: { kind: 'plain', bytes: new Uint8Array() },
      relays: [],
      ...fields,
    }
    socket.send(encodeEnvelope(sealEnvelope(envelope, { pair })))
    const [data] = await answer
    socket.close()
    const decoded = decodeEnvelope(data)
    if (!decoded.ok || decoded.value.message?.kind !== 'error') return 'no error'
    expect(decoded.value).toMatchObject({ uid: envelope.uid, destination: source })
    return decoded.value.message.message
  }

  const secondInput = () => ({
    chain: one.info().endpoints.substrate,
    port: 0,
    farms: [{ name: 'ghent', nodes: 2, gateways: 1 }],
  })

  beforeAll(async () => {
    const farms = [{ name: 'ghent', nodes: 1 }]
    one = await startGrid({ chainPort: 0, port: 0, farms })
    two = await joinGrid(secondInput())
    chain = await remoteClient(one.info().endpoints.substrate)
  }, 30_000)

  afterAll(async () => {
    for (const client of clients) {
      client.responses.clear()
      await client.disconnect()
    }
    await chain.close()
    await two.close()
    await one.close()
  }, 30_000)

  it('have the same users, and farms and nodes of their own', () => {
    const [first, second] = [one.info(), two.info()]
    expect(second.accounts.slice(0, 4).map(({ twinId }) => twinId)).toEqual(
      first.accounts.slice(0, 4).map(({ twinId }) => twinId),
    )
    expect(second.farms[0]!.name).toMatch(/^ghent-[0-9a-f]{4}$/)
    expect(second.nodes.map(({ id }) => id)).not.toContain(first.nodes[0]!.id)
    expect(new Set(second.nodes.map(({ twinId }) => twinId)).size).toBe(2)
  })

  it('shows the nodes of the second on the chain: up, with addresses where they are gateways', async () => {
    const [gateway] = two.info().nodes
    const stored = await chain.read(tfgrid, 'Nodes', gateway!.id)
    expect(stored?.public_config?.ip4.ip).toMatch(/^186\./)
    const reports = two.world.kernel.trace.last().filter(({ fields }) => {
      const { call, error } = fields as { call?: string; error?: string }
      return call === 'TfgridModule.report_uptime_v2' && error === ''
    })
    expect(reports.length).toBeGreaterThanOrEqual(1)
  })

  it('bring a client of each to a node of the other: it deploys, and cancels by the chain', async () => {
    const alice = await clientOf('alice', one.info())
    const bob = await clientOf('bob', two.info())
    const [near] = two.info().nodes
    expect(await ask(bob, near!.twinId, 'zos.system.version')).toHaveProperty('zos')
    await Promise.all([
      deployAndCancel('alice', alice, two.info().nodes[1]!),
      deployAndCancel('bob', bob, one.info().nodes[0]!),
    ])
  }, 60_000)

  it('tell what became of a message at each of them', async () => {
    const [client] = clients
    const node = two.info().nodes[1]!
    const uid = await client!.send('zos.system.version', '', node.twinId, 1, 1)
    await client!.read(uid)
    const hopsAt = async ({ endpoints }: GridInfo) => {
      const answer = await fetch(`${endpoints.control}/messages/${uid}`)
      const { hops } = (await answer.json()) as { hops: { kind: string; what?: string }[] }
      return hops.map(({ kind, what }) => `${kind} ${what ?? ''}`.trim())
    }
    const to = (info: GridInfo) => info.endpoints.relay.replace('/', '')
    expect(await hopsAt(one.info())).toEqual([
      'rmb.sent request',
      'rmb.queued',
      `rmb.delivered request to ${to(two.info())}`,
      'rmb.sent response from another relay',
      'rmb.delivered response',
    ])
    expect(await hopsAt(two.info())).toEqual([
      'rmb.sent request from another relay',
      'rmb.delivered zos.system.version',
      'rmb.sent response',
      'rmb.queued',
      `rmb.delivered response to ${to(one.info())}`,
    ])
    const { control } = one.info().endpoints
    expect((await fetch(`${control}/messages/no-such-message`)).status).toBe(404)
    const recent = await fetch(`${control}/trace?kind=rmb.sent&limit=2`)
    expect(await recent.json()).toMatchObject([{ kind: 'rmb.sent' }, { kind: 'rmb.sent' }])
  }, 20_000)

  it('know a twin that was made a moment ago', async () => {
    const { relay } = two.info().endpoints
    const stranger = keyPairFromUri(`0x${'5a'.repeat(32)}`, 'sr25519')
    if (!stranger.ok) throw new RangeError(stranger.error)
    const { pair } = stranger
    const args = { dest: { type: 'Id', value: pair.accountId }, value: 100_000_000n }
    await chain.submit(
      { pallet: 'Balances', name: 'transfer_keep_alive', args },
      personOf('alice').pair,
    )
    const own = (name: string, given: Record<string, unknown>) =>
      chain.submit({ pallet: 'TfgridModule', name, args: given }, pair)
    await own('user_accept_tc', {
      document_link: utf8ToByteString('x'),
      document_hash: utf8ToByteString('y'.repeat(32)),
    })
    await own('create_twin', { relay: null, pk: null })
    const { substrate } = one.info().endpoints
    const client = new Client(substrate, relay, `0x${'5a'.repeat(32)}`, 'new', 'sr25519', 1)
    await client.connect()
    clients.push(client)
    const [node] = two.info().nodes
    // The client wants a second connection to use the relay that it wrote into its twin.
    const { twin } = client as unknown as { twin: { relay: string | null; id: number } }
    twin.relay ??= 'localhost'
    expect(await ask(client, node!.twinId, 'zos.system.version')).toHaveProperty('zos')
  }, 30_000)

  it('answer with the error of the relay: who is unknown, offline, or at a relay that is down', async () => {
    const node = two.info().nodes[1]!
    const unknown = await errorTo(two.info(), 4711)
    expect(unknown).toBe('unknown twin destination')
    two.world.driver.enter(() => two.world.nodes.crash(node.id))
    expect(await errorTo(one.info(), node.twinId, { tags: 'fail-fast' })).toBe(
      'remote relay rejected permanently: destination offline',
    )
    await two.close()
    expect(await errorTo(one.info(), node.twinId, { expiration: 1n })).toBe('message has expired')
  }, 30_000)

  it('refuse what has no meaning on a chain elsewhere', async () => {
    const { chain: url } = secondInput()
    const refusalOf = (input: GridInput) =>
      joinGrid({ chain: url, port: 0, ...input }).then(
        () => 'none',
        (error: GridError) => `${error.code} ${error.message}`,
      )
    expect(await refusalOf({ dataDir: '/nowhere', clock: 'virtual' })).toMatch(
      /^GRID_CONFIG_INVALID .*dataDir: does not go with chain.*clock: does not go with chain/,
    )
    expect(await refusalOf({ blocks: 'manual' })).toMatch(/blocks: does not go with chain/)
    expect(await refusalOf({ farms: [{ name: 'own', dedicated: true }] })).toMatch(/dedicated/)
    expect(await refusalOf({ chain: 'http://127.0.0.1:1' })).toMatch(/ws:\/\/ or wss:\/\//)
    expect(await refusalOf({ chain: 'ws://127.0.0.1:1' })).toMatch(/^GRID_CHAIN_UNREACHABLE/)
    // The farmer of the seed above is there already, the one of another is not.
    const poor = { users: [], funder: '//Nobody' }
    expect(await refusalOf(poor)).toMatch(/nodes do not come.* activation: .*Inability to pay/)
    expect(await refusalOf({ ...poor, seed: 'poor' })).toMatch(
      /^GRID_CHAIN_REFUSED .*funds for farmer-1.*Inability to pay/,
    )
    await expect(startGrid({ chain: url })).rejects.toThrow('joinGrid()')
  }, 30_000)

  it('find what is theirs again when they come back', async () => {
    const before = two.info()
    // It was ended above; to end it again does no harm.
    await two.close()
    two = await joinGrid(secondInput())
    const after = two.info()
    expect(after.farms).toEqual(before.farms)
    expect(after.nodes).toEqual(before.nodes)
    expect(after.accounts.map(({ twinId }) => twinId)).toEqual(
      before.accounts.map(({ twinId }) => twinId),
    )
    const [node] = after.nodes
    const twin = await chain.read(tfgrid, 'Twins', node!.twinId)
    expect(twin!.relay).toBe(utf8ToByteString(after.endpoints.relay.replace('/', '')))
  }, 30_000)
})
