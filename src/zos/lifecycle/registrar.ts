// How a node comes onto the chain: funds, terms, twin, node, and the update that always follows.

import type { ChainOutcome } from '../../chain/node/chain.ts'
import { bytesToByteString, utf8ToByteString } from '../../crypto/hex.ts'
import type { StoreMap } from '../../kernel/store.ts'
import { type HardwareProfile, totalCapacity } from '../hardware/profile.ts'
import type { ActivationPort } from '../ports.ts'
import { gridCall, type NodeHost } from './host.ts'
import type { Identities } from './identity.ts'
import { hasCacheDisk, type NodeBody } from './node.ts'
import type { Site } from './places.ts'

declare module '../../kernel/kernel.ts' {
  interface KernelEvents {
    /** A node tries again to register; the payload is the number of its start. */
    'zos.register': number
    /** A node makes sure that its account can pay; the payload is the number of its start. */
    'zos.account': number
  }
}

/** What the registrar needs, and whom it tells. */
export interface RegistrarOptions {
  readonly host: NodeHost
  readonly identities: Identities
  readonly activation: ActivationPort
  /** Relay string that the nodes' twins carry on the chain. */
  readonly relay: string
  readonly addressesOf: (index: number) => readonly string[]
  /** The node has a twin: it can be called. */
  readonly onTwin: (index: number, twinId: number) => void
  readonly onRegistered: (index: number, nodeId: number) => void
}

/** What a node accepts (`zosbase: pkg/registrar/register.go`). */
const terms = {
  document_link: utf8ToByteString('http://zos.tf/terms/v0.1'),
  document_hash: utf8ToByteString('9021d4dee05a661e2cb6838152c67f25'),
}

/** Balance in units (10^-7 TFT) at or below which a node asks for funds: a few of its dearest extrinsics. */
const lowBalance = 300_000n

/** How often a node looks at its account once it has paid for something, in ms (`zosbase: pkg/registrar`). */
const accountEveryMs = 30 * 60_000

/** Waits between tries to register double up to two minutes (`zosbase: pkg/registrar`). */
const firstRetryMs = 1_000
const lastRetryMs = 120_000

/** Tries after which virtual time does not move for the sake of the next one any more. */
const patientTries = 8

const bridgeName = utf8ToByteString('zos')

/** A function that makes one value for each object: nodes of a kind or a place share what they tell of it. */
function shared<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>()
  return key => {
    let value = known.get(key)
    if (value === undefined) {
      value = make(key)
      known.set(key, value)
    }
    return value
  }
}

const resourcesOf = shared((profile: HardwareProfile) => {
  const { cru, mru, sru, hru } = totalCapacity(profile)
  return Object.freeze({ hru, sru, cru, mru })
})

const locationOf = shared((site: Site) =>
  Object.freeze({
    city: utf8ToByteString(site.city),
    country: utf8ToByteString(site.country),
    latitude: utf8ToByteString(String(site.latitude)),
    longitude: utf8ToByteString(String(site.longitude)),
  }),
)

/** Brings nodes onto the chain, and keeps their accounts able to pay. */
export class Registrar {
  readonly #options: RegistrarOptions
  readonly #host: NodeHost
  /** Tries that failed in a row. */
  readonly #failures: StoreMap<number, number>
  readonly #accountChecks: StoreMap<number, number>
  /** The same text for all twins. */
  readonly #relay: string

  constructor(options: RegistrarOptions) {
    this.#options = options
    this.#host = options.host
    this.#relay = utf8ToByteString(options.relay)
    const { kernel } = options.host
    this.#failures = kernel.store.map('zos.registrationFailures')
    this.#accountChecks = kernel.store.map('zos.accountChecks')
    kernel.handle('zos.register', ({ target, payload }) => {
      if (this.#isPresent(Number(target), payload)) this.register(Number(target))
    })
    kernel.handle('zos.account', ({ target, payload }) => {
      this.#accountChecks.delete(Number(target))
      if (this.#isPresent(Number(target), payload)) this.#ensureAccount(Number(target))
    })
  }

  /** Begins, or goes on from what the chain has of the node already. */
  register(index: number): void {
    const { chain } = this.#host
    const body = this.#host.bodyOf(index)
    if (!hasCacheDisk(body.profile)) {
      this.#host.note(index, 'registration failed: no disks')
      return
    }
    if (body.profile.isVirtualizationOff) {
      const cause = 'virtualization is not enabled. please enable in BIOS'
      this.#host.note(index, `registration failed: ${cause}`)
      return
    }
    if (!this.#host.isConnected(index)) {
      this.#retry(index)
      return
    }
    const twinId = chain.twinIdOf(body.account)
    if (twinId === null) {
      this.#ensureAccount(index)
      this.#createTwin(body)
      return
    }
    if (chain.twin(twinId)?.relay !== this.#options.relay) this.#updateTwin(body)
    this.#haveTwin(index, twinId)
  }

  /** The chain has answered. */
  onOutcome(index: number, step: string, { error }: ChainOutcome): void {
    const { chain } = this.#host
    if (error !== null) {
      this.#expectCost(index)
      this.#retry(index)
      return
    }
    const twinId = chain.twinIdOf(this.#host.bodyOf(index).account)
    const nodeId = twinId === null ? null : chain.nodeIdOfTwin(twinId)
    if (twinId === null) this.#retry(index)
    else if (step === 'twin') this.#haveTwin(index, twinId)
    else if (nodeId === null) this.#retry(index)
    // A new node compares itself with an empty object, so an update always follows the creation.
    else if (step === 'node') this.#updateNode(index, nodeId)
    else this.#done(index, nodeId)
  }

  /** Something was paid for: the account is looked at, some time later. */
  #expectCost(index: number): void {
    if (this.#accountChecks.has(index)) return
    const { kernel } = this.#host
    const event = kernel.schedule({
      kind: 'zos.account',
      target: index,
      payload: this.#host.stateOf(index).starts,
      afterMs: accountEveryMs,
      background: true,
    })
    this.#accountChecks.set(index, event)
  }

  #ensureAccount(index: number): void {
    const { chain } = this.#host
    const { account } = this.#host.bodyOf(index)
    if (chain.balanceOf(account) <= lowBalance) this.#options.activation.activate(account)
    if (!chain.hasAcceptedTerms(account))
      this.#host.submit(index, gridCall('user_accept_tc', terms))
  }

  #twinArgs({ index }: NodeBody) {
    const { identities } = this.#options
    return {
      relay: this.#relay,
      pk: bytesToByteString(identities.encryptionKeyOf(index)),
    }
  }

  #createTwin(body: NodeBody): void {
    this.#host.submit(body.index, gridCall('create_twin', this.#twinArgs(body)), 'register/twin')
  }

  #updateTwin(body: NodeBody): void {
    this.#host.submit(body.index, gridCall('update_twin', this.#twinArgs(body)))
    this.#expectCost(body.index)
  }

  #haveTwin(index: number, twinId: number): void {
    const { chain } = this.#host
    this.#options.onTwin(index, twinId)
    const nodeId = chain.nodeIdOfTwin(twinId)
    const known = this.#host.stateOf(index).nodeId
    if (nodeId === null) {
      const body = this.#host.bodyOf(index)
      const args = { farm_id: body.farmId, ...this.#describe(body) }
      this.#host.submit(index, gridCall('create_node', args), 'register/node')
    } else if (nodeId === known) {
      this.#done(index, nodeId)
    } else {
      this.#updateNode(index, nodeId)
    }
  }

  #updateNode(index: number, nodeId: number): void {
    const body = this.#host.bodyOf(index)
    const args = { node_id: nodeId, farm_id: body.farmId, ...this.#describe(body) }
    this.#host.submit(index, gridCall('update_node', args), 'register/update')
  }

  #done(index: number, nodeId: number): void {
    this.#failures.delete(index)
    this.#options.onRegistered(index, nodeId)
  }

  #retry(index: number): void {
    const failures = this.#failures.get(index) ?? 0
    this.#failures.set(index, failures + 1)
    this.#host.note(index, 'registration is tried again')
    this.#host.kernel.schedule({
      kind: 'zos.register',
      target: index,
      payload: this.#host.stateOf(index).starts,
      afterMs: Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(failures, 20)),
      background: failures >= patientTries,
    })
  }

  #isPresent(index: number, starts: number): boolean {
    const state = this.#host.stateOf(index)
    return state.phase === 'up' && state.starts === starts
  }

  /** What the chain is told of a node's hardware and place. */
  #describe({ index, profile, site, mac, serial }: NodeBody) {
    const text = utf8ToByteString
    return {
      resources: resourcesOf(profile),
      location: locationOf(site),
      interfaces: [
        {
          name: bridgeName,
          mac: text(mac),
          ips: this.#options.addressesOf(index).map(text),
        },
      ],
      secure_boot: false,
      virtualized: profile.hypervisor !== '',
      serial_number: serial === '' ? null : text(serial),
    }
  }
}
