// Random requests to the proxy over a random grid, each compared with the naive model and with a proxy without a past.

import type { Mark } from '../../../src/kernel/store.ts'
import { createGridProxy, type GridProxy } from '../../../src/services/gridproxy/gridproxy.ts'
import type { IndexedNode, NodeFacts } from '../../../src/services/gridproxy/ports.ts'
import { countryNames, type Draw, RandomGrid } from '../support/random-grid.ts'
import { farmsBy, modelled, nodesBy } from './model.ts'
import { ask } from './support.ts'

const featureSets = [['zmachine', 'zdb', 'network'], ['zmachine-light', 'zdb'], []] as const

/** What is known of the nodes of a random grid follows from their twins. */
function knownOf(twinId: number): IndexedNode {
  const cards = Array.from({ length: [0, 0, 1, 2][twinId % 4]! }, (_, i) => ({
    id: `0000:0${i}:00.0/10de/2204`,
    vendor: 'NVIDIA',
    device: 'GA102',
    contract: (twinId + i) % 2,
  }))
  return {
    cards,
    isHealthy: [true, false, null][twinId % 3]!,
    hasIpv6: twinId % 5 === 0,
    workloads: twinId % 7,
    features: featureSets[twinId % 3]!,
    speed: { upload: 0, download: 0 },
    dmi: null,
  }
}

const randomFacts: NodeFacts = {
  of: knownOf,
  indexedAt: () => 0,
  call: () => ({ ok: false, cause: 'nobody' }),
}

const GiB = 1024 ** 3

/** A value that a filter may well find something for. */
function drawnValue(name: string, draw: Draw, { size }: RandomGrid): string {
  const ids = () => Array.from({ length: draw.int(1, 4) }, () => draw.int(1, size.nodes)).join(',')
  if (/_mru$/.test(name)) return String(draw.int(-20, 200) < 0 ? 0 : draw.int(0, 200) * GiB)
  if (/_[sh]ru$/.test(name)) return String(draw.int(0, 3000) * GiB)
  if (/_cru$/.test(name)) return String(draw.int(0, 64))
  if (/status$/.test(name)) return draw.pick(['up', 'down', 'standby', 'up,standby', 'down,up'])
  if (/features$/.test(name)) return draw.pick(['zdb', 'zmachine,zdb', 'zmachine-light', 'qsfs'])
  if (name === 'country') return draw.pick(countryNames)?.toUpperCase() ?? 'Nowhere'
  if (name === 'region') return draw.pick(['africa', 'EUROPE', 'Asia'])
  if (name === 'city_contains') return draw.pick(['g', 'new y', 'Q'])
  if (name === 'farm_name' || name === 'name') return `FARM_${draw.int(1, size.farms)}`
  if (name === 'name_contains') return draw.pick(['farm_', '%', 'GHENT'])
  if (/^(?:farm_ids|node_ids|excluded)$/.test(name)) return ids()
  if (/^(?:free_ips|total_ips|num_gpu)$/.test(name)) return String(draw.int(0, 3))
  if (/_by$|_for$/.test(name)) return String(draw.int(0, size.twins))
  if (name === 'twin_id') return String(draw.int(1, size.twins))
  if (name === 'farm_id') return String(draw.int(1, size.farms))
  if (name === 'pricing_policy_id') return String(draw.int(0, 1))
  if (name === 'stellar_address') return `G${draw.int(1, size.farms)}`
  if (name === 'certification_type') return draw.pick(['Diy', 'Certified', 'Gold', 'NotCertified'])
  return draw.pick(['true', 'false'])
}

/** What went wrong with a request; null when nothing did. */
export interface Difference {
  readonly url: string
  readonly step: number
  readonly answered: unknown
  readonly expected: unknown
}

/** Sometimes marks a moment, and sometimes goes back to one. */
function travel({ draw, store }: RandomGrid, marks: Mark[]): void {
  const mark = marks.at(-1)
  const what = draw.int(0, 29)
  if (what < 3) marks.push(store.mark())
  else if (mark !== undefined && what < 6) store.revert(mark)
  else if (mark !== undefined && what < 9) store.release(marks.pop()!)
}

/** Lists that the model does not know: there the proxy agrees at least with one that has no past. */
async function compareWithFresh(
  proxy: GridProxy,
  fresh: GridProxy,
  draw: Draw,
): Promise<Omit<Difference, 'step'> | null> {
  const url = draw.pick([
    '/contracts?size=1000',
    `/contracts?twin_id=${draw.int(1, 12)}`,
    `/contracts?node_id=${draw.int(0, 40)}&state=created,deleted`,
    `/contracts?farm_id=${draw.int(1, 8)}&sort_by=state&size=5`,
    '/public_ips?free=true&size=100',
    '/stats',
    `/nodes/${draw.int(1, 40)}`,
    `/nodes?sort_by=${draw.pick(['city', 'longitude', 'ipv4', 'used_mru'])}&sort_order=desc&size=7`,
  ])
  const [answered, expected] = [(await ask(proxy, url)).text, (await ask(fresh, url)).text]
  return answered === expected ? null : { url, answered, expected }
}

/**
 * Changes a random grid and asks random questions; gives the first answer that is not the model's, or that is
 * not what a proxy gives that has seen nothing before.
 */
export async function compareRandomly(options: {
  seed: number
  steps: number
}): Promise<Difference | null> {
  const size = { nodes: 40, farms: 8, twins: 12, ips: 20, contracts: 90 }
  const grid = new RandomGrid(options.seed, size)
  const { draw, rows, now } = grid
  const reader = rows.reader()
  const proxyOver = () =>
    createGridProxy({ rows: reader, facts: randomFacts, now: () => now * 1000, version: 'v' })
  const proxy = proxyOver()
  const world = { now, knownOf }
  const marks: Mark[] = []
  for (let step = 0; step < options.steps; step += 1) {
    for (let change = draw.int(0, 3); change > 0; change -= 1) grid.mutate()
    travel(grid, marks)
    const lists = await compareWithFresh(proxy, proxyOver(), draw)
    if (lists !== null) return { step, ...lists }
    const kind = draw.pick(['nodes', 'farms'] as const)
    const share = draw.pick([0.05, 0.1, 0.3])
    const names = modelled[kind].filter(() => draw.chance(share))
    const given = Object.fromEntries(names.map(name => [name, drawnValue(name, draw, grid)]))
    const query = new URLSearchParams({ ...given, size: '1000', ret_count: 'true' })
    const url = `/${kind}?${query}`
    const reply = await ask(proxy, url)
    const items = reply.json() as readonly { nodeId?: number; farmId?: number }[]
    const expected =
      kind === 'nodes' ? nodesBy(given, reader, world) : farmsBy(given, reader, world)
    const answered = items.map(item => (kind === 'nodes' ? item.nodeId : item.farmId))
    const isSame = JSON.stringify(answered) === JSON.stringify(expected)
    if (!isSame || reply.headers.count !== String(expected.length)) {
      return { url, step, answered, expected }
    }
    const fresh = await ask(proxyOver(), url)
    if (fresh.text !== reply.text) {
      return { url, step, answered: reply.text, expected: fresh.text }
    }
  }
  return null
}
