// Spoilt GraphQL requests: bodies of real clients, cut, spliced, bent and mixed.

import { run } from '../../../src/services/graphql/engine.ts'
import { askedByPost } from '../../../src/services/graphql/request.ts'
import type { RowReader } from '../../../src/services/indexer/store.ts'
import type { Draw } from '../../chain/support/random.ts'

/** What requests are made from. */
const corpus: readonly object[] = [
  { query: '{__typename}' },
  { query: '{nodes(where:{power_isNull:true, updatedAt_gte:1}, orderBy:nodeID_ASC){nodeID}}' },
  {
    query:
      '{nodes(where:{updatedAt_gte:1, AND:{power_isNull:true, OR:{power:{state_eq:Up,target_eq:Up}}}}){id}}',
  },
  {
    query:
      '{farms(where:{publicIPs_some:{contractId_gt:0}}){farmID publicIPs(orderBy:ip_ASC,limit:1){ip}}}',
  },
  {
    query:
      'query q($first: Int = 3, $after: String){twinsConnection(first:$first,after:$after,orderBy:[id_ASC,relay_DESC]){edges{cursor node{twinID}} pageInfo{startCursor hasNextPage} totalCount}}',
    variables: { first: 2, after: '1' },
  },
  {
    query:
      'query c($c: BigInt!, $s: [ContractState!]){contractBillReports(where:{contractID_eq:$c},orderBy:timestamp_DESC,limit:2){amountBilled} nodeContracts(where:{state_in:$s}){contractID resourcesUsed{cru}}}',
    variables: { c: '1', s: ['Created', 'Deleted'] },
    operationName: 'c',
  },
  {
    query:
      'query TFGridClientQuery($where: NodeWhereInput, $orderBy: [NodeOrderByInput!]){nodes(where:$where,orderBy:$orderBy,offset:1){...f} a:nodeById(id:"no1"){...f}} fragment f on Node{nodeID power{state} su:location{longitude}}',
    variables: {
      where: { OR: [{ nodeID_in: [1, 2] }, { publicConfig: { ipv4_contains: '1' } }] },
      orderBy: ['publicConfig_ipv4_DESC'],
    },
  },
  { query: '{__type(name:"Node"){fields{name type{kind name ofType{name}}}}}' },
]

/** Pieces that mean something where they land. */
const pieces = [
  'null',
  'true',
  '-1',
  '0',
  '2147483648',
  '1e999',
  '99999999999999999999999',
  '""',
  '"\\u0000"',
  '"é\\ud800"',
  '[]',
  '{}',
  '[[[',
  '}}}',
  '$x',
  '...f',
  '@skip(if:true)',
  '@include(if:$x)',
  'AND:',
  'OR:[',
  '_in:',
  '_isNull:null',
  '_every:{}',
  'id_ASC',
  'where:',
  'limit:',
  'first:',
  'after:"',
  '__schema{types{name}}',
  '__proto__',
  'constructor',
  '#',
  '"""',
  '\u0000',
  '\ufeff',
  'fragment f on Node{...f}',
  'mutation',
  'subscription{x}',
]

/** A spoilt body. */
function spoiltBody(draw: Draw): string {
  const pick = <T>(list: readonly T[]): T => list[draw(list.length)]!
  const spoil = (text: string): string => {
    let spoilt = text
    for (let i = draw(4); i >= 0; i -= 1) {
      const at = draw(spoilt.length + 1)
      const end = Math.min(spoilt.length, at + draw(8))
      const other = JSON.stringify(pick(corpus))
      const start = draw(other.length)
      spoilt = pick([
        () => spoilt.slice(0, at) + spoilt.slice(end),
        () => spoilt.slice(0, at) + pick(pieces) + spoilt.slice(at),
        () => spoilt.slice(0, at) + pick(pieces) + spoilt.slice(end),
        () => spoilt.slice(0, at) + other.slice(start, start + draw(40)) + spoilt.slice(at),
        () => spoilt.slice(0, end) + spoilt.slice(at),
      ])()
    }
    return spoilt
  }
  const request = pick(corpus) as { query: string; variables?: object }
  // Most keep the shape of a request, so that they reach what lies behind it.
  if (draw(6) === 0) return spoil(JSON.stringify(request))
  const isOfVariables = request.variables !== undefined && draw(3) === 0
  if (!isOfVariables) return JSON.stringify({ ...request, query: spoil(request.query) })
  return JSON.stringify({ ...request, variables: spoil(JSON.stringify(request.variables)) })
}

const codes = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'INTERNAL_SERVER_ERROR',
])

/** Sends spoilt requests to the rows; tells how often each kind of answer came, and of any that is not documented. */
export function attack(rows: RowReader, { count, draw }: { count: number; draw: Draw }) {
  const answers: Record<string, number> = {}
  const wrong: string[] = []
  let slowestMs = 0
  for (let i = 0; i < count; i += 1) {
    const body = spoiltBody(draw)
    const from = process.cpuUsage()
    const kind = answerTo(rows, body)
    slowestMs = Math.max(slowestMs, process.cpuUsage(from).user / 1000)
    answers[kind] = (answers[kind] ?? 0) + 1
    if (kind.startsWith('undocumented')) wrong.push(`${kind} to ${body}`)
  }
  return { answers, wrong, slowestMs }
}

function answerTo(rows: RowReader, body: string): string {
  const asked = askedByPost('application/json', Buffer.from(body))
  if ('text' in asked) return `${asked.status} text`
  const { status, body: answer } = 'status' in asked ? asked : run(asked, rows)
  const { data, errors } = JSON.parse(JSON.stringify(answer)) as {
    data?: unknown
    errors?: { message: string; extensions: { code: string } }[]
  }
  const isDocumented =
    (status === 200 && data !== undefined) || (status === 400 && data === undefined && errors)
  const told = new Set(errors?.map(({ extensions }) => extensions.code))
  if (!isDocumented || [...told].some(code => !codes.has(code))) {
    return `undocumented ${status} ${JSON.stringify(answer)}`
  }
  return `${status} ${[...told].join()}`.trim()
}
