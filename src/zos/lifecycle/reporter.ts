// What nodes report to the chain: that they are up, what their deployments use, and how much traffic these had.

import type { ChainOutcome } from '../../chain/node/chain.ts'
import type { StoreMap } from '../../kernel/store.ts'
import type { Place } from '../engine/deployment-book.ts'
import type { Usage } from '../engine/engine.ts'
import type { Trouble } from '../trouble.ts'
import { gridCall, type NodeHost, type OutcomeRef } from './host.ts'

declare module '../../kernel/kernel.ts' {
  interface KernelEvents {
    /** A node reports how long it has been up; the payload is the number of its start, negative before its first report. */
    'zos.uptime': number
    /** A node tries again to report what deployments use. */
    'zos.resources': ResourcesRetry
    /** A node reports the traffic of its deployments. */
    'zos.traffic': null
  }
}

interface ResourcesRetry {
  readonly contracts: readonly { readonly twinId: number; readonly contractId: bigint }[]
  readonly attempt: number
}

interface Traffic {
  readonly contractId: bigint
  readonly bytes: bigint
}

interface TrafficLog {
  /** Unix seconds of the last report, or of the first traffic. */
  readonly since: bigint
  readonly counted: readonly Traffic[]
  /** On its way to the chain. */
  readonly sent: readonly TrafficReport[]
}

interface TrafficReport {
  readonly contract_id: bigint
  readonly timestamp: bigint
  readonly window: bigint
  readonly nru: bigint
}

/** How often nodes report their uptime, in ms (`zosbase: pkg/registrar`, 40 minutes). */
const uptimeEveryMs = 40 * 60_000
const uptimeRetryMs = 10_000

/** Reports of resources are tried this often in all, this far apart (`zosbase: pkg/provision`). */
const resourcesTries = 5
const resourcesRetryMs = 6_000

/** How often traffic is reported, and how soon again when the chain refused (`zosbase: cmds/modules/provisiond`). */
const trafficEveryMs = 60 * 60_000
const trafficRetryMs = 20_000

/** Makes the reports of all nodes. */
export class Reporter {
  readonly #host: NodeHost
  readonly #usageAt: (place: Place) => Usage | null
  readonly #traffic: StoreMap<number, TrafficLog>
  readonly #onUptime: (index: number) => void
  readonly #trouble: () => Trouble

  constructor(options: {
    host: NodeHost
    usageAt: (place: Place) => Usage | null
    /** The first uptime report of a start has arrived. */
    onUptime: (index: number) => void
    /** What goes wrong now. */
    trouble: () => Trouble
  }) {
    const { kernel } = options.host
    this.#host = options.host
    this.#usageAt = options.usageAt
    this.#onUptime = options.onUptime
    this.#trouble = options.trouble
    this.#traffic = kernel.store.map('zos.traffic')
    kernel.handle('zos.uptime', ({ target, payload }) => {
      const { phase, starts } = this.#host.stateOf(Number(target))
      if (phase !== 'up' || starts !== Math.abs(payload)) return
      if (payload < 0) this.reportFirst(Number(target))
      else this.#reportRegularly(Number(target))
    })
    kernel.handle('zos.resources', ({ target, payload }) => this.#retry(Number(target), payload))
    kernel.handle('zos.traffic', ({ target }) => this.#reportTraffic(Number(target)))
  }

  /** The report after a boot. */
  reportFirst(index: number): void {
    if (!this.#sendUptime(index, 'uptime/first')) this.#armFirst(index)
  }

  /** What follows the first report comes every 40 minutes, in a phase of the node's own. */
  #beginCadence(index: number): void {
    const { starts } = this.#host.stateOf(index)
    const bytes = this.#host.kernel.random.derive(`zos/${index}/uptime/${starts}`, 4)
    this.#armUptime(index, 1 + (Buffer.from(bytes).readUInt32LE() % uptimeEveryMs))
  }

  /** A report beside the regular ones. */
  reportNow(index: number, ref?: OutcomeRef): boolean {
    return this.#sendUptime(index, ref)
  }

  /** What deployments use, after a job or a restart. */
  reportResources(index: number, usages: readonly Usage[]): void {
    this.#sendResources(index, usages, 1)
  }

  /** Counts traffic of a deployment: it is in the next hourly report. */
  count(index: number, contractId: bigint, bytes: bigint): void {
    const now = this.#nowSeconds()
    const log = this.#traffic.get(index) ?? { since: now, counted: [], sent: [] }
    if (log.counted.length === 0 && log.sent.length === 0) this.#armTraffic(index, trafficEveryMs)
    const before = log.counted.find(entry => entry.contractId === contractId)?.bytes ?? 0n
    const others = log.counted.filter(entry => entry.contractId !== contractId)
    const counted = Object.freeze([...others, Object.freeze({ contractId, bytes: before + bytes })])
    this.#traffic.set(index, Object.freeze({ ...log, counted }))
  }

  /** The chain is another one: what was counted for its contracts is nobody's. */
  forget(index: number): void {
    this.#traffic.delete(index)
  }

  /** The chain has answered a report. */
  onOutcome(index: number, kind: 'uptime' | 'resources' | 'traffic', outcome: ChainOutcome): void {
    const { error, ref } = outcome
    switch (kind) {
      case 'uptime':
        if (error !== null) this.#armFirst(index)
        else {
          this.#beginCadence(index)
          this.#onUptime(index)
        }
        break
      case 'resources':
        if (error !== null) this.#retryLater(index, retryOf(ref))
        break
      case 'traffic':
        this.#endTraffic(index, error === null)
        break
    }
  }

  #reportRegularly(index: number): void {
    const isSent = this.#sendUptime(index)
    this.#armUptime(index, isSent ? uptimeEveryMs : uptimeRetryMs)
  }

  #sendUptime(index: number, ref?: OutcomeRef): boolean {
    if (!this.#host.isConnected(index)) return false
    const { bootedAt, nodeId } = this.#host.stateOf(index)
    const trouble = this.#trouble()
    const aheadMs = trouble.isActive ? trouble.clockAheadMs(nodeId) : 0
    const now = this.#host.kernel.now() + aheadMs
    const args = {
      uptime: BigInt(Math.floor((now - aheadMs - bootedAt) / 1000)),
      timestamp_hint: BigInt(Math.floor(now / 1000)),
    }
    this.#host.submit(index, gridCall('report_uptime_v2', args), ref)
    return true
  }

  #armFirst(index: number): void {
    this.#schedule(index, -this.#host.stateOf(index).starts, uptimeRetryMs)
  }

  #armUptime(index: number, afterMs: number): void {
    this.#schedule(index, this.#host.stateOf(index).starts, afterMs)
  }

  #schedule(index: number, payload: number, afterMs: number): void {
    const { kernel } = this.#host
    kernel.schedule({ kind: 'zos.uptime', target: index, payload, afterMs, background: true })
  }

  #sendResources(index: number, usages: readonly Usage[], attempt: number): void {
    if (usages.length === 0) return
    const contracts = usages.map(({ twinId, contractId }) => ({ twinId, contractId }))
    if (!this.#host.isConnected(index)) {
      this.#retryLater(index, { contracts, attempt })
      return
    }
    const contract_resources = usages.map(({ contractId, used: { hru, sru, cru, mru } }) => ({
      contract_id: contractId,
      used: { hru, sru, cru, mru },
    }))
    const call = {
      pallet: 'SmartContractModule',
      name: 'report_contract_resources',
      args: { contract_resources },
    }
    this.#host.submit(index, call, `resources/${refOf({ contracts, attempt })}`)
  }

  /** After the last try a report is dropped: the next job or restart brings another. */
  #retryLater(index: number, { contracts, attempt }: ResourcesRetry): void {
    if (attempt >= resourcesTries) {
      this.#host.note(index, 'a report of contract resources was dropped')
      return
    }
    this.#host.kernel.schedule({
      kind: 'zos.resources',
      target: index,
      payload: Object.freeze({ contracts, attempt: attempt + 1 }),
      afterMs: resourcesRetryMs,
    })
  }

  #retry(index: number, { contracts, attempt }: ResourcesRetry): void {
    if (this.#host.stateOf(index).phase !== 'up') return
    const usages = contracts.map(contract => this.#usageAt({ node: index, ...contract }))
    this.#sendResources(
      index,
      usages.filter(usage => usage !== null),
      attempt,
    )
  }

  #armTraffic(index: number, afterMs: number): void {
    const { kernel } = this.#host
    kernel.schedule({
      kind: 'zos.traffic',
      target: index,
      payload: null,
      afterMs,
      background: true,
    })
  }

  #reportTraffic(index: number): void {
    const log = this.#traffic.get(index)
    if (log === undefined) return
    if (!this.#host.isConnected(index)) {
      this.#armTraffic(index, trafficRetryMs)
      return
    }
    const now = this.#nowSeconds()
    const fresh = log.counted
      .filter(({ bytes }) => bytes > 0n)
      .map(({ contractId, bytes }) =>
        Object.freeze({
          contract_id: contractId,
          timestamp: now,
          window: now - log.since,
          nru: bytes,
        }),
      )
    const sent = Object.freeze([...log.sent, ...fresh])
    this.#traffic.set(index, Object.freeze({ since: now, counted: [], sent }))
    if (sent.length === 0) return
    const call = { pallet: 'SmartContractModule', name: 'add_nru_reports', args: { reports: sent } }
    this.#host.submit(index, call, 'traffic/')
  }

  #endTraffic(index: number, isAccepted: boolean): void {
    const log = this.#traffic.get(index)
    if (log === undefined) return
    if (isAccepted) this.#traffic.set(index, Object.freeze({ ...log, sent: [] }))
    if (!isAccepted) this.#armTraffic(index, trafficRetryMs)
    else if (log.counted.length > 0) this.#armTraffic(index, trafficEveryMs)
  }

  #nowSeconds(): bigint {
    return BigInt(Math.floor(this.#host.kernel.now() / 1000))
  }
}

function refOf({ contracts, attempt }: ResourcesRetry): string {
  return [attempt, ...contracts.map(({ twinId, contractId }) => `${twinId}:${contractId}`)].join(
    ',',
  )
}

function retryOf(ref: string): ResourcesRetry {
  const [attempt = '1', ...contracts] = ref.slice('resources/'.length).split(',')
  return {
    attempt: Number(attempt),
    contracts: contracts.map(text => {
      const [twin = '', contract = ''] = text.split(':')
      return { twinId: Number(twin), contractId: BigInt(contract) }
    }),
  }
}
