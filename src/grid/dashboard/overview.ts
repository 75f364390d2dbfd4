// The whole grid in numbers, and as a map: what is asked every second, so what is costly is kept for a while.

import { smartContract } from '../../chain/pallets/smart-contract/declaration.ts'
import { tfgrid } from '../../chain/pallets/tfgrid/declaration.ts'
import { byteStringToUtf8 } from '../../crypto/hex.ts'
import type { GridMap, Overview } from '../../services/control/dashboard-types.ts'
import type { NodeItem, TimeState } from '../../services/control/ports.ts'
import { siteOf } from '../../zos/lifecycle/places.ts'
import type { Capacity } from '../../zos/workloads/capacity.ts'
import { version, type World } from '../world.ts'
import { billTotals } from './chain-view.ts'
import { countIn } from './plain.ts'

const phases = ['starting', 'up', 'down', 'asleep', 'unknown'] as const

/** What takes a walk over all nodes, contracts or blocks. */
type Costly = Pick<
  Overview,
  'nodes' | 'deployments' | 'workloads' | 'contracts' | 'total' | 'used' | 'bills'
>

/** Counts the messages of a world by their outcome, from now on. */
export function messageTally({ kernel }: World): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  kernel.trace.listen(({ kind }) => {
    if (kind.startsWith('rmb.')) countIn(counts, kind.slice('rmb.'.length))
  })
  return counts
}

/** The numbers of a grid. The costly ones are worked out again only when that takes a small part of the time. */
export function overviewOf(
  world: World,
  {
    messages,
    loadOf,
    glance,
  }: {
    messages: Readonly<Record<string, number>>
    loadOf: LoadOf
    /** The nodes of other processes. */
    glance: () => readonly NodeItem[]
  },
): (time: TimeState) => Overview {
  const costly = keptFor(() => costlyOf(world, loadOf))
  return time => {
    const { chain, config, farms, faults } = world
    const states: Record<string, number> = {}
    for (const { state } of faults.list()) countIn(states, state)
    return {
      version,
      network: config.network,
      seed: String(config.seed),
      ...time,
      block: chain.best(),
      finalized: chain.finalized(),
      farms: farms.length,
      messages: { ...messages },
      faults: states,
      ...withOthers(costly(), glance()),
    }
  }
}

/** The nodes of other processes are counted; what is on them is known there. */
function withOthers(costly: Costly, others: readonly NodeItem[]): Costly & { elsewhere: number } {
  const nodes = { ...costly.nodes }
  for (const { phase } of others) countIn(nodes, phase)
  return { ...costly, nodes, elsewhere: others.length }
}

/** Gives a value anew when the last one is older, in time of the wall, than fifty times what it took. */
export function keptFor<T>(make: () => T): () => T {
  let kept: { readonly value: T; readonly until: number } | null = null
  return () => {
    const now = performance.now()
    if (kept !== null && now < kept.until) return kept.value
    const value = make()
    const end = performance.now()
    kept = { value, until: end + 50 * (end - now) }
    return value
  }
}

function costlyOf({ chain, nodes }: World, loadOf: LoadOf): Costly {
  const byPhase: Record<string, number> = Object.fromEntries(phases.map(phase => [phase, 0]))
  const workloads: Record<string, number> = {}
  let deployments = 0
  const total = zero()
  const used = zero()
  for (const { index, nodeId, phase } of nodes.list()) {
    countIn(byPhase, phase)
    if (nodeId === 0) continue
    const load = loadOf(index, nodeId)
    addTo(total, load.total)
    addTo(used, load.used)
    for (const deployment of nodes.deploymentsOf(nodeId)) {
      deployments += 1
      for (const { state } of deployment.workloads) countIn(workloads, state)
    }
  }
  const contracts: Record<string, number> = {}
  for (const { value } of chain.runtime.txOf(smartContract).state.Contracts.entries()) {
    countIn(contracts, value.state.type)
  }
  return {
    nodes: byPhase,
    deployments,
    workloads,
    contracts,
    total: amounts(total),
    used: amounts(used),
    bills: billTotals(chain),
  }
}

/** What a node offers and uses, and the largest share of a resource that is in use, in percent. */
interface Load {
  readonly total: Capacity
  readonly used: Capacity
  readonly percent: number
}

type LoadOf = (index: number, nodeId: number) => Load

/**
 * The loads of the nodes, each kept until its workloads take something else, something happened to the node as a whole
 * (which is when it loses a disk), or the world went back: ten thousand nodes at rest cost a look-up each.
 */
export function loadsOf({ nodes, kernel }: World): LoadOf {
  const known = new Map<number, Load & { readonly from: Capacity }>()
  let next = kernel.trace.length
  kernel.trace.listen(({ seq, kind, fields }) => {
    if (seq < next) known.clear()
    next = seq + 1
    if (kind === 'zos.node') known.delete((fields as { index: number }).index)
  })
  return (index, nodeId) => {
    if (kernel.trace.length < next) known.clear()
    next = kernel.trace.length
    const from = nodes.engine.book.usedOf(index)
    const kept = known.get(index)
    if (kept?.from === from) return kept
    const total = nodes.totalOf(nodeId)
    const used = nodes.usedOf(nodeId)
    const load = { total, used, percent: percentOf(total, used), from }
    known.set(index, load)
    return load
  }
}

/** All farms and nodes, in columns. */
export function mapOf(
  { farms, nodes, chain }: World,
  loadOf: LoadOf,
  others: readonly NodeItem[],
): GridMap {
  const all = nodes.list()
  const { Farms } = chain.runtime.txOf(tfgrid).state
  const named = new Map(farms.map(({ id, name }) => [id, name]))
  for (const { farmId } of others) {
    if (named.has(farmId)) continue
    const farm = Farms.get(farmId)
    named.set(farmId, farm ? byteStringToUtf8(farm.name) : `farm ${farmId}`)
  }
  return {
    farms: [...named].map(([id, name]) => {
      const { latitude, longitude } = siteOf(id)
      return { id, name, latitude, longitude }
    }),
    id: [...all.map(({ nodeId }) => nodeId), ...others.map(({ id }) => id)],
    farm: [...all, ...others].map(({ farmId }) => farmId),
    phase: [...all, ...others].map(({ phase }) => phases.indexOf(phase as (typeof phases)[number])),
    use: [
      ...all.map(({ index, nodeId }) => (nodeId === 0 ? 0 : loadOf(index, nodeId).percent)),
      ...others.map(() => 0),
    ],
    phases,
  }
}

function percentOf(total: Capacity, used: Capacity): number {
  const shares = (['cru', 'mru', 'sru', 'hru'] as const).map(name =>
    total[name] === 0n ? 0 : Number((used[name] * 100n) / total[name]),
  )
  return Math.max(...shares)
}

type Sum = { -readonly [K in keyof Capacity]: bigint }

const zero = (): Sum => ({ cru: 0n, mru: 0n, sru: 0n, hru: 0n, ipv4u: 0n })

function addTo(sum: Sum, { cru, mru, sru, hru, ipv4u }: Capacity): void {
  sum.cru += cru
  sum.mru += mru
  sum.sru += sru
  sum.hru += hru
  sum.ipv4u += ipv4u
}

function amounts(capacity: Capacity): Record<string, string> {
  return Object.fromEntries(Object.entries(capacity).map(([name, amount]) => [name, `${amount}`]))
}
