// A virtual machine on a light node.

import { struct } from '../go/json-decoder.ts'
import {
  computeRefusal,
  interfacesChallenge,
  machineCapacity,
  machineChallenge,
  machineMembers,
  machineNetwork,
  machineNetworkRefusal,
  machineReferences,
} from './machine-parts.ts'
import { workload } from './workload-type.ts'

/** `zmachine-light`: threefoldtech/zosbase: pkg/gridtypes/zos/zmachine_light.go */
export const zmachineLight = workload('zmachine-light', {
  data: struct('zos.ZMachineLight', {
    ...machineMembers,
    network: struct('zos.MachineNetworkLight', machineNetwork),
  }),
  challenge: (put, data) => {
    put.text(data.flist)
    interfacesChallenge(put, data.network)
    machineChallenge(put, data)
  },
  validate: data => computeRefusal(data) ?? machineNetworkRefusal(data.network),
  capacity: machineCapacity,
  references: machineReferences,
  runsOn: ['light'],
  installOrder: { light: 60 },
})
