// A week in the life of three nodes on the embedded chain: what they report, obey, forget and charge for.

import { describe, expect, it } from 'vitest'
import { council } from '../../../src/chain/pallets/council/declaration.ts'
import { smartContract } from '../../../src/chain/pallets/smart-contract/declaration.ts'
import { tfgrid } from '../../../src/chain/pallets/tfgrid/declaration.ts'
import { checkWorld } from '../../../src/config/config.ts'
import { utf8ToByteString } from '../../../src/crypto/hex.ts'
import type { KeyPair } from '../../../src/crypto/keys.ts'
import { cryptoReady } from '../../../src/crypto/ready.ts'
import { keyOfSecret } from '../../../src/grid/keyring.ts'
import { createWorld, type Resident, type World } from '../../../src/grid/world.ts'
import { deploymentHash } from '../../../src/zos/deployment/challenge.ts'
import { decodeDeployment } from '../../../src/zos/deployment/deployment.ts'
import { disk, GiB, hour, machine, minute, network, type WorkloadInput } from '../support/world.ts'

const day = 24 * hour
const startAt = Date.UTC(2026, 0, 1)

/** A world and the people in it. */
class Week {
  readonly world: World
  readonly alice: Resident
  readonly farmer: Resident
  /** When each node reported its uptime, by its account. */
  readonly reports = new Map<string, number[]>()
  /** How often each call was in a block. */
  readonly calls = new Map<string, number>()

  constructor() {
    const checked = checkWorld({
      seed: 'week',
      farms: [{ name: 'ghent', nodes: 3, hardware: ['server', 'gpu', 'storage-2u'] }],
      users: ['alice'],
      blocks: '6s',
    })
    if (!checked.ok) throw new TypeError(JSON.stringify(checked.problems))
    this.world = createWorld(checked.config, {
      startAt,
      relay: 'relay.test',
      heartbeat: false,
      userScheme: 'ed25519',
    })
    const person = (name: string) => this.world.residents.find(resident => resident.name === name)!
    this.alice = person('alice')
    this.farmer = person('farmer-1')
    this.world.kernel.trace.listen(({ kind, at, fields }) => {
      if (kind !== 'chain.extrinsic') return
      const { call, signer, error } = fields as { call: string; signer: string; error: string }
      expect(error, call).toBe('')
      this.calls.set(call, (this.calls.get(call) ?? 0) + 1)
      if (!call.endsWith('report_uptime_v2')) return
      this.reports.set(signer, [...(this.reports.get(signer) ?? []), at])
    })
  }

  pass(ms: number): void {
    this.world.kernel.runUntil(this.world.kernel.now() + ms)
  }

  call(
    who: { readonly pair: KeyPair },
    name: string,
    args: unknown,
    pallet = 'TfgridModule',
  ): void {
    this.world.chain.submit({ pallet, name, args } as never, { signer: who.pair.accountId })
    // Into the next block.
    this.pass(7000)
  }

  /** The council decides something: one proposes, both vote, one closes. */
  decide(name: string, args: unknown): void {
    const proposal = { pallet: 'TfgridModule', name, args }
    const [one, other] = ['//Alice', '//Bob'].map(secret => keyOfSecret(secret, 'sr25519'))
    const length_bound = 10_000
    const say = (member: KeyPair, what: string, words: unknown) =>
      this.call({ pair: member }, what, words, 'Council')
    say(one!, 'propose', { threshold: 2, proposal, length_bound })
    const [hash] = this.world.chain.runtime.txOf(council).state.Proposals.get()
    for (const member of [one!, other!]) {
      say(member, 'vote', { proposal: hash, index: 0, approve: true })
    }
    const proposal_weight_bound = { ref_time: 10n ** 9n, proof_size: 100_000n }
    say(one!, 'close', { proposal_hash: hash, index: 0, proposal_weight_bound, length_bound })
  }

  ask(nodeId: number, command: string, payload: unknown = ''): never {
    const text = payload === '' ? '' : JSON.stringify(payload)
    const outcome = this.world.nodes.ask(this.world.nodes.indexOf(nodeId)!, command, text)
    if (!outcome.ok) throw new TypeError(outcome.error)
    return JSON.parse(outcome.value) as never
  }

  /** Contract first, then the deployment; the id of the contract. */
  deploy(nodeId: number, workloads: WorkloadInput[]): bigint {
    const { twinId, pair } = this.alice
    const plan = {
      version: 0,
      twin_id: twinId,
      contract_id: 0,
      metadata: '',
      description: '',
      expiration: 0,
      signature_requirement: {
        requests: [{ twin_id: twinId, required: false, weight: 1 }],
        weight_required: 1,
        signatures: [] as unknown[],
        signature_style: '',
      },
      workloads,
    }
    const decoded = decodeDeployment(JSON.stringify(plan))
    const hash = decoded.ok ? deploymentHash(decoded.value, this.world.workloadTypes) : decoded
    if (!hash.ok) throw new TypeError(hash.error)
    const args = {
      node_id: nodeId,
      deployment_hash: utf8ToByteString(Buffer.from(hash.value).toString('hex')),
      deployment_data: '',
      public_ips: 0,
      solution_provider_id: null,
    }
    this.call(this.alice, 'create_node_contract', args, 'SmartContractModule')
    const contractId = this.contracts.ContractID.get()
    plan.contract_id = Number(contractId)
    const signature = Buffer.from(pair.sign(hash.value)).toString('hex')
    plan.signature_requirement.signatures = [
      { twin_id: twinId, signature, signature_type: 'ed25519' },
    ]
    const { nodes } = this.world
    const payload = JSON.stringify(plan)
    const request = { payload, sender: twinId }
    expect(nodes.engine.accept(nodes.indexOf(nodeId)!, 'deploy', request).ok).toBe(true)
    return contractId
  }

  get grid() {
    return this.world.chain.runtime.txOf(tfgrid).state
  }

  get contracts() {
    return this.world.chain.runtime.txOf(smartContract).state
  }

  states(nodeId: number, contractId: bigint): string[] {
    const list = this.world.nodes.workloadsOf(nodeId, this.alice.twinId, contractId)
    return list.map(({ state }) => state)
  }

  createdOf(nodeId: number, contractId: bigint): bigint[] {
    const { engine } = this.world.nodes
    const node = this.world.nodes.indexOf(nodeId)!
    const record = engine.book.get({ node, twinId: this.alice.twinId, contractId })
    return record.deployment.workloads.map(({ result }) => result.created)
  }
}

interface Statistics {
  readonly used: Readonly<Record<string, number>>
  readonly users: { readonly deployments: number; readonly workloads: number }
}

/** The days of one week, in order: each goes on where the one before it ended. */
function daysOf(week: Week): Map<string, () => void> {
  const days = new Map<string, () => void>()
  const idle: Statistics = week.ask(1, 'zos.statistics.get')
  let contract = 0n

  function reportsOf(nodeId: number): number[] {
    const twinId = week.world.nodes.twinOf(nodeId)!
    const account = week.grid.Twins.get(twinId)!.account_id
    return week.reports.get(account) ?? []
  }

  days.set(
    'Thursday: they have registered, and take a deployment that shows in capacity and statistics',
    () => {
      expect(week.grid.NodeID.get()).toBe(3)
      expect(idle.users).toMatchObject({ deployments: 0, workloads: 0 })
      contract = week.deploy(1, [network('net1'), machine('vm1'), disk('a', 10 * GiB)])
      week.pass(2 * minute)
      expect(week.states(1, contract)).toEqual(['ok', 'ok', 'ok'])
      const busy: Statistics = week.ask(1, 'zos.statistics.get')
      expect(busy.users).toMatchObject({ deployments: 1, workloads: 3 })
      expect(busy.used.cru! - idle.used.cru!).toBe(1)
      expect(busy.used.mru! - idle.used.mru!).toBe(2 * GiB)
      expect(busy.used.sru! - idle.used.sru!).toBe(10 * GiB + 500 * 2 ** 20)
      const { used } = week.contracts.NodeContractResources.get(contract)
      expect(used).toMatchObject({ cru: 1n, mru: 2n * BigInt(GiB) })
    },
  )

  days.set(
    'through the night they report their uptime every forty minutes, each in its own phase',
    () => {
      week.pass(day - (week.world.kernel.now() - startAt))
      expect(week.reports.size).toBe(3)
      const phases = [...week.reports.values()].map(times => {
        expect(times.length).toBeGreaterThanOrEqual(36)
        expect(times.length).toBeLessThanOrEqual(38)
        const regular = times.slice(2)
        for (const [i, at] of regular.slice(1).entries()) expect(at - regular[i]!).toBe(40 * minute)
        return regular[0]! % (40 * minute)
      })
      expect(new Set(phases).size).toBe(3)
    },
  )

  days.set('Friday: the farmer makes one a gateway', () => {
    const public_config = {
      ip4: { ip: utf8ToByteString('185.206.122.31/24'), gw: utf8ToByteString('185.206.122.1') },
      ip6: null,
      domain: utf8ToByteString('gent01.grid.test'),
    }
    const { farmId } = week.world.nodes.summaryOf(2)
    week.call(week.farmer, 'add_node_public_config', { farm_id: farmId, node_id: 2, public_config })
    expect(week.ask(2, 'zos.network.public_config_get')).toMatchObject({
      ipv4: '185.206.122.31/24',
      domain: 'gent01.grid.test',
    })
    week.pass(day)
  })

  days.set('Saturday: the farmer sends an empty one to sleep, and it says so on the chain', () => {
    const target = (power_target: 'Up' | 'Down') =>
      week.call(week.farmer, 'change_power_target', { node_id: 3, power_target })
    const before = reportsOf(3).length
    target('Down')
    week.pass(minute)
    expect(week.world.nodes.phaseOf(3)).toBe('asleep')
    expect(week.grid.NodePower.get(3)).toMatchObject({ state: { type: 'Down' }, target: 'Down' })
    // It reported once more before it went.
    expect(reportsOf(3)).toHaveLength(before + 1)
    week.pass(12 * hour)
    expect(reportsOf(3)).toHaveLength(before + 1)
    target('Up')
    week.pass(5 * minute)
    expect(week.world.nodes.isUp(3)).toBe(true)
    expect(week.grid.NodePower.get(3)).toMatchObject({ state: { type: 'Up' }, target: 'Up' })
    week.pass(12 * hour)
    expect(reportsOf(3).length).toBeGreaterThan(before + 1 + 17)
  })

  days.set('Sunday: one reboots, and installs again what it had', () => {
    const created = week.createdOf(1, contract)
    const used = week.world.nodes.usedOf(1)
    week.world.nodes.reboot(1)
    week.pass(10 * minute)
    expect(week.states(1, contract)).toEqual(['ok', 'ok', 'ok'])
    for (const [i, at] of week.createdOf(1, contract).entries()) {
      expect(at).toBeGreaterThan(created[i]!)
    }
    expect(week.world.nodes.usedOf(1)).toEqual(used)
    week.pass(day - 10 * minute)
  })

  days.set('Monday: the council names a version, and within seventy minutes all run it', () => {
    const before = week.createdOf(1, contract)
    const text = '{"safe_to_upgrade":true,"version":"3.15.0","version_light":"0.4.0"}'
    week.decide('set_zos_version', { zos_version: utf8ToByteString(text) })
    week.pass(71 * minute)
    for (const nodeId of [1, 2, 3]) {
      expect(week.ask(nodeId, 'zos.system.version')).toMatchObject({ zos: '3.15.0' })
    }
    expect(week.createdOf(1, contract)).toEqual(before)
    week.pass(day - 71 * minute)
  })

  days.set(
    'Tuesday: tests of performance are as old as their rhythm, and traffic is reported',
    () => {
      const seconds = () => Math.floor(week.world.kernel.now() / 1000)
      const result = (name: string): { timestamp: number } => week.ask(2, 'zos.perf.get', { name })
      const first = result('iperf')
      expect(seconds() - first.timestamp).toBeLessThanOrEqual(6.4 * 3600)
      week.world.nodes.useNetwork(1, contract, 5n * BigInt(GiB))
      week.pass(day)
      expect(result('iperf').timestamp).toBeGreaterThan(first.timestamp)
      expect(result('iperf')).not.toEqual({ ...first, timestamp: result('iperf').timestamp })
      expect(seconds() - result('healthcheck').timestamp).toBeLessThanOrEqual(15 * 60)
      const addresses: { result: Record<string, object> } = week.ask(1, 'zos.perf.get', {
        name: 'public-ip-validation',
      })
      const valid = { state: 'valid', reason: '' }
      expect(Object.values(addresses.result)).toEqual(new Array(5).fill(valid))
      expect(week.calls.get('SmartContractModule.add_nru_reports')).toBe(1)
    },
  )

  days.set('Wednesday: the contract ends, nothing is left of it, and everybody has been up', () => {
    week.call(week.alice, 'cancel_contract', { contract_id: contract }, 'SmartContractModule')
    week.pass(minute)
    expect(week.states(1, contract)).toEqual([])
    expect(week.ask(1, 'zos.statistics.get')).toEqual(idle)
    week.pass(day)
    expect(week.world.kernel.now() - startAt).toBeGreaterThan(7 * day)
    // 36 a day, but for the twelve hours of sleep.
    expect(reportsOf(1).length).toBeGreaterThan(7 * 36 - 3)
    expect(reportsOf(3).length).toBeLessThan(7 * 36)
  })

  return days
}

describe('a week of three nodes', () => {
  it('is lived as on the real grid', async () => {
    await cryptoReady()
    for (const [title, live] of daysOf(new Week())) {
      try {
        live()
      } catch (cause) {
        throw new TypeError(title, { cause })
      }
    }
  }, 30_000)
})
