// The workload types that nodes know.

import { gatewayFqdnProxy } from './gateway-fqdn-proxy.ts'
import { gatewayNameProxy } from './gateway-name-proxy.ts'
import { network } from './network.ts'
import { networkLight } from './network-light.ts'
import { ip, ipv4 } from './public-ip.ts'
import { qsfs } from './qsfs.ts'
import { volume } from './volume.ts'
import { type WorkloadTypes, workloadTable } from './workload-type.ts'
import { zdb } from './zdb.ts'
import { zlogs } from './zlogs.ts'
import { zmachine } from './zmachine.ts'
import { zmachineLight } from './zmachine-light.ts'
import { zmount } from './zmount.ts'

/** Every workload type of upstream; `workloadTable([...workloadTypes.values(), own])` adds to them. */
export const workloadTypes: WorkloadTypes = workloadTable([
  zmount,
  volume,
  qsfs,
  network,
  ipv4,
  ip,
  zmachine,
  zlogs,
  zdb,
  gatewayNameProxy,
  gatewayFqdnProxy,
  networkLight,
  zmachineLight,
])
