// What of the chain a node will read on account of a message: known before the message is handed in.

import type { BusMessage } from '../rmb/bus.ts'
import { contractKey, nameKey, type StorageKey, twinKey } from './remote-facts.ts'

/** Commands whose payload is a deployment (`zosbase: pkg/provision/zos_api.go`). */
const deploying: ReadonlySet<string> = new Set(['zos.deployment.deploy', 'zos.deployment.update'])

/** Workloads and signatures of one deployment that are looked at. */
const lookedAt = 1_000

/**
 * What a request to deploy needs: its contract, the twins who sign it, the names of its gateways. Null for any other
 * message. A payload that is no deployment needs nothing: the node will say what is wrong with it.
 */
export function needsOf({ body }: BusMessage): StorageKey[] | null {
  if (body.type !== 'request' || !deploying.has(body.command)) return null
  const deployment = objectOf(parse(body.payload))
  const { contract_id, twin_id, workloads, signature_requirement } = deployment
  const { signatures } = objectOf(signature_requirement)
  const signers = listOf(signatures).map(signature => objectOf(signature).twin_id)
  const names = listOf(workloads).flatMap(workload => {
    const { type, data } = objectOf(workload)
    const { name } = objectOf(data)
    return type === 'gateway-name-proxy' && typeof name === 'string' ? [name] : []
  })
  return [
    ...(isId(contract_id, Number.MAX_SAFE_INTEGER) ? [contractKey(BigInt(contract_id))] : []),
    ...[twin_id, ...signers].filter(isTwin).map(twinKey),
    ...names.map(nameKey),
  ]
}

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, lookedAt) : [])

const isId = (value: unknown, max: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= max

const isTwin = (value: unknown): value is number => isId(value, 0xffff_ffff)
