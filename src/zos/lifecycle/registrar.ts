// How a node comes onto the chain: funds, terms, twin, node, and the update that always follows.

import type { ChainOutcome } from '../../chain/node/chain.ts'
import type { ChainCall } from '../../chain/runtime/outer.ts'
import { bytesToByteString, utf8ToByteString } from '../../crypto/hex.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { macAddress } from '../addresses.ts'
import type { HardwareProfile } from '../hardware/profile.ts'
import { totalCapacity } from '../hardware/profile.ts'
import type { ActivationPort, ChainPort } from '../ports.ts'
import { encryptionKeyOf, type Identity } from './identity.ts'

declare module '../../kernel/kernel.ts' {
  interface KernelEvents {
    /** The chain has answered a registration call of the node. */
    'zos.registered': ChainOutcome
    /** A node tries again to register. */
    'zos.register': null
  }
}
declare module '../../chain/node/pool.ts' {
  interface OutcomeKinds {
    'zos.registered': true
  }
}

/** A node that registers. */
export interface Registrant {
  readonly index: number
  readonly farmId: number
  readonly identity: Identity
  readonly profile: HardwareProfile
}

/** What the registrar needs, and whom it tells. */
export interface RegistrarOptions {
  readonly kernel: Kernel
  readonly chain: ChainPort
  readonly activation: ActivationPort
  readonly relay: string
  readonly nodeOf: (index: number) => Registrant
  readonly onTwin: (index: number, twinId: number) => void
  readonly onRegistered: (index: number, nodeId: number) => void
}

/** What a node accepts (`zosbase: pkg/registrar`, the activation's terms). */
const terms = {
  document_link: utf8ToByteString('http://zos.tf/terms/v0.1'),
  document_hash: utf8ToByteString('9021d4dee05a661e2cb6838152c67f25'),
}

/** Wait before another try, in ms of virtual time. */
const retryMs = 10_000

/** Brings nodes onto the chain, and keeps what it says of them true. */
export class Registrar {
  readonly #options: RegistrarOptions

  constructor(options: RegistrarOptions) {
    this.#options = options
    const { kernel } = options
    kernel.handle('zos.registered', ({ target, payload }) => this.#goOn(Number(target), payload))
    kernel.handle('zos.register', ({ target }) => this.register(Number(target)))
  }

  /** Begins, or goes on from what the chain has of the node already. */
  register(index: number): void {
    const { chain, activation, relay, nodeOf, onTwin } = this.#options
    const { identity } = nodeOf(index)
    const account = identity.pair.accountId
    const twinId = chain.twinIdOf(account)
    if (twinId !== null) {
      onTwin(index, twinId)
      this.#registerNode(index, twinId)
      return
    }
    if (chain.balanceOf(account) === 0n) activation.activate(account)
    if (!chain.hasAcceptedTerms(account)) this.#submit(index, 'user_accept_tc', terms, null)
    const pk = bytesToByteString(encryptionKeyOf(identity))
    this.#submit(index, 'create_twin', { relay: utf8ToByteString(relay), pk }, 'twin')
  }

  #registerNode(index: number, twinId: number): void {
    const { chain, nodeOf } = this.#options
    const node = nodeOf(index)
    const nodeId = chain.nodeIdOfTwin(twinId)
    if (nodeId === null) {
      this.#submit(index, 'create_node', { farm_id: node.farmId, ...describe(node) }, 'node')
    } else {
      const args = { node_id: nodeId, farm_id: node.farmId, ...describe(node) }
      this.#submit(index, 'update_node', args, 'update')
    }
  }

  #goOn(index: number, { ref, error }: ChainOutcome): void {
    const { chain, kernel, nodeOf, onTwin, onRegistered } = this.#options
    if (error !== null) {
      kernel.schedule({ kind: 'zos.register', target: index, payload: null, afterMs: retryMs })
      return
    }
    const twinId = chain.twinIdOf(nodeOf(index).identity.pair.accountId)
    if (twinId === null) return
    if (ref === 'twin') {
      onTwin(index, twinId)
      this.#registerNode(index, twinId)
      return
    }
    // After the first creation the node compares with an empty object, so an update always follows.
    if (ref === 'node') this.#registerNode(index, twinId)
    else onRegistered(index, chain.nodeIdOfTwin(twinId) ?? 0)
  }

  #submit(index: number, name: string, args: ChainCall['args'], ref: string | null): void {
    const { chain, nodeOf } = this.#options
    const signer = nodeOf(index).identity.pair.accountId
    const call = { pallet: 'TfgridModule', name, args }
    if (ref === null) chain.submit(call, { signer })
    else chain.submit(call, { signer, reply: { kind: 'zos.registered', target: index, ref } })
  }
}

/** What the chain is told of a node's hardware and place. */
function describe({ index, profile }: Registrant) {
  const { cru, mru, sru, hru } = totalCapacity(profile)
  const text = utf8ToByteString
  return {
    resources: { hru, sru, cru, mru },
    location: {
      city: text('Ghent'),
      country: text('Belgium'),
      latitude: text('51.0543'),
      longitude: text('3.7174'),
    },
    interfaces: [
      {
        name: text('zos'),
        mac: text(macAddress(`zos/${index}`)),
        ips: [text(zosAddress(index))],
      },
    ],
    secure_boot: false,
    virtualized: profile.hypervisor !== '',
    serial_number: profile.board.serial === '' ? null : text(profile.board.serial),
  }
}

/** The private address of a node's zos bridge. */
export function zosAddress(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`
}
