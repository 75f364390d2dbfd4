// People of the grid who deploy machines without a client of their own: contract first, then the node, as everybody does.

import type { ChainOutcome } from '../../chain/node/chain.ts'
import { utf8ToByteString } from '../../crypto/hex.ts'
import { gridError, invariant } from '../../kernel/errors.ts'
import type { StoreMap } from '../../kernel/store.ts'
import type { BusAnswer } from '../../rmb/bus.ts'
import type { Resident, World } from '../world.ts'
import { type MachinePlan, planMachine, signedPlan } from './machine.ts'

declare module '../../kernel/kernel.ts' {
  interface KernelEvents {
    'visitor.contract': ChainOutcome
    'visitor.answer': BusAnswer
  }
}
declare module '../../chain/node/pool.ts' {
  interface OutcomeKinds {
    'visitor.contract': true
  }
}
declare module '../../rmb/bus.ts' {
  interface AnswerKinds {
    'visitor.answer': true
  }
}

/** A machine that somebody wants. */
export interface MachineOrder {
  /** Name of a user of the grid. */
  readonly user: string
  readonly nodeId: number
  /** Name of the machine: letters and digits. */
  readonly name: string
  readonly cpu?: number | undefined
  readonly memoryGiB?: number | undefined
  readonly diskGiB?: number | undefined
}

interface Waiting {
  readonly user: string
  readonly nodeId: number
  readonly plan: MachinePlan
}

/** Session of these people on the bus, so that a user's own client keeps the twin's unnamed one. */
const session = 'visitor'

/** How long a node has for its answer, in ms: what the grid's TypeScript client waits. */
const answerMs = 1_200_000

/** Who deploys machines in a world. */
export class Visitors {
  readonly #world: World
  /** Plans whose contract is on its way into a block, by hash of the plan. */
  readonly #waiting: StoreMap<string, Waiting>

  constructor(world: World) {
    this.#world = world
    this.#waiting = world.kernel.store.map('visitors.waiting')
    world.kernel.handle('visitor.contract', ({ payload }) => this.#send(payload))
    // What became of it is seen on the node.
    world.kernel.handle('visitor.answer', () => undefined)
  }

  /** Begins to deploy a machine. GRID_CONFIG_INVALID when there is no such user or node. */
  deploy({ user, nodeId, name, cpu = 1, memoryGiB = 1, diskGiB = 10 }: MachineOrder): void {
    const { chain, nodes, kernel, workloadTypes: types } = this.#world
    const { twinId, pair } = this.#userOf(user)
    if (nodes.indexOf(nodeId) === null) {
      throw gridError('GRID_CONFIG_INVALID', { detail: `there is no node ${nodeId}` })
    }
    const random = kernel.random.stream('visitors')
    const plan = planMachine({ name, twinId, cpu, memoryGiB, diskGiB }, { random, types })
    this.#waiting.set(plan.hash, Object.freeze({ user, nodeId, plan: Object.freeze(plan) }))
    const args = {
      node_id: nodeId,
      deployment_hash: utf8ToByteString(plan.hash),
      deployment_data: utf8ToByteString(JSON.parse(plan.json).metadata),
      public_ips: 0,
      solution_provider_id: null,
    }
    chain.submit(
      { pallet: 'SmartContractModule', name: 'create_node_contract', args },
      {
        signer: pair.accountId,
        reply: { kind: 'visitor.contract', target: null, ref: plan.hash },
      },
    )
  }

  #userOf(name: string): Resident {
    const user = this.#world.residents.find(resident => resident.name === name)
    if (!user) throw gridError('GRID_CONFIG_INVALID', { detail: `there is no user '${name}'` })
    return user
  }

  /** The contract is there, or is not: then the chain has said why, and nothing is deployed. */
  #send({ ref, error, events }: ChainOutcome): void {
    const waiting = this.#waiting.get(ref)
    invariant(waiting, 'a contract that is reported was ordered')
    this.#waiting.delete(ref)
    const { nodes, bus } = this.#world
    const created = events.find(({ event }) => event.name === 'ContractCreated')
    const to = nodes.indexOf(waiting.nodeId) === null ? null : nodes.twinOf(waiting.nodeId)
    if (error !== null || !created || to === null) return
    const [{ contract_id }] = created.event.fields as readonly [{ contract_id: bigint }]
    const { pair, twinId } = this.#userOf(waiting.user)
    bus.request(
      {
        from: { twin: twinId, connection: session },
        to,
        command: 'zos.deployment.deploy',
        payload: signedPlan(waiting.plan, contract_id, pair),
        ttlMs: answerMs,
      },
      { kind: 'visitor.answer', target: null, ref },
    )
  }
}
