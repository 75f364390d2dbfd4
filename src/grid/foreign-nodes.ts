// Nodes of other processes on the chain of this one: the grid proxy learns of them over RMB, as the real one does of all.

import { z } from 'zod'
import type { RmbClient } from '../rmb/client/client.ts'
import type {
  CallResult,
  IndexedNode,
  IndexerName,
  NodeFacts,
} from '../services/gridproxy/ports.ts'
import { summaryOf } from './node-facts.ts'

/** How long what a node told holds, in ms of wall time. */
const freshMs = 60_000

/** How often nodes that nobody has asked yet are looked for, in ms of wall time. */
const lookMs = 1000

/** Nodes that are asked at the same time. */
const askedAtOnce = 16

/** Nodes of which something is kept. */
const keptNodes = 20_000

/** How long a node may take to answer, in s (`tfgrid-sdk-go: grid-proxy/internal/indexer`). */
const answerSeconds = 10

/** What is needed of a grid. */
export interface ForeignNodesOptions {
  /** The nodes of this process. */
  readonly local: NodeFacts
  /** The twins of all nodes on the chain. */
  readonly twins: () => readonly number[]
  /** How many of them there are. */
  readonly count: () => number
  /** How many are of this process. */
  readonly localCount: () => number
  /** A client of the bus; made when the first node of another process is there. */
  readonly connect: () => RmbClient
}

interface Entry {
  facts: IndexedNode | null
  /** Wall time in ms of the last answer, or of the last try. */
  at: number
  isAsking: boolean
}

/** What nodes tell, as far as it is shown: it comes from other processes. */
const told = {
  features: z.array(z.string()),
  diagnostics: z.object({ healthy: z.boolean() }),
  dmi: z.object({
    sections: z.array(
      z.object({
        typestr: z.string(),
        subsections: z.array(
          z.object({
            title: z.string(),
            properties: z.record(z.string(), z.object({ value: z.string() })),
          }),
        ),
      }),
    ),
  }),
  cards: z.array(
    z.object({
      id: z.string(),
      vendor: z.string(),
      device: z.string(),
      contract: z.number(),
    }),
  ),
  statistics: z.object({ users: z.object({ workloads: z.number() }) }),
  speed: z.object({
    result: z.array(z.object({ upload_speed: z.number(), download_speed: z.number() })),
  }),
} as const

/** A text as JSON of a shape; null when it is neither. */
function parsed<T>(text: string, schema: z.ZodType<T>): T | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const checked = schema.safeParse(value)
  return checked.success ? checked.data : null
}

const unanswered: CallResult = { ok: false, cause: 'context deadline exceeded' }

/** The facts of all nodes: those of this process live, the others as they told last. */
export class ForeignNodes implements NodeFacts {
  readonly #options: ForeignNodesOptions
  readonly #entries = new Map<number, Entry>()
  readonly #timer: NodeJS.Timeout
  #client: RmbClient | null = null
  #asking = 0
  #lastAnswerAt = 0
  #isClosed = false

  constructor(options: ForeignNodesOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#look(), lookMs).unref()
  }

  of(twinId: number): IndexedNode | null {
    const found = this.#options.local.of(twinId)
    if (found !== null) return found
    const entry = this.#entryOf(twinId)
    if (Date.now() - entry.at > freshMs) this.#refresh(twinId, entry)
    return entry.facts
  }

  indexedAt(name: IndexerName): number {
    return Math.max(this.#options.local.indexedAt(name), Math.floor(this.#lastAnswerAt / 1000))
  }

  call(twinId: number, command: string): CallResult | Promise<CallResult> {
    if (this.#options.local.of(twinId) !== null) return this.#options.local.call(twinId, command)
    return this.#call(twinId, command)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.#client?.close()
  }

  /** Asks nodes that have just come. */
  #look(): void {
    const { count, localCount, twins, local } = this.#options
    if (this.#isClosed || count() <= localCount()) return
    for (const twinId of twins()) {
      if (this.#asking >= askedAtOnce) return
      if (local.of(twinId) !== null) continue
      const entry = this.#entryOf(twinId)
      if (entry.facts === null && Date.now() - entry.at > lookMs) this.#refresh(twinId, entry)
    }
  }

  #entryOf(twinId: number): Entry {
    let entry = this.#entries.get(twinId)
    if (!entry) {
      // The one that came first goes: it is asked again when somebody wants it.
      if (this.#entries.size >= keptNodes) this.#entries.delete(this.#entries.keys().next().value!)
      entry = { facts: null, at: 0, isAsking: false }
      this.#entries.set(twinId, entry)
    }
    return entry
  }

  #refresh(twinId: number, entry: Entry): void {
    if (this.#isClosed || entry.isAsking || this.#asking >= askedAtOnce) return
    entry.isAsking = true
    this.#asking += 1
    void this.#ask(twinId).then(facts => {
      entry.facts = facts ?? entry.facts
      entry.at = Date.now()
      entry.isAsking = false
      this.#asking -= 1
      if (facts) this.#lastAnswerAt = entry.at
    })
  }

  /** What a node tells of itself; null when it does not answer. Never rejects: anybody may register a node. */
  async #ask(twinId: number): Promise<IndexedNode | null> {
    const read = async <T>(
      command: string,
      schema: z.ZodType<T>,
      payload?: string,
    ): Promise<T | null> => {
      const answer = await this.#call(twinId, command, payload)
      return answer.ok ? parsed(answer.payload, schema) : null
    }
    const features = await read('zos.system.node_features_get', told.features)
    if (features === null) return null
    const [diagnostics, dmi, cards, hasIpv6, statistics, speed] = await Promise.all([
      read('zos.system.diagnostics', told.diagnostics),
      read('zos.system.dmi', told.dmi),
      read('zos.gpu.list', told.cards),
      read('zos.network.has_ipv6', z.boolean()),
      read('zos.statistics.get', told.statistics),
      read('zos.perf.get', told.speed, '{"name":"iperf"}'),
    ])
    const test = speed?.result.find(({ download_speed }) => download_speed !== 0)
    return {
      features,
      isHealthy: diagnostics?.healthy ?? false,
      dmi: dmi && summaryOf(dmi),
      cards: cards ?? [],
      hasIpv6: hasIpv6 ?? false,
      workloads: statistics?.users.workloads ?? 0,
      speed: { upload: test?.upload_speed ?? 0, download: test?.download_speed ?? 0 },
    }
  }

  async #call(twinId: number, command: string, payload?: string): Promise<CallResult> {
    if (this.#isClosed) return unanswered
    this.#client ??= this.#options.connect()
    const end = await this.#client.request({
      to: twinId,
      command,
      ttlSeconds: answerSeconds,
      ...(payload === undefined ? {} : { payload }),
    })
    switch (end.type) {
      case 'response':
        return { ok: true, payload: Buffer.from(end.payload).toString('utf8') }
      case 'error':
        return { ok: false, cause: end.message }
      default:
        return unanswered
    }
  }
}
