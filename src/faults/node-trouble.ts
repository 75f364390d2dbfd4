// What faults do to the work of nodes: it is slow, stands still or fails, answers are wrong, clocks run ahead.

import type { Kernel } from '../kernel/kernel.ts'
import { accepted, type Outcome, refused } from '../zos/outcome.ts'
import type { Trouble } from '../zos/trouble.ts'
import type { Active } from './active.ts'
import type { Places } from './places.ts'

/** The trouble that faults make on nodes. */
export class NodeTrouble implements Trouble {
  readonly #kernel: Kernel
  readonly #places: Places
  readonly #active: () => Active

  constructor(options: { kernel: Kernel; places: Places; active: () => Active }) {
    this.#kernel = options.kernel
    this.#places = options.places
    this.#active = options.active
  }

  get isActive(): boolean {
    return this.#active().nodes.length > 0
  }

  isStuck(nodeId: number, type: string): boolean {
    return this.#active().nodes.some(({ spec }) => {
      const isMeant =
        spec.kind === 'node.hang' ||
        (spec.kind === 'node.provision-stuck' && (spec.types?.includes(type) ?? true))
      return isMeant && this.#places.hasNode(spec, nodeId)
    })
  }

  slowness(nodeId: number): number {
    let factor = 1
    for (const { spec } of this.#active().nodes) {
      if (spec.kind === 'node.slow' && this.#places.hasNode(spec, nodeId)) factor *= spec.factor
    }
    return factor
  }

  installFailure(nodeId: number, type: string): string | undefined {
    for (const { id, spec } of this.#active().nodes) {
      if (spec.kind !== 'node.provision-fails') continue
      if (spec.types?.includes(type) === false || !this.#places.hasNode(spec, nodeId)) continue
      if (this.#strikes(id, spec.chance)) return spec.error
    }
    return undefined
  }

  answer(nodeId: number, command: string, truth: Outcome<string>): Outcome<string> {
    for (const { id, spec } of this.#active().nodes) {
      if (spec.kind !== 'node.wrong-answers') continue
      if (spec.commands?.includes(command) === false || !this.#places.hasNode(spec, nodeId))
        continue
      if (!this.#strikes(id, spec.chance)) continue
      return spec.payload === undefined ? refused(spec.error) : accepted(spec.payload)
    }
    return truth
  }

  clockAheadMs(nodeId: number): number {
    let ms = 0
    for (const { spec } of this.#active().nodes) {
      if (spec.kind === 'node.clock-skew' && this.#places.hasNode(spec, nodeId)) ms += spec.aheadMs
    }
    return ms
  }

  #strikes(id: number, chance: number): boolean {
    return chance >= 1 || this.#kernel.random.stream(`fault/${id}`).chance(chance)
  }
}
