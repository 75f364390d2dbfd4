// TFTBridgeModule: what it keeps, tells and refuses.

import { bytes } from '../../../scale/bytes.ts'
import { option, vec } from '../../../scale/containers.ts'
import { u64 } from '../../../scale/primitives.ts'
import { defaultOf } from '../../../scale/type.ts'
import { blake2_128Concat, declarePallet, storageMap, storageValue } from '../../runtime/declare.ts'
import { AccountId32 } from '../../types/primitives.ts'
import {
  BurnTransaction,
  MintTransaction,
  RefundTransaction,
  StellarSignature,
  StorageVersion,
} from './types.ts'

/** Tokens that come from Stellar and go there. */
export const tftBridge = declarePallet({
  index: 27,
  name: 'TFTBridgeModule',
  storage: {
    Validators: storageValue(vec(AccountId32), { default: [] }),
    FeeAccount: storageValue(AccountId32),
    MintTransactions: storageMap([blake2_128Concat(bytes)], MintTransaction),
    ExecutedMintTransactions: storageMap([blake2_128Concat(bytes)], MintTransaction),
    BurnTransactions: storageMap([blake2_128Concat(u64)], BurnTransaction),
    ExecutedBurnTransactions: storageMap([blake2_128Concat(u64)], BurnTransaction),
    RefundTransactions: storageMap([blake2_128Concat(bytes)], RefundTransaction, {
      default: defaultOf(RefundTransaction),
    }),
    ExecutedRefundTransactions: storageMap([blake2_128Concat(bytes)], RefundTransaction, {
      default: defaultOf(RefundTransaction),
    }),
    BurnTransactionID: storageValue(u64, { default: 0n }),
    WithdrawFee: storageValue(u64, { default: 0n }),
    DepositFee: storageValue(u64, { default: 0n }),
    PalletVersion: storageValue(StorageVersion, { default: 'V1' }),
  },
  events: {
    MintTransactionProposed: [bytes, AccountId32, u64],
    MintTransactionVoted: [bytes],
    MintCompleted: [MintTransaction, bytes],
    MintTransactionExpired: [bytes, u64, AccountId32],
    BurnTransactionCreated: [u64, AccountId32, bytes, u64],
    BurnTransactionProposed: [u64, bytes, u64],
    BurnTransactionSignatureAdded: [u64, StellarSignature],
    BurnTransactionReady: [u64],
    BurnTransactionProcessed: [BurnTransaction],
    BurnTransactionExpired: [u64, option(AccountId32), bytes, u64],
    RefundTransactionCreated: [bytes, bytes, u64],
    RefundTransactionsignatureAdded: [bytes, StellarSignature],
    RefundTransactionReady: [bytes],
    RefundTransactionProcessed: [RefundTransaction],
    RefundTransactionExpired: [bytes, bytes, u64],
  },
  errors: [
    'ValidatorExists',
    'ValidatorNotExists',
    'TransactionValidatorExists',
    'TransactionValidatorNotExists',
    'MintTransactionExists',
    'MintTransactionAlreadyExecuted',
    'MintTransactionNotExists',
    'BurnTransactionExists',
    'BurnTransactionNotExists',
    'BurnSignatureExists',
    'EnoughBurnSignaturesPresent',
    'RefundSignatureExists',
    'BurnTransactionAlreadyExecuted',
    'RefundTransactionNotExists',
    'RefundTransactionAlreadyExecuted',
    'EnoughRefundSignaturesPresent',
    'NotEnoughBalanceToSwap',
    'AmountIsLessThanWithdrawFee',
    'AmountIsLessThanDepositFee',
    'WrongParametersProvided',
    'InvalidStellarPublicKey',
  ],
  constants: {},
  paths: {
    calls: { path: ['pallet_tft_bridge', 'pallet', 'Call'], params: [{ name: 'T', type: null }] },
    events: { path: ['pallet_tft_bridge', 'pallet', 'Event'], params: [{ name: 'T', type: null }] },
    errors: { path: ['pallet_tft_bridge', 'pallet', 'Error'], params: [{ name: 'T', type: null }] },
  },
})
