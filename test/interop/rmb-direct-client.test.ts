// The grid's own RMB client, unmodified, against our relay: what its users meet on good days and on bad ones.

import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Grid, startGrid } from '../../src/grid.ts'
import { relayStringOfUrl } from '../../src/rmb/address.ts'
import { decodeEnvelope } from '../../src/rmb/envelope.ts'
import { Relay } from '../../src/rmb/relay/relay.ts'

// Its `import` entry cannot be loaded by Node; its `require` entry can.
const { Client } = createRequire(import.meta.url)(
  '@threefold/rmb_direct_client',
) as typeof import('@threefold/rmb_direct_client')
type Client = InstanceType<typeof Client>

describe('@threefold/rmb_direct_client', () => {
  let grid: Grid
  let server: Server
  let relay: Relay
  let port = 0
  let client: Client
  let answerer = 0
  let silent = 0

  /** A relay on a port of its own, so that it can be stopped and started. */
  const startRelay = async () => {
    const { world, driver } = grid
    relay = new Relay({
      bus: world.bus,
      driver,
      basePath: '',
      secretOfTwin: twinId => {
        const resident = world.residents.find(({ twinId: id }) => id === twinId)
        return resident ? { pair: resident.pair, secret: resident.encryptionSecret } : null
      },
    })
    server = createServer((request, response) => relay.handleRequest(request, response))
    server.on('upgrade', (request, socket, head) => relay.handleUpgrade(request, socket, head))
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  }

  const stopRelay = async () => {
    await relay.close()
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }

  const accountOf = (name: string) => grid.info().accounts.find(each => each.name === name)!

  const clientOf = (name: string, session: string, path = ''): Client => {
    const { mnemonic, keyType } = accountOf(name)
    const { substrate } = grid.info().endpoints
    const url = `ws://127.0.0.1:${port}${path}`
    return new Client(substrate, url, mnemonic, session, keyType, 1)
  }

  const ask = async (command: string, data: string, twin = answerer, minutes = 1) =>
    client.read(await client.send(command, data, twin, minutes, 1))

  beforeAll(async () => {
    grid = await startGrid({ chainPort: 0, port: 0, farms: [{ name: 'ghent', nodes: 0 }] })
    await startRelay()
    answerer = accountOf('bob').twinId
    silent = accountOf('charlie').twinId
    const { bus } = grid.world
    bus.receive('interop', message => {
      const { body } = message
      if (body.type !== 'request') return
      if (body.command === 'test.echo')
        bus.respond(message, { type: 'response', payload: body.payload })
      else if (body.command === 'test.null')
        bus.respond(message, { type: 'response', payload: null })
      else bus.respond(message, { type: 'error', code: 0, message: 'function is not found' })
    })
    grid.driver.enter(() => bus.attach({ twin: answerer }, { receiver: 'interop' }))
    client = clientOf('alice', 'first')
    await client.connect()
  }, 30_000)

  afterAll(async () => {
    client.responses.clear()
    await client.disconnect()
    await stopRelay()
    await grid.close()
  }, 30_000)

  it('connects, and writes its relay and key into its twin', () => {
    const twin = grid.world.bus.directory.twin(accountOf('alice').twinId)!
    expect(twin.relay).toBe(relayStringOfUrl(client.relayUrl))
    expect(relay.isConnected({ twin: twin.id, connection: 'first' })).toBe(true)
  })

  it('asks and is answered, encrypted both ways', async () => {
    const frame = new Promise<Uint8Array>(resolve => client.con.once('message', resolve as never))
    expect(await ask('test.echo', '{"hello":"wörld"}')).toEqual({ hello: 'wörld' })
    const answer = decodeEnvelope(await frame)
    expect(answer.ok && answer.value.payload?.kind).toBe('cipher')
    expect(await ask('test.null', '')).toBeNull()
  })

  it('hears of errors: unknown commands, and destinations that nobody knows', async () => {
    await expect(ask('test.no.such', '1')).rejects.toThrow('0 function is not found')
    await expect(ask('test.echo', '1', 4711)).rejects.toThrow('Unable to send due to TypeError')
  })

  it('hears nothing when nobody is there, or when its request has expired', async () => {
    const uid = await client.send('test.echo', '1', silent, 1 / 60, 1)
    await expect(client.read(uid)).rejects.toThrow("Didn't get a response after 1 seconds")
    expect(relay.waitingFor({ twin: silent })).toBe(1)
  }, 20_000)

  it('waits for a node that is down, and hears from it when it is back', async () => {
    const { bus } = grid.world
    grid.driver.enter(() => bus.setOnline({ twin: answerer }, false))
    const uid = await client.send('test.echo', '"late"', answerer, 1, 1)
    const answer = client.read(uid)
    await expect(ask('test.echo', '"lost"', answerer, 1 / 60)).rejects.toThrow(
      "Didn't get a response",
    )
    grid.driver.enter(() => bus.setOnline({ twin: answerer }, true))
    expect(await answer).toBe('late')
  }, 20_000)

  it('may have two sessions, each with its own answers', async () => {
    // The client keeps one object for a relay URL and a key; another path is another URL to it.
    const second = clientOf('alice', 'second', '/again')
    await second.connect()
    expect(relay.isConnected({ twin: accountOf('alice').twinId, connection: 'second' })).toBe(true)
    const uids = await Promise.all([
      client.send('test.echo', '"one"', answerer, 1, 1),
      second.send('test.echo', '"two"', answerer, 1, 1),
    ])
    expect(await Promise.all([client.read(uids[0]), second.read(uids[1])])).toEqual(['one', 'two'])
    second.responses.clear()
    second.con.close()
  }, 20_000)

  it('gets a thousand answers to a thousand requests', async () => {
    const numbers = Array.from({ length: 1000 }, (_, i) => i)
    const uids: string[] = []
    for (const i of numbers) uids.push(await client.send('test.echo', `${i}`, answerer, 5, 1))
    expect(await Promise.all(uids.map(uid => client.read(uid)))).toEqual(numbers)
  }, 120_000)

  it('loses its connection by a message that is too large, and can connect again', async () => {
    const closed = new Promise(resolve => client.con.once('close', resolve))
    await client.send('test.echo', JSON.stringify('x'.repeat(17 * 2 ** 20)), answerer, 1, 1)
    await closed
    client.responses.clear()
    await client.connect()
    expect(await ask('test.echo', '"again"')).toBe('again')
  }, 60_000)

  it('finds a relay that was restarted', async () => {
    await stopRelay()
    await startRelay()
    client.responses.clear()
    await client.connect()
    expect(await ask('test.echo', '"restarted"')).toBe('restarted')
  }, 60_000)
})
