// What an extrinsic would cost, from its bytes alone.

import { decodeExtrinsic } from '../../node/extrinsic.ts'
import type { CallWeight } from '../../runtime/declare.ts'
import { type InclusionFee, inclusionFee } from '../../runtime/fees.ts'
import type { ChainPort } from '../port.ts'

/** Weight and fee of an extrinsic; an unsigned one has no fee. */
export interface Estimate {
  readonly weight: Required<CallWeight>
  readonly fee: InclusionFee | null
}

/** Estimates the bytes of an extrinsic, length prefix included; the signature may be anything. */
export function estimate(
  { runtime }: ChainPort,
  bytes: Uint8Array,
  length = bytes.length,
): { ok: true; estimate: Estimate } | { ok: false; text: string } {
  const decoded = decodeExtrinsic(bytes)
  if (decoded.ok) {
    const weight = runtime.weightOf(decoded.extrinsic.call)
    return { ok: true, estimate: { weight, fee: inclusionFee(weight.refTime, length) } }
  }
  const { problem } = decoded
  switch (problem.type) {
    case 'unsigned':
      return { ok: true, estimate: { weight: runtime.weightOf(problem.call), fee: null } }
    case 'lookup':
      return { ok: false, text: 'Error("Cannot lookup the address of the signer")' }
    case 'format':
    case 'trap':
      return { ok: false, text: `Error(${JSON.stringify(problem.text)})` }
  }
}
