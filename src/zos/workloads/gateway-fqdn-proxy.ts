// A user's own domain name, proxied to backends.

import { struct, text } from '../go/json-decoder.ts'
import { gatewayBase, gatewayChallenge, gatewayReferences, gatewayRefusal } from './gateway.ts'
import { workload } from './workload-type.ts'

/** `gateway-fqdn-proxy`: threefoldtech/zosbase: pkg/gridtypes/zos/gw_fqdn.go */
export const gatewayFqdnProxy = workload('gateway-fqdn-proxy', {
  data: struct('zos.GatewayFQDNProxy', { fqdn: text() }, gatewayBase),
  challenge: (put, data) => {
    put.text(data.fqdn)
    gatewayChallenge(put, data)
  },
  validate: data =>
    /^([a-zA-Z0-9\-_]+\.)+[a-zA-Z0-9\-_]{2,}$/.test(data.fqdn)
      ? gatewayRefusal(data)
      : `fqdn ${data.fqdn} is invalid`,
  references: gatewayReferences,
})
