// The chain of a running grid is wiped: people and farms come back at once, nodes register anew, farmers equip them.

import type { Chain } from '../chain/node/chain.ts'
import type { WorldConfig } from '../config/config.ts'
import { baseDomain } from '../config/networks.ts'
import type { KeyPair } from '../crypto/keys.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Nodes } from '../zos/nodes.ts'
import { type FarmView, submitFarms, submitGateways } from './farms.ts'
import type { Keyring } from './keyring.ts'
import { defaultTft, type Person, registerPeople } from './people.ts'

declare module '../kernel/kernel.ts' {
  interface KernelEvents {
    /** Farmers look whether their nodes have come back after a reset; the payload counts how often they looked. */
    'grid.equip': number
  }
}

/** How often farmers look, in ms, and after how many times they give up. */
const equipEveryMs = 6_000
const equipTries = 1_000

/** What a reset needs of the world. */
export interface ResetParts {
  readonly kernel: Kernel
  readonly chain: Chain
  readonly nodes: Nodes
  readonly keyring: Keyring
  readonly config: WorldConfig
  readonly relay: string
  readonly funder: KeyPair
  /** Users and farmers in the order in which they first registered, so that their twins have the ids of before. */
  readonly people: () => readonly (Person & { readonly tft?: number })[]
  readonly farmers: readonly (Person & { readonly twinId: number })[]
  readonly views: readonly FarmView[]
}

/** Makes the function that resets a world's chain. */
export function chainReset(parts: ResetParts): () => void {
  const { kernel, chain, nodes, keyring, config, relay, funder, farmers, views } = parts
  const { farms } = config
  kernel.handle('grid.equip', ({ payload: tries }) => {
    if (!nodes.areRegistered() && tries < equipTries) {
      armEquip(kernel, tries + 1)
      return
    }
    const nodesOf = (farmId: number) =>
      nodes.list().flatMap(node => (node.farmId === farmId && node.nodeId > 0 ? [node.nodeId] : []))
    submitGateways({ chain, farms, farmers, views, nodesOf, domain: baseDomain(config.network) })
    farms.forEach(({ dedicated }, i) => {
      if (dedicated) makeDedicated(chain, views[i]!.id)
    })
  })
  return () => {
    chain.reset()
    const people = parts.people().map(person => ({ ...person, tft: person.tft ?? defaultTft }))
    registerPeople(people, { chain, keyring, relay, funder })
    submitFarms({ chain, farms, farmers })
    nodes.onChainReset()
    armEquip(kernel, 0)
  }
}

function armEquip(kernel: Kernel, tries: number): void {
  kernel.schedule({ kind: 'grid.equip', payload: tries, afterMs: equipEveryMs, background: true })
}

/** The council's motion, without the days that it takes. */
function makeDedicated(chain: Chain, farm_id: number): void {
  const call = {
    pallet: 'TfgridModule',
    name: 'set_farm_dedicated',
    args: { farm_id, dedicated: true },
  }
  chain.override(() => {
    const { number, timestamp } = chain.current
    chain.runtime.inBlock(number, timestamp, () => {
      chain.runtime.dispatch(call, { type: 'Root' })
    })
    chain.runtime.takeDigest()
  })
}
