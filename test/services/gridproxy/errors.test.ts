// What the proxy refuses, with upstream's codes and texts, and what its HTTP side does around the answers.

import { describe, expect, it } from 'vitest'
import { statusAt } from '../../../src/services/gridproxy/status.ts'
import { ask, fixtureFacts, fixtureProxy, idsOf } from './support.ts'

const proxy = fixtureProxy()

const undecodable = (what: string) => `failed to decode params: schema: ${what}`

const cases: readonly (readonly [url: string, status: number, message: string])[] = [
  ['/nodes?foo=1', 400, undecodable('invalid path "foo"')],
  ['/nodes?foo=1&bar=2', 400, undecodable('invalid path "foo" (and 1 other error)')],
  ['/nodes?foo=1&bar=2&x=3', 400, undecodable('invalid path "foo" (and 2 other errors)')],
  ['/nodes?foo=1&foo=2', 400, undecodable('invalid path "foo"')],
  ['/nodes?free_gpu=1', 400, undecodable('invalid path "free_gpu"')],
  ['/nodes?total_gpu=1', 400, undecodable('invalid path "total_gpu"')],
  ['/nodes?free_cru=1', 400, undecodable('invalid path "free_cru"')],
  ['/gateways?rentedBy=3', 400, undecodable('invalid path "rentedBy"')],
  ['/farms?version=3', 400, undecodable('invalid path "version"')],
  ['/farms?farm_name=a', 400, undecodable('invalid path "farm_name"')],
  ['/nodes?status.x=1', 400, undecodable('invalid path "status.x"')],
  ['/nodes?a%22%0A=1', 400, undecodable('invalid path "a\\"\\n"')],
  ['/nodes?Size=1', 400, undecodable('invalid path "Size"')],
  ['/nodes?=1', 400, undecodable('invalid path ""')],
  ['/nodes?free_mru=-1', 400, undecodable('error converting value for "free_mru"')],
  ['/nodes?free_mru=1.5', 400, undecodable('error converting value for "free_mru"')],
  ['/nodes?free_mru=%201', 400, undecodable('error converting value for "free_mru"')],
  [
    '/nodes?free_mru=18446744073709551616',
    400,
    undecodable('error converting value for "free_mru"'),
  ],
  ['/nodes?ipv4=yes', 400, undecodable('error converting value for "ipv4"')],
  ['/nodes?ipv4=TRue', 400, undecodable('error converting value for "ipv4"')],
  ['/nodes?price_min=a', 400, undecodable('error converting value for "price_min"')],
  ['/nodes?price_min=1e999', 400, undecodable('error converting value for "price_min"')],
  ['/nodes?farm_ids=1,x', 400, undecodable('error converting value for index 0 of "farm_ids"')],
  [
    '/nodes?farm_ids=1&farm_ids=2,3&farm_ids=4,-1',
    400,
    undecodable('error converting value for index 2 of "farm_ids"'),
  ],
  ['/nodes?size=x', 400, undecodable('error converting value for "size"')],
  ['/nodes?page=-1', 400, undecodable('error converting value for "page"')],
  ['/nodes?ret_count=2', 400, undecodable('error converting value for "ret_count"')],
  ['/contracts/1/bills?size=x', 400, undecodable('error converting value for "size"')],
  ['/stats?country=x', 400, undecodable('invalid path "country"')],
  ['/stats?size=x', 400, undecodable('error converting value for "size"')],
  ['/nodes?foo=1&size=x', 400, undecodable('invalid path "foo"')],
  ['/nodes?sort_by=farm_name', 400, '"farm_name" is not a sort field for Node type'],
  ['/farms?sort_by=country', 400, '"country" is not a sort field for Farm type'],
  ['/twins?sort_by=id', 400, '"id" is not a sort field for Twin type'],
  ['/contracts?sort_by=node_id', 400, '"node_id" is not a sort field for Contract type'],
  ['/public_ips?sort_by=gateway', 400, '"gateway" is not a sort field for PublicIP type'],
  ['/nodes?sort_order=up', 400, '"up" is not a valid sort order'],
  ['/nodes?sort_by=node_id;drop table node&sort_order=x', 400, '"x" is not a valid sort order'],
  [
    '/nodes?sort_by=node_id%3Bdrop%20table%20node',
    400,
    '"node_id;drop table node" is not a sort field for Node type',
  ],
  ['/nodes?features=zmount,foo', 400, 'foo is not a valid node feature'],
  ['/nodes?features=foo&sort_order=up', 400, '"up" is not a valid sort order'],
  ['/farms?node_features=%20zdb', 400, ' zdb is not a valid node feature'],
  ['/nodes?status=sleeping', 400, '"sleeping" is not a valid node status'],
  ['/nodes?status=up,', 400, '"" is not a valid node status'],
  ['/farms?node_status=Up', 400, '"Up" is not a valid node status'],
  ['/stats?status=UP', 400, '"UP" is not a valid node status'],
  ['/nodes?sort_by=upload', 500, 'ERROR: column "upload" does not exist (SQLSTATE 42703)'],
  ['/nodes/999', 404, 'node not found'],
  ['/gateways/999', 404, 'node not found'],
  ['/gateways/2', 404, 'gateway not found'],
  ['/nodes/999/status', 500, 'node not found'],
  ['/gateways/999/status', 500, 'node not found'],
  ['/nodes/999/statistics', 404, 'node not found'],
  ['/nodes/999/gpu', 404, 'node not found'],
  ['/contracts/999', 500, 'contract not found'],
  [
    '/nodes/9223372036854775808',
    502,
    'invalid node id 9223372036854775807: strconv.Atoi: parsing "9223372036854775808": value out of range: bad gateway',
  ],
  [
    '/nodes/9223372036854775808/status',
    400,
    'strconv.Atoi: parsing "9223372036854775808": value out of range',
  ],
  [
    '/twins/9223372036854775808/consumption',
    400,
    'strconv.Atoi: parsing "9223372036854775808": value out of range',
  ],
  [
    '/contracts/9223372036854775808',
    500,
    'invalid contract id: 9223372036854775808: strconv.Atoi: parsing "9223372036854775808": value out of range',
  ],
  [
    '/contracts/9223372036854775808/bills',
    500,
    'invalid contract id: 9223372036854775808: strconv.Atoi: parsing "9223372036854775808": value out of range',
  ],
  ['/nodes/6/statistics', 500, 'cannot fetch statistics from node 6 with status: down'],
  ['/nodes/5/gpu', 500, 'cannot fetch GPU information from node 5 with status: standby'],
  [
    '/nodes/1/statistics',
    500,
    'failed to get get node statistics from relay: context deadline exceeded',
  ],
  [
    '/nodes/1/gpu',
    500,
    'failed to get get node GPU information from relay: context deadline exceeded',
  ],
]

describe('refusals', () => {
  it.each(cases)('%s is answered by %i', async (url, status, message) => {
    const reply = await ask(proxy, url)
    expect(reply.json()).toEqual({ error: message })
    expect(reply.status).toBe(status)
    expect(reply.text.endsWith('}\n')).toBe(true)
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': '*',
      'content-type': 'application/json',
    })
  })

  it('write what HTML gives a meaning to as escapes', async () => {
    const { text } = await ask(proxy, '/nodes?%3Cscript%3E%26=1')
    expect(text).toBe(
      '{"error":"failed to decode params: schema: invalid path \\"\\u003cscript\\u003e\\u0026\\""}\n',
    )
  })
})

describe('values', () => {
  it.each(
    [
      ['1', 't', 'T', 'TRUE', 'true', 'True', 'on'].map(word => [word, [1]] as const),
      ['0', 'f', 'F', 'FALSE', 'false', 'False'].map(
        word => [word, [2, 3, 4, 5, 6, 7, 8]] as const,
      ),
    ].flat(),
  )('a truth may be written %s', async (word, ids) => {
    expect(await idsOf(proxy, `/nodes?ipv6=${word}`)).toEqual(ids)
  })

  it.each([
    ['status=down&status=up', [1, 2, 3, 4], 'of repeated lists of words the last one counts'],
    ['node_id=1&node_id=2', [2], 'of repeated values the last one counts'],
    ['node_id=1&node_id=', [1], 'empty values do not count at all'],
    ['node_ids=1,,2', [1, 2], 'empty parts of number lists are passed over'],
    ['Node_ID=3', [3], 'keys of filters are found in any case'],
    ['node_id=3&a;b=1', [3], 'pairs with a semicolon are passed over'],
    ['node_id=3&%zz=1&x=%', [3], 'malformed pairs are passed over'],
    ['city=new+york', [4], 'a plus is a blank'],
    ['%6eode_id=%33', [3], 'keys and values may be escaped'],
    ['farm_ids=,', [], 'a list of nothing holds no farm'],
    ['node_ids=,', [1, 2, 3, 4, 5, 6, 7, 8], 'a list of nothing does not ask for nodes'],
    ["city=' OR 1=1 --", [], 'text is text'],
    ['free_mru=18446744073709551615', [], 'the largest number is one'],
    ['price_min=NaN', [], 'no number is below what is none'],
    ['price_max=Inf', [1, 2, 3, 4, 5, 6, 7, 8], 'everything is below infinity'],
  ] as const)('/nodes?%s gives %j: %s', async (query, ids, _why) => {
    expect(await idsOf(proxy, `/nodes?${query}`)).toEqual(ids)
  })
})

describe('paths', () => {
  it.each(['/nodes/abc', '/nodes/1/x', '/nodes/-1', '/farms/1', '/twins/1', '/ips', '/swagger/x'])(
    '%s leads nowhere, without headers for browsers',
    async url => {
      const reply = await ask(proxy, url)
      expect([reply.status, reply.text]).toEqual([404, '404 page not found\n'])
      expect(reply.headers['content-type']).toBe('text/plain; charset=utf-8')
      expect(reply.headers).not.toHaveProperty('access-control-allow-origin')
    },
  )

  it.each([
    ['/nodes/', '/nodes'],
    ['/nodes/1/?x=1', '/nodes/1?x=1'],
    ['//nodes', '/nodes'],
    ['/farms/../nodes', '/nodes'],
  ])('%s is sent to %s', async (url, location) => {
    const reply = await ask(proxy, url)
    expect([reply.status, reply.headers.location]).toEqual([301, location])
  })

  it('may be escaped, and ids have leading zeros', async () => {
    expect((await ask(proxy, '/%6eodes/001')).json()).toMatchObject({ nodeId: 1 })
    expect((await ask(proxy, '/nodes/4294967297')).json()).toMatchObject({ nodeId: 1 })
    expect((await ask(proxy, '/nodes/%zz')).status).toBe(400)
  })

  it('work below a mount, and without it', async () => {
    const mounted = fixtureProxy({ mountPath: '/gridproxy' })
    for (const url of ['/gridproxy/ping', '/ping', 'http://gridproxy.example/ping']) {
      expect((await ask(mounted, url)).text).toBe('{"ping":"pong"}\n')
    }
    expect((await ask(mounted, '/gridproxy')).text).toContain('Welcome to threefold grid proxy')
    expect((await ask(mounted, '/gridproxy?a=b')).status).toBe(200)
    expect((await ask(mounted, '/gridproxy/farms/')).headers.location).toBe('/gridproxy/farms')
    expect((await ask(mounted, '/gridproxyx')).status).toBe(404)
  })

  it('answer every method alike', async () => {
    for (const method of ['POST', 'PUT', 'OPTIONS', 'DELETE', 'PATCH']) {
      const reply = await ask(proxy, '/version', method)
      expect([reply.status, reply.text]).toEqual([200, '{"version":"v0.15.18"}\n'])
      expect(reply.headers['access-control-allow-origin']).toBe('*')
    }
  })

  it('are listed at the root, in the order of upstream', async () => {
    expect((await ask(proxy, '/')).json()).toBe(
      'Welcome to threefold grid proxy server, available endpoints [/farms] [/stats] [/twins] [/twins/{twin_id:[0-9]+}/consumption] [/nodes] [/nodes/{node_id:[0-9]+}] [/nodes/{node_id:[0-9]+}/status] [/nodes/{node_id:[0-9]+}/statistics] [/nodes/{node_id:[0-9]+}/gpu] [/gateways] [/gateways/{node_id:[0-9]+}] [/gateways/{node_id:[0-9]+}/status] [/contracts] [/contracts/{contract_id:[0-9]+}] [/contracts/{contract_id:[0-9]+}/bills] [/public_ips] [/] [/ping] [/version] [/health] [/swagger/] ',
    )
  })
})

describe('calls to nodes', () => {
  const statistics =
    '{"total":{"cru":8,"sru":10,"hru":0,"mru":32,"ipv4u":0},"used":{"cru":1,"sru":2,"hru":3,"mru":4,"ipv4u":5},"system":{"cru":0,"sru":1,"hru":0,"mru":3,"ipv4u":0},"users":{"deployments":2,"workloads":7,"last_deployment_timestamp":1760000000},"open_connections":12}'
  const live = fixtureProxy({
    facts: fixtureFacts((twinId, command) => {
      if (command === 'zos.statistics.get') return { ok: true, payload: statistics }
      if (command !== 'zos.gpu.list') return { ok: false, cause: 'unexpected' }
      if (twinId === 11) return { ok: true, payload: 'null' }
      const card = '{"id":"a/b/c","vendor":"V","device":"D","vram":8,"contract":9}'
      return { ok: true, payload: `[${card}]` }
    }),
  })

  it('show the statistics in upstream’s order, without the connections', async () => {
    expect((await ask(live, '/nodes/1/statistics')).text).toBe(
      '{"system":{"cru":0,"hru":0,"ipv4u":0,"mru":3,"sru":1},"total":{"cru":8,"hru":0,"ipv4u":0,"mru":32,"sru":10},"used":{"cru":1,"hru":3,"ipv4u":5,"mru":4,"sru":2},"users":{"deployments":2,"workloads":7,"last_deployment_timestamp":1760000000}}\n',
    )
  })

  it('show cards with the twin that was asked, and null for null', async () => {
    expect((await ask(live, '/nodes/3/gpu')).text).toBe(
      '[{"node_twin_id":13,"id":"a/b/c","vendor":"V","device":"D","contract":9,"updated_at":0}]\n',
    )
    expect((await ask(live, '/nodes/1/gpu')).text).toBe('null\n')
  })
})

describe('health', () => {
  it('is good when a healthy node answers', async () => {
    const answering = fixtureProxy({ facts: fixtureFacts(() => ({ ok: true, payload: '{}' })) })
    const reply = await ask(answering, '/health')
    expect(reply.status).toBe(200)
    expect(reply.json()).toMatchObject({
      total_state_ok: true,
      db_conn: 'ok',
      rmb_conn: 'ok',
      indexers: { gpu: { updated_at: 1_760_100_000 }, features: { updated_at: 1_760_100_000 } },
    })
    expect(Object.keys((reply.json() as { indexers: object }).indexers)).toEqual([
      'gpu',
      'health',
      'dmi',
      'speed',
      'ipv6',
      'workloads',
      'features',
    ])
  })

  it('is bad, with a code of 200, when none does', async () => {
    const reply = await ask(proxy, '/health')
    expect(reply.status).toBe(200)
    const { rmb_conn, total_state_ok } = reply.json() as Record<string, unknown>
    expect(total_state_ok).toBe(false)
    expect(rmb_conn).toMatch(/^failed to call twins: \[1[134] 1[134] 1[134]\]$/)
  })

  it('is bad when what an indexer knows is old', async () => {
    const old = fixtureProxy({
      facts: {
        ...fixtureFacts(() => ({ ok: true, payload: '{}' })),
        indexedAt: name => (name === 'speed' ? 1_760_099_699 : 1_760_100_000),
      },
    })
    expect((await ask(old, '/health')).json()).toMatchObject({
      rmb_conn: 'ok',
      total_state_ok: false,
    })
  })
})

describe('the status of a node', () => {
  const power = (state: 'Up' | 'Down', target: 'Up' | 'Down') => ({ state, target })
  it.each([
    [null, 4800, 'up'],
    [null, 4801, 'down'],
    [power('Up', 'Up'), 4800, 'up'],
    [power('Up', 'Up'), 4801, 'down'],
    [power('Down', 'Down'), 86400, 'standby'],
    [power('Down', 'Down'), 86401, 'down'],
    [power('Up', 'Down'), 0, 'standby'],
    [power('Down', 'Up'), 5000, 'standby'],
    [null, -10, 'up'],
  ] as const)('with power %j and a report of %i s ago is %s', (state, age, status) => {
    expect(statusAt(state, age)).toBe(status)
  })
})

describe('the description of the API', () => {
  it('names every route, filter and field to sort by', async () => {
    const description = (await ask(proxy, '/swagger/doc.json')).json() as {
      paths: Record<string, { get: { parameters: { name: string; enum?: string[] }[] } }>
    }
    expect(Object.keys(description.paths)).toHaveLength(20)
    const { parameters } = description.paths['/nodes']!.get
    const names = parameters.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['free_mru', 'gpu_available', 'features', 'size']))
    for (const name of names) {
      expect((await ask(proxy, `/nodes?${name}=%01`)).text).not.toContain('invalid path')
    }
    const sorts = parameters.find(({ name }) => name === 'sort_by')!.enum!
    expect(sorts).toHaveLength(36)
    for (const sort of sorts) {
      expect((await ask(proxy, `/nodes?sort_by=${sort}`)).status).toBe(200)
    }
  })

  it('is shown by a page that needs nothing from elsewhere', async () => {
    const { text } = await ask(proxy, '/swagger/')
    expect(text).toContain('<code>/nodes/{node_id}</code>')
    expect(text).not.toMatch(/https?:|src=/)
    expect((await ask(proxy, '/swagger/index.html')).text).toBe(text)
  })
})
