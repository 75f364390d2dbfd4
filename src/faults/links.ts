// What faults do to messages on their way: they lose, delay, double, reorder, corrupt or keep them.

import type { Kernel } from '../kernel/kernel.ts'
import type { RandomStream } from '../kernel/random.ts'
import type { StoreMap } from '../kernel/store.ts'
import {
  type Bus,
  type BusMessage,
  queueLimit as busQueueLimit,
  type Door,
  type Fate,
  type Passage,
} from '../rmb/bus.ts'
import type { Active, LinkFault } from './active.ts'
import type { Places } from './places.ts'

interface Kept {
  /** The fault that keeps it. */
  readonly by: number
  readonly message: BusMessage
  readonly door: Door
}

/** Peers find a relay that is back within this time, in ms (`rmb-rs: src/peer/mod.rs`). */
const reconnectMs = 2_000

/** Messages that faults keep at once; the oldest are lost. */
const keptLimit = 100_000

/** What faults look at of a message. */
export type MessageHead = Pick<BusMessage, 'source' | 'destination' | 'expiresAt'>

/** What becomes of a message; one that is kept goes on when the fault is over. */
export type Verdict =
  | Exclude<Fate, { readonly type: 'kept' }>
  | { readonly type: 'kept'; readonly by: number }

/** What one fault does to a message. */
type Effect =
  | { readonly type: 'lose'; readonly reason: string }
  | { readonly type: 'keep' }
  | { readonly type: 'delay'; readonly ms: number }
  | { readonly type: 'double'; readonly ms: number }

/** The passage that faults make of the bus. */
export class Links implements Passage {
  readonly #bus: Bus
  readonly #kernel: Kernel
  readonly #places: Places
  readonly #active: () => Active
  readonly #kept: StoreMap<number, Kept>
  readonly #lastKept: { get(): number; set(value: number): void }

  constructor(options: { kernel: Kernel; bus: Bus; places: Places; active: () => Active }) {
    const { kernel } = options
    this.#kernel = kernel
    this.#bus = options.bus
    this.#places = options.places
    this.#active = options.active
    this.#kept = kernel.store.map('faults.kept')
    this.#lastKept = kernel.store.cell('faults.lastKept', 0)
  }

  get isActive(): boolean {
    const { links, queueLimit } = this.#active()
    return links.length > 0 || queueLimit !== null
  }

  get queueLimit(): number {
    return this.#active().queueLimit ?? busQueueLimit
  }

  /** How many messages faults keep. */
  get keptMessages(): number {
    return this.#kept.size
  }

  /** Whether a message of this id is kept. */
  keeps(uid: string): boolean {
    return this.#kept.values().some(({ message }) => message.uid === uid)
  }

  fateOf(message: BusMessage, door: Door): Fate {
    const verdict = this.verdictOn(message, id => this.#randomOf(id))
    return verdict.type === 'kept' ? this.#keep({ by: verdict.by, message, door }) : verdict
  }

  /** What the active faults do to a message; `randomOf` gives the dice of a fault. */
  verdictOn(message: MessageHead, randomOf: (fault: number) => RandomStream): Verdict {
    let lateMs = [0]
    for (const fault of this.#active().links) {
      const effect = this.#effectOf(fault, message, randomOf)
      if (effect === null) continue
      switch (effect.type) {
        case 'lose':
          return { type: 'lost', reason: effect.reason }
        case 'keep':
          return { type: 'kept', by: fault.id }
        case 'delay':
          lateMs = lateMs.map(ms => ms + effect.ms)
          break
        case 'double':
          lateMs = [...lateMs, lateMs[0]! + effect.ms]
          break
      }
    }
    return { type: 'arrives', lateMs }
  }

  /** A fault is over: what it kept goes on its way, past what else is broken. */
  release({ id, spec }: LinkFault): void {
    const random = this.#randomOf(id)
    const waits = new Map<number, number>()
    for (const [key, { by, message, door }] of this.#kept.entries()) {
      if (by !== id) continue
      this.#kept.delete(key)
      if (spec.kind !== 'relay.down') {
        this.#bus.pass(message, door)
        continue
      }
      // Each sender comes back at a moment of its own, with its messages in their order.
      const { twin } = message.source
      const waitMs = waits.get(twin) ?? random.int(0, reconnectMs)
      waits.set(twin, waitMs)
      this.#bus.carry(message, door, waitMs)
    }
  }

  #keep(kept: Kept): Fate {
    if (this.#kept.size >= keptLimit) return { type: 'lost', reason: 'too many messages are kept' }
    const key = this.#lastKept.get() + 1
    this.#lastKept.set(key)
    this.#kept.set(key, Object.freeze(kept))
    return { type: 'kept' }
  }

  #effectOf(
    fault: LinkFault,
    message: MessageHead,
    randomOf: (fault: number) => RandomStream,
  ): Effect | null {
    const { spec, id } = fault
    switch (spec.kind) {
      case 'relay.down':
        return { type: 'keep' }
      case 'node.hang':
        return this.#touches(spec, message) ? { type: 'keep' } : null
      case 'node.slow': {
        const node = this.#places.nodeOfTwin(message.source.twin)
        const isSlow = node !== null && this.#places.hasNode(spec, node.nodeId)
        return isSlow && spec.answerMs > 0 ? { type: 'delay', ms: spec.answerMs } : null
      }
      case 'node.clock-skew':
        return this.#skewEffect(spec, message)
      default:
        break
    }
    const { from, to, bothWays, chance } = spec
    const source = message.source.twin
    const target = message.destination.twin
    const goesAlong = this.#places.hasTwin(from, source) && this.#places.hasTwin(to, target)
    const comesBack =
      bothWays && this.#places.hasTwin(from, target) && this.#places.hasTwin(to, source)
    if (!goesAlong && !comesBack) return null
    const random = randomOf(id)
    if (chance < 1 && !random.chance(chance)) return null
    switch (spec.kind) {
      case 'rmb.loss':
        return { type: 'lose', reason: 'lost on its way' }
      case 'rmb.partition':
        return { type: 'lose', reason: 'there is no way between the two' }
      case 'rmb.corrupt':
        return { type: 'lose', reason: 'its signature is wrong' }
      case 'rmb.clog':
        return { type: 'keep' }
      case 'rmb.delay':
        return {
          type: 'delay',
          ms: spec.ms + (spec.jitterMs > 0 ? random.int(0, spec.jitterMs) : 0),
        }
      case 'rmb.duplicate':
        return { type: 'double', ms: random.int(0, spec.withinMs) }
      case 'rmb.reorder':
        return { type: 'delay', ms: random.int(0, spec.withinMs) }
    }
  }

  /** Whether a message comes from or goes to one of these nodes. */
  #touches(
    spec: Extract<LinkFault['spec'], { kind: 'node.hang' | 'node.clock-skew' }>,
    { source, destination }: MessageHead,
  ): boolean {
    return [source, destination].some(({ twin }) => {
      const node = this.#places.nodeOfTwin(twin)
      return node !== null && this.#places.hasNode(spec, node.nodeId)
    })
  }

  /** A clock that is ahead finds messages expired, one that is behind sends messages that are. */
  #skewEffect(
    spec: Extract<LinkFault['spec'], { kind: 'node.clock-skew' }>,
    message: MessageHead,
  ): Effect | null {
    if (!this.#touches(spec, message)) return null
    const leftMs = message.expiresAt - this.#kernel.now()
    const comesFromNode = this.#places.nodeOfTwin(message.source.twin) !== null
    const seenLeftMs = comesFromNode ? leftMs + spec.aheadMs : leftMs - spec.aheadMs
    return seenLeftMs > 0 ? null : { type: 'lose', reason: 'its time is over by a wrong clock' }
  }

  #randomOf(id: number): RandomStream {
    return this.#kernel.random.stream(`fault/${id}`)
  }
}
