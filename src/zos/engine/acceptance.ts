// What deploy and update answer at once: the node's checks of a deployment, in its order.

import type { Kernel } from '../../kernel/kernel.ts'
import type { Cell, StoreMap } from '../../kernel/store.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { signatureRefusal } from '../deployment/signatures.ts'
import { deploymentRefusal, senderRefusal } from '../deployment/validate.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import type { ChainPort } from '../ports.ts'
import type { WorkloadTypes } from '../workloads/workload-type.ts'
import { chainUnreachable } from './contract-check.ts'

/** Null when a twin may deploy, else the text of the refusal. */
export type KycCheck = (twinId: number) => string | null

/** How long a node remembers a twin's key, in ms (threefoldtech/zos: cmds/modules/provisiond). */
const keyLifeMs = 60 * 60_000

/** Keys that all nodes together remember before the old ones are forgotten, at most once in their life. */
const rememberedKeys = 100_000

/** Checks of who may deploy what. */
export class Acceptance {
  readonly #kernel: Kernel
  readonly #chain: ChainPort
  readonly #types: WorkloadTypes
  readonly #kyc: KycCheck
  /** When a node last read the key of a twin, by `<node>/<start>/<twin>`. */
  readonly #keysRead: StoreMap<string, number>
  /** How often the daemon of a node has lost its memory. */
  readonly #losses: StoreMap<number, number>
  readonly #sweptAt: Cell<number>

  constructor(options: { kernel: Kernel; chain: ChainPort; types: WorkloadTypes; kyc: KycCheck }) {
    this.#kernel = options.kernel
    this.#chain = options.chain
    this.#types = options.types
    this.#kyc = options.kyc
    this.#keysRead = options.kernel.store.map('zos.keysRead')
    this.#losses = options.kernel.store.map('zos.keysLost')
    this.#sweptAt = options.kernel.store.cell('zos.keysSweptAt', 0)
  }

  /** The first thing that is wrong with a deployment from a sender, or nothing. */
  refusalOf(
    deployment: Deployment,
    sender: number,
    at: { readonly node: number; readonly nodeId: number },
  ): string | undefined {
    return (
      deploymentRefusal(deployment, this.#types) ??
      senderRefusal(deployment, sender) ??
      this.#kyc(sender) ??
      signatureRefusal(deployment, this.#types, twinId => this.#keyOf(twinId, at))
    )
  }

  /** The provisioning daemon of a node starts: the keys that it remembered are gone. */
  forget(node: number): void {
    this.#losses.set(node, this.#lossesOf(node) + 1)
  }

  #lossesOf(node: number): number {
    return this.#losses.get(node) ?? 0
  }

  #keyOf(twinId: number, at: { readonly node: number; readonly nodeId: number }): Outcome<string> {
    const key = `${at.node}/${this.#lossesOf(at.node)}/${twinId}`
    const now = this.#kernel.now()
    const readAt = this.#keysRead.get(key)
    const isRemembered = readAt !== undefined && now - readAt < keyLifeMs
    if (!isRemembered && !this.#chain.isReachable(at.nodeId)) return refused(chainUnreachable)
    const twin = this.#chain.twin(twinId)
    if (twin === null) return refused('twin not found: object not found')
    if (!isRemembered) this.#remember(key, now)
    return accepted(twin.account.slice(2))
  }

  #remember(key: string, now: number): void {
    if (this.#keysRead.size >= rememberedKeys && now - this.#sweptAt.get() >= keyLifeMs) {
      this.#sweptAt.set(now)
      for (const [other, readAt] of this.#keysRead.entries()) {
        if (now - readAt >= keyLifeMs) this.#keysRead.delete(other)
      }
    }
    this.#keysRead.set(key, now)
  }
}
