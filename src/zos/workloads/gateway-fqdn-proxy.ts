// A user's own domain name, proxied to backends.

import { canonicalIp } from '../go/ip.ts'
import { type Decoded, struct, text } from '../go/json-decoder.ts'
import { type Outcome, refused } from '../outcome.ts'
import type { NodeResources } from '../resources/node-resources.ts'
import {
  gatewayBase,
  gatewayChallenge,
  gatewayConfig,
  gatewayReferences,
  gatewayRefusal,
  ownAddresses,
  removeGateway,
  serveDomain,
} from './gateway.ts'
import { done, failed, type InstallContext, workload } from './workload-type.ts'

const fqdnData = struct('zos.GatewayFQDNProxy', { fqdn: text() }, gatewayBase)

type Install = InstallContext<Decoded<typeof fqdnData>>

/** What the domain name system has against a domain on this node, or nothing. */
function dnsRefusal(domain: string, own: readonly string[], node: Install['node']) {
  const found = node.resolveHost?.(domain)
  if (found === undefined) return undefined
  if (!found.ok) return found.error
  const addresses = found.value.map(canonicalIp)
  const pointsHere = addresses.some(address => address.ok && own.includes(address.value))
  return pointsHere ? undefined : "host doesn't point to the gateway ip"
}

function serve(context: Install): Outcome<NodeResources> {
  const { node, data } = context
  const config = gatewayConfig(node)
  if (!config.ok) return config
  const domain = config.value.domain ?? ''
  if (domain !== '' && data.fqdn.endsWith(domain)) {
    return refused("can't create a fqdn workload with a subdomain of the gateway's managed domain")
  }
  const wrong = dnsRefusal(data.fqdn, ownAddresses(config.value), node)
  if (wrong !== undefined) return refused(`failed to verify domain dns record: ${wrong}`)
  return serveDomain(context, data.fqdn, config.value)
}

/** `gateway-fqdn-proxy`: threefoldtech/zosbase: pkg/gridtypes/zos/gw_fqdn.go, pkg/gateway */
export const gatewayFqdnProxy = workload('gateway-fqdn-proxy', {
  data: fqdnData,
  challenge: (put, data) => {
    put.text(data.fqdn)
    gatewayChallenge(put, data)
  },
  validate: data =>
    /^([a-zA-Z0-9\-_]+\.)+[a-zA-Z0-9\-_]{2,}$/.test(data.fqdn)
      ? gatewayRefusal(data)
      : `fqdn ${data.fqdn} is invalid`,
  references: gatewayReferences,

  install: context => {
    const served = serve(context)
    if (served.ok) return done(served.value, {})
    return failed(context.resources, `failed to setup fqdn proxy: ${served.error}`)
  },

  remove: removeGateway,
})
