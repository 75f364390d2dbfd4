// The data of a light machine, apart from its life, because queries over deployments read it too.

import { type Decoded, struct } from '../go/json-decoder.ts'
import { machineMembers, machineNetwork } from './machine-parts.ts'

/** The data of a `zmachine-light`: threefoldtech/zosbase: pkg/gridtypes/zos/zmachine_light.go */
export const zmachineLightData = struct('zos.ZMachineLight', {
  ...machineMembers,
  network: struct('zos.MachineNetworkLight', machineNetwork),
})

/** The decoded data of a `zmachine-light`. */
export type ZmachineLightData = Decoded<typeof zmachineLightData>
