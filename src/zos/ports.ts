// What nodes need of the world around them: a chain to read and write, and a bus to be called on.

import type { OutcomeReply } from '../chain/node/pool.ts'
import type { ContractState } from '../chain/pallets/smart-contract/types.ts'
import type { ChainCall } from '../chain/runtime/outer.ts'
import type { NodePower } from '../chain/types/grid.ts'
import type { KeyPair } from '../crypto/keys.ts'

/** A twin as nodes see it. */
export interface TwinView {
  readonly id: number
  /** `0x` hex of the public key. */
  readonly account: `0x${string}`
  readonly relay: string | null
}

/** A contract as nodes see it. */
export interface ContractView {
  readonly id: bigint
  readonly twinId: number
  readonly state: ContractState
  readonly type:
    | {
        readonly type: 'node'
        readonly nodeId: number
        /** The 32 ASCII characters of the deployment's hash. */
        readonly hash: string
        readonly publicIps: readonly { readonly ip: string; readonly gateway: string }[]
      }
    | { readonly type: 'name'; readonly name: string }
    | { readonly type: 'rent'; readonly nodeId: number }
}

/** The public configuration that a farmer gave to a node. */
export interface PublicConfigView {
  readonly ip4: { readonly ip: string; readonly gw: string }
  readonly ip6: { readonly ip: string; readonly gw: string } | null
  readonly domain: string | null
}

/** A farm as nodes see it. */
export interface FarmView {
  readonly id: number
  readonly twinId: number
  /** Its public IPv4 addresses in CIDR form; `contractId` is 0n while nobody has one. */
  readonly publicIps: readonly {
    readonly ip: string
    readonly gateway: string
    readonly contractId: bigint
  }[]
}

/** A read that did not work: the chain cannot be reached. */
export interface Unreachable {
  readonly unreachable: string
}

/** The chain as a node sees it. Reads give the best block's state; null means that there is no such thing. */
export interface ChainPort {
  /** False while the chain cannot be reached by this node; reads then give what was cached, or fail. */
  isReachable(nodeId: number): boolean
  twin(id: number): TwinView | null
  twinIdOf(account: `0x${string}`): number | null
  nodeIdOfTwin(twinId: number): number | null
  farm(id: number): FarmView | null
  contract(id: bigint): ContractView | null
  nameContract(name: string): ContractView | null
  rentContractOf(nodeId: number): ContractView | null
  activeContractsOf(nodeId: number): readonly bigint[]
  publicConfigOf(nodeId: number): PublicConfigView | null
  powerOf(nodeId: number): NodePower
  /** Free balance of an account in units (10^-7 TFT). */
  balanceOf(account: `0x${string}`): bigint
  hasAcceptedTerms(account: `0x${string}`): boolean
  /** Submits a call signed by a party of this process; the outcome comes as a kernel event. */
  submit(call: ChainCall, options: { signer: `0x${string}`; reply?: OutcomeReply }): void
}

/** The service that funds new accounts (`tfchain: activation-service`). */
export interface ActivationPort {
  /** Asks for funds; the balance is there a block later. */
  activate(account: `0x${string}`): void
}

/** Keeps the keys of the parties of this process, so that blocks can be signed when somebody asks for them. */
export interface Keyring {
  add(pair: KeyPair): void
}
