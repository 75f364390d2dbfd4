// What the parts of a node's life share: its body, its state, and the way to the chain.

import type { ChainOutcome } from '../../chain/node/chain.ts'
import type { ChainCall } from '../../chain/runtime/outer.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { ChainPort } from '../ports.ts'
import type { NodeBody, NodeState } from './node.ts'

declare module '../../kernel/kernel.ts' {
  interface KernelEvents {
    /** What became of an extrinsic of a node. */
    'zos.outcome': ChainOutcome
  }
}

declare module '../../chain/node/pool.ts' {
  interface OutcomeKinds {
    'zos.outcome': true
  }
}

declare module '../../kernel/trace.ts' {
  interface TraceEvents {
    /** Something happened to a node as a whole. `node` is its id on the chain, 0 before it has one. */
    'zos.node': { index: number; node: number; what: string }
  }
}

/** The part of a node's life that an extrinsic belongs to, and its own words after a slash. */
export type OutcomeRef = `${'register' | 'uptime' | 'resources' | 'traffic' | 'power'}/${string}`

/** What the parts of a node's life are given. Nodes are named by their position in this process. */
export interface NodeHost {
  readonly kernel: Kernel
  readonly chain: ChainPort
  bodyOf(index: number): NodeBody
  stateOf(index: number): NodeState
  update(index: number, change: Partial<NodeState>): void
  /** Whether the node runs, and its chain can be reached. */
  isConnected(index: number): boolean
  /** Submits an extrinsic of a node; with `ref` its outcome comes back to the part that the ref names. */
  submit(index: number, call: ChainCall, ref?: OutcomeRef): void
  note(index: number, what: string): void
}

/** A call of the module that keeps twins, farms and nodes. */
export function gridCall(name: string, args: ChainCall['args']): ChainCall {
  return { pallet: 'TfgridModule', name, args }
}
