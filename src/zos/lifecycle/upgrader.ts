// How nodes come to a new version of their system: the chain names it, each node looks within the hour, daemons restart.

import type { Cell } from '../../kernel/store.ts'
import type { NodeKind } from '../resources/node-resources.ts'
import type { NodeHost } from './host.ts'

declare module '../../kernel/kernel.ts' {
  interface KernelEvents {
    /** A node looks whether there is another version for it; the payload counts the versions that were offered. */
    'zos.upgrade': number
  }
}

/** How often nodes look, in ms, and by how much longer some of them wait (`zosbase: pkg/upgrade`). */
const lookEveryMs = 60 * 60_000
const jitterMs = 10 * 60_000

/** What the chain says of versions. */
export interface OfferedVersion {
  readonly full: string
  readonly light: string
  /** Whether every farm may take it, and not only those that test. */
  readonly isSafe: boolean
}

/** A version that there can be an image of. */
const form = /^v?(\d+\.\d+\.\d+(?:[-+.][0-9A-Za-z.+-]*)?)$/

/** Reads the chain's text: JSON, or a version alone, which all may take; null when it names none. */
export function offeredVersion(text: string): OfferedVersion | null {
  const plain = form.exec(text)?.[1]
  if (plain !== undefined) return { full: plain, light: plain, isSafe: true }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const { version, version_light, safe_to_upgrade } = value as Record<string, unknown>
  const named = (name: unknown) => (typeof name === 'string' ? (form.exec(name)?.[1] ?? '') : '')
  return { full: named(version), light: named(version_light), isSafe: safe_to_upgrade === true }
}

/** Lets nodes follow the version that the chain names. Without a new one there is nothing to look for. */
export class Upgrader {
  readonly #host: NodeHost
  readonly #testFarms: readonly number[]
  readonly #all: () => Iterable<number>
  readonly #upgrade: (index: number, version: string) => void
  readonly #offered: Cell<string>
  readonly #offers: Cell<number>

  constructor(options: {
    host: NodeHost
    /** Farms that take a version before it is safe. */
    testFarms: readonly number[]
    /** The positions of all nodes. */
    all: () => Iterable<number>
    upgrade: (index: number, version: string) => void
  }) {
    const { kernel } = options.host
    this.#host = options.host
    this.#testFarms = options.testFarms
    this.#all = options.all
    this.#upgrade = options.upgrade
    this.#offered = kernel.store.cell('zos.offeredVersion', '')
    this.#offers = kernel.store.cell('zos.offeredVersions', 0)
    kernel.handle('zos.upgrade', ({ target, payload }) => {
      if (payload === this.#offers.get()) this.#look(Number(target))
    })
  }

  /** The chain names another version: every node finds it when it looks next. */
  offer(text: string): void {
    this.#offered.set(text)
    this.#offers.set(this.#offers.get() + 1)
    for (const index of this.#all()) this.#arm(index)
  }

  /** The chain was wiped, and names no version any more. */
  withdraw(): void {
    this.#offered.set('')
  }

  /** The version that a node finds when it downloads its image, null when that is the one it has. */
  versionFor(index: number): string | null {
    const offered = offeredVersion(this.#offered.get())
    const { profile, farmId } = this.#host.bodyOf(index)
    if (offered === null || !(offered.isSafe || this.#testFarms.includes(farmId))) return null
    const wanted = offered[profile.kind satisfies NodeKind]
    return wanted === '' || wanted === this.#host.stateOf(index).version ? null : wanted
  }

  #arm(index: number): void {
    const { kernel } = this.#host
    const draw = kernel.random.derive(`zos/${index}/upgrade/${this.#offers.get()}`, 4)
    kernel.schedule({
      kind: 'zos.upgrade',
      target: index,
      payload: this.#offers.get(),
      afterMs: 1 + (Buffer.from(draw).readUInt32LE() % (lookEveryMs + jitterMs)),
      background: true,
    })
  }

  #look(index: number): void {
    // A node that is down finds the version when it starts.
    if (this.#host.stateOf(index).phase !== 'up') return
    if (!this.#host.isConnected(index)) {
      this.#arm(index)
      return
    }
    const version = this.versionFor(index)
    if (version !== null) this.#upgrade(index, version)
  }
}
