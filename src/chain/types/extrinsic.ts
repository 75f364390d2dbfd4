// Extrinsics as the metadata describe them: how clients find out what to sign and what to send.

import { bytes } from '../../scale/bytes.ts'
import { marker, wrapper } from '../../scale/composite.ts'
import { tuple } from '../../scale/containers.ts'
import { enumeration } from '../../scale/enumeration.ts'
import { compact, u8, u32, u128, unit } from '../../scale/primitives.ts'
import type { AnyType, ScaleType } from '../../scale/type.ts'
import { RuntimeCall } from './outer.ts'
import { H256, MultiAddress, MultiSignature } from './primitives.ts'

/** How long an extrinsic is valid: `Immortal`, or `Mortal<first byte>` with the second byte as value. */
export interface EraVariant {
  readonly type: string
  readonly value?: number
}

/** In the metadata an era is an enum of its first byte, with all 256 variants. */
export const Era = enumeration(
  { path: 'sp_runtime::generic::era::Era' },
  Object.fromEntries([
    ['Immortal', []],
    ...Array.from({ length: 255 }, (_, i) => [`Mortal${i + 1}`, [u8]]),
  ]),
) as AnyType as ScaleType<EraVariant>

const system = 'frame_system::extensions'
const T = null

const CheckNonZeroSender = marker({
  path: `${system}::check_non_zero_sender::CheckNonZeroSender`,
  params: { T },
})
const CheckSpecVersion = marker({
  path: `${system}::check_spec_version::CheckSpecVersion`,
  params: { T },
})
const CheckTxVersion = marker({
  path: `${system}::check_tx_version::CheckTxVersion`,
  params: { T },
})
const CheckGenesis = marker({ path: `${system}::check_genesis::CheckGenesis`, params: { T } })
const CheckMortality = wrapper(
  { path: `${system}::check_mortality::CheckMortality`, params: { T } },
  Era,
)
const CheckNonce = wrapper(
  { path: `${system}::check_nonce::CheckNonce`, params: { T } },
  compact(u32),
)
const CheckWeight = marker({ path: `${system}::check_weight::CheckWeight`, params: { T } })
const ChargeTransactionPayment = wrapper(
  { path: 'pallet_transaction_payment::ChargeTransactionPayment', params: { T } },
  compact(u128),
)

/** The runtime as a type, which is no more than a name. */
export const Runtime = marker({ path: 'tfchain_runtime::Runtime' })

const ContractIdProvides = marker({
  path: 'pallet_smart_contract::types::ContractIdProvides',
  params: { T: Runtime },
})

/** A part of every signed extrinsic: what it adds to the bytes, and what is signed besides. */
export interface SignedExtension {
  readonly identifier: string
  /** In the extrinsic, and signed. */
  readonly extra: AnyType
  /** Signed only: both sides know it. */
  readonly additional: AnyType
}

/** The signed extensions, in the order in which their parts are encoded. */
export const signedExtensions: readonly SignedExtension[] = [
  { identifier: 'CheckNonZeroSender', extra: CheckNonZeroSender, additional: unit },
  { identifier: 'CheckSpecVersion', extra: CheckSpecVersion, additional: u32 },
  { identifier: 'CheckTxVersion', extra: CheckTxVersion, additional: u32 },
  { identifier: 'CheckGenesis', extra: CheckGenesis, additional: H256 },
  { identifier: 'CheckMortality', extra: CheckMortality, additional: H256 },
  { identifier: 'CheckNonce', extra: CheckNonce, additional: unit },
  { identifier: 'CheckWeight', extra: CheckWeight, additional: unit },
  { identifier: 'ChargeTransactionPayment', extra: ChargeTransactionPayment, additional: unit },
  { identifier: 'ContractIdProvides', extra: ContractIdProvides, additional: unit },
]

/** What all signed extensions together add to an extrinsic. */
export const SignedExtra = tuple(
  CheckNonZeroSender,
  CheckSpecVersion,
  CheckTxVersion,
  CheckGenesis,
  CheckMortality,
  CheckNonce,
  CheckWeight,
  ChargeTransactionPayment,
  ContractIdProvides,
)

/** The version of the extrinsic format. */
export const extrinsicVersion = 4

/** An extrinsic, opaque; clients learn the types of its parts from the parameters. */
export const UncheckedExtrinsic = wrapper(
  {
    path: 'sp_runtime::generic::unchecked_extrinsic::UncheckedExtrinsic',
    params: {
      Address: MultiAddress,
      Call: RuntimeCall,
      Signature: MultiSignature,
      Extra: SignedExtra,
    },
  },
  bytes,
)
