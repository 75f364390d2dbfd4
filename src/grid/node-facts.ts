// What the grid proxy knows of the nodes of a world: views of the nodes themselves, so that nothing in them is ever old.

import type { Kernel } from '../kernel/kernel.ts'
import type { Bus } from '../rmb/bus.ts'
import type {
  CallResult,
  Card,
  DmiSummary,
  IndexedNode,
  NodeFacts,
  Speed,
} from '../services/gridproxy/ports.ts'
import type { Dmi } from '../zos/hardware/dmi.ts'
import type { NodeState } from '../zos/lifecycle/node.ts'
import type { Nodes } from '../zos/nodes.ts'
import { userCounters } from '../zos/resources/queries.ts'

/** The parts of a world that are looked at. */
interface Parts {
  readonly kernel: Kernel
  readonly bus: Bus
  readonly nodes: Nodes
}

/** How often upstream asks for the results of speed tests, in ms of virtual time. */
const speedEveryMs = 5 * 60_000

/** What upstream's client says of a node that does not answer. */
const unanswered: CallResult = { ok: false, cause: 'context deadline exceeded' }

/** Views of the nodes of a world. Reading them changes nothing of it. */
export function nodeFactsOf(parts: Parts): NodeFacts {
  const { kernel, bus, nodes } = parts
  const views = new Map<number, NodeFactsView>()
  /** The views that were asked for, by twin; a twin that the chain gave anew is looked up again. */
  const byTwin = new Map<number, NodeFactsView>()
  const summaries = new Map<string, DmiSummary>()
  const indexOf = (twin: number) => {
    const attached = bus.attached({ twin })
    return attached?.receiver === 'zos' ? attached.ref : null
  }
  return {
    of(twinId) {
      const found = byTwin.get(twinId)
      if (found !== undefined && nodes.stateAt(found.index)?.twinId === twinId) return found
      const index = indexOf(twinId)
      if (index === null) return null
      const view = views.get(index) ?? new NodeFactsView(parts, index, summaries)
      views.set(index, view)
      byTwin.set(twinId, view)
      return view
    },
    indexedAt: () => (nodes.list().length === 0 ? 0 : Math.floor(kernel.now() / 1000)),
    call(twinId, command) {
      const index = indexOf(twinId)
      if (index === null || nodes.stateAt(index)?.phase !== 'up') return unanswered
      const answer = nodes.ask(index, command)
      return answer.ok ? { ok: true, payload: answer.value } : { ok: false, cause: answer.error }
    },
  }
}

/** What is kept until the node's own state changes. */
interface Kept {
  readonly state: NodeState | null
  hasIpv6?: boolean
  features?: readonly string[]
  speed?: { readonly at: number; readonly value: Speed }
  dmi?: DmiSummary | null
}

class NodeFactsView implements IndexedNode {
  /** Position of the node in this process. */
  readonly index: number
  readonly #parts: Parts
  /** Firmware tables by their text: machines of one kind share one. */
  readonly #summaries: Map<string, DmiSummary>
  #kept: Kept | null = null

  constructor(parts: Parts, index: number, summaries: Map<string, DmiSummary>) {
    this.#parts = parts
    this.index = index
    this.#summaries = summaries
  }

  get cards(): readonly Card[] {
    const cards = this.#ask<readonly Card[]>('zos.gpu.list') ?? []
    return cards.map(({ id, vendor, device, contract }) => ({ id, vendor, device, contract }))
  }

  /** A call to a node that does not run fails, which counts as a bad report. */
  get isHealthy(): boolean {
    return this.#parts.nodes.stateAt(this.index)?.phase === 'up'
  }

  get hasIpv6(): boolean {
    const kept = this.#keptNow()
    kept.hasIpv6 ??= this.#ask<boolean>('zos.network.has_ipv6') === true
    return kept.hasIpv6
  }

  get workloads(): number {
    const { book } = this.#parts.nodes.engine
    if (book.placesOf(this.index).length === 0) return 0
    const records = book.listOf(this.index)
    return userCounters(records.map(({ deployment }) => deployment)).workloads
  }

  get features(): readonly string[] {
    const kept = this.#keptNow()
    kept.features ??= this.#ask<readonly string[]>('zos.system.node_features_get') ?? []
    return kept.features
  }

  get speed(): Speed {
    const kept = this.#keptNow()
    const at = Math.floor(this.#parts.kernel.now() / speedEveryMs)
    if (kept.speed?.at !== at) kept.speed = { at, value: this.#speedNow() }
    return kept.speed.value
  }

  get dmi(): DmiSummary | null {
    const kept = this.#keptNow()
    kept.dmi ??= this.#dmiNow()
    return kept.dmi
  }

  /** The first test that measured anything; zeros before there is one. */
  #speedNow(): Speed {
    const payload = JSON.stringify({ name: 'iperf' })
    const answer = this.#ask<{
      readonly result: readonly { readonly upload_speed: number; readonly download_speed: number }[]
    }>('zos.perf.get', payload)
    const test = answer?.result.find(({ download_speed }) => download_speed !== 0)
    return { upload: test?.upload_speed ?? 0, download: test?.download_speed ?? 0 }
  }

  #dmiNow(): DmiSummary | null {
    const dmi = this.#ask<Dmi>('zos.system.dmi')
    if (dmi === null) return null
    const summary = summaryOf(dmi)
    const text = JSON.stringify(summary)
    const known = this.#summaries.get(text)
    if (known === undefined) this.#summaries.set(text, summary)
    return known ?? summary
  }

  #keptNow(): Kept {
    const state = this.#parts.nodes.stateAt(this.index)
    if (this.#kept?.state !== state) this.#kept = { state }
    return this.#kept
  }

  /** What the node answers to a command; null when it refuses. */
  #ask<T>(command: string, payload?: string): T | null {
    const answer = this.#parts.nodes.ask(this.index, command, payload)
    return answer.ok ? (JSON.parse(answer.value) as T) : null
  }
}

/** As much of firmware tables as is looked at. */
interface FirmwareTables {
  readonly sections: readonly {
    readonly typestr: string
    readonly subsections: readonly {
      readonly title: string
      readonly properties: Readonly<Record<string, { readonly value: string }>>
    }[]
  }[]
}

/** The parts of firmware tables that upstream keeps (grid-proxy/internal/indexer/dmi.go). */
export function summaryOf({ sections }: FirmwareTables): DmiSummary {
  const found = (typestr: string, title: string) =>
    sections
      .filter(section => section.typestr === typestr)
      .flatMap(({ subsections }) => subsections)
      .filter(subsection => subsection.title === title)
      .map(
        ({ properties }) =>
          (name: string) =>
            properties[name]?.value ?? '',
      )
  const bios = found('BIOS', 'BIOS Information').at(-1)
  const board = found('Baseboard', 'Base Board Information').at(-1)
  return {
    bios: { vendor: bios?.('Vendor') ?? '', version: bios?.('Version') ?? '' },
    baseboard: {
      manufacturer: board?.('Manufacturer') ?? '',
      product_name: board?.('Product Name') ?? '',
    },
    processor: found('Processor', 'Processor Information').map(value => ({
      version: value('Version'),
      thread_count: value('Thread Count'),
    })),
    memory: found('MemoryDevice', 'Memory Device')
      .filter(value => value('Type') !== 'Unknown')
      .map(value => ({ manufacturer: value('Manufacturer'), type: value('Type') })),
  }
}
