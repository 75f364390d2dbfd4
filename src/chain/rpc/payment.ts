// payment_*: what an extrinsic costs.

import { Json } from './call.ts'
import { type RpcError, rpcErrors } from './errors.ts'
import { blockAt } from './internal/blocks.ts'
import { type Estimate, estimate } from './internal/fees.ts'
import { blockHash, bytes, optional, param } from './params.ts'
import type { ChainPort } from './port.ts'
import { method, namespace } from './registry.ts'

const params = [param('ext', bytes), optional('at', blockHash)] as const

function estimated(
  chain: ChainPort,
  extrinsic: Uint8Array,
  at: string | null,
  errorOf: (text: string) => RpcError,
): Estimate {
  blockAt(chain, at)
  const found = estimate(chain, extrinsic)
  if (!found.ok) throw errorOf(found.text)
  return found.estimate
}

export const paymentNamespace = namespace('payment', {
  payment_queryInfo: method(
    'The weight of an extrinsic and its fee, the tip not included',
    params,
    ({ chain }, extrinsic, at) => {
      const { weight, fee } = estimated(chain, extrinsic, at, rpcErrors.dispatchInfo)
      const total = fee ? fee.base + fee.length + fee.weight : 0n
      // Weights are 64-bit integers, which JSON.stringify cannot write.
      return new Json(
        `{"weight":{"ref_time":${weight.refTime},"proof_size":${weight.proofSize}},` +
          `"class":"${weight.class.toLowerCase()}","partialFee":"${total}"}`,
      )
    },
  ),

  payment_queryFeeDetails: method(
    'The parts of the fee of an extrinsic',
    params,
    ({ chain }, extrinsic, at) => {
      const { fee } = estimated(chain, extrinsic, at, rpcErrors.feeDetails)
      const hex = (amount: bigint) => `0x${amount.toString(16)}`
      return {
        inclusionFee: fee && {
          baseFee: hex(fee.base),
          lenFee: hex(fee.length),
          adjustedWeightFee: hex(fee.weight),
        },
      }
    },
  ),
})
