// What the two kinds of gateway have in common: TLS handling, backends, and the network they may join.

import { flag, list, name, optional, text } from '../go/json-decoder.ts'
import { backendRefusals } from './backends.ts'
import type { ChallengeWriter, Reference } from './workload-type.ts'

/** The members that both kinds of gateway share; the node calls that part of their data GatewayBase. */
export const gatewayBase = {
  name: 'GatewayBase',
  members: {
    tls_passthrough: flag,
    backends: list(text('zos.Backend')),
    network: optional(name),
  },
}

/** The decoded shared members. */
export interface GatewayData {
  readonly tls_passthrough: boolean
  readonly backends: readonly string[]
  readonly network: string | null
}

/** The shared part of the challenge. */
export function gatewayChallenge(put: ChallengeWriter, data: GatewayData): void {
  put.flag(data.tls_passthrough)
  for (const backend of data.backends) put.text(backend)
  if (data.network !== null) put.text(data.network)
}

/** The shared rules (threefoldtech/zosbase: pkg/gridtypes/zos/gw.go). */
export function gatewayRefusal(data: GatewayData): string | undefined {
  if (data.backends.length === 0) return 'backends list can not be empty'
  return backendRefusals(data.backends, data.tls_passthrough)[0]
}

/** A gateway may join a network of its twin. */
export function gatewayReferences(data: GatewayData): readonly Reference[] {
  return data.network === null ? [] : [{ name: data.network, scope: 'twin' }]
}
