// `zos.admin`: what a node tells and takes from its farmer alone.

import { macAddress } from '../addresses.ts'
import { decodeJson, text } from '../go/json-decoder.ts'
import { accepted, refused } from '../outcome.ts'
import { type ApiContext, answered, everywhere, fullOnly, lightOnly } from './context.ts'
import type { Command, Guard } from './router.ts'

const notSupported = () => refused('not supported')

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
        const { address, mac, profile } = bodyOf(index)
        // The first card carries the bridge; the others are free.
        const cards = profile.networkCards.map(({ name }, at) => [
          name,
          at === 0
            ? { ips: [`${address}/8`], mac }
            : { ips: null, mac: macAddress(`${name}/${index}`) },
        ])
        return answered(Object.fromEntries(cards))
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
        const at = bodyOf(index).profile.networkCards.findIndex(({ name }) => name === nic.value)
        if (at < 0) return refused(`failed to get interface '${nic.value}': Link not found`)
        context.setPublicNic(index, at === 0 ? '' : nic.value)
        return accepted('null')
      },
    },
    { name: 'zos.admin.get_public_nic', kinds: lightOnly, handle: notSupported },
    { name: 'zos.admin.set_public_nic', kinds: lightOnly, handle: notSupported },
  ]
}
