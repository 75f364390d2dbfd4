// A stream of a machine's console to a user's own server.

import { findWorkload, isOkay } from '../deployment/deployment.ts'
import { workloadId } from '../deployment/names.ts'
import { name, struct, text } from '../go/json-decoder.ts'
import { parseUrl } from '../go/url.ts'
import { withId, withoutId } from '../resources/node-resources.ts'
import { done, failed, workload } from './workload-type.ts'

const schemes: readonly string[] = ['redis', 'ws', 'wss']

/** `zlogs`: threefoldtech/zosbase: pkg/gridtypes/zos/zlogs.go, pkg/primitives/zlogs */
export const zlogs = workload('zlogs', {
  data: struct('zos.ZLogs', { zmachine: name, output: text() }),
  challenge: (put, { zmachine, output }) => {
    put.text(zmachine)
    put.text(output)
  },
  validate: ({ zmachine, output }, deployment) => {
    const machine = findWorkload(deployment, zmachine)
    if (!machine.ok || machine.value.type !== 'zmachine') {
      return `no zmachine with name '${zmachine}' found`
    }
    const url = parseUrl(output)
    if (!url.ok) return `invalid url supplied in output: ${url.error}`
    const { scheme } = url.value
    return schemes.includes(scheme) ? undefined : `invalid output schema '${scheme}' not supported`
  },
  references: ({ zmachine }) => [{ name: zmachine, scope: 'deployment' }],
  installOrder: { full: 70, light: 70 },

  install: ({ resources, id, data, deployment }) => {
    const machine = findWorkload(deployment, data.zmachine)
    if (!machine.ok) {
      return failed(resources, `no zmachine with name '${data.zmachine}': ${machine.error}`)
    }
    // The node loses the error when the machine is not ok, and reports success.
    if (!isOkay(machine.value.result.state)) return done(resources)
    const machineId = workloadId(deployment, data.zmachine)
    if (!resources.machines.some(running => running.id === machineId)) {
      return failed(resources, `vm '${machineId}' not found`)
    }
    if (resources.logStreams.includes(id)) {
      return failed(resources, `stream with same id 'stream:${id}' already exists`)
    }
    return done({ ...resources, logStreams: withId(resources.logStreams, id) })
  },

  remove: ({ resources, id }) =>
    done({ ...resources, logStreams: withoutId(resources.logStreams, id) }),
})
