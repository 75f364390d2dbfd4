// What the proxy needs to know of nodes beside the chain's index: upstream asks them over RMB, the grid supplies it.

/** A graphics card. */
export interface Card {
  /** Slot, vendor and device, `0000:0e:00.0/1002/744c`. */
  readonly id: string
  readonly vendor: string
  readonly device: string
  /** The contract that holds it, or 0. */
  readonly contract: number
}

/** What firmware tables say of a machine, as far as the proxy shows it. */
export interface DmiSummary {
  readonly bios: { readonly vendor: string; readonly version: string }
  readonly baseboard: { readonly manufacturer: string; readonly product_name: string }
  readonly processor: readonly { readonly version: string; readonly thread_count: string }[]
  readonly memory: readonly { readonly manufacturer: string; readonly type: string }[]
}

/** Bits per second. */
export interface Speed {
  readonly upload: number
  readonly download: number
}

/** What is known of a node; each part may be computed when it is read. */
export interface IndexedNode {
  readonly cards: readonly Card[]
  /** Null when no report was ever made. */
  readonly isHealthy: boolean | null
  readonly hasIpv6: boolean
  readonly workloads: number
  readonly features: readonly string[]
  readonly speed: Speed
  /** Null when it was never told. */
  readonly dmi: DmiSummary | null
}

/** The indexers of the proxy, in the order in which `/health` names them. */
export const indexers = ['gpu', 'health', 'dmi', 'speed', 'ipv6', 'workloads', 'features'] as const

export type IndexerName = (typeof indexers)[number]

/** The end of a call to a node: JSON text, or why there is none. */
export type CallResult =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly cause: string }

/** Nodes as the proxy's indexers and its own calls find them. Nodes are named by their twins. */
export interface NodeFacts {
  /** What is known of a node; null when nothing is. */
  of(twinId: number): IndexedNode | null
  /** When each indexer stored something last, in unix seconds; 0 for never. */
  indexedAt(name: IndexerName): number
  /** Calls a command without payload on a node, as over RMB. */
  call(twinId: number, command: string): CallResult | Promise<CallResult>
}
