// What a method is given: the chain, what the edge knows, and the subscription that it may feed.

import type { Edge } from './internal/edge.ts'
import type { ServedMetadata } from './internal/metadata.ts'
import type { OffchainStorage } from './internal/offchain-storage.ts'
import type { Session } from './internal/session.ts'
import type { ChainPort, DevControl } from './port.ts'
import type { Registry } from './registry.ts'

/** A result that is JSON text already. */
export class Json {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** JSON text of any result; an undefined one is null. */
export function jsonOf(result: unknown): string {
  if (result instanceof Json) return result.text
  return JSON.stringify(result) ?? 'null'
}

/** How the node calls itself. */
export interface NodeIdentity {
  /** `system_chain` */
  readonly chain: string
  /** `system_chainType` */
  readonly chainType: 'Development' | 'Local' | 'Live'
  /** `system_name` */
  readonly name: string
  /** `system_version` */
  readonly version: string
}

/** A development node of TFChain release 2.9.2 (`tfchain: substrate-node/node/src/{chain_spec,command}.rs`). */
export const devIdentity: NodeIdentity = {
  chain: 'Development',
  chainType: 'Development',
  name: 'Substrate Node',
  version: '2.9.2-pocketgrid',
}

/** What a method may ask for. */
export interface Call {
  readonly chain: ChainPort
  /** What was told to the outside so far: heads, finality, watched extrinsics. */
  readonly edge: Edge
  readonly registry: Registry
  readonly identity: NodeIdentity
  readonly metadata: ServedMetadata
  readonly offchain: OffchainStorage
  /** Changes the world by hand. */
  readonly control: DevControl
  /** The client that asks. */
  readonly session: Session
}

/** An open subscription, fed by whoever holds it. */
export interface Subscription {
  readonly id: string
  readonly isOpen: boolean
  /** Sends a notification with this JSON as result; ignored once the subscription has ended. */
  notify(json: string): void
  /** Sends several, and calls `then` when the client has room for more. */
  notifyAll(jsons: readonly string[], then: () => void): void
  /** Only its farewell is to come: it does not count against the limit of open subscriptions any more. */
  settle(): void
  /** Ends the stream without a word, as the real node does. */
  end(): void
  /** Calls `body` when the subscription ends, whoever ended it. */
  onEnd(body: () => void): void
}
