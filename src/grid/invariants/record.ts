// What invariants remember of a history beside the present state: kept in the world's store, so that it is taken back with it.

import type { ChainEvent } from '../../chain/runtime/outer.ts'
import type { Cell, StoreMap } from '../../kernel/store.ts'
import type { TraceEntry } from '../../kernel/trace.ts'
import type { World } from '../world.ts'

/** A message that was sent and has come to no end yet. */
export interface OpenMessage {
  /** Virtual time in ms at which it was sent. */
  readonly at: number
  /** It waits in the relay's queue of its destination. */
  readonly isQueued: boolean
}

/** A history in a few facts. Nodes are named by their position in the process, which no reset changes. */
export class HistoryRecord {
  /** Nodes that have worked on a deployment, and whether they have started again since. */
  readonly touched: StoreMap<number, { readonly hasRestarted: boolean }>
  /** Deployments that a node acknowledged and brought up: `node/twin/contract`, with the names that are up. */
  readonly held: StoreMap<string, readonly string[]>
  /** Workloads that were taken down: `node/twin-contract-name`. */
  readonly removed: StoreMap<string, true>
  /** Messages on their way: `uid>destination`. */
  readonly messages: StoreMap<string, OpenMessage>
  /** Unix seconds of the last bill of a contract. */
  readonly billedAt: StoreMap<bigint, bigint>
  /** What bills took from the payer of a contract, in units, and what of it was handed out. */
  readonly taken: StoreMap<bigint, bigint>
  readonly handedOut: StoreMap<bigint, bigint>
  /** Blocks were taken back, so that bills cannot be added up. */
  readonly isRetracted: Cell<boolean>
  /** The first bill that was applied twice, in words. */
  readonly doubleBill: Cell<string | null>
  readonly #world: World

  constructor(world: World) {
    const { store, trace } = world.kernel
    this.#world = world
    this.touched = store.map('invariants.touched')
    this.held = store.map('invariants.held')
    this.removed = store.map('invariants.removed')
    this.messages = store.map('invariants.messages')
    this.billedAt = store.map('invariants.billedAt')
    this.taken = store.map('invariants.taken')
    this.handedOut = store.map('invariants.handedOut')
    this.isRetracted = store.cell('invariants.isRetracted', false)
    this.doubleBill = store.cell<string | null>('invariants.doubleBill', null)
    trace.listen(entry => this.#note(entry))
    world.chain.listen({
      onBlocks: (first, last) => this.#onBlocks(first, last),
      onRetracted: () => this.isRetracted.set(true),
      onReset: () => this.#onReset(),
    })
  }

  #note(entry: TraceEntry): void {
    const fields = entry.fields as never
    switch (entry.kind) {
      case 'rmb.sent':
        this.#sent(fields, entry.at)
        break
      case 'rmb.queued': {
        const key = keyOf(fields)
        const message = this.messages.get(key)
        if (message) this.messages.set(key, { ...message, isQueued: true })
        break
      }
      case 'rmb.delivered':
      case 'rmb.refused':
      case 'rmb.expired':
      case 'rmb.dropped':
        this.messages.delete(keyOf(fields))
        break
      case 'zos.workload':
        this.#noteWorkload(fields)
        break
      case 'zos.node':
        this.#noteNode(fields)
        break
      default:
        break
    }
  }

  #sent(fields: { uid: string; to: string }, at: number): void {
    this.messages.set(keyOf(fields), { at, isQueued: false })
  }

  #noteWorkload(fields: {
    node: number
    twin: number
    contract: bigint
    name: string
    state: string
  }): void {
    const { node: nodeId, twin, contract, name, state } = fields
    const node = this.#world.nodes.indexOf(nodeId)
    if (node === null) return
    if (!this.touched.has(node)) this.touched.set(node, { hasRestarted: false })
    const place = `${node}/${twin}/${contract}`
    const workload = `${node}/${twin}-${contract}-${name}`
    if (state === 'deleted') this.removed.set(workload, true)
    else this.removed.delete(workload)
    const names = this.held.get(place) ?? []
    if (state === 'ok' || state === 'paused') {
      if (!names.includes(name)) this.held.set(place, Object.freeze([...names, name]))
    } else if (state === 'deleted' || state === 'error') {
      const left = names.filter(other => other !== name)
      if (left.length > 0) this.held.set(place, Object.freeze(left))
      else this.held.delete(place)
    }
  }

  #noteNode({ index, what }: { index: number; what: string }): void {
    if (what === 'starting' || what === 'daemon restarted') {
      if (this.touched.has(index)) this.touched.set(index, { hasRestarted: true })
    }
    if (what !== 'store lost') return
    for (const key of this.held.keys()) if (key.startsWith(`${index}/`)) this.held.delete(key)
    for (const key of this.removed.keys()) {
      if (key.startsWith(`${index}/`)) this.removed.delete(key)
    }
  }

  #onBlocks(first: number, last: number): void {
    const { archive } = this.#world.chain
    for (let block = first; block <= last; block += 1) {
      const content = archive.contentOf(block)
      if (!content) return
      for (const { event } of content.events) this.#noteEvent(event)
    }
  }

  #noteEvent({ pallet, name, fields }: ChainEvent): void {
    if (pallet !== 'SmartContractModule') return
    switch (name) {
      case 'ContractBilled': {
        const [bill] = fields as [Bill]
        this.#noteBill(bill)
        break
      }
      case 'ContractPaymentOverdrawn': {
        const bill = fields as { contract_id: bigint; partially_billed_amount: bigint }
        add(this.taken, bill.contract_id, bill.partially_billed_amount)
        break
      }
      case 'RewardDistributed': {
        const { contract_id, standard_rewards, additional_rewards } = fields as Reward
        add(this.handedOut, contract_id, standard_rewards + additional_rewards)
        break
      }
      default:
        break
    }
  }

  #noteBill({ contract_id, timestamp, amount_billed }: Bill): void {
    // The last bill of a contract may come with the usual one, and be for nothing.
    if (amount_billed === 0n) return
    add(this.taken, contract_id, amount_billed)
    const before = this.billedAt.get(contract_id)
    if (before !== undefined && timestamp <= before && this.doubleBill.get() === null) {
      this.doubleBill.set(
        `contract ${contract_id} was billed twice for the time up to ${timestamp}`,
      )
    }
    this.billedAt.set(contract_id, timestamp)
  }

  #onReset(): void {
    for (const map of [this.billedAt, this.taken, this.handedOut]) {
      for (const contract of map.keys()) map.delete(contract)
    }
    this.isRetracted.set(false)
  }
}

interface Bill {
  readonly contract_id: bigint
  readonly timestamp: bigint
  readonly amount_billed: bigint
}

interface Reward {
  readonly contract_id: bigint
  readonly standard_rewards: bigint
  readonly additional_rewards: bigint
}

function add(to: StoreMap<bigint, bigint>, contract: bigint, amount: bigint): void {
  to.set(contract, (to.get(contract) ?? 0n) + amount)
}

function keyOf({ uid, to }: { uid: string; to: string }): string {
  return `${uid}>${to}`
}
