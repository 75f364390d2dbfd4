// `zos.debug.deployment`: what the grid's operators see of the deployments on a full node.

import { networkId, networkNames } from '../addresses.ts'
import { encodeDeployment, type Workload } from '../deployment/deployment.ts'
import { workloadId } from '../deployment/names.ts'
import { type DeploymentRecord, hasOkay } from '../engine/records.ts'
import { type Decoder, decodeJson, flag, struct, text, uint32 } from '../go/json-decoder.ts'
import { quoted } from '../go/quote.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import { findNetwork } from '../resources/networks.ts'
import { type ApiContext, answered, fullOnly } from './context.ts'
import type { Answer } from './json.ts'
import type { Command, Guard, Handler, Request } from './router.ts'

const listRequest = struct('', { twin_id: uint32 })
const deploymentRequest = struct('', { deployment: text() })
const infoRequest = struct('', { deployment: text(), workload: text(), verbose: flag })
const healthRequest = struct('', {
  deployment: text(),
  options: struct('', { system_probe: text() }),
})

const machineTypes = ['zmachine', 'zmachine-light']
const networkTypes = ['network', 'network-light']

/** Only the grid's operators may call (threefoldtech/zosbase: pkg/zos_api/middlewares.go). */
export function debugGuard({ adminTwins }: ApiContext): Guard {
  return {
    prefix: 'zos.debug',
    kinds: fullOnly,
    check: ({ twin }) => (adminTwins.includes(twin) ? undefined : 'unauthorized'),
  }
}

/** A number as the node's own parser reads it, or its words. */
function parseId(value: string, bits: 32 | 64): Outcome<bigint> {
  const failure = (cause: string) =>
    refused(`strconv.ParseUint: parsing ${quoted(value)}: ${cause}`)
  if (!/^[0-9]+$/.test(value)) return failure('invalid syntax')
  const digits = value.replace(/^0+(?=[0-9])/, '')
  const isInRange = digits.length <= 20 && BigInt(digits) < 1n << BigInt(bits)
  return isInRange ? accepted(BigInt(digits)) : failure('value out of range')
}

interface Identifier {
  readonly twinId: number
  readonly contractId: bigint
}

/** Reads `<twin>:<contract>`. */
function parseIdentifier(value: string): Outcome<Identifier> {
  if (value === '') return refused('deployment identifier is required')
  const [twinText = '', contractText = '', ...rest] = value.split(':')
  if (!value.includes(':') || rest.length > 0) {
    return refused(`invalid deployment format: expected 'twin-id:contract-id', got '${value}'`)
  }
  const twin = parseId(twinText, 32)
  if (!twin.ok) return refused(`invalid twin ID: ${twinText}: ${twin.error}`)
  const contract = parseId(contractText, 64)
  if (!contract.ok) return refused(`invalid contract ID: ${contractText}: ${contract.error}`)
  return accepted({ twinId: Number(twin.value), contractId: contract.value })
}

function parsed<T>({ payload }: Request, decoder: Decoder<T>): Outcome<T> {
  return payload === '' ? accepted(decoder.zero) : decodeJson(payload, decoder)
}

interface Found {
  readonly record: DeploymentRecord
  readonly identifier: string
}

function find(context: ApiContext, index: number, identifier: string): Outcome<Found> {
  const place = parseIdentifier(identifier)
  if (!place.ok) return place
  const record = context.engine.book.find({ node: index, ...place.value })
  if (record === undefined) return refused('failed to get deployment: deployment not found')
  return accepted({ record, identifier })
}

/** The commands of the namespace (threefoldtech/zosbase: pkg/zos_api/debug.go). */
export function debugCommands(context: ApiContext): Command[] {
  const command = (name: string, handle: Handler): Command => ({
    name: `zos.debug.deployment.${name}`,
    kinds: fullOnly,
    handle,
  })
  const onDeployment =
    (describe: (found: Found) => Answer): Handler =>
    request => {
      const asked = parsed(request, deploymentRequest)
      if (!asked.ok) return asked
      const found = find(context, request.index, asked.value.deployment)
      return found.ok ? answered(describe(found.value)) : found
    }
  return [
    command('list', request => {
      const asked = parsed(request, listRequest)
      if (!asked.ok) return asked
      const { twin_id } = asked.value
      const { book } = context.engine
      const records = book.listOf(request.index, twin_id === 0 ? undefined : twin_id)
      const deployments = records.filter(hasOkay).map(({ deployment }) => ({
        twin_id: deployment.twin_id,
        contract_id: deployment.contract_id,
        workloads: deployment.workloads.map(({ type, name, result }) => ({
          type,
          name,
          state: result.state,
        })),
      }))
      return answered({ deployments })
    }),
    command('get', request => {
      const asked = parsed(request, deploymentRequest)
      if (!asked.ok) return asked
      const found = find(context, request.index, asked.value.deployment)
      if (!found.ok) return found
      return accepted(`{"deployment":${encodeDeployment(found.value.record.deployment)}}`)
    }),
    command(
      'history',
      onDeployment(({ record, identifier }) => ({
        deployment: identifier,
        history: record.history.map(({ type, name, result }, at) => ({
          seq: at + 1,
          type,
          name,
          created: result.created,
          state: result.state,
          message: result.message,
        })),
      })),
    ),
    command('info', request => info(context, request)),
    command('health', request => health(context, request)),
  ]
}

function info(context: ApiContext, request: Request): Outcome<string> {
  const asked = parsed(request, infoRequest)
  if (!asked.ok) return asked
  const { workload: name, deployment: identifier } = asked.value
  if (name === '') return refused('workload name is required')
  const found = find(context, request.index, identifier)
  if (!found.ok) return found
  const { deployment } = found.value.record
  const workload = deployment.workloads.find(entry => entry.name === name)
  if (workload === undefined) return refused(`workload '${name}' not found in deployment`)
  const id = workloadId(deployment, name)
  const head = { workload_id: id, type: workload.type, name }
  const { machines, networks } = context.engine.resourcesOf(request.index)
  if (networkTypes.includes(workload.type)) {
    const netId = networkId(deployment.twin_id, name)
    const state = findNetwork(networks, netId) === undefined ? 'missing' : 'up'
    return answered({
      ...head,
      info: { net_id: netId, namespace: networkNames(netId).namespace, state },
      logs: "Network workloads don't support logs",
    })
  }
  if (!machineTypes.includes(workload.type)) {
    return refused(`workload type '${workload.type}' not supported for info command`)
  }
  const machine = machines.find(running => running.id === id)
  if (machine === undefined) return refused(`failed to inspect vm: vm '${id}' not found`)
  const { cpu, memory } = machine
  return answered({
    ...head,
    info: { HtEnabled: false, Memory: memory, CPU: cpu },
    logs: 'no logs available',
  })
}

interface Check {
  readonly name: string
  readonly ok: boolean
  readonly message: string
}

function checkedWorkload(
  head: { readonly workload_id: string; readonly type: string; readonly name: string },
  checks: readonly Check[],
): Answer {
  return {
    ...head,
    status: checks.every(({ ok }) => ok) ? 'healthy' : 'unhealthy',
    checks: checks.map(check => ({ ...check, evidence: null })),
  }
}

const networkChecks = ['config', 'namespace', 'interfaces', 'bridge']
const machineChecks = ['config', 'vmd', 'process', 'disks', 'virtiofs']

/** What is found of a workload: all of it or nothing, since nothing on a fake node breaks in parts. */
function checksOf(
  context: ApiContext,
  index: number,
  { workload, id, twinId }: { workload: Workload; id: string; twinId: number },
): readonly Check[] | undefined {
  const { machines, networks } = context.engine.resourcesOf(index)
  const all = (prefix: string, names: readonly string[], isThere: boolean) =>
    names.map(name => ({
      name: `${prefix}.${name}`,
      ok: isThere,
      message: isThere ? '' : `${id} not found`,
    }))
  if (networkTypes.includes(workload.type)) {
    const network = findNetwork(networks, networkId(twinId, workload.name))
    const hasMycelium = network !== undefined && network.myceliumAddress !== ''
    const names = hasMycelium ? [...networkChecks, 'mycelium'] : networkChecks
    return all('network', names, network !== undefined)
  }
  if (machineTypes.includes(workload.type)) {
    const isRunning = machines.some(machine => machine.id === id)
    return all('vm', machineChecks, isRunning)
  }
  return undefined
}

function health(context: ApiContext, request: Request): Outcome<string> {
  const asked = parsed(request, healthRequest)
  if (!asked.ok) return asked
  const { deployment: identifier, options } = asked.value
  const probes = options.system_probe === '' ? [] : [refusedProbe]
  if (identifier === '') {
    if (probes.length > 0) return answered({ twin_id: 0, contract_id: 0, workloads: probes })
    return refused('deployment is required when system_probe is not specified')
  }
  const found = find(context, request.index, identifier)
  if (!found.ok) return found
  const { deployment } = found.value.record
  const { twin_id, contract_id } = deployment
  const checked = deployment.workloads.flatMap(workload => {
    const { type, name } = workload
    const id = workloadId(deployment, name)
    const checks = checksOf(context, request.index, { workload, id, twinId: twin_id })
    return checks ? [checkedWorkload({ workload_id: id, type, name }, checks)] : []
  })
  const workloads = [...checked, ...probes]
  return answered({ twin_id, contract_id, workloads: workloads.length === 0 ? null : workloads })
}

/** A fake node has no system on which a probe could run, and says so. */
const refusedProbe = checkedWorkload(
  { workload_id: 'system', type: 'diagnostic', name: 'system.probe' },
  [{ name: 'system.probe', ok: false, message: 'this node runs no probes' }],
)
