// The faults that are active, sorted by who asks for them, so that nobody looks through those of others.

import type { FaultKind, FaultOf, FaultSpec } from './schema.ts'

/** A planned or active fault. */
export interface Fault<S extends FaultSpec = FaultSpec> {
  /** From 1, in the order in which faults were added. */
  readonly id: number
  readonly spec: S
  readonly state: 'planned' | 'active'
  /** Virtual time in ms at which it begins or has begun. */
  readonly from: number
  /** Virtual time in ms at which it ends; null when it lasts until it is removed. */
  readonly until: number | null
}

/** What a link fault does to messages. */
export type LinkFault = Fault<
  FaultOf<
    | 'rmb.loss'
    | 'rmb.delay'
    | 'rmb.duplicate'
    | 'rmb.reorder'
    | 'rmb.corrupt'
    | 'rmb.clog'
    | 'rmb.partition'
    | 'relay.down'
    | 'node.hang'
    | 'node.slow'
    | 'node.clock-skew'
  >
>

/** What goes wrong on nodes themselves. */
export type NodeFault = Fault<
  FaultOf<
    | 'node.hang'
    | 'node.slow'
    | 'node.clock-skew'
    | 'node.wrong-answers'
    | 'node.provision-fails'
    | 'node.provision-stuck'
  >
>

/** What stands before the pool. */
export type GateFault = Fault<FaultOf<'chain.reject' | 'chain.drop'>>

/** What keeps nodes and users from the chain. */
export type ReachFault = Fault<FaultOf<'chain.unreachable' | 'node.hang'>>

export type ServiceFault = Fault<FaultOf<'service'>>

/** The active faults, each kind where it is asked for. */
export interface Active {
  readonly links: readonly LinkFault[]
  readonly nodes: readonly NodeFault[]
  readonly gate: readonly GateFault[]
  readonly reach: readonly ReachFault[]
  readonly services: readonly ServiceFault[]
  readonly isHalted: boolean
  /** The shortest distance between blocks that a fault leaves; null for the usual one. */
  readonly slowMs: number | null
  readonly finalityLag: number
  /** Entries of a relay's queue; null for the usual number. */
  readonly queueLimit: number | null
}

const linkKinds: ReadonlySet<FaultKind> = new Set<LinkFault['spec']['kind']>([
  'rmb.loss',
  'rmb.delay',
  'rmb.duplicate',
  'rmb.reorder',
  'rmb.corrupt',
  'rmb.clog',
  'rmb.partition',
  'relay.down',
  'node.hang',
  'node.slow',
  'node.clock-skew',
])
const nodeKinds: ReadonlySet<FaultKind> = new Set<NodeFault['spec']['kind']>([
  'node.hang',
  'node.slow',
  'node.clock-skew',
  'node.wrong-answers',
  'node.provision-fails',
  'node.provision-stuck',
])
const gateKinds: ReadonlySet<FaultKind> = new Set<GateFault['spec']['kind']>([
  'chain.reject',
  'chain.drop',
])
const reachKinds: ReadonlySet<FaultKind> = new Set<ReachFault['spec']['kind']>([
  'chain.unreachable',
  'node.hang',
])

/** Nothing is broken. */
export const nothingActive: Active = sortActive([])

/** Sorts faults by who asks for them. */
export function sortActive(faults: readonly Fault[]): Active {
  const active = faults.filter(({ state }) => state === 'active')
  const of = <F extends Fault>(kinds: ReadonlySet<FaultKind>) =>
    Object.freeze(active.filter(({ spec }) => kinds.has(spec.kind))) as readonly F[]
  const specs = active.map(({ spec }) => spec)
  const slow = specs.flatMap(spec => (spec.kind === 'chain.slow' ? [spec.everyMs] : []))
  const lags = specs.flatMap(spec => (spec.kind === 'chain.finality-lag' ? [spec.blocks] : []))
  const limits = specs.flatMap(spec => (spec.kind === 'relay.queue-full' ? [spec.limit] : []))
  return Object.freeze({
    links: of<LinkFault>(linkKinds),
    nodes: of<NodeFault>(nodeKinds),
    gate: of<GateFault>(gateKinds),
    reach: of<ReachFault>(reachKinds),
    services: of<ServiceFault>(new Set<FaultKind>(['service'])),
    isHalted: specs.some(({ kind }) => kind === 'chain.halt'),
    slowMs: slow.length > 0 ? Math.max(...slow) : null,
    finalityLag: Math.max(0, ...lags),
    queueLimit: limits.length > 0 ? Math.min(...limits) : null,
  })
}
