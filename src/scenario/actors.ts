// The people of a scenario: what users, farmers and operators can do, in the words of the grid, each verb with an outcome.

import { smartContract } from '../chain/pallets/smart-contract/declaration.ts'
import { system } from '../chain/pallets/system/declaration.ts'
import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import { tftPrice } from '../chain/pallets/tft-price/declaration.ts'
import type { EventRecord } from '../chain/runtime/runtime.ts'
import { utf8ToByteString } from '../crypto/hex.ts'
import type { FarmView } from '../grid/farms.ts'
import { tftUnits } from '../grid/people.ts'
import type { Resident } from '../grid/world.ts'
import { gridError, invariant } from '../kernel/errors.ts'
import {
  type DeploymentJson,
  deploymentOf,
  hashOf,
  signDeployment,
  type Wish,
  workloadsOf,
} from './build.ts'
import { Deployment } from './deployment.ts'
import { type Duration, durationMs } from './durations.ts'
import type { Stage } from './stage.ts'

/** How long a verb waits for the bus when nothing else is said: what the grid's TypeScript client waits. */
const answerWithin: Duration = '20m'

/** A user of the grid: an account, a twin, and what one does with them. */
export class User {
  readonly name: string
  /** SS58 address. */
  readonly address: string
  readonly #resident: Resident
  readonly #stage: Stage

  constructor(resident: Resident, stage: Stage) {
    this.name = resident.name
    this.address = resident.pair.address
    this.#resident = resident
    this.#stage = stage
  }

  /** The twin's id; after a reset of the chain it may be another one. */
  get twinId(): number {
    const { TwinIdByAccountID } = this.#stage.world.chain.runtime.txOf(tfgrid).state
    return TwinIdByAccountID.get(this.account) ?? this.#resident.twinId
  }

  /** `0x` hex of the account's public key. */
  get account(): `0x${string}` {
    return this.#resident.pair.accountId
  }

  /** Free balance in units (10^-7 TFT). */
  balance(): bigint {
    return this.#balances().free
  }

  /** What bills have reserved, in units. */
  reserved(): bigint {
    return this.#balances().reserved
  }

  #balances() {
    const { chain } = this.#stage.world
    return chain.runtime.txOf(system).state.Account.get(this.account).data
  }

  /**
   * Signs and submits an extrinsic; resolves with its events once it is in a block, fails with
   * GRID_CHAIN_REFUSED and the name of the chain's error, or with GRID_CHAIN_UNREACHABLE.
   */
  async call(pallet: string, name: string, args: unknown): Promise<readonly EventRecord[]> {
    const { chain, faults } = this.#stage.world
    if (faults.isTwinCutOff(this.twinId)) {
      throw gridError('GRID_CHAIN_UNREACHABLE', { detail: `for ${this.name}` })
    }
    const outcome = await this.#stage.submit(this.account, { pallet, name, args })
    if (outcome.error !== null) {
      throw gridError('GRID_CHAIN_REFUSED', { detail: chain.nameOfError(outcome.error) })
    }
    return outcome.events
  }

  /** Sends TFT to another user. */
  async transfer(to: User, tft: number): Promise<void> {
    const dest = { type: 'Id', value: to.account } as const
    await this.call('Balances', 'transfer_keep_alive', { dest, value: unitsOf(tft) })
  }

  /**
   * Sends a command to a node and resolves with its decoded answer. Fails with GRID_NODE_REFUSED and the node's
   * text, or with GRID_NO_ANSWER.
   */
  async ask(
    nodeId: number,
    command: string,
    payload?: unknown,
    options: { within?: Duration } = {},
  ): Promise<unknown> {
    const twin = this.#stage.world.nodes.twinOf(nodeId)
    if (twin === null)
      throw gridError('GRID_NO_FREE_FARM', { detail: `there is no node ${nodeId}` })
    const answer = await this.#stage.request(this.twinId, twin, {
      command,
      payload: payload === undefined ? '' : JSON.stringify(payload),
      within: options.within ?? answerWithin,
    })
    switch (answer.type) {
      case 'response':
        return answer.payload === null ? null : decoded(answer.payload, command)
      case 'error':
        throw gridError('GRID_NODE_REFUSED', { detail: answer.message })
      case 'expired':
        throw gridError('GRID_NO_ANSWER', { detail: `${command} to node ${nodeId}` })
    }
  }

  /**
   * Deploys a machine with what it needs, or other parts: contract first, then the deployment. Resolves when the
   * node has accepted it; installing takes (virtual) time.
   */
  async deploy(wish: Wish & { readonly on: number }): Promise<Deployment> {
    return this.deployPlan(wish.on, await this.plan(wish))
  }

  /** The deployment of a wish, as `deploy` would make it; the node is asked for its ports. */
  async plan(wish: Wish & { readonly on: number }): Promise<DeploymentJson> {
    const { kernel } = this.#stage.world
    const needsPort = wish.network !== undefined && !wish.isLight
    const usedPorts = needsPort
      ? ((await this.ask(wish.on, 'zos.network.list_wg_ports')) as number[])
      : []
    const random = kernel.random.stream(`scenario/${this.name}/deploy`)
    const workloads = workloadsOf(wish, { usedPorts, random })
    return deploymentOf({
      twinId: this.twinId,
      workloads,
      metadata: wish.metadata ?? JSON.stringify({ version: 3, type: 'vm', name: wish.name }),
      ...(wish.description === undefined ? {} : { description: wish.description }),
    })
  }

  /** Deploys any deployment: makes the contract of its hash, signs, sends. */
  async deployPlan(nodeId: number, plan: DeploymentJson): Promise<Deployment> {
    const deployment = await this.reserve(nodeId, plan)
    await deployment.send('zos.deployment.deploy')
    return deployment
  }

  /** Makes the contract of a deployment, and does not send it yet: `deployment.send('zos.deployment.deploy')` does. */
  async reserve(nodeId: number, plan: DeploymentJson): Promise<Deployment> {
    const events = await this.call('SmartContractModule', 'create_node_contract', {
      node_id: nodeId,
      deployment_hash: utf8ToByteString(hashOf(plan, this.#stage.world.workloadTypes)),
      deployment_data: utf8ToByteString(plan.metadata.slice(0, 512)),
      public_ips: publicIpsOf(plan),
      solution_provider_id: null,
    })
    const contractId = contractIdOf(events)
    this.#stage.plans.set(contractId, plan)
    return new Deployment(this, this.#stage, { nodeId, contractId })
  }

  /** Reserves a name for gateways; resolves with the contract's id. */
  async reserveName(name: string): Promise<bigint> {
    const args = { name: utf8ToByteString(name) }
    return contractIdOf(await this.call('SmartContractModule', 'create_name_contract', args))
  }

  /** Rents a whole node; resolves with the contract's id. */
  async rent(nodeId: number): Promise<bigint> {
    const args = { node_id: nodeId, solution_provider_id: null }
    return contractIdOf(await this.call('SmartContractModule', 'create_rent_contract', args))
  }

  /** Cancels a contract. */
  async cancel(contractId: bigint): Promise<void> {
    await this.call('SmartContractModule', 'cancel_contract', { contract_id: contractId })
  }

  /** The ids of the user's contracts, in order. */
  contracts(): bigint[] {
    const { Contracts, ContractID } = this.#stage.world.chain.runtime.txOf(smartContract).state
    const { twinId } = this
    const ids = Array.from({ length: Number(ContractID.get()) }, (_, i) => BigInt(i + 1))
    return ids.filter(id => Contracts.get(id)?.twin_id === twinId)
  }

  /** The user's key signs the hash of a deployment. */
  sign(plan: DeploymentJson): DeploymentJson {
    return signDeployment(plan, hashOf(plan, this.#stage.world.workloadTypes), this.#resident.pair)
  }
}

/** What a farmer gives a node to make a gateway of it. */
export interface PublicConfig {
  /** `185.1.2.3/24` and its gateway. */
  readonly ip4: { readonly ip: string; readonly gw: string }
  readonly ip6?: { readonly ip: string; readonly gw: string }
  readonly domain?: string
}

/** A farmer: a user with a farm. */
export class Farmer extends User {
  readonly farmId: number

  constructor(resident: Resident, farm: FarmView, stage: Stage) {
    super(resident, stage)
    this.farmId = farm.id
  }

  /** Sends a node to sleep, or has it woken. */
  async power(nodeId: number, target: 'Up' | 'Down'): Promise<void> {
    await this.call('TfgridModule', 'change_power_target', {
      node_id: nodeId,
      power_target: target,
    })
  }

  /** Gives a node public addresses and a domain, or takes them away. */
  async publicConfig(nodeId: number, config: PublicConfig | null): Promise<void> {
    const text = utf8ToByteString
    const address = ({ ip, gw }: PublicConfig['ip4']) => ({ ip: text(ip), gw: text(gw) })
    const public_config = config && {
      ip4: address(config.ip4),
      ip6: config.ip6 ? address(config.ip6) : null,
      domain: config.domain === undefined ? null : text(config.domain),
    }
    await this.call('TfgridModule', 'add_node_public_config', {
      farm_id: this.farmId,
      node_id: nodeId,
      public_config,
    })
  }

  /** What renting a node costs beside its price, in 10^-3 USD a month. */
  async extraFee(nodeId: number, fee: number): Promise<void> {
    const args = { node_id: nodeId, extra_fee: BigInt(fee) }
    await this.call('SmartContractModule', 'set_dedicated_node_extra_fee', args)
  }

  /** Gives the farm one more public address: `addIp('185.1.2.3/24', '185.1.2.1')`. */
  async addIp(ip: string, gw: string): Promise<void> {
    const args = { farm_id: this.farmId, ip: utf8ToByteString(ip), gw: utf8ToByteString(gw) }
    await this.call('TfgridModule', 'add_farm_ip', args)
  }

  /** Takes a public address away. */
  async removeIp(ip: string): Promise<void> {
    const args = { farm_id: this.farmId, ip: utf8ToByteString(ip) }
    await this.call('TfgridModule', 'remove_farm_ip', args)
  }
}

/** Who runs the network: prices, funds, versions, and the great broom. */
export class Operator {
  readonly #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** Sets what a TFT costs, in 10^-3 USD, within the bounds that the council set. */
  price(price: number): void {
    const { chain } = this.#stage.world
    const { state } = chain.runtime.txOf(tftPrice)
    chain.best()
    chain.override(() => {
      state.TftPrice.set(price)
      state.AverageTftPrice.set(price)
    })
  }

  /** Sets what an account has free. */
  setBalance(user: User, tft: number): void {
    const { chain } = this.#stage.world
    const free = unitsOf(tft).toString()
    const problem = chain.edit({ type: 'setBalance', account: user.account, free })
    if (problem !== null) throw gridError('GRID_CHAIN_REFUSED', { detail: problem })
  }

  /** Gives an account so many TFT more, out of nothing. */
  fund(user: User, tft: number): void {
    this.setBalance(user, Number(user.balance() / tftUnits) + tft)
  }

  /** Brings nodes to a version of zos one after the other, `every` so long; all nodes unless some are named. */
  async upgrade(
    version: string,
    { nodes, every = '1m' }: { nodes?: readonly number[]; every?: Duration } = {},
  ): Promise<void> {
    const { world, host } = this.#stage
    const all = world.nodes.list().map(({ nodeId }) => nodeId)
    for (const nodeId of nodes ?? all) {
      world.nodes.upgrade(nodeId, version)
      await host.sleep(durationMs(every), `node ${nodeId} runs ${version}`)
    }
  }

  /** Wipes the chain: it begins anew, nodes register again, deployments are gone. Resolves when all is back. */
  async reset(within: Duration = '1h'): Promise<void> {
    const { world, host } = this.#stage
    const before = world.chain.genesisHash()
    world.faults.add({ kind: 'chain.reset' })
    const isBack = () => world.chain.genesisHash() !== before && world.nodes.areRegistered()
    await host.until('every node has registered anew', isBack, durationMs(within))
  }
}

/** TFT in units. */
export function unitsOf(tft: number): bigint {
  return BigInt(Math.round(tft * 1e7)) * (tftUnits / 10_000_000n)
}

function decoded(payload: string, command: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    throw gridError('GRID_NODE_REFUSED', {
      detail: `the answer to ${command} is no JSON: ${payload}`,
    })
  }
}

/** IPv4 addresses of the farm that a deployment reserves. */
function publicIpsOf({ workloads }: DeploymentJson): number {
  const takesOne = ({ type, data }: DeploymentJson['workloads'][number]) =>
    type === 'ipv4' || (type === 'ip' && (data as { readonly v4?: unknown }).v4 === true)
  return workloads.filter(takesOne).length
}

function contractIdOf(events: readonly EventRecord[]): bigint {
  const created = events.find(({ event }) => event.name === 'ContractCreated')
  invariant(created, 'a contract that was created has an event')
  const [contract] = created.event.fields as readonly [{ readonly contract_id: bigint }]
  return contract.contract_id
}
