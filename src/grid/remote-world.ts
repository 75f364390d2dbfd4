// A world without a chain of its own: bus and nodes that live on a chain elsewhere, which they read through a mirror.

import type { ChainClient, SubmitOutcome } from '../chain/client/port.ts'
import type { ChainOutcome } from '../chain/node/chain.ts'
import type { OutcomeReply } from '../chain/node/pool.ts'
import { pallets } from '../chain/pallets/all.ts'
import { smartContract } from '../chain/pallets/smart-contract/declaration.ts'
import { system } from '../chain/pallets/system/declaration.ts'
import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import { timestamp } from '../chain/pallets/timestamp/declaration.ts'
import type { ChainCall } from '../chain/runtime/outer.ts'
import type { DispatchError } from '../chain/types/primitives.ts'
import type { KeyPair } from '../crypto/keys.ts'
import { Faults } from '../faults/faults.ts'
import { Driver } from '../kernel/driver.ts'
import { gridError, invariant } from '../kernel/errors.ts'
import { Kernel } from '../kernel/kernel.ts'
import { Bus, type BusMessage } from '../rmb/bus.ts'
import { type Behaviours, nodeBehaviours } from '../zos/behaviours.ts'
import { createNodes, type NewNode, type Nodes } from '../zos/nodes.ts'
import { routeEvent } from './chain-events.ts'
import { directoryOf, type GridStorage, portOf } from './chain-port.ts'
import { Keyring } from './keyring.ts'
import { farmKey, twinKey } from './remote-facts.ts'
import { ChainMirror, type MirroredBlock } from './remote-mirror.ts'
import { needsOf } from './remote-needs.ts'
import { type Fate, Submitter } from './remote-submitter.ts'

declare module '../kernel/trace.ts' {
  interface TraceEvents {
    /** An extrinsic of a party of this grid has set out for the chain. */
    'chain.sent': { signer: string; call: string }
    /** What became of it; `error` is empty when it succeeded, `block` 0 when it is in none. */
    'chain.ended': { signer: string; call: string; block: number; error: string }
    /** The chain elsewhere is lost, is back, or has another history. */
    'chain.link': { what: string }
  }
}

/** What a world on a chain elsewhere is made of. */
export interface RemoteWorldOptions {
  /** What the nodes' keys follow from. */
  readonly seed: string
  /** Connects to the chain; called again when the connection is lost. */
  readonly connect: () => Promise<ChainClient>
  /** Relay string that the nodes' twins carry on the chain. */
  readonly relay: string
  /** Who pays for new accounts. */
  readonly funder: KeyPair
  /** What nodes do beside upstream's rules. */
  readonly behaviours?: Behaviours
  /** Position of the first node among those of its grid, from 1. */
  readonly firstIndex: number
  /** Called after events may have happened, before anybody outside is told of them. */
  readonly onReached?: () => void
  /** Hears of what ends the world. */
  readonly onFailure: (error: Error) => void
}

/** What a new account gets for its first extrinsics, in units: as the activation service gives. */
const activationUnits = 1_000_000n

/** The chain's clock may be so far ahead before time here follows it, in ms. */
const leadMs = 30_000

/** Time follows a chain that is far ahead by this much a block, so that the reports on the way are not all at once. */
const followMs = 3_600_000

/** A chain of which no block has come for so long, in ms of wall time, is not on its way far ahead. */
const quietMs = 500

/** How long nodes may take to register, in ms of wall time. */
const registrationMs = 600_000

/** Bus and nodes of one process on a chain elsewhere. */
export class RemoteWorld {
  readonly kernel: Kernel
  readonly driver: Driver
  readonly bus: Bus
  readonly nodes: Nodes
  readonly keyring = new Keyring()
  readonly mirror: ChainMirror
  readonly submitter: Submitter
  /** What is broken on its nodes. */
  readonly faults: Faults
  /** The chain's storage, as far as it is mirrored. */
  readonly storage: GridStorage
  readonly #onFailure: (error: Error) => void
  readonly #farms = new Map<number, number>()
  /** Accounts of the nodes, by their position. */
  readonly #accounts: string[] = []
  readonly #firstIndex: number
  readonly #activating = new Set<string>()
  /** Extrinsics that are under way, and who waits for their end. */
  #underWay = 0
  readonly #settled = new Set<() => void>()
  /** Nodes whose report came too late for a chain that was moved ahead meanwhile, by their positions. */
  readonly #overtaken = new Set<number>()
  #reportTimer: NodeJS.Timeout | null = null
  /** Whether time here is being brought to that of a chain which is far ahead. */
  #isLeaping = false
  #lastRefusal = ''
  #onUnfunded: (() => void) | null = null

  private constructor(options: RemoteWorldOptions, mirror: ChainMirror) {
    this.mirror = mirror
    this.#onFailure = options.onFailure
    this.storage = {
      grid: mirror.storageOf(tfgrid),
      contracts: mirror.storageOf(smartContract),
      system: mirror.storageOf(system),
    }
    this.kernel = new Kernel({ seed: options.seed, startAt: Date.now() })
    const { kernel, keyring } = this
    this.#firstIndex = options.firstIndex
    this.driver = new Driver({
      kernel,
      mode: { type: 'real' },
      onFailure: options.onFailure,
      onReached: options.onReached ?? (() => undefined),
    })
    this.submitter = new Submitter({ client: () => mirror.client, funder: options.funder })
    this.bus = new Bus({ kernel, directory: directoryOf(this.storage.grid) })
    let faults: Faults | null = null
    this.nodes = createNodes({
      ...nodeBehaviours(options.behaviours ?? {}),
      kernel,
      keyring,
      bus: this.bus,
      relay: options.relay,
      firstIndex: options.firstIndex,
      chain: portOf(this.storage, {
        isReachable: nodeId => mirror.isReachable && !faults?.isCutOff(nodeId),
        submit: (call, { signer, reply }) => this.#submit(call, signer, reply),
      }),
      activation: { activate: account => this.#activate(account) },
    })
    const { bus, nodes } = this
    faults = new Faults({ kernel, bus, nodes, chain: null, reset: () => undefined })
    this.faults = faults
  }

  /** Connects to a chain; the world has no nodes yet. Fails as `connect` does. */
  static async open(options: RemoteWorldOptions): Promise<RemoteWorld> {
    let world: RemoteWorld | null = null
    const mirror = await ChainMirror.open(options.connect, {
      onBlock: block => world?.onBlock(block),
      onReachable: isReachable => world?.note(isReachable ? 'back' : 'lost'),
      onFailure: options.onFailure,
    })
    world = new RemoteWorld(options, mirror)
    world.driver.start()
    return world
  }

  /**
   * Adds nodes to farms of the chain, and resolves when all have registered. `accounts` are the nodes' accounts, in
   * the same order. GRID_CHAIN_REFUSED when they do not come onto the chain in time.
   */
  async addNodes(nodes: readonly NewNode[], accounts: readonly string[]): Promise<void> {
    const farms = [...new Set(nodes.map(({ farmId }) => farmId))]
    await Promise.all([this.mirror.ownAccounts(accounts), this.mirror.own(farms.map(farmKey))])
    for (const id of farms) this.#farms.set(id, this.storage.grid.Farms.get(id)?.twin_id ?? 0)
    this.#accounts.push(...accounts)
    this.driver.enter(() => {
      for (const node of nodes) this.nodes.add(node)
    })
    await this.#registered()
  }

  /** The position of the node that comes next. */
  get nextIndex(): number {
    return this.#firstIndex + this.#accounts.length
  }

  /** The account of the node at a position. */
  accountOf(index: number): string {
    const account = this.#accounts[index - this.#firstIndex]
    invariant(account, 'every node has an account')
    return account
  }

  /** Signs and submits for a person of this process; throws GRID_CHAIN_REFUSED when it does not succeed. */
  async carryOut(call: ChainCall, signer: KeyPair): Promise<SubmitOutcome> {
    return this.succeeded(await this.submitter.submit(call, signer), `${call.pallet}.${call.name}`)
  }

  /** The outcome of what succeeded, once it is seen here; throws GRID_CHAIN_REFUSED for anything else. */
  async succeeded(fate: Fate, what: string): Promise<SubmitOutcome> {
    const problem = errorText(fate)
    if (fate.type === 'refused' || problem !== '') {
      throw gridError('GRID_CHAIN_REFUSED', { detail: `${what}: ${problem}` })
    }
    await this.mirror.reached(fate.outcome.block.number)
    return fate.outcome
  }

  /**
   * Makes sure that the directory knows these twins; null when it does, and nothing newer is known. Rejects when the
   * chain cannot be asked.
   */
  prefetch(twins: readonly number[]): Promise<void> | null {
    const { mirror } = this
    const missing = twins.filter(id => id !== 0).map(twinKey)
    if (missing.every(key => mirror.holds(key))) {
      return mirror.isBehind && mirror.isReachable ? mirror.catchUp() : null
    }
    if (!mirror.isReachable) return Promise.reject(gridError('GRID_CHAIN_UNREACHABLE'))
    return mirror.catchUp().then(() => mirror.load(missing))
  }

  /** Makes sure that a node finds what a message names; null when there is nothing to wait for. Never rejects. */
  admit(message: BusMessage): Promise<void> | null {
    const needs = needsOf(message)
    if (needs === null || !this.mirror.isReachable) return null
    const ready = this.mirror.catchUp().then(() => this.mirror.load(needs))
    // Without the chain the node says itself that it cannot read.
    return ready.catch(() => undefined)
  }

  /**
   * Comes to what the chain shows now, and to a moment; one that has passed changes nothing. What the nodes send the
   * chain meanwhile is waited for, for so many ms of wall time.
   */
  async follow(at: number, settleMs: number): Promise<void> {
    await this.mirror.catchUp()
    const { kernel, driver } = this
    this.#leapTo(
      at,
      driver.enter(() => kernel.now()),
    )
    this.#reportOvertaken()
    await this.#rest(settleMs)
  }

  /** Resolves when nothing is on its way to the chain, or after so many ms. */
  async #rest(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<false>(resolve => {
      timer = setTimeout(() => resolve(false), ms)
    })
    let isPatient = ms > 0
    // What has ended may have led to more.
    while (this.#underWay > 0 && isPatient) {
      let wake: () => void = () => undefined
      const ended = new Promise<true>(resolve => {
        wake = () => resolve(true)
        this.#settled.add(wake)
      })
      isPatient = await Promise.race([ended, patience])
      this.#settled.delete(wake)
    }
    clearTimeout(timer)
  }

  #begin(): void {
    this.#underWay += 1
  }

  #end(): void {
    this.#underWay -= 1
    if (this.#underWay > 0) return
    for (const wake of this.#settled) wake()
  }

  async close(): Promise<void> {
    this.driver.stop()
    if (this.#reportTimer) clearTimeout(this.#reportTimer)
    await this.mirror.close()
  }

  /** For the mirror: the chain has come to a block, and the mirror shows it. */
  onBlock({ number, events, isNewHistory }: MirroredBlock): void {
    this.#followTime()
    this.driver.enter(() => {
      if (isNewHistory) this.#checkHistory(number)
      for (const { event } of events) routeEvent(this.nodes, event)
    })
    this.#reportSoon()
  }

  /** Nodes whose twins are not there any more, or are others, register anew. */
  #checkHistory(block: number): void {
    this.note(`another history at block ${block}`)
    for (const [id, owner] of this.#farms) {
      if (this.storage.grid.Farms.get(id)?.twin_id === owner) continue
      const detail = `farm ${id}, in which nodes of this grid stand, is not there any more`
      this.#onFailure(gridError('GRID_CHAIN_DIFFERENT', { detail }))
      return
    }
    const { TwinIdByAccountID: twinIds, NodeIdByTwinID: nodeIds } = this.storage.grid
    const isGone = this.nodes.list().some(({ index, twinId, nodeId }) => {
      const account = this.accountOf(index) as `0x${string}`
      if (twinId !== 0 && twinIds.get(account) !== twinId) return true
      return nodeId !== 0 && nodeIds.get(twinId) !== nodeId
    })
    if (isGone) this.nodes.onChainReset()
  }

  /** A chain that was moved ahead takes no report that is stamped with an older time. */
  #followTime(): void {
    const now = this.driver.enter(() => this.kernel.now())
    const ahead = this.#chainAheadMs()
    if (ahead > leadMs) this.#leapTo(now + Math.min(ahead, followMs), now)
  }

  #leapTo(at: number, now: number): void {
    if (at <= now) return
    this.#isLeaping = at - now > leadMs
    this.driver.advanceTo(at)
    this.#isLeaping = false
  }

  /** More blocks may be on their way: the chain has come to rest when none has come for a while. */
  #reportSoon(): void {
    if (this.#overtaken.size === 0) return
    if (this.#reportTimer) clearTimeout(this.#reportTimer)
    this.#reportTimer = setTimeout(() => this.#reportOvertaken(), quietMs).unref()
  }

  /** By how much the chain's clock is ahead. */
  #chainAheadMs(): number {
    return (
      Number(this.mirror.storageOf(timestamp).Now.get()) -
      this.driver.enter(() => this.kernel.now())
    )
  }

  /** A report that a leap of the chain's time has overtaken is sent again, once time here has come to it. */
  #reportOvertaken(): void {
    if (this.#overtaken.size === 0 || this.#chainAheadMs() > leadMs) return
    const late = [...this.#overtaken]
    this.#overtaken.clear()
    this.driver.enter(() => {
      for (const index of late) this.nodes.reportUptime(index)
    })
  }

  /** Notes a report that was refused because time has moved since it was made; a wrong clock of a node is not that. */
  #noteOvertaken(
    call: ChainCall,
    account: string,
    { sentAt, fate }: { sentAt: number; fate: Fate },
  ) {
    if (!isReport(call)) return
    if (errorText(fate) !== 'TfgridModule.InvalidTimestampHint') return
    const movedMs = this.kernel.now() - sentAt
    if (movedMs <= leadMs && this.#chainAheadMs() <= leadMs) return
    this.#overtaken.add(this.#firstIndex + this.#accounts.indexOf(account))
  }

  #activate(account: string): void {
    if (this.#activating.has(account)) return
    this.#activating.add(account)
    this.#trace('chain.sent', { signer: account, call: 'activation' })
    this.#begin()
    void this.submitter.fund(account, activationUnits).then(async fate => {
      if (fate.type === 'inBlock') await this.mirror.reached(fate.outcome.block.number)
      this.#activating.delete(account)
      this.driver.enter(() => this.#ended(account, 'activation', fate))
      // Without funds no new node comes onto the chain, however long one waits.
      if (errorText(fate) !== '') this.#onUnfunded?.()
      this.#end()
    })
  }

  #submit(call: ChainCall, account: string, reply: OutcomeReply | undefined): void {
    const signer = this.keyring.find(account)
    invariant(signer, 'a party of this process has its key in the keyring')
    if (isReport(call) && reply === undefined && this.#isLeaping) {
      // Time here is on its way to the chain's, which would refuse what is as old as that.
      this.#overtaken.add(this.#firstIndex + this.#accounts.indexOf(account))
      return
    }
    const name = `${call.pallet}.${call.name}`
    this.#trace('chain.sent', { signer: account, call: name })
    const sentAt = this.kernel.now()
    this.#begin()
    void this.submitter.submit(call, signer).then(async fate => {
      // Whoever hears of the outcome finds its effects.
      if (fate.type === 'inBlock') await this.mirror.reached(fate.outcome.block.number)
      this.driver.enter(() => {
        this.#ended(account, name, fate)
        this.#noteOvertaken(call, account, { sentAt, fate })
        if (!reply) return
        const payload = { ...this.#outcomeOf(fate), ref: reply.ref }
        this.kernel.schedule({ kind: reply.kind, target: reply.target, payload: payload as never })
      })
      this.#reportSoon()
      this.#end()
    })
  }

  #outcomeOf(fate: Fate): Omit<ChainOutcome, 'ref'> {
    if (fate.type === 'inBlock') {
      const { block, error, events } = fate.outcome
      return { block: block.number, error, events }
    }
    const error = /inability to pay/i.test(fate.error.message) ? 'Payment' : 'Trap'
    return { block: this.mirror.best.number, error, events: [] }
  }

  #ended(signer: string, call: string, fate: Fate): void {
    const error = errorText(fate)
    const block = fate.type === 'inBlock' ? fate.outcome.block.number : 0
    if (error !== '') this.#lastRefusal = `${call}: ${error}`
    this.#trace('chain.ended', { signer, call, block, error })
  }

  #registered(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.nodes.areRegistered()) {
        resolve()
        return
      }
      const end = (settle: () => void) => {
        clearTimeout(timer)
        stop()
        this.#onUnfunded = null
        settle()
      }
      const fail = () => {
        const detail = `nodes do not come onto the chain; the last refusal: ${this.#lastRefusal}`
        end(() => reject(gridError('GRID_CHAIN_REFUSED', { detail })))
      }
      const timer = setTimeout(fail, registrationMs)
      this.#onUnfunded = fail
      const stop = this.kernel.trace.listen(({ kind }) => {
        if (kind === 'zos.node' && this.nodes.areRegistered()) end(resolve)
      })
    })
  }

  /** Adds a word about the chain to the trace. */
  note(what: string): void {
    this.driver.enter(() => this.#trace('chain.link', { what }))
  }

  #trace<K extends 'chain.sent' | 'chain.ended' | 'chain.link'>(
    kind: K,
    fields: Parameters<typeof this.kernel.trace.add<K>>[1],
  ): void {
    this.kernel.trace.add(kind, fields)
  }
}

/** Whether a node says that it is up. */
const isReport = ({ name }: ChainCall): boolean => name === 'report_uptime_v2'

/** Why something did not succeed; empty when it did. */
function errorText(fate: Fate): string {
  if (fate.type === 'refused') return fate.error.message
  return fate.outcome.error === null ? '' : nameOf(fate.outcome.error)
}

/** `TfgridModule.InvalidRelayAddress`, or the kind of error that is of no pallet. */
export function nameOf(error: DispatchError): string {
  if (error.type !== 'Module') return error.type
  const { index, error: code } = error.value as { index: number; error: string }
  const pallet = pallets.find(({ decl }) => decl.index === index)?.decl
  const name = pallet?.errors[Number.parseInt(code.slice(2, 4), 16)]
  return pallet && name ? `${pallet.name}.${name}` : `module ${index}, error ${code}`
}
