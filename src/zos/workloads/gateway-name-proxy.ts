// A public name under the node's own domain, proxied to backends.

import { struct, text } from '../go/json-decoder.ts'
import { gatewayBase, gatewayChallenge, gatewayReferences, gatewayRefusal } from './gateway.ts'
import { workload } from './workload-type.ts'

/** `gateway-name-proxy`: threefoldtech/zosbase: pkg/gridtypes/zos/gw_name.go */
export const gatewayNameProxy = workload('gateway-name-proxy', {
  data: struct('zos.GatewayNameProxy', { name: text() }, gatewayBase),
  challenge: (put, data) => {
    put.text(data.name)
    gatewayChallenge(put, data)
  },
  validate: data =>
    /^[a-zA-Z0-9\-_]+$/.test(data.name) ? gatewayRefusal(data) : `name ${data.name} is invalid`,
  references: gatewayReferences,
})
