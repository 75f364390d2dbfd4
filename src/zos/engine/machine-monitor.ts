// Watches the machines of nodes: kills those whose workload is over, starts crashed ones again, and gives up on some.

import type { EventId, Kernel } from '../../kernel/kernel.ts'
import type { StoreMap } from '../../kernel/store.ts'
import { isOkay } from '../deployment/deployment.ts'
import { type Machine, withMachine } from '../resources/node-resources.ts'
import type { DeploymentBook, Place } from './deployment-book.ts'
import type { Provisioner } from './provisioner.ts'
import { activeWorkload } from './records.ts'

declare module '../../kernel/kernel.ts' {
  interface KernelEvents {
    /** The machines of a node are looked at. */
    'zos.monitor': null
  }
}

/** How often machines are looked at, in ms (threefoldtech/zosbase: pkg/vm/monitor.go). */
const monitorEveryMs = 10_000

/** Crashes are counted over this time, in ms; the last of them ends the workload. */
const crashWindowMs = 2 * 60_000
const fatalCrashes = 4

interface Crash {
  readonly machine: Machine
  readonly isDown: boolean
  /** When the monitor found it down. */
  readonly foundAt: readonly number[]
}

/** The monitors of all nodes; one that has nothing to look at does not look. */
export class MachineMonitor {
  readonly #kernel: Kernel
  readonly #book: DeploymentBook
  readonly #provisioner: Provisioner
  readonly #crashes: StoreMap<number, readonly Crash[]>
  readonly #events: StoreMap<number, EventId>

  constructor(options: { kernel: Kernel; book: DeploymentBook; provisioner: Provisioner }) {
    const { kernel } = options
    this.#kernel = kernel
    this.#book = options.book
    this.#provisioner = options.provisioner
    this.#crashes = kernel.store.map('zos.crashes')
    this.#events = kernel.store.map('zos.monitors')
    kernel.handle('zos.monitor', ({ target }) => this.#look(Number(target)))
  }

  /** Looks at the machines of a node at the monitor's next turn. */
  arm(node: number): void {
    if (this.#events.has(node)) return
    // The loops of different nodes do not run in step.
    const phase = (node * 7919) % monitorEveryMs
    const sinceTurn =
      (((this.#kernel.now() - phase) % monitorEveryMs) + monitorEveryMs) % monitorEveryMs
    const afterMs = monitorEveryMs - sinceTurn
    this.#events.set(
      node,
      this.#kernel.schedule({ kind: 'zos.monitor', target: node, payload: null, afterMs }),
    )
  }

  /** Lets the process of a running machine die; false when no such machine runs. */
  crash(node: number, machineId: string): boolean {
    const resources = this.#provisioner.resourcesOf(node)
    const machine = resources.machines.find(({ id }) => id === machineId)
    if (machine === undefined) return false
    const machines = resources.machines.filter(other => other !== machine)
    this.#provisioner.setResources(node, { ...resources, machines: Object.freeze(machines) })
    const known = this.#crashes.get(node) ?? []
    const before = known.find(({ machine: { id } }) => id === machineId)
    const crash = Object.freeze({ machine, isDown: true, foundAt: before?.foundAt ?? [] })
    this.#crashes.set(node, Object.freeze([...known.filter(other => other !== before), crash]))
    this.arm(node)
    return true
  }

  /** The node lost power: its machines are gone, and so is what was counted. */
  stop(node: number): void {
    const event = this.#events.get(node)
    if (event !== undefined) this.#kernel.cancel(event)
    this.#events.delete(node)
    this.#crashes.delete(node)
  }

  #look(node: number): void {
    this.#events.delete(node)
    this.#killOrphans(node)
    const now = this.#kernel.now()
    const kept: Crash[] = []
    for (const crash of this.#crashes.get(node) ?? []) {
      const recent = crash.foundAt.filter(at => now - at < crashWindowMs)
      if (!crash.isDown) {
        if (recent.length > 0) kept.push(Object.freeze({ ...crash, foundAt: recent }))
        continue
      }
      const foundAt = [...recent, now]
      if (this.#restart(node, crash.machine, foundAt.length >= fatalCrashes)) {
        kept.push(Object.freeze({ machine: crash.machine, isDown: false, foundAt }))
      }
    }
    if (kept.length > 0) this.#crashes.set(node, Object.freeze(kept))
    else this.#crashes.delete(node)
    if (kept.length > 0) this.arm(node)
  }

  #killOrphans(node: number): void {
    const resources = this.#provisioner.resourcesOf(node)
    const machines = resources.machines.filter(({ id }) => this.#isAlive(node, id))
    if (machines.length === resources.machines.length) return
    this.#provisioner.setResources(node, { ...resources, machines: Object.freeze(machines) })
  }

  /** Starts a machine again, or ends its workload; true when it runs. */
  #restart(node: number, machine: Machine, isFatal: boolean): boolean {
    if (!this.#isAlive(node, machine.id)) return false
    if (isFatal) {
      const { place, name } = placeOfId(node, machine.id)
      const reason = 'deleting vm due to so many crashes'
      this.#provisioner.remove(place, name, `workload decommissioned by system, reason: ${reason}`)
      return false
    }
    const resources = this.#provisioner.resourcesOf(node)
    const machines = withMachine(resources.machines, machine)
    this.#provisioner.setResources(node, { ...resources, machines })
    return true
  }

  #isAlive(node: number, id: string): boolean {
    const { place, name } = placeOfId(node, id)
    const record = this.#book.find(place)
    const workload = record && activeWorkload(record, name)
    return workload !== undefined && isOkay(workload.result.state)
  }
}

/** Where the workload of an id `<twin>-<contract>-<name>` is stored. */
export function placeOfId(
  node: number,
  id: string,
): { readonly place: Place; readonly name: string } {
  const [twin = '', contract = '', name = ''] = id.split('-')
  return { place: { node, twinId: Number(twin), contractId: BigInt(contract) }, name }
}
