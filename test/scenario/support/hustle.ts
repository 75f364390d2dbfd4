// A grid in full swing, driven by draws: whatever people, nodes and fate do to it, at any place, and without a script.

import type { ChainOutcome } from '../../../src/chain/node/chain.ts'
import { checkWorld } from '../../../src/config/config.ts'
import { utf8ToByteString } from '../../../src/crypto/hex.ts'
import { repeated, within } from '../../../src/faults/nemesis.ts'
import type { FaultInput } from '../../../src/faults/schema.ts'
import { createWorld, type Resident, type World } from '../../../src/grid/world.ts'
import type { Cell, StoreMap } from '../../../src/kernel/store.ts'
import type { BusAnswer } from '../../../src/rmb/bus.ts'
import {
  type DeploymentJson,
  deploymentOf,
  hashOf,
  signDeployment,
  workloadsOf,
} from '../../../src/scenario/build.ts'
import { parts } from '../../../src/scenario/parts.ts'
import { scenarioEpoch } from '../../../src/scenario/theatre.ts'
import type { Draw } from '../../chain/support/random.ts'

declare module '../../../src/kernel/kernel.ts' {
  interface KernelEvents {
    'hustle.outcome': ChainOutcome
    'hustle.answer': BusAnswer
  }
}
declare module '../../../src/kernel/trace.ts' {
  interface TraceEvents {
    hustle: { ref: string; end: string }
  }
}
declare module '../../../src/chain/node/pool.ts' {
  interface OutcomeKinds {
    'hustle.outcome': true
  }
}
declare module '../../../src/rmb/bus.ts' {
  interface AnswerKinds {
    'hustle.answer': true
  }
}

const minuteMs = 60_000
const contracts = 'SmartContractModule'

/** A deployment that somebody made or is about to make. */
interface Planned {
  readonly owner: string
  readonly nodeId: number
  readonly plan: DeploymentJson
}

/** What the outcome of an extrinsic is waited for. */
interface Wanted extends Planned {
  /** Null while the contract is being made. */
  readonly contractId: bigint | null
}

/** A world with people who keep what they know of it in its own store, so that reverts take it back. */
export class Hustle {
  readonly world: World
  readonly #plans: StoreMap<bigint, Planned>
  readonly #wanted: StoreMap<string, Wanted>
  readonly #lastRef: Cell<number>

  constructor(seed: string) {
    const checked = checkWorld({
      farms: [
        {
          name: 'ghent',
          nodes: 4,
          hardware: ['server', 'storage-2u', 'light', 'server'],
          publicIps: 3,
          gateways: 1,
        },
      ],
      users: ['alice', 'bob', { name: 'carol', tft: 2 }],
      blocks: '6s',
      lagMs: { gridproxy: 45_000 },
      seed,
    })
    if (!checked.ok) throw new TypeError(JSON.stringify(checked.problems))
    this.world = createWorld(checked.config, {
      startAt: scenarioEpoch,
      relay: 'relay.pocketgrid',
      heartbeat: false,
      userScheme: 'ed25519',
      isIndexed: true,
    })
    const { kernel } = this.world
    this.#plans = kernel.store.map('hustle.plans')
    this.#wanted = kernel.store.map('hustle.wanted')
    this.#lastRef = kernel.store.cell('hustle.lastRef', 0)
    kernel.handle('hustle.outcome', ({ payload }) => this.#onOutcome(payload))
    kernel.handle('hustle.answer', ({ payload: { ref, ...end } }) => {
      const text = JSON.stringify(end)
      kernel.trace.add('hustle', { ref, end: text })
    })
  }

  /** Brings the grid into the middle of everything: installs, faults to come, messages late, kept and lost. */
  bustle(draw: Draw): void {
    const { kernel, faults, nodes } = this.world
    for (let i = 0; i < 12; i += 1) this.#deploy(draw)
    this.#pass(2 * minuteMs)
    faults.add({ kind: 'node.slow', factor: 10, forMs: 20 * minuteMs })
    for (let i = 0; i < 10; i += 1) this.#deploy(draw)
    this.#pass(9_000)
    const crash: FaultInput = { kind: 'node.crash', forMs: minuteMs, chance: 0.5 }
    const late: FaultInput = { kind: 'rmb.delay', ms: 30_000, jitterMs: 90_000 }
    faults.add({ ...late, forMs: 40 * minuteMs })
    faults.add({ kind: 'rmb.duplicate', chance: 0.3, withinMs: 20_000, forMs: 30 * minuteMs })
    faults.add({ kind: 'rmb.clog', to: { nodes: [1] }, forMs: 10 * minuteMs })
    faults.add({ kind: 'node.hang', nodes: 2, forMs: 5 * minuteMs })
    faults.add({ kind: 'chain.slow', afterMs: 8 * minuteMs, forMs: 10 * minuteMs })
    faults.unleash(repeated(within(30 * minuteMs, crash), { times: 4, everyMs: 20 * minuteMs }))
    nodes.crash(4)
    for (let i = 0; i < 5; i += 1) this.#update(draw)
    this.#pass(20_000)
    for (let i = 0; i < 70; i += 1) this.#ask(draw)
    this.#deploy(draw)
    this.#transfer(draw)
    kernel.runUntil(kernel.now() + 50)
  }

  /** One thing that somebody does, or that happens to the grid; then time may pass. */
  act(draw: Draw): void {
    const acts = [
      this.#deploy,
      this.#deploy,
      this.#update,
      this.#cancel,
      this.#transfer,
      this.#ask,
      this.#ask,
      this.#moreOfTheChain,
      this.#trouble,
      this.#breakNode,
      this.#endFault,
      this.#operate,
    ]
    acts[draw(acts.length)]!.call(this, draw)
    const longest = draw(60) === 0 ? 12 * 60 * minuteMs : draw(4) === 0 ? 3 * minuteMs : 8_000
    if (draw(3) > 0) this.#pass(draw(longest))
  }

  /** How much is under way. */
  get traffic() {
    const { kernel, faults } = this.world
    const now = kernel.now()
    const carried = kernel.pending().filter(({ kind }) => /^rmb\.(arrive|inbound)$/.test(kind))
    return {
      timers: kernel.pendingEvents,
      messages: carried.length,
      late: carried.filter(({ at }) => at > now + 5_000).length,
      kept: faults.keptMessages,
      jobs: this.world.nodes.list().filter(({ nodeId }) => !this.world.nodes.isIdle(nodeId)).length,
    }
  }

  #pass(ms: number): void {
    const { kernel } = this.world
    kernel.runUntil(kernel.now() + ms)
  }

  #people(): readonly Resident[] {
    return this.world.residents.slice(0, 3)
  }

  #person(name: string): Resident {
    return this.world.residents.find(each => each.name === name)!
  }

  #anyNode(draw: Draw): number {
    return 1 + draw(4)
  }

  #newRef(): string {
    this.#lastRef.set(this.#lastRef.get() + 1)
    return `${this.#lastRef.get()}`
  }

  #call(
    who: Resident,
    [pallet, name]: readonly [string, string],
    args: object,
    ref = this.#newRef(),
  ) {
    const reply = { kind: 'hustle.outcome', target: null, ref } as const
    this.world.chain.submit({ pallet, name, args }, { signer: who.pair.accountId, reply })
  }

  #send(who: Resident, nodeId: number, command: string, payload: unknown): void {
    const to = this.world.nodes.twinOf(nodeId) ?? 9_999
    const reply = { kind: 'hustle.answer', target: null, ref: this.#newRef() } as const
    const text = payload === undefined ? '' : JSON.stringify(payload)
    this.world.bus.request(
      {
        from: { twin: who.twinId, connection: 'hustle' },
        to,
        command,
        payload: text,
        ttlMs: 10 * minuteMs,
      },
      reply,
    )
  }

  #onOutcome({ ref, error, events }: ChainOutcome): void {
    const { kernel, chain, workloadTypes } = this.world
    const end = error === null ? 'ok' : chain.nameOfError(error)
    kernel.trace.add('hustle', { ref, end })
    const wanted = this.#wanted.get(ref)
    if (!wanted) return
    this.#wanted.delete(ref)
    const { owner, nodeId } = wanted
    const created = events.find(({ event }) => event.name === 'ContractCreated')
    const contractId =
      wanted.contractId ??
      (created?.event.fields as readonly [{ readonly contract_id: bigint }] | undefined)?.[0]
        .contract_id
    if (error !== null || contractId === undefined) return
    const who = this.#person(owner)
    const plan = { ...wanted.plan, contract_id: Number(contractId) }
    this.#plans.set(contractId, { owner, nodeId, plan })
    const verb = wanted.contractId === null ? 'deploy' : 'update'
    const signed = signDeployment(plan, hashOf(plan, workloadTypes), who.pair)
    this.#send(who, nodeId, `zos.deployment.${verb}`, signed)
  }

  #deploy(draw: Draw): void {
    const who = this.#people()[draw(3)]!
    const nodeId = this.#anyNode(draw)
    const stem = `w${this.#lastRef.get()}`
    const network = `10.${20 + draw(200)}.0.0/16`
    const disk = `${1 + draw(20)} GB` as const
    const wishes = [
      { name: stem, network, disk, machine: { memory: '2 GB' as const } },
      { name: stem, network, volume: disk, publicIp: 'v4' as const },
      { name: stem, with: [parts.disk(`${stem}a`, disk), parts.volume(`${stem}b`, disk)] },
      { name: stem, with: [parts.zdb(stem, disk)] },
      { name: stem, network, disk: '100 TB' as const },
    ]
    const wish = nodeId === 3 ? { name: stem, network, disk, isLight: true } : wishes[draw(5)]!
    const random = this.world.kernel.random.stream('hustle')
    const workloads = workloadsOf(wish, { usedPorts: [], random })
    const plan = deploymentOf({ twinId: who.twinId, workloads, metadata: stem })
    const ref = this.#newRef()
    this.#wanted.set(ref, { owner: who.name, nodeId, plan, contractId: null })
    const args = {
      node_id: nodeId,
      deployment_hash: utf8ToByteString(hashOf(plan, this.world.workloadTypes)),
      deployment_data: utf8ToByteString(stem),
      public_ips: workloads.filter(({ type }) => type === 'ip').length,
      solution_provider_id: null,
    }
    this.#call(who, [contracts, 'create_node_contract'], args, ref)
  }

  #known(draw: Draw): [bigint, Planned] | null {
    const all = this.#plans.entries()
    return all.length === 0 ? null : all[draw(all.length)]!
  }

  #update(draw: Draw): void {
    const known = this.#known(draw)
    if (!known) return
    const [contractId, { owner, nodeId, plan: old }] = known
    const version = old.version + 1
    const spare = { ...parts.disk(`spare${version}`, `${1 + draw(5)} GB`), version }
    const others = old.workloads.filter(({ name }) => draw(2) === 0 || !name.startsWith('spare'))
    const plan: DeploymentJson = { ...old, version, workloads: [...others, spare] }
    const ref = this.#newRef()
    this.#wanted.set(ref, { owner, nodeId, plan, contractId })
    const args = {
      contract_id: contractId,
      deployment_hash: utf8ToByteString(hashOf(plan, this.world.workloadTypes)),
      deployment_data: utf8ToByteString(plan.metadata),
    }
    this.#call(this.#person(owner), [contracts, 'update_node_contract'], args, ref)
  }

  #cancel(draw: Draw): void {
    const known = this.#known(draw)
    if (!known) return
    const [contract_id, { owner }] = known
    this.#plans.delete(contract_id)
    this.#call(this.#person(owner), [contracts, 'cancel_contract'], { contract_id })
  }

  #transfer(draw: Draw): void {
    const people = this.world.residents
    const dest = { type: 'Id', value: people[draw(people.length)]!.pair.accountId }
    const value = BigInt(1 + draw(50_000_000))
    this.#call(this.#people()[draw(3)]!, ['Balances', 'transfer_keep_alive'], { dest, value })
  }

  #ask(draw: Draw): void {
    const commands = ['zos.statistics.get', 'zos.system.version', 'zos.network.list_wg_ports', 'no']
    const who = this.#people()[draw(3)]!
    const known = draw(2) === 0 ? this.#known(draw) : null
    if (!known) this.#send(who, this.#anyNode(draw), commands[draw(4)]!, undefined)
    else {
      const [contractId, { nodeId }] = known
      this.#send(who, nodeId, 'zos.deployment.get', { contract_id: Number(contractId) })
    }
  }

  #moreOfTheChain(draw: Draw): void {
    const who = this.#people()[draw(3)]!
    const farmer = this.world.residents[3]!
    const node_id = this.#anyNode(draw)
    const name = utf8ToByteString(['shop', 'blog'][draw(2)]!)
    const power_target = draw(2) === 0 ? 'Up' : 'Down'
    const calls: readonly (() => void)[] = [
      () => this.#call(who, [contracts, 'create_name_contract'], { name }),
      () => {
        const args = { node_id, solution_provider_id: null }
        this.#call(who, [contracts, 'create_rent_contract'], args)
      },
      () => this.#call(farmer, ['TfgridModule', 'change_power_target'], { node_id, power_target }),
      () => {
        const args = { node_id, extra_fee: BigInt(draw(9_000)) }
        this.#call(farmer, [contracts, 'set_dedicated_node_extra_fee'], args)
      },
    ]
    calls[draw(calls.length)]!()
  }

  #trouble(draw: Draw): void {
    const nodes = this.#anyNode(draw)
    const when = { afterMs: draw(2) * draw(600_000), forMs: 1 + draw(900_000) }
    const kinds: readonly FaultInput[] = [
      { kind: 'node.crash', nodes, ...when },
      { kind: 'node.hang', nodes, ...when },
      { kind: 'node.slow', nodes, ...when, answerMs: draw(9_000) },
      { kind: 'node.clock-skew', nodes, ...when, aheadMs: draw(90_000) - 45_000 },
      { kind: 'node.wrong-answers', nodes, ...when, chance: 0.5 },
      { kind: 'node.provision-fails', nodes, ...when, chance: 0.5 },
      { kind: 'node.provision-stuck', nodes, ...when },
      { kind: 'rmb.loss', ...when, chance: 0.3 },
      { kind: 'rmb.delay', ...when, ms: draw(60_000), jitterMs: draw(60_000) },
      { kind: 'rmb.duplicate', ...when },
      { kind: 'rmb.clog', to: { nodes }, ...when },
      { kind: 'rmb.partition', from: { nodes }, ...when },
      { kind: 'relay.down', ...when },
      { kind: 'relay.queue-full', limit: 2, ...when },
      { kind: 'chain.halt', ...when },
      { kind: 'chain.finality-lag', ...when },
      { kind: 'chain.retract', blocks: 1 + draw(20), isLost: draw(2) === 0 },
      { kind: 'chain.drop', ...when, chance: 0.5 },
      { kind: 'chain.unreachable', nodes, ...when },
      { kind: 'chain.price', price: 10 + draw(200), ...when },
      { kind: 'service', service: 'gridproxy', ...when, isDown: true },
    ]
    this.world.faults.add(kinds[draw(kinds.length)]!)
  }

  #breakNode(draw: Draw): void {
    const { nodes, faults } = this.world
    const nodeId = this.#anyNode(draw)
    const acts: readonly (() => void)[] = [
      () => nodes.crash(nodeId),
      () => nodes.boot(nodeId),
      () => nodes.boot(nodeId),
      () => nodes.reboot(nodeId),
      () => nodes.restartDaemon(nodeId),
      () => nodes.upgrade(nodeId, `3.${draw(20)}.0`),
      () => faults.add({ kind: 'node.disk-lost', nodes: nodeId }),
      () => faults.add({ kind: 'node.store-lost', nodes: nodeId }),
    ]
    acts[draw(acts.length)]!()
  }

  #endFault(draw: Draw): void {
    const { faults } = this.world
    const all = faults.list()
    if (all.length === 0) return
    const { id } = all[draw(all.length)]!
    const how = draw(6)
    if (how === 0) faults.heal()
    else if (how < 3) faults.patch(id, { forMs: 1 + draw(600_000) })
    else faults.remove(id)
  }

  #operate(draw: Draw): void {
    const { chain, kyc, indexer, nodes } = this.world
    const who = this.#people()[draw(3)]!
    const known = this.#known(draw)
    const acts: readonly (() => unknown)[] = [
      () => {
        const free = `${draw(1_000_000_000)}`
        return chain.edit({ type: 'setBalance', account: who.pair.accountId, free })
      },
      () => chain.makeBlock(),
      () => chain.setMode((['interval', 'interval', 'instant'] as const)[draw(3)]!),
      () => indexer!.setLag('gridproxy', draw(3) * 20_000),
      () =>
        kyc.apply({
          type: 'status',
          of: { twinId: who.twinId },
          status: draw(2) === 0 ? 'VERIFIED' : null,
        }),
      () => known && nodes.useNetwork(known[1].nodeId, known[0], BigInt(draw(2 ** 31))),
    ]
    acts[draw(acts.length)]!()
  }
}
