// A chain for tests of nodes: as little as they see of it, kept in the kernel's store so that it can be taken back.

import type { ChainOutcome } from '../../../src/chain/node/chain.ts'
import type { ContractState } from '../../../src/chain/pallets/smart-contract/types.ts'
import type { ChainCall } from '../../../src/chain/runtime/outer.ts'
import type { NodePower } from '../../../src/chain/types/grid.ts'
import { byteStringToBytes, type Hex } from '../../../src/crypto/hex.ts'
import { type Kernel, rank } from '../../../src/kernel/kernel.ts'
import type { AppendLog, Cell, StoreMap } from '../../../src/kernel/store.ts'
import type { TwinDirectory } from '../../../src/rmb/bus.ts'
import type {
  ActivationPort,
  ChainPort,
  ContractView,
  FarmView,
  PublicConfigView,
  TwinView,
} from '../../../src/zos/ports.ts'

declare module '../../../src/kernel/kernel.ts' {
  interface KernelEvents {
    'test.extrinsic': Extrinsic
  }
}

interface Extrinsic {
  readonly call: ChainCall
  readonly signer: Hex
  readonly reply: Parameters<ChainPort['submit']>[1]['reply'] | null
}

/** What the calls that a test chain understands may carry. */
interface Arguments {
  readonly relay: string
  readonly pk: string
  readonly farm_id: number
  readonly power_state: 'Up' | 'Down'
}

interface Twin extends TwinView {
  readonly pk: Uint8Array | null
}

/** A call as it was applied. */
export interface Applied {
  readonly at: number
  readonly signer: Hex
  readonly name: string
  // biome-ignore lint/suspicious/noExplicitAny: tests know the calls that they look at.
  readonly args: any
  readonly ok: boolean
}

const isUp: NodePower = { state: { type: 'Up' }, target: 'Up' }

/** The chain of a test. */
export class FakeChain implements ChainPort, TwinDirectory, ActivationPort {
  readonly applied: AppendLog<Applied>
  readonly #kernel: Kernel
  readonly #twins: StoreMap<number, Twin>
  readonly #twinIds: StoreMap<string, number>
  readonly #nodeIds: StoreMap<number, number>
  readonly #balances: StoreMap<string, bigint>
  readonly #terms: StoreMap<string, true>
  readonly #farms: StoreMap<number, number>
  readonly #farmIps: StoreMap<number, FarmView['publicIps']>
  readonly #contracts: StoreMap<bigint, ContractView>
  readonly #configs: StoreMap<number, PublicConfigView>
  readonly #powers: StoreMap<number, NodePower>
  readonly #failures: StoreMap<string, number>
  readonly #isReachable: Cell<boolean>
  readonly #lastContract: Cell<bigint>

  constructor(kernel: Kernel) {
    const { store } = kernel
    this.#kernel = kernel
    this.applied = store.log('test.applied')
    this.#twins = store.map('test.twins')
    this.#twinIds = store.map('test.twinIds')
    this.#nodeIds = store.map('test.nodeIds')
    this.#balances = store.map('test.balances')
    this.#terms = store.map('test.terms')
    this.#farms = store.map('test.farms')
    this.#farmIps = store.map('test.farmIps')
    this.#contracts = store.map('test.contracts')
    this.#configs = store.map('test.configs')
    this.#powers = store.map('test.powers')
    this.#failures = store.map('test.failures')
    this.#isReachable = store.cell('test.isReachable', true)
    this.#lastContract = store.cell('test.lastContract', 9n)
    kernel.handle('test.extrinsic', ({ payload }) => this.#apply(payload))
  }

  // What tests do to the chain.

  addTwin(account: Hex, relay: string | null = 'relay.test', pk: Uint8Array | null = null): number {
    const id = this.#twins.size + 1
    this.#twins.set(id, Object.freeze({ id, account, relay, pk }))
    this.#twinIds.set(account, id)
    return id
  }

  addFarm(id: number, twinId: number): void {
    this.#farms.set(id, twinId)
  }

  setFarmIps(id: number, publicIps: FarmView['publicIps']): void {
    this.#farmIps.set(id, Object.freeze(publicIps))
  }

  /** A contract of a deployment; returns its id. */
  addContract(contract: {
    twinId: number
    nodeId: number
    hash: string
    publicIps?: { ip: string; gateway: string }[]
  }): bigint {
    const id = this.#lastContract.get() + 1n
    this.#lastContract.set(id)
    const { twinId, nodeId, hash, publicIps = [] } = contract
    this.putContract({
      id,
      twinId,
      state: { type: 'Created' },
      type: { type: 'node', nodeId, hash, publicIps },
    })
    return id
  }

  putContract(contract: ContractView): void {
    this.#contracts.set(contract.id, Object.freeze(contract))
  }

  setContractState(id: bigint, state: ContractState): void {
    const contract = this.contract(id)
    if (contract) this.putContract({ ...contract, state })
  }

  setHash(id: bigint, hash: string): void {
    const contract = this.contract(id)
    if (contract?.type.type !== 'node') throw new TypeError('not a node contract')
    this.putContract({ ...contract, type: { ...contract.type, hash } })
  }

  removeContract(id: bigint): void {
    this.#contracts.delete(id)
  }

  setPublicConfig(nodeId: number, config: PublicConfigView | null): void {
    if (config) this.#configs.set(nodeId, Object.freeze(config))
    else this.#configs.delete(nodeId)
  }

  setPowerTarget(nodeId: number, target: 'Up' | 'Down'): void {
    this.#powers.set(nodeId, Object.freeze({ ...this.powerOf(nodeId), target }))
  }

  setReachable(isReachable: boolean): void {
    this.#isReachable.set(isReachable)
  }

  setBalance(account: Hex, balance: bigint): void {
    this.#balances.set(account, balance)
  }

  /** Lets the next calls of a name fail. */
  fail(name: string, times: number): void {
    this.#failures.set(name, times)
  }

  /** Forgets twins, nodes and contracts, as a network reset does. */
  wipeNodes(): void {
    for (const [id, { account }] of this.#twins.entries()) {
      if (!this.#nodeIds.has(id)) continue
      this.#twins.delete(id)
      this.#twinIds.delete(account)
      this.#nodeIds.delete(id)
      this.#balances.delete(account)
      this.#terms.delete(account)
    }
    for (const id of this.#contracts.keys()) this.#contracts.delete(id)
  }

  /** The applied calls of a name, oldest first. */
  callsOf(name: string): Applied[] {
    const found: Applied[] = []
    for (let at = 0; at < this.applied.length; at += 1) {
      const call = this.applied.at(at)
      if (call?.name === name) found.push(call)
    }
    return found
  }

  // What nodes see.

  isReachable(): boolean {
    return this.#isReachable.get()
  }

  twin(id: number): Twin | null {
    return this.#twins.get(id) ?? null
  }

  twinIdOf(account: Hex): number | null {
    return this.#twinIds.get(account) ?? null
  }

  nodeIdOfTwin(twinId: number): number | null {
    return this.#nodeIds.get(twinId) ?? null
  }

  farm(id: number): FarmView | null {
    const twinId = this.#farms.get(id)
    if (twinId === undefined) return null
    return { id, twinId, publicIps: this.#farmIps.get(id) ?? [] }
  }

  contract(id: bigint): ContractView | null {
    return this.#contracts.get(id) ?? null
  }

  nameContract(name: string): ContractView | null {
    const found = this.#contracts
      .values()
      .find(({ type }) => type.type === 'name' && type.name === name)
    return found ?? null
  }

  rentContractOf(nodeId: number): ContractView | null {
    const found = this.#contracts
      .values()
      .find(({ type }) => type.type === 'rent' && type.nodeId === nodeId)
    return found ?? null
  }

  activeContractsOf(nodeId: number): readonly bigint[] {
    return this.#contracts
      .values()
      .filter(({ type }) => type.type === 'node' && type.nodeId === nodeId)
      .map(({ id }) => id)
  }

  publicConfigOf(nodeId: number): PublicConfigView | null {
    return this.#configs.get(nodeId) ?? null
  }

  powerOf(nodeId: number): NodePower {
    return this.#powers.get(nodeId) ?? isUp
  }

  balanceOf(account: Hex): bigint {
    return this.#balances.get(account) ?? 0n
  }

  hasAcceptedTerms(account: Hex): boolean {
    return this.#terms.has(account)
  }

  activate(account: Hex): void {
    this.setBalance(account, 1_000_000n)
  }

  submit(call: ChainCall, options: Parameters<ChainPort['submit']>[1]): void {
    this.#kernel.schedule({
      kind: 'test.extrinsic',
      payload: { call, signer: options.signer, reply: options.reply ?? null },
      rank: rank.endOfInstant,
    })
  }

  #apply({ call, signer, reply }: Extrinsic): void {
    const left = this.#failures.get(call.name) ?? 0
    if (left > 0) this.#failures.set(call.name, left - 1)
    const ok = left === 0 && this.#dispatch(call, signer)
    const { name, args } = call
    this.applied.push(Object.freeze({ at: this.#kernel.now(), signer, name, args, ok }))
    if (!reply) return
    const error = ok ? null : 'Payment'
    const outcome: ChainOutcome = { ref: reply.ref, block: this.applied.length, error, events: [] }
    this.#kernel.schedule({
      kind: reply.kind,
      target: reply.target,
      payload: outcome as never,
    })
  }

  #dispatch({ name, args }: ChainCall, signer: Hex): boolean {
    const given = args as Arguments
    const twinId = this.twinIdOf(signer)
    const nodeId = twinId === null ? null : this.nodeIdOfTwin(twinId)
    switch (name) {
      case 'user_accept_tc':
        this.#terms.set(signer, true)
        return true
      case 'create_twin': {
        if (twinId !== null || !this.#terms.has(signer) || this.balanceOf(signer) === 0n)
          return false
        this.addTwin(signer, given.relay, byteStringToBytes(given.pk))
        return true
      }
      case 'update_twin': {
        const twin = twinId === null ? null : this.twin(twinId)
        if (!twin) return false
        this.#twins.set(twin.id, Object.freeze({ ...twin, relay: given.relay }))
        return true
      }
      case 'create_node':
        if (twinId === null || nodeId !== null || !this.farm(given.farm_id)) return false
        this.#nodeIds.set(twinId, this.#nodeIds.size + 1)
        return true
      case 'change_power_state': {
        if (nodeId === null) return false
        const state: NodePower['state'] =
          given.power_state === 'Up' ? { type: 'Up' } : { type: 'Down', value: 1 }
        this.#powers.set(nodeId, Object.freeze({ ...this.powerOf(nodeId), state }))
        return true
      }
      default:
        return nodeId !== null
    }
  }
}
