// Deployments and workloads: decoded from what a client sends, looked up, and written as the node answers them.

import {
  type Decoded,
  decodeJson,
  flag,
  list,
  name,
  rawJson,
  struct,
  text,
  timestamp,
  uint32,
  uint64,
} from '../go/json-decoder.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import { nameRefusal } from './names.ts'

/** Where a workload can be in its life; empty only before it is stored. */
export type WorkloadState = '' | 'init' | 'ok' | 'error' | 'paused' | 'unchanged' | 'deleted'

/** What the node did with a workload. `data` is JSON text of the type's result; empty stands for null. */
export interface WorkloadResult {
  readonly created: bigint
  readonly state: WorkloadState
  readonly message: string
  readonly data: string
}

const signatureRequest = struct('gridtypes.SignatureRequest', {
  twin_id: uint32,
  required: flag,
  weight: uint64('uint'),
})

const signature = struct('gridtypes.Signature', {
  twin_id: uint32,
  signature: text(),
  signature_type: text(),
})

const signatureRequirement = struct('gridtypes.SignatureRequirement', {
  requests: list(signatureRequest),
  weight_required: uint64('uint'),
  signatures: list(signature),
  signature_style: text('gridtypes.SignatureStyle'),
})

const result = struct('gridtypes.Result', {
  created: timestamp,
  state: text('gridtypes.ResultState'),
  message: text(),
  data: rawJson,
})

const workload = struct('gridtypes.Workload', {
  version: uint32,
  name,
  type: text('gridtypes.WorkloadType'),
  data: rawJson,
  metadata: text(),
  description: text(),
  result,
})

const deployment = struct('gridtypes.Deployment', {
  version: uint32,
  twin_id: uint32,
  contract_id: uint64(),
  metadata: text(),
  description: text(),
  expiration: timestamp,
  signature_requirement: signatureRequirement,
  workloads: list(workload),
})

/** Who has to sign a deployment, and who did. */
export type SignatureRequirement = Decoded<typeof signatureRequirement>

/** One workload; `data` is kept as the JSON text that was sent, and is empty when missing. */
export type Workload = Omit<Decoded<typeof workload>, 'result'> & {
  readonly result: WorkloadResult
}

/** A deployment as it travels, with the names that its members have on the wire. */
export type Deployment = Omit<Decoded<typeof deployment>, 'workloads'> & {
  readonly workloads: readonly Workload[]
}

/** The result of a workload that no node has seen yet. */
export const noResult: WorkloadResult = Object.freeze({
  created: 0n,
  state: '',
  message: '',
  data: '',
})

/** Decodes the payload of a deploy or update command; results that a client sends are forgotten. */
export function decodeDeployment(payload: string): Outcome<Deployment> {
  const decoded = decodeJson(payload, deployment)
  if (!decoded.ok) return decoded
  const workloads = decoded.value.workloads.map(entry =>
    Object.freeze({ ...entry, result: noResult }),
  )
  return accepted(Object.freeze({ ...decoded.value, workloads: Object.freeze(workloads) }))
}

/** The workload of a name in a deployment. */
export function findWorkload(deployment: Deployment, name: string): Outcome<Workload> {
  const refusal = nameRefusal(name)
  if (refusal !== undefined) return refused(refusal)
  const found = deployment.workloads.find(entry => entry.name === name)
  if (found !== undefined) return accepted(found)
  return refused(`no workload with name '${name}': workload not found`)
}

/** The workloads of some types, in list order; badly named ones are not among them. */
export function workloadsOfType(deployment: Deployment, ...types: readonly string[]): Workload[] {
  return deployment.workloads.filter(
    entry => types.includes(entry.type) && nameRefusal(entry.name) === undefined,
  )
}

/** Does a workload in this state hold what it asked for? */
export function isOkay(state: WorkloadState): boolean {
  return state === 'ok' || state === 'paused'
}

function encodeObject(members: Readonly<Record<string, string>>): string {
  const parts = Object.entries(members).map(([name, value]) => `${JSON.stringify(name)}:${value}`)
  return `{${parts.join(',')}}`
}

function encodeList<T>(items: readonly T[], encode: (item: T) => string): string {
  return `[${items.map(encode).join(',')}]`
}

const encodeRaw = (json: string) => (json === '' ? 'null' : json)

/** The JSON text of a result. */
export function encodeResult(result: WorkloadResult): string {
  return encodeObject({
    created: String(result.created),
    state: JSON.stringify(result.state),
    message: JSON.stringify(result.message),
    data: encodeRaw(result.data),
  })
}

/** The JSON text of a workload, its data as it was sent. */
export function encodeWorkload(workload: Workload): string {
  return encodeObject({
    version: String(workload.version),
    name: JSON.stringify(workload.name),
    type: JSON.stringify(workload.type),
    data: encodeRaw(workload.data),
    metadata: JSON.stringify(workload.metadata),
    description: JSON.stringify(workload.description),
    result: encodeResult(workload.result),
  })
}

/** The JSON text of a deployment, integers of any size in full. */
export function encodeDeployment(deployment: Deployment): string {
  const requirement = deployment.signature_requirement
  return encodeObject({
    version: String(deployment.version),
    twin_id: String(deployment.twin_id),
    contract_id: String(deployment.contract_id),
    metadata: JSON.stringify(deployment.metadata),
    description: JSON.stringify(deployment.description),
    expiration: String(deployment.expiration),
    signature_requirement: encodeObject({
      requests: encodeList(requirement.requests, request =>
        encodeObject({
          twin_id: String(request.twin_id),
          required: String(request.required),
          weight: String(request.weight),
        }),
      ),
      weight_required: String(requirement.weight_required),
      signatures: encodeList(requirement.signatures, entry => JSON.stringify(entry)),
      signature_style: JSON.stringify(requirement.signature_style),
    }),
    workloads: encodeList(deployment.workloads, encodeWorkload),
  })
}
