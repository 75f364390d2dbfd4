// `zos.network`: addresses and ports of a node, and those in use on it.

import { planetaryAddress } from '../addresses.ts'
import { hasOkay } from '../engine/records.ts'
import { decodeJson, struct, text } from '../go/json-decoder.ts'
import { refused } from '../outcome.ts'
import { listPrivateIps, listPublicIps, wireguardPorts } from '../resources/queries.ts'
import { type ApiContext, answered, everywhere, fullOnly } from './context.ts'
import type { Command, Handler } from './router.ts'

const networkRequest = struct('', { network_name: text() })

/** The commands of the namespace (threefoldtech/zosbase: pkg/zos_api/network.go, pkg/zos_api_light). */
export function networkCommands(context: ApiContext): Command[] {
  const { engine, bodyOf, factsOf } = context
  const command = (name: string, handle: Handler, kinds = everywhere): Command => ({
    name: `zos.network.${name}`,
    kinds,
    handle,
  })
  return [
    command('list_wg_ports', ({ index }) =>
      answered(wireguardPorts(factsOf(index).kind, engine.resourcesOf(index).networks)),
    ),
    command('public_config_get', ({ index }) => publicConfig(context, index)),
    command('interfaces', ({ index }) => {
      const zos = context.addressesOf(index)
      if (factsOf(index).kind === 'light') return answered({ zos })
      return answered({ zos, ygg: [planetaryAddress(bodyOf(index).key.publicKey)] })
    }),
    command('has_ipv6', ({ index }) => {
      const { kind, publicIpv6Subnet } = factsOf(index)
      if (kind === 'light') return answered(false)
      return publicIpv6Subnet === '' ? refused('no public ipv6 found') : answered(true)
    }),
    command('list_private_ips', ({ index, twin, payload }) => {
      const request = decodeJson(payload, networkRequest)
      if (!request.ok) return request
      const active = engine.book.listOf(index, twin).map(({ deployment }) => deployment)
      const ips = listPrivateIps(active, request.value.network_name)
      return ips.ok ? answered(ips.value) : ips
    }),
    command(
      'list_public_ips',
      ({ index }) => {
        const all = engine.book.listOf(index).filter(hasOkay)
        const ips = listPublicIps(all.map(({ deployment }) => deployment))
        return ips.ok ? answered(ips.value) : ips
      },
      fullOnly,
    ),
  ]
}

function publicConfig({ factsOf }: ApiContext, index: number) {
  const { kind, publicConfig: config } = factsOf(index)
  if (!config) {
    const missing = 'no public configuration'
    return refused(kind === 'full' ? missing : `failed to load public config: ${missing}`)
  }
  return answered({
    type: kind === 'full' ? '' : 'macvlan',
    ipv4: config.ip4.ip,
    ipv6: config.ip6?.ip ?? '',
    gw4: config.ip4.gw,
    gw6: config.ip6?.gw ?? '',
    domain: config.domain ?? '',
  })
}
