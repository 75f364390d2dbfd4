// A public name under the node's own domain, proxied to backends.

import { type Decoded, struct, text } from '../go/json-decoder.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import { nameRefusal } from '../resources/gateways.ts'
import type { NodeResources } from '../resources/node-resources.ts'
import {
  gatewayBase,
  gatewayChallenge,
  gatewayConfig,
  gatewayReferences,
  gatewayRefusal,
  removeGateway,
  serveDomain,
} from './gateway.ts'
import { done, failed, type InstallContext, workload } from './workload-type.ts'

const nameData = struct('zos.GatewayNameProxy', { name: text() }, gatewayBase)

interface Served {
  readonly fqdn: string
  readonly resources: NodeResources
}

function serve(context: InstallContext<Decoded<typeof nameData>>): Outcome<Served> {
  const { node, data, deployment } = context
  const config = gatewayConfig(node)
  if (!config.ok) return config
  const domain = config.value.domain ?? ''
  if (domain === '') return refused("node doesn't support name proxy (doesn't have a domain)")
  const wrong = nameRefusal(node, data.name, deployment.twin_id)
  if (wrong !== undefined) return refused(`failed to verify name contract: ${wrong.error}`)
  const fqdn = `${data.name}.${domain}`
  const served = serveDomain(context, fqdn, config.value)
  return served.ok ? accepted({ fqdn, resources: served.value }) : served
}

/** `gateway-name-proxy`: threefoldtech/zosbase: pkg/gridtypes/zos/gw_name.go, pkg/gateway */
export const gatewayNameProxy = workload('gateway-name-proxy', {
  data: nameData,
  challenge: (put, data) => {
    put.text(data.name)
    gatewayChallenge(put, data)
  },
  validate: data =>
    /^[a-zA-Z0-9\-_]+$/.test(data.name) ? gatewayRefusal(data) : `name ${data.name} is invalid`,
  references: gatewayReferences,

  install: context => {
    const served = serve(context)
    if (served.ok) return done(served.value.resources, { fqdn: served.value.fqdn })
    return failed(context.resources, `failed to setup name proxy: ${served.error}`)
  },

  remove: removeGateway,
})
