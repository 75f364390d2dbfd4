// Takes back by hand what a scenario did to a target of which other processes play nodes: these do not go back with a snapshot.

import { smartContract } from '../../chain/pallets/smart-contract/declaration.ts'
import type { Contract } from '../../chain/pallets/smart-contract/types.ts'
import { tfgrid } from '../../chain/pallets/tfgrid/declaration.ts'
import type { Farm } from '../../chain/pallets/tfgrid/types.ts'
import type { GridInfo } from '../../grid.ts'
import { gridError } from '../../kernel/errors.ts'
import type { FaultItem, NodeDetail, NodeItem } from '../../services/control/ports.ts'
import type { TargetLine } from './line.ts'
import { chainReader } from './remote-parts.ts'
import type { Actor } from './wire.ts'

/** By how much time is moved between looks, in ms, and how often: nodes boot within two minutes. */
const lookEveryMs = 30_000
const mostLooks = 60

/** How long extrinsics may take to come into a block, in ms of the wall clock. */
const blockMs = 30_000

/** What a target is like before a scenario. */
interface Before {
  readonly lastContract: number
  readonly faults: ReadonlySet<number>
  /** The nodes that run. */
  readonly up: ReadonlySet<number>
  /** Versions of zos of the nodes that a scenario sees. */
  readonly versions: ReadonlyMap<number, string>
  /** Public addresses by farm. */
  readonly addresses: ReadonlyMap<number, ReadonlySet<string>>
}

/** Remembers what a target is like, and brings it back to that. */
export class CleanUp {
  readonly #line: TargetLine
  readonly #info: GridInfo
  readonly #seen: number
  readonly #read: ReturnType<typeof chainReader>
  readonly #before: Before
  #lastRef = 0

  /** A scenario sees so many of the nodes. */
  constructor(line: TargetLine, { info, nodes }: { info: GridInfo; nodes: number }) {
    this.#line = line
    this.#info = info
    this.#seen = nodes
    this.#read = chainReader(line)
    this.#before = {
      lastContract: this.#lastContract(),
      faults: new Set(this.#faults().map(({ id }) => id)),
      up: new Set(this.#nodes().flatMap(({ id, phase }) => (phase === 'up' ? [id] : []))),
      versions: new Map(this.#details().map(({ id, version }) => [id, version])),
      addresses: new Map(info.farms.map(({ id }) => [id, new Set(this.#addressesOf(id))])),
    }
  }

  /**
   * Ends the faults, cancels the contracts, wakes the nodes that the scenario left behind, and waits until the nodes
   * have seen it. What was paid stays paid, and time stays where it is. GRID_TARGET_LEFT with what does not go away.
   */
  restore(): void {
    for (const { id } of this.#faults()) {
      if (!this.#before.faults.has(id)) this.#line.control('DELETE', `/faults/${id}`)
    }
    this.#wake()
    this.#cancelAll()
    for (let look = 0; look < mostLooks; look += 1) {
      if (this.#leftovers().length === 0) {
        this.#restoreVersions()
        this.#returnAddresses()
        return
      }
      this.#line.control('POST', '/time/advance', { by: lookEveryMs })
      // What came into being while it was taken away is taken away too.
      this.#cancelAll()
    }
    throw gridError('GRID_TARGET_LEFT', { detail: this.#leftovers().slice(0, 10).join(', ') })
  }

  #wake(): void {
    for (const { id, phase } of this.#nodes()) {
      if (!this.#before.up.has(id)) continue
      const act = (action: object) => this.#line.control('POST', `/nodes/${id}/actions`, action)
      if (phase === 'down') act({ type: 'boot' })
      if (phase === 'asleep') act({ type: 'power', target: 'Up' })
    }
  }

  /** Rents end when what is on their nodes has ended. */
  #cancelAll(): void {
    const left = this.#contracts()
    const isRent = ({ contract_type }: Contract) => contract_type.type === 'RentContract'
    for (const some of [left.filter(each => !isRent(each)), left.filter(isRent)]) {
      this.#submit(
        some.map(({ contract_id, twin_id }) => ({
          twinId: twin_id,
          pallet: 'SmartContractModule',
          name: 'cancel_contract',
          args: { contract_id },
        })),
      )
    }
  }

  #restoreVersions(): void {
    for (const { id, version } of this.#details()) {
      const before = this.#before.versions.get(id)
      if (!before || before === version) continue
      const action = { type: 'upgrade', version: before }
      this.#line.control('POST', `/nodes/${id}/actions`, action)
    }
  }

  #returnAddresses(): void {
    const brought = this.#info.farms.flatMap(({ id, twinId }) =>
      this.#addressesOf(id)
        .filter(ip => !this.#before.addresses.get(id)?.has(ip))
        .map(ip => ({ farm_id: id, ip, twinId })),
    )
    this.#submit(
      brought.map(({ farm_id, ip, twinId }) => ({
        twinId,
        pallet: 'TfgridModule',
        name: 'remove_farm_ip',
        args: { farm_id, ip },
      })),
    )
  }

  /** What is still there of a scenario, in words. */
  #leftovers(): string[] {
    const contracts = this.#contracts().map(({ contract_id }) => `contract ${contract_id}`)
    const nodes = this.#nodes().filter(({ id, phase }) => this.#before.up.has(id) && phase !== 'up')
    const isNew = ({ contractId }: { contractId: string }) =>
      Number(contractId) > this.#before.lastContract
    const busy = this.#details().filter(
      ({ phase, isIdle, deployments }) => phase === 'up' && (!isIdle || deployments.some(isNew)),
    )
    return [
      ...contracts,
      ...nodes.map(({ id, phase }) => `node ${id} is ${phase}`),
      ...busy.map(({ id }) => `node ${id} has something to do`),
    ]
  }

  /** The contracts that have come since, of people whose keys are known. */
  #contracts(): Contract[] {
    const { lastContract } = this.#before
    const count = this.#lastContract() - lastContract
    const twins = new Set(this.#info.accounts.map(({ twinId }) => twinId))
    return Array.from({ length: count }, (_, i) => BigInt(lastContract + 1 + i)).flatMap(id => {
      const contract = this.#read(smartContract, 'Contracts', [id]) as Contract | null
      return contract && twins.has(contract.twin_id) ? [contract] : []
    })
  }

  #lastContract(): number {
    return Number(this.#read(smartContract, 'ContractID', []))
  }

  #addressesOf(farmId: number): string[] {
    const farm = this.#read(tfgrid, 'Farms', [farmId]) as Farm | null
    return (farm?.public_ips ?? []).map(({ ip }) => ip)
  }

  #faults(): readonly FaultItem[] {
    return this.#line.control('GET', '/faults') as FaultItem[]
  }

  #nodes(): readonly NodeItem[] {
    return this.#line.control('GET', '/nodes') as NodeItem[]
  }

  #details(): readonly NodeDetail[] {
    return Array.from({ length: this.#seen }, (_, i) => i + 1).flatMap(
      id => (this.#line.find(`/nodes/${id}`) as NodeDetail | null) ?? [],
    )
  }

  /** Submits for people, and waits until all is in blocks; what the chain refuses shows in what is left. */
  #submit(calls: readonly { twinId: number; pallet: string; name: string; args: object }[]): void {
    const open = new Set<string>()
    for (const { twinId, ...call } of calls) {
      this.#lastRef += 1
      const ref = `clean-up/${this.#lastRef}`
      open.add(ref)
      this.#line.begin({ op: 'submit', ref, call: call as never, actor: this.#actorOf(twinId) })
    }
    const end = performance.now() + blockMs
    while (open.size > 0 && performance.now() < end) {
      for (const { ref } of this.#line.next(1_000)) open.delete(ref)
    }
  }

  #actorOf(twin: number): Actor {
    const account = this.#info.accounts.find(({ twinId }) => twinId === twin)
    if (!account) throw gridError('GRID_TARGET_LEFT', { detail: `twin ${twin} has no account` })
    const { twinId, mnemonic, keyType } = account
    return { twinId, secret: mnemonic, scheme: keyType }
  }
}
