// The service on the wire: methods, bodies, errors with their codes, CORS, the console, and what is too much.

import { buildClientSchema, getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { entities, entityNames } from '../../../src/services/indexer/entities.ts'
import { fixtureGrid } from '../support/fixture-grid.ts'
import { badRequests } from '../support.ts'
import { serveRows, type TestService } from './support.ts'

let service: TestService

beforeAll(async () => {
  service = await serveRows(fixtureGrid().reader)
})

afterAll(async () => {
  await service.close()
  expect(service.failures).toEqual([])
})

describe('an error', () => {
  const bigInt = 'query($c: BigInt!){contractBillReports(where:{contractID_eq:$c}){amountBilled}}'

  it.each([
    ['a syntax error', '{nodes{', {}, 400, 'GRAPHQL_PARSE_FAILED', /^Syntax Error: /],
    [
      'an unknown field',
      '{nodes{nope}}',
      {},
      400,
      'GRAPHQL_VALIDATION_FAILED',
      /^Cannot query field "nope" on type "Node"\./,
    ],
    [
      'a missing order of a connection',
      '{nodesConnection{totalCount}}',
      {},
      400,
      'GRAPHQL_VALIDATION_FAILED',
      /argument "orderBy" of type "\[NodeOrderByInput!\]!" is required/,
    ],
    [
      'a variable of another type',
      'query($id: ID!){nodeById(id:$id){nodeID}}',
      { id: 'x' },
      400,
      'GRAPHQL_VALIDATION_FAILED',
      /Unknown type "ID"/,
    ],
    [
      'a literal that is no number',
      '{nodeContracts(where:{contractID_eq:"1x"}){state}}',
      {},
      400,
      'GRAPHQL_VALIDATION_FAILED',
      /Not a BigInt: 1x/,
    ],
    [
      'an entity that is gone',
      '{accounts{id}}',
      {},
      400,
      'GRAPHQL_VALIDATION_FAILED',
      /Cannot query field "accounts"/,
    ],
    [
      'a variable with a bad value',
      bigInt,
      { c: '1x' },
      400,
      'BAD_USER_INPUT',
      /^Variable "\$c" got invalid value "1x"; Expected type "BigInt"\. Not a BigInt: 1x$/,
    ],
    ['a fraction for a whole number', bigInt, { c: 1.5 }, 400, 'BAD_USER_INPUT', /Not a BigInt/],
    ['a missing variable', bigInt, {}, 400, 'BAD_USER_INPUT', /was not provided/],
    [
      'an unknown member of an enum',
      'query($s:[ContractState!]){nodeContracts(where:{state_in:$s}){state}}',
      { s: ['Nope'] },
      400,
      'BAD_USER_INPUT',
      /does not exist in "ContractState" enum/,
    ],
    [
      'a number beyond 32 bits',
      'query($n:Int){nodes(where:{nodeID_eq:$n}){nodeID}}',
      { n: 2 ** 31 },
      400,
      'BAD_USER_INPUT',
      /Int cannot represent non 32-bit signed integer value/,
    ],
    [
      'a bad cursor',
      '{nodesConnection(orderBy:id_ASC,after:"x"){totalCount}}',
      {},
      200,
      'BAD_USER_INPUT',
      /^invalid cursor value: x$/,
    ],
    [
      'a cursor of nothing',
      '{nodesConnection(orderBy:id_ASC,after:"0"){totalCount}}',
      {},
      200,
      'BAD_USER_INPUT',
      /^invalid cursor value: 0$/,
    ],
    [
      'a negative first',
      '{nodesConnection(orderBy:id_ASC,first:-1){totalCount}}',
      {},
      200,
      'BAD_USER_INPUT',
      /^'first' argument of connection can't be less than 0$/,
    ],
    [
      'a negative limit',
      '{nodes(limit:-1){nodeID}}',
      {},
      200,
      'INTERNAL_SERVER_ERROR',
      /^LIMIT must not be negative$/,
    ],
    [
      'a negative offset',
      '{nodes(offset:-1){nodeID}}',
      {},
      200,
      'INTERNAL_SERVER_ERROR',
      /^OFFSET must not be negative$/,
    ],
    [
      'a mutation',
      'mutation{nodes{nodeID}}',
      {},
      400,
      'INTERNAL_SERVER_ERROR',
      /Schema is not configured for mutations\./,
    ],
    [
      'two operations and no name',
      'query a{__typename} query b{__typename}',
      {},
      400,
      'INTERNAL_SERVER_ERROR',
      /Must provide operation name/,
    ],
  ] as const)('%s', async (_, query, variables, status, code, message) => {
    const result = await service.query(query, variables)
    expect(result.status).toBe(status)
    expect(result.data).toBe(status === 200 ? null : undefined)
    expect(result.errors?.[0]?.extensions).toEqual({ code })
    expect(result.errors?.map(error => error.message).join('\n')).toMatch(message)
    if (code.startsWith('GRAPHQL')) expect(result.errors?.[0]?.locations).toBeDefined()
    if (status === 200) expect(result.errors?.[0]?.path).toBeDefined()
  })

  it.each([
    ['an empty body', '', 'application/json'],
    ['an empty object', '{}', 'application/json'],
    ['an empty list', '[]', 'application/json'],
    ['null', 'null', 'application/json'],
    ['a query of another content type', '{"query":"{__typename}"}', 'text/plain'],
    ['a form', 'query={__typename}', 'application/x-www-form-urlencoded'],
  ])('for %s is plain text', async (_, body, type) => {
    const { status, text } = await service.post(body, { 'content-type': type })
    expect([status, text]).toEqual([
      400,
      'POST body missing, invalid Content-Type, or JSON object has no keys.',
    ])
  })

  it('for a list of operations', async () => {
    const { status, json } = await service.post([{ query: '{__typename}' }])
    expect(status).toBe(400)
    expect(json).toEqual({
      errors: [
        {
          message: 'Operation batching disabled.',
          extensions: { code: 'INTERNAL_SERVER_ERROR' },
        },
      ],
    })
  })

  it('for JSON that is broken, and for too much of it', async () => {
    expect((await service.post('{"query":')).status).toBe(400)
    const query = `{__typename} #${'x'.repeat(256 * 1024)}`
    expect((await service.post({ query })).status).toBe(413)
    const allowed = `{__typename} #${'x'.repeat(200 * 1024)}`
    expect((await service.post({ query: allowed })).status).toBe(200)
  })
})

describe('a request', () => {
  it('takes variables, an operation name, and variables as text', async () => {
    const query = 'query a($n:Int){nodes(where:{nodeID_eq:$n}){twinID}} query b{__typename}'
    for (const variables of [{ n: 4 }, '{"n":4}']) {
      const { json } = await service.post({ query, operationName: 'a', variables })
      expect(json).toEqual({ data: { nodes: [{ twinID: 14 }] } })
    }
    const { status, text } = await service.post({ query, operationName: 'b', variables: '{' })
    expect([status, text]).toEqual([400, 'Variables are invalid JSON.'])
  })

  it('may be a GET', async () => {
    const parameters = new URLSearchParams({
      query: 'query($n:Int){nodes(where:{nodeID_eq:$n}){twinID}}',
      variables: '{"n":4}',
    })
    const { status, json, headers } = await service.ask(`/graphql?${parameters}`)
    expect([status, json]).toEqual([200, { data: { nodes: [{ twinID: 14 }] } }])
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    const mutation = await service.ask('/graphql?query=mutation%7Bx%7D')
    expect([mutation.status, mutation.headers.allow]).toEqual([405, 'POST'])
  })

  it('without a query gets a person a page', async () => {
    const { status, text, headers } = await service.ask('/graphql')
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(text).toContain('<!doctype html>')
    expect(text).not.toMatch(/https?:\/\//)
  })

  it('for another path or by another method is refused', async () => {
    const other = await service.ask('/')
    expect([other.status, other.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect((await service.ask('/graphql/x')).status).toBe(404)
    expect((await service.ask('/graphql/?query={__typename}')).status).toBe(200)
    const put = await service.ask('/graphql', { method: 'PUT' })
    expect([put.status, put.headers.allow]).toEqual([405, 'GET, POST'])
  })

  it('may come from any page', async () => {
    const { status, headers, text } = await service.ask('/graphql', {
      method: 'OPTIONS',
      headers: {
        origin: 'http://x',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-y',
      },
    })
    expect([status, text]).toEqual([204, ''])
    expect(headers['access-control-allow-origin']).toBe('*')
    expect(headers['access-control-allow-methods']).toBe('GET,HEAD,PUT,PATCH,POST,DELETE')
    expect(headers['access-control-allow-headers']).toBe('content-type,x-y')
    const answers = [
      await service.post({ query: '{__typename}' }),
      await service.post({ query: '{nope}' }),
      await service.post(''),
      await service.ask('/graphql'),
    ]
    for (const answer of answers) expect(answer.headers['access-control-allow-origin']).toBe('*')
  })

  it('that fits nothing is answered, whatever it is', async () => {
    for (const [path, options] of badRequests(['/graphql', '/'])) {
      const { status } = await service.ask(path, options)
      expect([200, 204, 400, 404, 405], `${options.method} ${path}`).toContain(status)
    }
    expect((await service.post({ query: '{__typename}' })).status).toBe(200)
  })
})

describe('the schema', () => {
  it('is told by introspection, with four queries for each entity', async () => {
    const { data } = await service.query(getIntrospectionQuery())
    const schema = buildClientSchema(data as never)
    const queries = schema.getQueryType()!.getFields()
    expect(Object.keys(queries)).toHaveLength(4 * entityNames.length)
    for (const entity of entityNames) {
      const { plural } = entities[entity]
      const connection = queries[`${plural}Connection`]!
      expect(String(connection.type)).toBe(
        `${plural[0]!.toUpperCase()}${plural.slice(1)}Connection!`,
      )
      expect(String(queries[plural]!.type)).toBe(`[${entity}!]!`)
      expect(queries[`${entity[0]!.toLowerCase()}${entity.slice(1)}ById`]).toBeDefined()
    }
    expect([schema.getMutationType(), schema.getSubscriptionType()]).toEqual([null, null])
  })

  it('has the types of the reference', async () => {
    const { data } = await service.query(getIntrospectionQuery())
    const schema = buildClientSchema(data as never)
    const shown = (type: string) => {
      const found = schema.getType(type) as { getFields?: () => Record<string, { type: unknown }> }
      return Object.entries(found.getFields!()).map(([name, field]) => `${name} ${field.type}`)
    }
    expect(shown('Node')).toEqual(
      `id String!,gridVersion Int!,nodeID Int!,farmID Int!,twinID Int!,location Location!,country String,
      city String,publicConfig PublicConfig,resourcesTotal NodeResourcesTotal,uptime BigInt,created Int!,
      farmingPolicyId Int!,interfaces [Interfaces!]!,certification NodeCertification,secure Boolean,
      virtualized Boolean,serialNumber String,createdAt BigInt!,updatedAt BigInt!,connectionPrice Int,
      power NodePower,dedicated Boolean!,extraFee BigInt`
        .split(',')
        .map(field => field.trim()),
    )
    expect(shown('NodePower')).toEqual(['state PowerState!', 'target Power!'])
    expect(shown('NodePowerWhereInput')).not.toContain('AND [NodePowerWhereInput!]')
    expect(shown('PageInfo')).toEqual([
      'hasNextPage Boolean!',
      'hasPreviousPage Boolean!',
      'startCursor String!',
      'endCursor String!',
    ])
    expect(shown('InterfacesConnection')).toEqual([
      'edges [InterfacesEdge!]!',
      'pageInfo PageInfo!',
      'totalCount Int!',
    ])
    expect(shown('SolutionProviderWhereInput')).toEqual(
      expect.arrayContaining(['providers_isNull Boolean', 'AND [SolutionProviderWhereInput!]']),
    )
    expect(shown('FarmWhereInput')).toContain('publicIPs_every PublicIpWhereInput')
    expect(shown('PublicIpWhereInput')).toEqual(
      expect.arrayContaining(['farm_isNull Boolean', 'farm FarmWhereInput', 'ip_contains String']),
    )
    expect(shown('PublicIpWhereInput')).not.toContain('contractId_contains BigInt')
    const orders = schema.getType('PublicIpOrderByInput') as unknown as {
      getValues(): { name: string }[]
    }
    expect(orders.getValues().map(({ name }) => name)).toEqual(
      expect.arrayContaining(['id_ASC', 'ip_DESC', 'farm_name_ASC', 'farm_id_DESC']),
    )
  })
})

describe('a query that would take for ever', () => {
  const nested = (depth: number) =>
    `{farms${'{publicIPs{farm'.repeat(depth)}{farmID}${'}}'.repeat(depth)}}`
  const many = (count: number, field: string) =>
    `{${Array.from({ length: count }, (_, i) => `a${i}:${field}`).join(' ')}}`
  const deepWhere = (depth: number) =>
    `${'{"AND":['.repeat(depth)}{"nodeID_eq":1}${']}'.repeat(depth)}`

  it.each([
    ['goes round and round', nested(15)],
    ['nests too deep', nested(1000)],
    ['repeats a field', `{nodes{${'nodeID '.repeat(15_000)}}}`],
    ['has very many parts', many(1900, '__typename')],
    ['has more parts than that', many(2100, '__typename')],
    ['asks for very much', many(400, 'nodes(where:{interfaces_none:{}}){id location{id}}')],
    ['has a name that is long', `{nodes{${'x'.repeat(100_000)}:nodeID}}`],
    ['opens brackets', '['.repeat(100_000)],
    ['opens lists', `{nodes(where:{nodeID_in:${'['.repeat(9000)}${']'.repeat(9000)}}){id}}`],
    [
      'multiplies introspection',
      `{__schema{types{${many(40, `fields{${many(40, 'type{name}').slice(1, -1)}}`).slice(1, -1)}}}}`,
    ],
    [
      'spreads fragments of fragments',
      `{...f0} ${Array.from({ length: 30 }, (_, i) => `fragment f${i} on Query{...f${i + 1} a${i}:twins{id} ...f${i + 1}}`).join(' ')} fragment f30 on Query{twins{id}}`,
    ],
  ])('because it %s ends soon', async (_, query) => {
    const from = process.cpuUsage()
    const { status, errors } = await service.query(query)
    const { user } = process.cpuUsage(from)
    expect([200, 400]).toContain(status)
    if (status === 400) expect(errors?.[0]?.extensions.code).toMatch(/^[A-Z_]+$/)
    expect(user / 1e6).toBeLessThan(5)
  })

  it('because its variables nest too deep is refused', async () => {
    const query = 'query($w:NodeWhereInput){nodes(where:$w){nodeID}}'
    const ask = (depth: number) =>
      service.post(`{"query":${JSON.stringify(query)},"variables":{"w":${deepWhere(depth)}}}`)
    expect((await ask(50)).json).toEqual({ data: { nodes: [{ nodeID: 1 }] } })
    const { status, json } = await ask(20_000)
    expect(status).toBe(400)
    expect(json).toEqual({
      errors: [
        {
          message: expect.stringMatching(/too deep|call stack/),
          extensions: { code: 'INTERNAL_SERVER_ERROR' },
        },
      ],
    })
  })
})

describe('a service that is closed', () => {
  it('answers 503', async () => {
    const { createGraphqlService } = await import('../../../src/services/graphql/service.ts')
    const { serve } = await import('../support.ts')
    const closing = createGraphqlService({ rows: fixtureGrid().reader })
    const served = await serve(closing)
    closing.close()
    expect((await served.ask('/graphql?query={__typename}')).status).toBe(503)
    await served.close()
  })
})

it('refuses numbers of absurd length at once, and does not repeat them', async () => {
  const query = 'query($v: BigDecimal){priceStoreds(where:{newPrice_eq:$v}){id}}'
  const from = process.cpuUsage()
  const { status, text } = await service.post({ query, variables: { v: '1'.repeat(200_000) } })
  expect(status).toBe(400)
  expect(text.length).toBeLessThan(2000)
  // Reading it digit by digit and back took ten seconds.
  expect(process.cpuUsage(from).user / 1000).toBeLessThan(2000)
})
