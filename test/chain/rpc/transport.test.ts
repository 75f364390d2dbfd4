// The door of the chain: HTTP and WebSocket, framing, limits, and what broken input is answered.

import { connect as connectTcp } from 'node:net'
import { afterEach, describe, expect, it, test } from 'vitest'
import { method, namespace, subscription } from '../../../src/chain/rpc/registry.ts'
import { startChainServer } from '../../../src/chain/rpc/server.ts'
import { invariant } from '../../../src/kernel/errors.ts'
import { Client, startTestServer, type TestServer, type TestServerOptions } from './support.ts'

const open: TestServer[] = []

async function start(options: TestServerOptions = {}): Promise<TestServer> {
  const grid = await startTestServer(options)
  open.push(grid)
  return grid
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(grid => grid.close()))
})

const health = { peers: 0, isSyncing: false, shouldHavePeers: false }
const request = (id: unknown, name = 'system_chain', params: unknown = []) =>
  JSON.stringify({ jsonrpc: '2.0', id, method: name, params })

describe('over HTTP', () => {
  it('answers a POST at any path, with open CORS', async () => {
    const grid = await start()
    for (const path of ['', '/', '/ws', '/some/where?x=1']) {
      const response = await fetch(`http://127.0.0.1:${grid.server.port}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: request(7),
      })
      expect(response.status).toBe(200)
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect(await response.text()).toBe('{"jsonrpc":"2.0","result":"Development","id":7}')
    }
  })

  it('answers GET /health with the health alone', async () => {
    const grid = await start()
    const response = await fetch(`http://127.0.0.1:${grid.server.port}/health`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(health)
  })

  it('answers a preflight', async () => {
    const grid = await start()
    const response = await fetch(`http://127.0.0.1:${grid.server.port}/`, { method: 'OPTIONS' })
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-methods')).toBe('*')
    expect(response.headers.get('access-control-allow-headers')).toBe('*')
  })

  it('refuses other methods and other content in the words of the real server', async () => {
    const grid = await start()
    const url = `http://127.0.0.1:${grid.server.port}/`
    const get = await fetch(url)
    expect(get.status).toBe(405)
    expect(await get.text()).toBe('Used HTTP Method is not allowed. POST or OPTIONS is required\n')
    const plain = await grid.post(request(1), { 'content-type': 'text/plain' })
    expect(plain.status).toBe(415)
    expect(await plain.text()).toContain('Content-Type: application/json is required')
  })

  it.each([
    ['nothing', ''],
    ['white space', ' \n'],
    ['text', 'hello'],
    ['a number', '5'],
  ])('answers a body that is %s with status 400', async (_, body) => {
    const grid = await start()
    const response = await grid.post(body)
    expect(response.status).toBe(400)
    expect(await response.text()).toBe(
      '{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}',
    )
  })

  it('answers a body that is not UTF-8 with status 400', async () => {
    const grid = await start()
    const response = await fetch(`http://127.0.0.1:${grid.server.port}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Uint8Array([0x7b, 0xff, 0x7d]),
    })
    expect(response.status).toBe(400)
  })

  it('turns a body away that is larger than the limit, and serves the next one', async () => {
    const grid = await start({ limits: { maxRequestBytes: 200 } })
    const response = await grid.post(request(1, 'system_chain', ['x'.repeat(300)]))
    expect(response.status).toBe(413)
    expect(await response.json()).toEqual({
      jsonrpc: '2.0',
      error: { code: -32701, message: 'Request is too big', data: 'Exceeded max limit of 200' },
      id: null,
    })
    expect((await grid.post(request(2))).status).toBe(200)
  })

  it('turns a body away that grows beyond the limit without having said its length', async () => {
    const grid = await start({ limits: { maxRequestBytes: 200 } })
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connectTcp(grid.server.port, '127.0.0.1', () => {
        socket.write(
          'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
        )
        for (let i = 0; i < 4; i += 1) socket.write(`64\r\n${'['.repeat(100)}\r\n`)
      })
      socket.once('data', data => {
        socket.destroy()
        resolve(data.toString())
      })
      socket.once('error', reject)
    })
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  })

  it('has no subscriptions', async () => {
    const grid = await start()
    for (const name of ['chain_subscribeNewHeads', 'chain_unsubscribeNewHeads']) {
      const response = await grid.post(request(1, name, []))
      expect(await response.json()).toMatchObject({ error: { code: -32603 } })
    }
    expect(grid.failures).toEqual([])
  })

  it('answers notifications with an empty body', async () => {
    const grid = await start()
    const response = await grid.post('{"jsonrpc":"2.0","method":"system_chain","params":[]}')
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('')
  })
})

describe('over WebSocket', () => {
  it('connects at any path, without compression', async () => {
    const grid = await start()
    const client = await Client.open(`${grid.server.url}/ws/any`)
    expect(await client.call('system_chain')).toBe('Development')
    expect(client.socket.extensions).toBe('')
    client.socket.terminate()
  })

  it('takes binary frames like text', async () => {
    const grid = await start()
    const client = await grid.connect()
    client.socket.send(Buffer.from(request(1)), { binary: true })
    expect(await client.next()).toEqual({ jsonrpc: '2.0', result: 'Development', id: 1 })
  })

  it('gives up frames with text that is not UTF-8, and nothing else', async () => {
    const grid = await start()
    const client = await grid.connect()
    const other = await grid.connect()
    const closed = new Promise<number>(resolve => client.socket.once('close', resolve))
    client.socket.send(Buffer.from([0xff, 0xfe]), { binary: false })
    expect(await closed).toBe(1007)
    expect(await other.call('system_chain')).toBe('Development')
  })

  it('answers a frame above the limit and goes on', async () => {
    const grid = await start({ limits: { maxRequestBytes: 200 } })
    const client = await grid.connect()
    expect(await client.send(request(1, 'system_chain', ['x'.repeat(300)]))).toEqual({
      jsonrpc: '2.0',
      error: { code: -32701, message: 'Request is too big', data: 'Exceeded max limit of 200' },
      id: null,
    })
    expect(await client.call('system_chain')).toBe('Development')
  })

  it('ends the connection over a frame of many times the limit, and lives on', async () => {
    const grid = await start({ limits: { maxRequestBytes: 200 } })
    const client = await grid.connect()
    const closed = new Promise<number>(resolve => client.socket.once('close', resolve))
    client.socket.send('x'.repeat(5000))
    expect(await closed).toBe(1009)
    expect(await (await grid.connect()).call('system_chain')).toBe('Development')
  })

  it('pings all clients every 30 s', async () => {
    const grid = await start()
    const client = await grid.connect()
    await client.call('system_chain')
    const pinged = new Promise<void>(resolve => client.socket.once('ping', () => resolve()))
    grid.clock.advance(30_000)
    await pinged
    const again = new Promise<void>(resolve => client.socket.once('ping', () => resolve()))
    grid.clock.advance(30_000)
    await again
  })

  it('says goodbye when the server closes', async () => {
    const grid = await startTestServer()
    const client = await grid.connect()
    const closed = new Promise<number>(resolve => client.socket.once('close', resolve))
    await grid.server.close()
    expect(await closed).toBe(1001)
    grid.driver.stop()
    await expect(Client.open(grid.server.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('JSON-RPC', () => {
  const parseError = { code: -32700, message: 'Parse error' }
  const invalid = { code: -32600, message: 'Invalid request' }

  it.each([
    ['no JSON', '{"jsonrpc":', null, parseError],
    ['text', 'hello', null, parseError],
    ['an empty frame', '', null, parseError],
    ['a number', '1', null, parseError],
    ['null', 'null', null, parseError],
    ['an object that is no request', '{"a":1}', null, parseError],
    ['another version', '{"jsonrpc":"1.0","id":3,"method":"system_chain"}', 3, invalid],
    ['no version', '{"id":"a","method":"system_chain"}', 'a', invalid],
    ['no method', '{"jsonrpc":"2.0","id":4}', 4, invalid],
    ['a method that is no text', '{"jsonrpc":"2.0","id":4,"method":1}', 4, invalid],
    ['an id that is a list', '{"jsonrpc":"2.0","id":[1],"method":"a"}', null, parseError],
    ['a negative id', '{"jsonrpc":"2.0","id":-1,"method":"a"}', null, parseError],
    ['an id with a fraction', '{"jsonrpc":"2.0","id":1.5,"method":"a"}', null, parseError],
    ['a list of numbers in a batch', '[1]', undefined, undefined],
  ])('answers %s', async (_, frame, id, error) => {
    const grid = await start()
    const client = await grid.connect()
    const answer = await client.send(frame)
    if (error) expect(answer).toEqual({ jsonrpc: '2.0', error, id })
    else expect(answer).toEqual([{ jsonrpc: '2.0', error: invalid, id: null }])
    expect(await client.call('system_chain')).toBe('Development')
  })

  it('gives an id back as it came, however large', async () => {
    const grid = await start()
    for (const id of ['0', '"x\\"y"', 'null', '9007199254740993', '18446744073709551615']) {
      const frame = `{"jsonrpc":"2.0","id": ${id},"method":"system_chain"}`
      expect(await (await grid.post(frame)).text()).toBe(
        `{"jsonrpc":"2.0","result":"Development","id":${id}}`,
      )
    }
  })

  it('does not know unknown methods, nor those that every object has', async () => {
    const grid = await start()
    const client = await grid.connect()
    for (const name of ['chain_nothing', 'constructor', '__proto__', '', 'dev_newBlock']) {
      expect((await client.ask(name)).error).toEqual({
        code: -32601,
        message: 'Method not found',
      })
    }
  })

  it('leaves notifications unanswered', async () => {
    const grid = await start()
    const client = await grid.connect()
    client.socket.send('{"jsonrpc":"2.0","method":"system_chain"}')
    client.socket.send('[{"jsonrpc":"2.0","method":"system_chain","params":[]}]')
    expect(await client.call('system_name')).toBe('Substrate Node')
  })

  it('answers a batch in one frame, in order, notifications left out', async () => {
    const grid = await start()
    const client = await grid.connect()
    const batch = [
      request(1),
      '{"jsonrpc":"2.0","method":"system_chain"}',
      request(2, 'nothing_here'),
      '{"id":5}',
      request(3, 'chain_getBlockHash', [[0, 99]]),
    ]
    const answer = (await client.send(`[${batch.join(',')}]`)) as unknown
    expect(answer).toEqual([
      { jsonrpc: '2.0', result: 'Development', id: 1 },
      { jsonrpc: '2.0', error: { code: -32601, message: 'Method not found' }, id: 2 },
      { jsonrpc: '2.0', error: invalid, id: 5 },
      { jsonrpc: '2.0', result: [grid.chain.genesisHash(), null], id: 3 },
    ])
  })

  it('does not take an empty batch', async () => {
    const grid = await start()
    const client = await grid.connect()
    expect(await client.send('[]')).toEqual({ jsonrpc: '2.0', error: invalid, id: null })
  })

  it('takes parameters by name too', async () => {
    const grid = await start()
    const client = await grid.connect()
    const named = (params: unknown) => client.send(request(1, 'state_getKeysPaged', params))
    const { result } = await named({ prefix: '0x', count: 2, start_key: null })
    expect(result).toHaveLength(2)
    expect((await named({ prefix: '0x' })).error).toMatchObject({
      code: -32602,
      message: 'Invalid params',
      data: 'missing field `count`',
    })
  })

  it('answers an answer that is too large with an error', async () => {
    const grid = await start({ limits: { maxResponseBytes: 300 } })
    const client = await grid.connect()
    expect((await client.ask('rpc_methods')).error).toEqual({
      code: -32702,
      message: 'Response is too big',
      data: 'Exceeded max limit of 300',
    })
    const batch = Array.from({ length: 20 }, (_, i) => request(i))
    expect(await client.send(`[${batch.join(',')}]`)).toMatchObject({ error: invalid, id: null })
  })

  it('lists every name that it serves, sorted', async () => {
    const grid = await start()
    const client = await grid.connect()
    const { methods } = (await client.call('rpc_methods')) as { methods: string[] }
    expect(methods).toEqual([...methods].sort())
    expect(methods).toEqual(expect.arrayContaining(['account_nextIndex', 'unsubscribe_newHead']))
    expect(methods).not.toContain('rpc_methods')
    for (const name of methods) {
      const { error } = await client.send(request(1, name, []))
      expect(error?.code, name).not.toBe(-32601)
      client.inbox.length = 0
    }
  })
})

describe('limits', () => {
  test('a connection beyond the limit is told so, and may come when another has gone', async () => {
    const grid = await start({ limits: { maxConnections: 2 } })
    const first = await grid.connect()
    await grid.connect()
    await expect(grid.connect()).rejects.toThrow('429')
    const refused = await grid.post(request(1))
    expect(refused.status).toBe(429)
    expect(await refused.text()).toBe('Too many connections. Please try again later.')
    const gone = new Promise(resolve => first.socket.once('close', resolve))
    first.socket.close()
    await gone
    expect(await (await grid.connect()).call('system_chain')).toBe('Development')
  })

  test('a subscription beyond the limit is refused, and may be opened when another has ended', async () => {
    const grid = await start({ limits: { maxSubscriptions: 2 } })
    const client = await grid.connect()
    const first = await client.subscribe('state_subscribeRuntimeVersion')
    await client.notification(first)
    await client.notification(await client.subscribe('state_subscribeRuntimeVersion'))
    expect((await client.ask('state_subscribeRuntimeVersion')).error).toEqual({
      code: -32006,
      message: 'Too many subscriptions on the connection',
      data: 'Exceeded max limit of 2',
    })
    expect(await client.call('state_unsubscribeRuntimeVersion', first)).toBe(true)
    await client.subscribe('state_subscribeRuntimeVersion')
  })

  test('an unsubscription names a subscription of its own kind', async () => {
    const grid = await start()
    const client = await grid.connect()
    const id = await client.subscribe('state_subscribeRuntimeVersion')
    await client.next()
    expect(await client.call('chain_unsubscribeNewHeads', id)).toBe(false)
    expect(await client.call('state_unsubscribeRuntimeVersion', 'nonsense')).toBe(false)
    expect(await client.call('state_unsubscribeRuntimeVersion')).toBe(false)
    expect(await client.call('chain_unsubscribeRuntimeVersion', id)).toBe(true)
    expect(await client.call('chain_unsubscribeRuntimeVersion', id)).toBe(false)
  })

  /** A namespace whose methods answer much. */
  const large = 'x'.repeat(100_000)
  const feeds: ((json: string) => void)[] = []
  const bulk = namespace('bulk', {
    bulk_get: method('Much', [], () => large),
    bulk_follow: subscription(
      'Much, again and again',
      [],
      (_call, opened) => void feeds.push(json => opened.notify(json)),
      { notifies: 'bulk_item', unsubscribe: ['bulk_unfollow'] },
    ),
  })

  test('a client that does not read its answers is not listened to, and gets all when it reads', async () => {
    const grid = await start({ namespaces: [bulk], limits: { pauseBytes: 200_000 } })
    const client = await grid.connect()
    let answers = 0
    client.socket.removeAllListeners('message')
    const done = new Promise<void>(resolve => {
      client.socket.on('message', () => {
        answers += 1
        if (answers === 300) resolve()
      })
    })
    client.socket.pause()
    for (let i = 0; i < 300; i += 1) client.socket.send(request(i, 'bulk_get'))
    const other = await grid.connect()
    for (let i = 0; i < 20; i += 1) await other.call('system_chain')
    expect(answers).toBe(0)
    client.socket.resume()
    await done
  })

  test('a client that lets notifications pile up is disconnected', async () => {
    const grid = await start({ namespaces: [bulk], limits: { maxUnsentBytes: 1_000_000 } })
    const client = await grid.connect()
    await client.subscribe('bulk_follow')
    const feed = feeds.pop()
    invariant(feed, 'the subscription has begun')
    const closed = new Promise<number>(resolve => client.socket.once('close', resolve))
    client.socket.pause()
    for (let i = 0; i < 1000; i += 1) feed(JSON.stringify(large))
    client.socket.resume()
    expect(await closed).toBe(1006)
    expect(await (await grid.connect()).call('system_chain')).toBe('Development')
  })
})

describe('starting', () => {
  const parts = (grid: TestServer) => ({
    chain: grid.chain,
    driver: grid.driver,
    metadata: () => new Uint8Array(1),
    onFailure: () => undefined,
  })

  it('says so when the port is in use', async () => {
    const grid = await start()
    await expect(
      startChainServer({ ...parts(grid), port: grid.server.port }),
    ).rejects.toMatchObject({ name: 'GridError', code: 'GRID_PORT_IN_USE' })
  })

  it('says so when the address is not of this machine', async () => {
    const grid = await start()
    await expect(
      startChainServer({ ...parts(grid), host: '192.0.2.1', port: 0 }),
    ).rejects.toMatchObject({ name: 'GridError', code: 'GRID_HOST_REFUSED' })
  })

  it('tells of a fault, answers it as an internal error, and lives on', async () => {
    const faulty = namespace('faulty', {
      faulty_run: method('Fails', [], () => invariant(false, 'this method works')),
    })
    const grid = await start({ namespaces: [faulty] })
    const client = await grid.connect()
    expect((await client.ask('faulty_run')).error).toEqual({
      code: -32603,
      message: 'Internal error',
    })
    expect(grid.failures.map(({ message }) => message)).toEqual(['this method works'])
    expect(await client.call('system_chain')).toBe('Development')
  })

  it('serves unsafe methods only where they are allowed', async () => {
    const grid = await start({ allowUnsafe: false })
    const client = await grid.connect()
    expect((await client.ask('state_getPairs', '0x')).error).toEqual({
      code: -32601,
      message: 'RPC call is unsafe to be called externally',
    })
  })

  it('describes its methods', async () => {
    const grid = await start()
    const help = grid.server.help.find(({ name }) => name === 'state_getKeysPaged')
    expect(help).toMatchObject({ namespace: 'state', aliases: ['state_getKeysPagedAt'] })
    expect(help?.params.map(({ name }) => name)).toEqual(['prefix', 'count', 'startKey', 'at'])
  })
})
