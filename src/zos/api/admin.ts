// `zos.admin`: what a node tells and takes from its farmer alone.

import { macAddress } from '../addresses.ts'
import { decodeJson, text } from '../go/json-decoder.ts'
import { accepted, refused } from '../outcome.ts'
import { type ApiContext, answered, everywhere, fullOnly, lightOnly } from './context.ts'
import type { Command, Guard } from './router.ts'

const notSupported = () => refused('not supported')

/** The network cards of every fake node: the first one carries its bridge, the second one is free. */
const cards = ['eth0', 'eth1'] as const

/** Only the farmer may call (threefoldtech/zosbase: pkg/zos_api/middlewares.go). */
export function adminGuard({ chain, bodyOf }: ApiContext): Guard {
  return {
    prefix: 'zos.admin',
    kinds: everywhere,
    check: ({ index, twin }) =>
      chain.farm(bodyOf(index).farmId)?.twinId === twin ? undefined : 'unauthorized',
  }
}

/** The commands of the namespace (threefoldtech/zosbase: pkg/zos_api/admin.go). */
export function adminCommands(context: ApiContext): Command[] {
  const { bodyOf, stateOf } = context
  return [
    {
      name: 'zos.admin.interfaces',
      kinds: everywhere,
      handle: ({ index }) => {
        const { address, mac } = bodyOf(index)
        const [first, second] = cards
        return answered({
          [first]: { ips: [`${address}/8`], mac },
          [second]: { ips: null, mac: macAddress(`${second}/${index}`) },
        })
      },
    },
    {
      name: 'zos.admin.get_public_nic',
      kinds: fullOnly,
      handle: ({ index }) => {
        const { publicNic } = stateOf(index)
        const isDual = publicNic !== ''
        return answered({ is_single: !isDual, is_dual: isDual, dual_interface: publicNic })
      },
    },
    {
      name: 'zos.admin.set_public_nic',
      kinds: fullOnly,
      handle: ({ index, payload }) => {
        const nic = decodeJson(payload, text())
        if (!nic.ok) return refused(`failed to decode input, expecting string: ${nic.error}`)
        if (!cards.some(card => card === nic.value)) {
          return refused(`failed to get interface '${nic.value}': Link not found`)
        }
        context.setPublicNic(index, nic.value === cards[0] ? '' : nic.value)
        return accepted('null')
      },
    },
    { name: 'zos.admin.get_public_nic', kinds: lightOnly, handle: notSupported },
    { name: 'zos.admin.set_public_nic', kinds: lightOnly, handle: notSupported },
  ]
}
