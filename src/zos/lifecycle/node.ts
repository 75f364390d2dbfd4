// A node: what it is made of and never changes, and what may change of it.

import type { Hex } from '../../crypto/hex.ts'
import type { KeyPair } from '../../crypto/keys.ts'
import type { Random } from '../../kernel/random.ts'
import { cacheSize } from '../hardware/pools.ts'
import { type HardwareProfile, profilePools } from '../hardware/profile.ts'
import type { PublicConfigView } from '../ports.ts'
import { emptyResources, type NodeResources } from '../resources/node-resources.ts'
import { type Site, siteOf } from './places.ts'

/** Whether a node runs: it starts, it runs, it has lost power, or it was sent to sleep by its farmer. */
export type NodePhase = 'starting' | 'up' | 'down' | 'asleep'

/** What may change of a node. */
export interface NodeState {
  /** Id on the chain; 0 before registration. */
  readonly nodeId: number
  readonly twinId: number
  readonly phase: NodePhase
  readonly isRegistered: boolean
  /** Its deployments have contracts of a chain that is gone. */
  readonly isStale: boolean
  /** Virtual time of the last boot, in ms. */
  readonly bootedAt: number
  /** How often the node, or its provisioning daemon, has started: what an older start set going is void. */
  readonly starts: number
  /** What the farmer gave the node, as it was applied last. */
  readonly publicConfig: PublicConfigView | null
  /** Version of the running image. */
  readonly version: string
  /** The second network card that public traffic goes through; empty when the first one serves all. */
  readonly publicNic: string
}

/** The state of a node that was never started. */
export function initialState(version: string): NodeState {
  return Object.freeze({
    nodeId: 0,
    twinId: 0,
    phase: 'down',
    isRegistered: false,
    isStale: false,
    bootedAt: 0,
    starts: 0,
    publicConfig: null,
    version,
    publicNic: '',
  })
}

/** What stays the same of a node. */
export class NodeBody {
  /** Position among the nodes of this process, from 1. */
  readonly index: number
  readonly name: string
  readonly farmId: number
  readonly profileName: string
  readonly profile: HardwareProfile
  readonly key: KeyPair

  constructor(options: {
    index: number
    name: string
    farmId: number
    profileName: string
    profile: HardwareProfile
    key: KeyPair
  }) {
    this.index = options.index
    this.name = options.name
    this.farmId = options.farmId
    this.profileName = options.profileName
    this.profile = options.profile
    this.key = options.key
  }

  get account(): Hex {
    return this.key.accountId
  }

  /** Where it stands: the nodes of a farm stand together. */
  get site(): Site {
    return siteOf(this.farmId)
  }

  /** The private address of its zos bridge. */
  get address(): string {
    const { index } = this
    return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`
  }

  /** The MAC of its zos bridge, to which wake-up calls go: a maker's prefix, then a number of its own. */
  get mac(): string {
    return `a4:bf:01:${byteText(this.index >> 16)}:${byteText(this.index >> 8)}:${byteText(this.index)}`
  }

  /** The serial number of its board: the profile's, with the last digits its own. */
  get serial(): string {
    const { serial } = this.profile.board
    const own = String(this.index)
    return serial === '' ? '' : `${serial.slice(0, Math.max(1, serial.length - own.length))}${own}`
  }

  /** Its disks before anything was deployed; their labels follow from the run's seed. */
  freshResources(random: Random): NodeResources {
    const names = this.profile.disks.map((_, disk) =>
      uuidOf(random.derive(`zos/${this.index}/disk/${disk}`, 16)),
    )
    return emptyResources(profilePools(this.profile, names))
  }
}

function byteText(value: number): string {
  return (value & 255).toString(16).padStart(2, '0')
}

const cached = new WeakMap<HardwareProfile, boolean>()

/** Whether a node of this hardware finds a disk for its cache; without one it does not register. */
export function hasCacheDisk(profile: HardwareProfile): boolean {
  const known = cached.get(profile)
  if (known !== undefined) return known
  const names = profile.disks.map((_, disk) => `disk-${disk}`)
  const hasDisk = cacheSize(profilePools(profile, names)) > 0n
  cached.set(profile, hasDisk)
  return hasDisk
}

/** Formats 16 bytes as a version 4 UUID. */
function uuidOf(bytes: Uint8Array): string {
  const own = Buffer.from(bytes)
  own[6] = ((own[6] ?? 0) & 0x0f) | 0x40
  own[8] = ((own[8] ?? 0) & 0x3f) | 0x80
  const hex = own.toString('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return `${parts.join('-')}-${hex.slice(20)}`
}
