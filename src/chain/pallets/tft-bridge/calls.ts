// TFTBridgeModule: its calls, their arguments and weights.

import { bytes } from '../../../scale/bytes.ts'
import { u64, u128 } from '../../../scale/primitives.ts'
import { AccountId32 } from '../../types/primitives.ts'
import { tftBridge } from './declaration.ts'

/** The calls of TFTBridgeModule, by name. */
export const calls = {
  add_bridge_validator: tftBridge.call(
    0,
    { target: AccountId32 },
    { refTime: 141_281_000n, proofSize: 1741n },
  ),

  remove_bridge_validator: tftBridge.call(
    1,
    { target: AccountId32 },
    { refTime: 140_810_000n, proofSize: 1774n },
  ),

  set_fee_account: tftBridge.call(
    2,
    { target: AccountId32 },
    { refTime: 105_350_000n, proofSize: 0n },
  ),

  set_withdraw_fee: tftBridge.call(3, { amount: u64 }, { refTime: 104_939_000n, proofSize: 0n }),

  set_deposit_fee: tftBridge.call(4, { amount: u64 }, { refTime: 104_980_000n, proofSize: 0n }),

  swap_to_stellar: tftBridge.call(
    5,
    { target_stellar_address: bytes, amount: u128 },
    { refTime: 443_893_000n, proofSize: 3593n },
  ),

  propose_or_vote_mint_transaction: tftBridge.call(
    6,
    { transaction: bytes, target: AccountId32, amount: u64 },
    { refTime: 511_196_000n, proofSize: 3964n },
  ),

  propose_burn_transaction_or_add_sig: tftBridge.call(
    7,
    {
      transaction_id: u64,
      target: bytes,
      amount: u64,
      signature: bytes,
      stellar_pub_key: bytes,
      sequence_number: u64,
    },
    { refTime: 201_300_000n, proofSize: 4096n },
  ),

  set_burn_transaction_executed: tftBridge.call(
    8,
    { transaction_id: u64 },
    { refTime: 293_805_000n, proofSize: 4036n },
  ),

  create_refund_transaction_or_add_sig: tftBridge.call(
    9,
    {
      tx_hash: bytes,
      target: bytes,
      amount: u64,
      signature: bytes,
      stellar_pub_key: bytes,
      sequence_number: u64,
    },
    { refTime: 172_232_000n, proofSize: 3850n },
  ),

  set_refund_transaction_executed: tftBridge.call(
    10,
    { tx_hash: bytes },
    { refTime: 294_217_000n, proofSize: 4025n },
  ),
}
