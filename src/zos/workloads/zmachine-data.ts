// The data of a full machine, apart from its life, because disks need to know which machines mount them.

import { type Decoded, flag, name, struct } from '../go/json-decoder.ts'
import { machineMembers, machineNetwork } from './machine-parts.ts'

/** The data of a `zmachine`: threefoldtech/zosbase: pkg/gridtypes/zos/zmachine.go */
export const zmachineData = struct('zos.ZMachine', {
  ...machineMembers,
  network: struct('zos.MachineNetwork', {
    ...machineNetwork,
    public_ip: name,
    planetary: flag,
  }),
})

/** The decoded data of a `zmachine`. */
export type ZmachineData = Decoded<typeof zmachineData>
