// `zos.deployment`: what users send to a node, and what it keeps of that.

import { type Deployment, encodeDeployment, encodeWorkload } from '../deployment/deployment.ts'
import type { DeploymentRecord } from '../engine/records.ts'
import { decodeJson, struct, uint64 } from '../go/json-decoder.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import { type ApiContext, everywhere } from './context.ts'
import type { Command, Handler, Request } from './router.ts'

const contractRequest = struct('', { contract_id: uint64() })

/** Does anything of a deployment still count, be it only waiting? */
function isListed({ workloads }: Deployment): boolean {
  return workloads.some(({ result }) => result.state !== 'deleted' && result.state !== 'error')
}

/** The commands of the namespace (threefoldtech/zosbase: pkg/zos_api/deployment.go). */
export function deploymentCommands({ engine }: ApiContext): Command[] {
  const { book } = engine
  const send =
    (what: 'deploy' | 'update'): Handler =>
    ({ index, twin, payload }) => {
      const outcome = engine.accept(index, what, { payload, sender: twin })
      return outcome.ok ? accepted('null') : outcome
    }
  const asked = ({ index, twin, payload }: Request): Outcome<DeploymentRecord> => {
    const request = decodeJson(payload, contractRequest)
    if (!request.ok) return request
    const contractId = request.value.contract_id
    const record = book.find({ node: index, twinId: twin, contractId })
    return record ? accepted(record) : refused('deployment not found')
  }
  const command = (name: string, handle: Handler): Command => ({
    name: `zos.deployment.${name}`,
    kinds: everywhere,
    handle,
  })
  return [
    command('deploy', send('deploy')),
    command('update', send('update')),
    command('delete', () =>
      refused('deletion over the api is disabled, please cancel your contract instead'),
    ),
    command('get', request => {
      const record = asked(request)
      return record.ok ? accepted(encodeDeployment(record.value.deployment)) : record
    }),
    command('changes', request => {
      const record = asked(request)
      if (!record.ok) return record
      const { history } = record.value
      return accepted(history.length === 0 ? 'null' : `[${history.map(encodeWorkload).join(',')}]`)
    }),
    command('list', ({ index, twin }) => {
      const all = book.listOf(index, twin).map(({ deployment }) => deployment)
      return accepted(`[${all.filter(isListed).map(encodeDeployment).join(',')}]`)
    }),
  ]
}
