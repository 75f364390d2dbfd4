// What is drawn of a scenario: how much happened when, and the lives of workloads, nodes and faults, all bounded.

import type { TraceEntry, TraceValue } from '../../kernel/trace.ts'

/** Columns of a lane of counts; when time outgrows them each column comes to stand for twice as long. */
const columns = 400

/** Bars of each kind that are drawn; those that come later are counted. */
const mostBars = 80

/** Changes that are drawn of one bar. */
const mostChanges = 60

/** Characters of a text that a node or a user may have made. */
const mostText = 120

/** What is counted: each has a lane. */
export const lanes = [
  'blocks',
  'extrinsics',
  'refused extrinsics',
  'messages',
  'lost messages',
] as const
export type Lane = (typeof lanes)[number]

/** A moment at which a bar changed, in ms from the start, and to what. */
export interface Change {
  readonly at: number
  readonly state: string
  readonly note: string
}

/** The life of one thing. */
export interface Bar {
  readonly name: string
  readonly changes: readonly Change[]
  /** Changes that are not among them. */
  readonly leftOut: number
}

/** What is drawn of a scenario. */
export interface TimelineData {
  /** Virtual ms from the start to the last entry. */
  readonly endsAt: number
  /** Virtual ms that a column stands for. */
  readonly columnMs: number
  readonly counts: { readonly [L in Lane]: readonly number[] }
  readonly totals: { readonly [L in Lane]: number }
  readonly nodes: readonly Bar[]
  readonly workloads: readonly Bar[]
  readonly faults: readonly Bar[]
  /** Things of each kind that have no bar. */
  readonly leftOut: { readonly nodes: number; readonly workloads: number; readonly faults: number }
}

interface GrowingBar {
  readonly name: string
  readonly changes: Change[]
  leftOut: number
}

/** The bars of one kind. */
class Bars {
  readonly #bars = new Map<string, GrowingBar>()
  #leftOut = 0

  change(key: string, name: string, change: Change): void {
    let bar = this.#bars.get(key)
    if (!bar) {
      if (this.#bars.size >= mostBars) {
        this.#leftOut += 1
        return
      }
      bar = { name: short(name), changes: [], leftOut: 0 }
      this.#bars.set(key, bar)
    }
    if (bar.changes.length < mostChanges) {
      bar.changes.push({ ...change, state: short(change.state), note: short(change.note) })
    } else bar.leftOut += 1
  }

  get leftOut(): number {
    return this.#leftOut
  }

  list(): readonly Bar[] {
    return [...this.#bars.values()]
  }
}

function short(text: string): string {
  return text.length <= mostText ? text : `${text.slice(0, mostText)}…`
}

/** Draws a trace while it happens. */
export class Timeline {
  readonly #startedAt: number
  readonly #counts: Record<Lane, number[]>
  readonly #totals: Record<Lane, number>
  readonly #nodes = new Bars()
  readonly #workloads = new Bars()
  readonly #faults = new Bars()
  #columnMs = 1_000
  #endsAt = 0
  #lastBlock = -1

  constructor(startedAt: number) {
    this.#startedAt = startedAt
    this.#counts = Object.fromEntries(lanes.map(lane => [lane, []])) as unknown as Record<
      Lane,
      number[]
    >
    this.#totals = Object.fromEntries(lanes.map(lane => [lane, 0])) as Record<Lane, number>
  }

  add(entry: TraceEntry): void {
    const kind = String(entry.kind)
    const fields = entry.fields as Readonly<Record<string, TraceValue>>
    const at = Math.max(0, entry.at - this.#startedAt)
    if (at > this.#endsAt) this.#endsAt = at
    switch (kind) {
      case 'chain.extrinsic':
      case 'chain.ended':
        this.#extrinsic(at, fields)
        break
      case 'chain.dropped':
        this.#count('refused extrinsics', at)
        break
      case 'rmb.sent':
        this.#count('messages', at)
        break
      case 'rmb.refused':
      case 'rmb.expired':
      case 'rmb.dropped':
        this.#count('lost messages', at)
        break
      case 'zos.workload': {
        const { node, contract, name, type, state, message } = fields
        const title = `${String(name)} (${String(type)}), contract ${String(contract)}`
        const change = { at, state: String(state), note: String(message) }
        this.#workloads.change(`${String(node)}/${String(contract)}/${String(name)}`, title, change)
        break
      }
      case 'zos.node': {
        const { index, node, what } = fields
        const title = `node ${String(node === 0 ? `(${String(index)})` : node)}`
        this.#nodes.change(String(index), title, { at, state: String(what), note: '' })
        break
      }
      case 'fault': {
        const { id, kind: what, where } = fields
        const title = `${String(what)} ${String(where)}`
        this.#faults.change(String(id), title, { at, state: String(fields.what), note: '' })
        break
      }
      default:
        break
    }
  }

  data(): TimelineData {
    const nodes = this.#nodes
    const workloads = this.#workloads
    const faults = this.#faults
    return {
      endsAt: this.#endsAt,
      columnMs: this.#columnMs,
      counts: this.#counts,
      totals: this.#totals,
      nodes: nodes.list(),
      workloads: workloads.list(),
      faults: faults.list(),
      leftOut: { nodes: nodes.leftOut, workloads: workloads.leftOut, faults: faults.leftOut },
    }
  }

  #extrinsic(at: number, { block, error }: Readonly<Record<string, TraceValue>>): void {
    this.#count('extrinsics', at)
    if (error !== '') this.#count('refused extrinsics', at)
    if (Number(block) === this.#lastBlock) return
    this.#lastBlock = Number(block)
    this.#count('blocks', at)
  }

  #count(lane: Lane, at: number): void {
    while (at >= this.#columnMs * columns) this.#fold()
    const column = Math.floor(at / this.#columnMs)
    const counts = this.#counts[lane]
    while (counts.length <= column) counts.push(0)
    counts[column]! += 1
    this.#totals[lane] += 1
  }

  /** Two columns become one, in every lane. */
  #fold(): void {
    this.#columnMs *= 2
    for (const lane of lanes) {
      const counts = this.#counts[lane]
      for (let i = 0; 2 * i < counts.length; i += 1) {
        counts[i] = counts[2 * i]! + (counts[2 * i + 1] ?? 0)
      }
      counts.length = Math.ceil(counts.length / 2)
    }
  }
}
