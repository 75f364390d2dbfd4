// The faults of a world: planned, begun and ended by kernel events, listed, changed and removed while it runs.

import { GridError, gridError, invariant } from '../kernel/errors.ts'
import type { EventId, Kernel } from '../kernel/kernel.ts'
import type { RandomStream } from '../kernel/random.ts'
import type { Cell, StoreMap } from '../kernel/store.ts'
import { type Active, type Fault, nothingActive, sortActive } from './active.ts'
import { ChainGate } from './chain-gate.ts'
import { Effects, type FaultParts } from './effects.ts'
import { Links, type MessageHead, type Verdict } from './links.ts'
import { faultsOf, type PlanInput } from './nemesis.ts'
import { NodeTrouble } from './node-trouble.ts'
import { Places } from './places.ts'
import { type FaultPlan, planOf } from './preview.ts'
import {
  type FaultInput,
  type FaultKind,
  type FaultSpec,
  faultSchema,
  instantKinds,
  wholeKinds,
} from './schema.ts'
import { type ServiceFaults, serviceFaults } from './service-faults.ts'

declare module '../kernel/kernel.ts' {
  interface KernelEvents {
    /** A fault begins; the target is its id. */
    'fault.begin': null
    /** A fault ends. */
    'fault.end': null
  }
}

declare module '../kernel/trace.ts' {
  interface TraceEvents {
    fault: { id: number; kind: string; what: FaultMoment; where: string }
  }
}

/** What happens to a fault: `spared` when its chance did not strike. */
export type FaultMoment = 'planned' | 'begins' | 'ends' | 'removed' | 'changed' | 'spared'

/** Who hears of faults outside of the world, such as the servers that they concern. */
export type FaultListener = (fault: Fault, moment: FaultMoment) => void

/** Faults that may be planned or active at once. */
const faultLimit = 10_000

interface Timers {
  readonly begin: EventId | null
  readonly end: EventId | null
}

/** The faults of one world. */
export class Faults {
  /** What web services ask before they serve. */
  readonly services: ServiceFaults
  readonly #kernel: Kernel
  /** Whether chain and relay are those of another process. */
  readonly #isPart: boolean
  readonly #places: Places
  readonly #links: Links
  readonly #all: StoreMap<number, Fault>
  readonly #timers: StoreMap<number, Timers>
  readonly #active: Cell<Active>
  readonly #lastId: Cell<number>
  readonly #changedAt: Cell<number | null>
  readonly #effects: Effects
  readonly #listeners = new Set<FaultListener>()

  constructor(parts: FaultParts) {
    const { kernel, bus, chain, nodes } = parts
    const { store } = kernel
    this.#kernel = kernel
    this.#isPart = chain === null
    this.#all = store.map('faults.all')
    this.#timers = store.map('faults.timers')
    this.#active = store.cell('faults.active', nothingActive)
    this.#lastId = store.cell('faults.lastId', 0)
    this.#changedAt = store.cell<number | null>('faults.changedAt', null)
    const active = () => this.#active.get()
    this.#places = new Places({ nodes, bus, chain })
    this.#links = new Links({ kernel, bus, places: this.#places, active })
    this.#effects = new Effects(parts, { places: this.#places, links: this.#links, active })
    this.services = serviceFaults({ kernel, active })
    bus.setPassage(this.#links)
    nodes.setTrouble(new NodeTrouble({ kernel, places: this.#places, active }))
    chain?.setGate(new ChainGate({ chain, active }))
    kernel.handle('fault.begin', ({ target }) => this.#begin(Number(target)))
    kernel.handle('fault.end', ({ target }) => this.#end(Number(target), 'ends'))
  }

  /**
   * Plans a fault; it begins at once unless `afterMs` says otherwise. Returns its id. GRID_CONFIG_INVALID when it is
   * no fault, or names a node or farm that is not there.
   */
  add(input: FaultInput): number {
    const spec = this.#specOf(input)
    if (this.#all.size >= faultLimit) {
      throw gridError('GRID_CONFIG_INVALID', { detail: `more than ${faultLimit} faults at once` })
    }
    const id = this.#lastId.get() + 1
    this.#lastId.set(id)
    const from = this.#kernel.now() + spec.afterMs
    const until = spec.forMs === undefined ? null : from + spec.forMs
    const fault: Fault = Object.freeze({ id, spec, state: 'planned', from, until })
    this.#all.set(id, fault)
    this.#tell(fault, 'planned')
    if (spec.afterMs === 0 && !this.#mustWait(spec)) this.#begin(id)
    else {
      const begin = this.#kernel.schedule({
        kind: 'fault.begin',
        target: id,
        payload: null,
        at: from,
        background: true,
      })
      this.#timers.set(id, { begin, end: null })
    }
    return id
  }

  /** What a fault would be if it were added now; changes nothing and draws nothing. Fails as `add` does. */
  preview(input: FaultInput): FaultPlan {
    return planOf(this.#specOf(input), this.#kernel.now(), this.#places)
  }

  /** Plans all faults of a nemesis; its windows and choices come from the stream of its name. Returns the ids. */
  unleash(plan: PlanInput, name = 'nemesis'): number[] {
    const random = this.#kernel.random.stream(`nemesis/${name}`)
    return faultsOf(plan, random).map(fault => this.add(fault))
  }

  /** Planned and active faults, in the order in which they were added. */
  list(): readonly Fault[] {
    return this.#all.values()
  }

  find(id: number): Fault | undefined {
    return this.#all.get(id)
  }

  /**
   * Changes a fault, be it active. Its kind stays; `afterMs` counts only while it is planned, `forMs` from when it
   * began. False when there is no such fault (any more).
   */
  patch(id: number, change: Partial<Omit<FaultInput, 'kind'>>): boolean {
    const fault = this.#all.get(id)
    if (!fault) return false
    const spec = this.#specOf({ ...fault.spec, ...change } as FaultInput)
    if (fault.state === 'planned') {
      this.#replan(fault, spec)
      return true
    }
    this.#effects.undo(fault)
    const until = spec.forMs === undefined ? null : fault.from + spec.forMs
    const changed: Fault = Object.freeze({ ...fault, spec, until })
    this.#all.set(id, changed)
    this.#cancelTimers(id)
    this.#sort()
    this.#effects.do(changed)
    this.#armEnd(changed)
    this.#tell(changed, 'changed')
    return true
  }

  /** Ends a fault, or takes one back that was planned; false when there is no such fault (any more). */
  remove(id: number): boolean {
    if (!this.#all.has(id)) return false
    this.#end(id, 'removed')
    return true
  }

  /** Ends all faults, or those of some kinds: `heal('rmb.partition')`. Returns how many. */
  heal(...kinds: readonly FaultKind[]): number {
    const meant = this.list().filter(({ spec }) => kinds.length === 0 || kinds.includes(spec.kind))
    for (const { id } of meant) this.#end(id, 'removed')
    return meant.length
  }

  /** Whether no fault has begun or ended for so many ms, and none is active. */
  isCalm(ms: number): boolean {
    const changedAt = this.#changedAt.get()
    if (changedAt === null) return true
    const isQuiet = this.#all.values().every(({ state }) => state === 'planned')
    return isQuiet && this.#kernel.now() - changedAt >= ms
  }

  /** Whether a node cannot reach the chain. */
  isCutOff(nodeId: number): boolean {
    const { reach } = this.#active.get()
    if (reach.length === 0) return false
    return reach.some(({ spec }) => {
      const isForUsers = spec.kind === 'chain.unreachable' && isOnlyTwins(spec)
      return !isForUsers && this.#places.hasNode(spec, nodeId)
    })
  }

  /** Whether the user of a twin cannot reach the chain. */
  isTwinCutOff(twin: number): boolean {
    return this.#active.get().reach.some(({ spec }) => {
      if (spec.kind !== 'chain.unreachable') return false
      const { twins, nodes, farms } = spec
      if (twins !== undefined) return twins.includes(twin)
      return nodes === undefined && farms === undefined
    })
  }

  /** Whether nobody can reach the chain, those outside of the world included. */
  get isChainUnreachable(): boolean {
    return this.#active.get().reach.some(({ spec }) => {
      const { kind, nodes, farms } = spec
      if (kind !== 'chain.unreachable' || nodes !== undefined || farms !== undefined) return false
      return spec.twins === undefined
    })
  }

  /**
   * What the active faults do to a message that is none of this world's: it only passes by. Nothing changes here, and
   * the dice of a fault are the asker's.
   */
  verdictOn(message: MessageHead, randomOf: (fault: number) => RandomStream): Verdict {
    return this.#links.isActive
      ? this.#links.verdictOn(message, randomOf)
      : { type: 'arrives', lateMs: [0] }
  }

  /** Whether a fault keeps a message. */
  keepsMessage(uid: string): boolean {
    return this.#links.keeps(uid)
  }

  /** How many messages faults keep. */
  get keptMessages(): number {
    return this.#links.keptMessages
  }

  /** Hears of faults from now on; returns how to stop. Called inside the world. */
  listen(listener: FaultListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The chain is wiped by an event of its own, never in the middle of what somebody else does. */
  #mustWait({ kind }: FaultSpec): boolean {
    return kind === 'chain.reset'
  }

  /** A fault with its defaults. GRID_CONFIG_INVALID when it is none, or names what is not there. */
  #specOf(input: FaultInput): FaultSpec {
    const spec = checked(input)
    const problem = this.#problemOf(spec)
    if (problem !== null) throw gridError('GRID_CONFIG_INVALID', { detail: problem })
    return spec
  }

  #problemOf(spec: FaultSpec): string | null {
    if (this.#isPart && !isOfNodes(spec)) {
      return `${spec.kind}: chain, relay and services are those of another process`
    }
    if ('from' in spec) {
      return this.#places.problemOf(spec.from) ?? this.#places.problemOf(spec.to)
    }
    return 'nodes' in spec || 'farms' in spec ? this.#places.problemOf(spec) : null
  }

  #replan(fault: Fault, spec: FaultSpec): void {
    this.#cancelTimers(fault.id)
    const plannedAt = fault.from - fault.spec.afterMs
    const from = Math.max(this.#kernel.now(), plannedAt + spec.afterMs)
    const until = spec.forMs === undefined ? null : from + spec.forMs
    const changed: Fault = Object.freeze({ ...fault, spec, from, until })
    this.#all.set(fault.id, changed)
    const begin = this.#kernel.schedule({
      kind: 'fault.begin',
      target: fault.id,
      payload: null,
      at: from,
      background: true,
    })
    this.#timers.set(fault.id, { begin, end: null })
    this.#tell(changed, 'changed')
  }

  #begin(id: number): void {
    const fault = this.#all.get(id)
    invariant(fault, 'a fault that begins is planned')
    const { spec } = fault
    this.#timers.delete(id)
    const isDrawn = wholeKinds.has(spec.kind) && spec.chance < 1
    if (isDrawn && !this.#kernel.random.stream(`fault/${id}`).chance(spec.chance)) {
      this.#all.delete(id)
      this.#tell(fault, 'spared')
      return
    }
    const begun: Fault = Object.freeze({ ...fault, state: 'active' })
    this.#all.set(id, begun)
    this.#sort()
    this.#tell(begun, 'begins')
    this.#effects.do(begun)
    if (instantKinds.has(spec.kind)) this.#end(id, 'ends')
    else this.#armEnd(begun)
  }

  #end(id: number, moment: 'ends' | 'removed'): void {
    const fault = this.#all.get(id)
    if (!fault) return
    this.#cancelTimers(id)
    this.#all.delete(id)
    if (fault.state === 'active') {
      this.#sort()
      this.#effects.undo(fault)
    }
    this.#tell(fault, moment)
  }

  #armEnd({ id, until }: Fault): void {
    if (until === null) return
    const at = Math.max(until, this.#kernel.now())
    const end = this.#kernel.schedule({ kind: 'fault.end', target: id, payload: null, at })
    this.#timers.set(id, { begin: null, end })
  }

  #cancelTimers(id: number): void {
    const { begin = null, end = null } = this.#timers.get(id) ?? {}
    if (begin !== null) this.#kernel.cancel(begin)
    if (end !== null) this.#kernel.cancel(end)
    this.#timers.delete(id)
  }

  #sort(): void {
    this.#active.set(sortActive(this.#all.values()))
    this.#changedAt.set(this.#kernel.now())
  }

  #tell(fault: Fault, what: FaultMoment): void {
    const { id, spec } = fault
    this.#kernel.trace.add('fault', { id, kind: spec.kind, what, where: whereOf(spec) })
    for (const listener of this.#listeners) listener(fault, what)
  }
}

/** Whether a fault is all about nodes and their messages. */
function isOfNodes(spec: FaultSpec): boolean {
  if (spec.kind === 'chain.unreachable') return spec.nodes !== undefined || spec.farms !== undefined
  return spec.kind.startsWith('node.') || spec.kind.startsWith('rmb.')
}

function isOnlyTwins(spec: Named): boolean {
  return spec.twins !== undefined && spec.nodes === undefined && spec.farms === undefined
}

/** Checks a fault and fills in defaults. */
function checked(input: FaultInput): FaultSpec {
  const parsed = faultSchema.safeParse(input)
  if (parsed.success) return deepFrozen(parsed.data)
  const detail = parsed.error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ')
  throw new GridError('GRID_CONFIG_INVALID', `this is no fault: ${detail}`, {})
}

function deepFrozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) deepFrozen(part)
  return Object.freeze(value)
}

interface Named {
  readonly nodes?: readonly number[] | undefined
  readonly farms?: readonly number[] | undefined
  readonly twins?: readonly number[] | undefined
}

/** Whom a fault concerns, in a few words for the trace. */
function whereOf(spec: FaultSpec): string {
  if ('from' in spec)
    return `${namesOf(spec.from)} ${spec.bothWays ? '<->' : '->'} ${namesOf(spec.to)}`
  return spec.kind === 'service' ? spec.service : namesOf(spec as Named)
}

function namesOf({ nodes, farms, twins }: Named): string {
  const parts = [
    ...(nodes ? [`nodes ${nodes.join(',')}`] : []),
    ...(farms ? [`farms ${farms.join(',')}`] : []),
    ...(twins ? [`twins ${twins.join(',')}`] : []),
  ]
  return parts.length > 0 ? parts.join(' ') : 'all'
}
