// What the commands of nodes are given, and the ways in which they answer.

import type { Kernel } from '../../kernel/kernel.ts'
import type { Engine } from '../engine/engine.ts'
import type { NodeBody, NodeState } from '../lifecycle/node.ts'
import { accepted, type Outcome } from '../outcome.ts'
import type { ChainPort } from '../ports.ts'
import type { NodeFacts, NodeKind } from '../resources/node-resources.ts'
import { type Answer, encodeAnswer } from './json.ts'

/** What commands need of the world. Nodes are named by their position in this process. */
export interface ApiContext {
  readonly kernel: Kernel
  readonly chain: ChainPort
  readonly engine: Engine
  bodyOf(index: number): NodeBody
  stateOf(index: number): NodeState
  factsOf(index: number): NodeFacts
  /** The other nodes of the node's farm. */
  neighboursOf(index: number): Iterable<number>
  /** Plain addresses of the zos bridge. */
  addressesOf(index: number): readonly string[]
  /** Lets the public traffic of a node go through another network card. */
  setPublicNic(index: number, nic: string): void
  /** Twins that may debug nodes. */
  readonly adminTwins: readonly number[]
  /** What a node without graphics cards lists: real ones answer `null`, which some clients do not expect. */
  readonly emptyGpuList: 'null' | '[]'
}

export const everywhere: readonly NodeKind[] = ['full', 'light']
export const fullOnly: readonly NodeKind[] = ['full']
export const lightOnly: readonly NodeKind[] = ['light']

/** The answer of a command. */
export function answered(value: Answer): Outcome<string> {
  return accepted(encodeAnswer(value))
}
