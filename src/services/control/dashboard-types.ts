// What the dashboard reads of a grid, as JSON: plain data, shared by the server and the page.

/** The states of nodes, workloads and contracts, with how many are in each. */
export type Counts = Readonly<Record<string, number>>

/** The grid in one glance. */
export interface Overview {
  readonly version: string
  readonly network: string
  readonly seed: string
  /** Virtual time, ms since the Unix epoch. */
  readonly now: number
  /** `real`, `virtual` or `warp:N`. */
  readonly clock: string
  readonly isFrozen: boolean
  readonly block: number
  readonly finalized: number
  readonly farms: number
  /** By phase: starting, up, down, asleep; unknown where the process that plays them does not answer. */
  readonly nodes: Counts
  /** How many of them other processes play: what is on these is not in the counts and amounts below. */
  readonly elsewhere: number
  readonly deployments: number
  /** Workloads on all nodes by state. */
  readonly workloads: Counts
  /** Contracts on the chain by state. */
  readonly contracts: Counts
  /** Amounts as decimal text: CPUs, bytes, addresses. */
  readonly total: Readonly<Record<string, string>>
  readonly used: Readonly<Record<string, string>>
  /** Messages by outcome, counted since the process began. */
  readonly messages: Counts
  /** Faults by state. */
  readonly faults: Counts
  readonly bills: BillTotals
}

/** What was billed in the blocks whose events are held. */
export interface BillTotals {
  readonly count: number
  /** In 10^-7 TFT, decimal text. */
  readonly amount: string
  /** The first block that was looked at. */
  readonly since: number
}

/** All farms and nodes, in columns: ten thousand nodes are a short text. */
export interface GridMap {
  readonly farms: readonly {
    readonly id: number
    readonly name: string
    /** Where it stands, in degrees. */
    readonly latitude: number
    readonly longitude: number
  }[]
  readonly id: readonly number[]
  readonly farm: readonly number[]
  /** Positions in `phases`. */
  readonly phase: readonly number[]
  /** Share of the CPUs, memory or disks in use, whichever is most, in percent. */
  readonly use: readonly number[]
  readonly phases: readonly string[]
}

/** A block in a list. */
export interface BlockItem {
  readonly number: number
  readonly hash: string
  /** Ms since the Unix epoch. */
  readonly at: number
  readonly isFinal: boolean
  /** Beside the timestamp. */
  readonly extrinsics: number
  readonly failed: number
  readonly events: number
}

/** A block with its content decoded. Numbers of 64 bits and more are decimal text. */
export interface BlockDetail extends BlockItem {
  readonly parent: string
  readonly items: readonly {
    readonly index: number
    readonly signer: string
    readonly call: string
    readonly args: unknown
    /** Empty when it succeeded. */
    readonly error: string
  }[]
  readonly records: readonly {
    readonly phase: string
    readonly event: string
    readonly fields: unknown
  }[]
  /** What a large block has beyond that. */
  readonly leftOut: { readonly items: number; readonly records: number }
}

/** The storage of a pallet: how many values each item has. */
export interface PalletStorage {
  readonly pallet: string
  readonly items: readonly { readonly name: string; readonly count: number }[]
}

/** Values of a storage item at a block. */
export interface StoragePage {
  readonly at: number
  readonly total: number
  readonly entries: readonly { readonly key: unknown; readonly value: unknown }[]
}

/** What differs in the state of two blocks. */
export interface StorageDiff {
  readonly from: number
  readonly to: number
  readonly changes: readonly {
    readonly item: string
    readonly key: unknown
    /** Null while absent. */
    readonly before: unknown
    readonly after: unknown
  }[]
  readonly leftOut: number
}

/** A deployment in a list. */
export interface DeploymentItem {
  readonly contractId: string
  readonly nodeId: number
  readonly twinId: number
  readonly version: number
  /** Workloads by state. */
  readonly workloads: Counts
}

/** Some of the deployments, newest contracts first. */
export interface DeploymentPage {
  readonly total: number
  readonly items: readonly DeploymentItem[]
}

/** One step of a deployment's way, oldest first. */
export interface Hop {
  /** Virtual time in ms. */
  readonly at: number
  /** Where it happened: chain, bus or node. */
  readonly where: 'chain' | 'bus' | 'node'
  readonly what: string
  readonly detail: string
  readonly isBad: boolean
}

/** A deployment from its contract to where it stands. */
export interface DeploymentStory {
  readonly contractId: string
  readonly twinId: number
  readonly nodeId: number
  /** State of the contract on the chain; `deleted` when it is gone. */
  readonly contract: string
  readonly workloads: readonly {
    readonly name: string
    readonly type: string
    readonly state: string
    readonly message: string
  }[]
  readonly hops: readonly Hop[]
  /** Whether earlier steps may be missing: the trace and the blocks are held for a while only. */
  readonly isCutOff: boolean
}

/** What was billed, block by block. */
export interface Billing extends BillTotals {
  readonly points: readonly {
    readonly block: number
    readonly at: number
    readonly count: number
    /** In 10^-7 TFT, decimal text. */
    readonly amount: string
  }[]
  /** Contracts by what they paid in these blocks, most first. */
  readonly contracts: readonly {
    readonly contractId: string
    readonly count: number
    readonly amount: string
  }[]
  readonly leftOut: { readonly points: number; readonly contracts: number }
}

/** What farms earn, as the blocks that are held tell. Amounts are in 10^-7 TFT, decimal text. */
export interface Farming {
  /** The first block that was looked at, and its time in ms. */
  readonly since: number
  readonly sinceAt: number
  /** Virtual time in ms. */
  readonly now: number
  /** How often the payments for a contract were handed out. */
  readonly payouts: number
  /** Who got them. */
  readonly farmers: string
  readonly foundation: string
  readonly stakingPool: string
  /** What is paid for contracts and not handed out yet. */
  readonly reserved: string
  /** Those that earned most first. */
  readonly farms: readonly FarmEarnings[]
  readonly leftOut: number
}

/** What a farm earned. */
export interface FarmEarnings {
  readonly id: number
  readonly name: string
  readonly nodes: number
  readonly earned: string
  /** What it got when: the time in ms, and the amount. */
  readonly points: readonly { readonly at: number; readonly amount: string }[]
  /** Mean share of the time for which its nodes were up, from 0 to 1; null while nothing is known. */
  readonly uptime: number | null
  /** Nodes that were up for less than their farming policy asks for. */
  readonly below: number
  /** Names of the farming policies of its nodes. */
  readonly policies: readonly string[]
}

/** The nodes of a farm, with what each earned and for how long it was up. */
export interface FarmDetail {
  readonly id: number
  readonly name: string
  readonly nodes: readonly {
    readonly id: number
    readonly phase: string
    readonly uptime: number | null
    readonly minimalUptime: number
    readonly policy: string
    readonly earned: string
  }[]
  readonly leftOut: number
}
