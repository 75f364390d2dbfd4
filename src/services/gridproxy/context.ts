// What the routes of the proxy work with.

import type { RowReader } from '../indexer/store.ts'
import type { ContractBook } from './contract-book.ts'
import type { Query } from './filter.ts'
import type { NodeBook } from './node-book.ts'
import type { IndexedNode, NodeFacts } from './ports.ts'
import { statusAt } from './status.ts'

/** The parts of a proxy. */
export interface Context {
  readonly rows: RowReader
  readonly nodes: NodeBook
  readonly contracts: ContractBook
  readonly facts: NodeFacts
  /** The grid's time, in ms since the Unix epoch. */
  now(): number
  /** A number in [0, 1), for lists in random order. */
  random(): number
}

/** What is known of a node that was never asked. */
const unknownNode: IndexedNode = {
  cards: [],
  isHealthy: null,
  hasIpv6: false,
  workloads: 0,
  features: [],
  speed: { upload: 0, download: 0 },
  dmi: null,
}

/** The view of one request: its time stands still. */
export function queryOf({ facts, now }: Context, balance = 0): Query {
  const seconds = Math.floor(now() / 1000)
  return {
    balance,
    statusOf: ({ power, updatedAt }) => statusAt(power, seconds - updatedAt),
    factsOf: ({ twinId }) => facts.of(twinId) ?? unknownNode,
  }
}
