// The web services on a large grid: how long one request takes, without the network, while the grid changes.

import { checkWorld, spreadNodes } from '../../dist/config/config.js'
import { cryptoReady } from '../../dist/crypto/ready.js'
import { nodeFactsOf } from '../../dist/grid/node-facts.js'
import { createWorld } from '../../dist/grid/world.js'
import { run } from '../../dist/services/graphql/engine.js'
import { createGridProxy } from '../../dist/services/gridproxy/gridproxy.js'
import { largeIndex, putContract, putNode, sizes } from './services-index.mjs'
import { print } from './support.mjs'

/** Requests of each kind that count; some go before, unmeasured. */
const counted = 400
const warmup = 60

/** Sends a request to a handler without a socket; gives the answer's text. */
function ask(service, url) {
  return new Promise(resolve => {
    const request = { url, method: 'GET', headers: {}, resume() {} }
    const response = { headersSent: false, destroyed: false, on() {}, writeHead() {}, end: resolve }
    service.handleRequest(request, response)
  })
}

/** The requests of the proxy, by what they show; each is made anew for each time. */
function proxyCases(proxy) {
  const gib = amount => amount * 1024 ** 3
  const get = url => () => ask(proxy, url)
  const fiveFilters = at =>
    `/nodes?status=up&free_mru=${gib(1 + (at % 20))}&free_sru=${gib(100)}&total_cru=${8 + (at % 8)}` +
    `&features=zmachine,network&healthy=true&ret_count=true`
  return {
    'proxy /nodes, five filters': at => ask(proxy, fiveFilters(at)),
    'proxy /nodes, as grid_client asks': at =>
      ask(proxy, `${fiveFilters(at)}&available_for=7&sort_by=free_cru&sort_order=desc`),
    'proxy /nodes?size=50&page=100': get('/nodes?size=50&page=100'),
    'proxy /nodes/N': at => ask(proxy, `/nodes/${1 + (at % sizes.nodes)}`),
    'proxy /farms, three filters of nodes': at =>
      ask(proxy, `/farms?node_status=up&node_free_mru=${gib(at % 50)}&node_available_for=7`),
    'proxy /contracts of a twin': at =>
      ask(proxy, `/contracts?twin_id=${1 + (at % 2000)}&state=Created,GracePeriod`),
    'proxy /contracts by state and farm': at =>
      ask(proxy, `/contracts?state=Created&farm_id=${1 + (at % 1000)}&ret_count=true`),
    'proxy /twins/N/consumption': at => ask(proxy, `/twins/${1 + (at % 2000)}/consumption`),
    'proxy /stats': get('/stats'),
  }
}

/** The queries of GraphQL, as clients ask them. */
function graphqlCases(rows) {
  const query = text =>
    JSON.stringify(run({ query: text, variables: {}, operationName: null }, rows).body)
  const mine = at => `twinID_eq:${1 + (at % 2000)},state_in:[Created,GracePeriod]`
  const fields = 'contractID deploymentData state createdAt nodeID numberOfPublicIPs'
  return {
    'graphql contracts of a twin': at =>
      query(`{nodeContracts(where:{${mine(at)}},limit:100){${fields}}}`),
    'graphql contracts of a twin by their data': at =>
      query(
        `{nodeContracts(where:{${mine(at)},AND:[{deploymentData_contains:"vm"}]},limit:100){${fields}}}`,
      ),
    'graphql count of a twin': at =>
      query(
        `{items:nodeContractsConnection(where:{${mine(at)}},orderBy:twinID_ASC){count:totalCount}}`,
      ),
    'graphql 50 nodes of 10 000, ordered': at =>
      query(
        `{nodes(where:{updatedAt_gte:1},orderBy:nodeID_DESC,limit:50,offset:${at}){nodeID resourcesTotal{cru} publicConfig{ipv4}}}`,
      ),
    'graphql contracts whose data hold a word': () =>
      query(
        '{nodeContractsConnection(where:{deploymentData_contains:"zz"},orderBy:id_ASC){totalCount}}',
      ),
  }
}

/** Prints how long a request takes while one node reports, and one contract changes, before each. */
async function measure(name, run, change, calibration) {
  const times = []
  let cpu = 0
  for (let at = 0; at < warmup + counted; at += 1) {
    change(at)
    const from = performance.now()
    const cpuFrom = process.cpuUsage()
    const text = await run(at)
    const ms = performance.now() - from
    if (at >= warmup) cpu += process.cpuUsage(cpuFrom).user / 1000
    if (String(text).startsWith('{"error')) throw new Error(`${name}: ${text}`)
    if (at >= warmup) times.push(ms)
  }
  times.sort((a, b) => a - b)
  print(`${name}, CPU on average`, cpu / counted, 'ms', calibration)
  print(`${name}, p50`, times[Math.floor(counted * 0.5)], 'ms', calibration)
  print(`${name}, p99`, times[Math.floor(counted * 0.99)], 'ms', calibration)
}

export async function services(calibration) {
  await cryptoReady()
  const farms = spreadNodes(sizes.nodes, sizes.nodes / 100)
  const checked = checkWorld({ farms })
  const options = { startAt: 1_760_000_000_000, relay: 'localhost' }
  const world = createWorld(checked.config, { ...options, heartbeat: false, userScheme: 'ed25519' })
  const twins = world.nodes.list().map(({ twinId }) => twinId)
  const now = Math.floor(world.kernel.now() / 1000)
  const { rows, put } = largeIndex({ now, twinOf: id => twins[id - 1] })
  const change = at => {
    const id = 1 + ((at * 13) % sizes.nodes)
    putNode(put, id, { now, twin: twins[id - 1], age: at % 100 })
    putContract(put, 2 + 2 * ((at * 11) % 20_000), at % 2 === 0 ? 'GracePeriod' : 'Created')
  }
  const proxy = createGridProxy({
    rows: rows.reader(),
    facts: nodeFactsOf(world),
    now: () => world.kernel.now(),
    version: 'bench',
  })
  const cases = { ...proxyCases(proxy), ...graphqlCases(rows.reader()) }
  for (const [name, ask] of Object.entries(cases)) await measure(name, ask, change, calibration)
}
