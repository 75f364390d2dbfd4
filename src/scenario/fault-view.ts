// Faults as a script speaks of them: with durations in words, between users, nodes and farms.

import type { Fault } from '../faults/active.ts'
import type { Faults } from '../faults/faults.ts'
import type { PlanInput } from '../faults/nemesis.ts'
import type { FaultInput, FaultKind } from '../faults/schema.ts'
import { gridError } from '../kernel/errors.ts'
import { type Duration, durationMs } from './durations.ts'

/** Somebody at an end of a link: a user, a node, all nodes of a farmer. */
export type Party =
  | { readonly twinId: number }
  | { readonly farmId: number }
  | readonly { readonly twinId: number }[]

/** When and how long, in words; and how likely. */
export interface Window {
  /** How long until it begins; at once when left out. */
  readonly after?: Duration
  /** How long it lasts; until it is ended when left out. */
  readonly for?: Duration
  /** Between 0 and 1: of each message, install or extrinsic, or of the fault as a whole. */
  readonly chance?: number
}

/** A link between parties: everybody when an end is left out, both ways unless `oneWay`. */
export interface LinkWish extends Window {
  readonly from?: Party
  readonly to?: Party
  readonly oneWay?: boolean
}

/** A fault that was started. */
export class FaultHandle {
  readonly id: number
  readonly #faults: Faults

  constructor(id: number, faults: Faults) {
    this.id = id
    this.#faults = faults
  }

  /** Whether it is planned or active. */
  get isThere(): boolean {
    return this.#faults.find(this.id) !== undefined
  }

  /** Ends it. */
  end(): void {
    this.#faults.remove(this.id)
  }

  /** Changes it. */
  patch(change: Partial<Omit<FaultInput, 'kind'>>): void {
    this.#faults.patch(this.id, change)
  }
}

/** The faults of a scenario's grid. */
export class FaultView {
  /** For kinds and settings that the verbs do not cover. */
  readonly faults: Faults

  constructor(faults: Faults) {
    this.faults = faults
  }

  /** Starts any fault, with times in ms as its data has them. */
  start(fault: FaultInput): FaultHandle {
    return new FaultHandle(this.faults.add(fault), this.faults)
  }

  /** Lets a nemesis loose; its windows and choices come from the run's seed and its name. */
  unleash(plan: PlanInput, name?: string): FaultHandle[] {
    return this.faults.unleash(plan, name).map(id => new FaultHandle(id, this.faults))
  }

  /** Planned and active faults. */
  list(): readonly Fault[] {
    return this.faults.list()
  }

  /** Ends all faults, or those of some kinds. */
  heal(...kinds: readonly FaultKind[]): void {
    this.faults.heal(...kinds)
  }

  /** Messages get lost; with a `chance` only some. */
  loseMessages(link: LinkWish = {}): FaultHandle {
    return this.start({ kind: 'rmb.loss', ...linkOf(link) })
  }

  /** Messages come later. */
  delayMessages({
    by,
    jitter = 0,
    ...link
  }: LinkWish & { by: Duration; jitter?: Duration }): FaultHandle {
    const times = { ms: durationMs(by), jitterMs: durationMs(jitter) }
    return this.start({ kind: 'rmb.delay', ...linkOf(link), ...times })
  }

  /** Messages come twice. */
  doubleMessages(link: LinkWish = {}): FaultHandle {
    return this.start({ kind: 'rmb.duplicate', ...linkOf(link) })
  }

  /** Messages overtake each other. */
  shuffleMessages({ within = '1s', ...link }: LinkWish & { within?: Duration } = {}): FaultHandle {
    return this.start({ kind: 'rmb.reorder', ...linkOf(link), withinMs: durationMs(within) })
  }

  /** Messages arrive with a wrong signature, and are discarded. */
  corruptMessages(link: LinkWish = {}): FaultHandle {
    return this.start({ kind: 'rmb.corrupt', ...linkOf(link) })
  }

  /** Messages stand still until the fault ends. */
  clog(link: LinkWish = {}): FaultHandle {
    return this.start({ kind: 'rmb.clog', ...linkOf(link) })
  }

  /** Nothing gets through between two parties. */
  partition(from: Party, to: Party, window: Window & { oneWay?: boolean } = {}): FaultHandle {
    return this.start({ kind: 'rmb.partition', ...linkOf({ from, to, ...window }) })
  }

  /** The relay is down; senders keep their messages until it is back. */
  relayDown(window: Window = {}): FaultHandle {
    return this.start({ kind: 'relay.down', ...windowOf(window) })
  }

  /** No blocks are made. */
  haltChain(window: Window = {}): FaultHandle {
    return this.start({ kind: 'chain.halt', ...windowOf(window) })
  }

  /** A block only every so often. */
  slowChain({ every, ...window }: Window & { every: Duration }): FaultHandle {
    return this.start({ kind: 'chain.slow', ...windowOf(window), everyMs: durationMs(every) })
  }

  /** The last blocks are taken back; what was in them waits again, unless it is lost. */
  retractBlocks(blocks: number, { isLost = false } = {}): void {
    this.start({ kind: 'chain.retract', blocks, isLost })
  }

  /** The pool refuses some calls, or all. */
  rejectCalls({ calls, ...window }: Window & { calls?: string[] } = {}): FaultHandle {
    return this.start({ kind: 'chain.reject', ...windowOf(window), ...(calls && { calls }) })
  }

  /** Nobody reaches the chain, or some nodes or users do not. */
  cutOffFromChain({ who, ...window }: Window & { who?: Party } = {}): FaultHandle {
    return this.start({ kind: 'chain.unreachable', ...windowOf(window), ...(who && placeOf(who)) })
  }

  /** A TFT costs another price, in 10^-3 USD, until the fault ends. */
  shockPrice(price: number, window: Window = {}): FaultHandle {
    return this.start({ kind: 'chain.price', ...windowOf(window), price })
  }
}

/** The times of a fault's data. */
export function windowOf(window: Window): { afterMs?: number; forMs?: number; chance?: number } {
  return {
    ...(window.after !== undefined && { afterMs: durationMs(window.after) }),
    ...(window.for !== undefined && { forMs: durationMs(window.for) }),
    ...(window.chance !== undefined && { chance: window.chance }),
  }
}

function linkOf({ from, to, oneWay, ...window }: LinkWish) {
  return {
    ...windowOf(window),
    ...(from && { from: placeOf(from) }),
    ...(to && { to: placeOf(to) }),
    ...(oneWay && { bothWays: false }),
  }
}

function placeOf(party: Party): { twins?: number[]; farms?: number[] } {
  const isParty = (each: unknown) =>
    typeof each === 'object' && each !== null && ('twinId' in each || 'farmId' in each)
  if (!(Array.isArray(party) ? party : [party]).every(isParty)) {
    const detail = `${JSON.stringify(party)} is no party: give a user, a farmer, a node or a list of them`
    throw gridError('GRID_CONFIG_INVALID', { detail })
  }
  if (Array.isArray(party)) return { twins: party.map(({ twinId }) => twinId) }
  if ('farmId' in party) return { farms: [party.farmId] }
  return { twins: [(party as { readonly twinId: number }).twinId] }
}
