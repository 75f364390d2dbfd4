// What the metadata say about TFTBridgeModule.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { tftBridge } from './declaration.ts'

/** Documentation of TFTBridgeModule. */
export const docs: DocsOf<typeof tftBridge, typeof calls> = {
  pallet: [
    'Moves TFT between this chain and Stellar. Amounts are in units of 0.000 000 1 TFT on both sides.',
    'More than half of the validators of the bridge have to agree to a payment.',
  ],
  calls: {
    add_bridge_validator: 'Adds a validator of the bridge. For Root or 3/5 of the council.',
    remove_bridge_validator: 'Removes a validator of the bridge. For Root or 3/5 of the council.',
    set_fee_account: 'Sets the account that gets the fees. For Root or 3/5 of the council.',
    set_withdraw_fee:
      'Sets the fee of a payment to Stellar, in units. For Root or 3/5 of the council.',
    set_deposit_fee:
      'Sets the fee of a payment from Stellar, in units. For Root or 3/5 of the council.',
    swap_to_stellar: [
      'Burns tokens of the signer, to be paid to a Stellar address, less the withdraw fee.',
      'The fee goes to the fee account. The signer keeps at least the existential deposit.',
    ],
    propose_or_vote_mint_transaction: [
      'Says that a payment came in on Stellar, or votes for one that was named before. For validators.',
      'The vote that makes the majority mints the amount, less the deposit fee, for the target.',
      'Target and amount of the first vote count. Votes are not told apart by who gave them.',
    ],
    propose_burn_transaction_or_add_sig: [
      'Adds a signature for the payment of a burn on Stellar. For validators.',
      'Target and amount have to be those of the burn. A majority of signatures makes it ready.',
    ],
    set_burn_transaction_executed:
      'Says that the payment of a burn was made on Stellar. For validators.',
    create_refund_transaction_or_add_sig: [
      'Adds a signature for sending a payment back on Stellar, by the hash of that payment.',
      'The first one makes the refund. For validators.',
    ],
    set_refund_transaction_executed:
      'Says that a payment was sent back on Stellar. For validators.',
  },
  storage: {
    Validators: 'The accounts of the validators of the bridge, sorted by their bytes.',
    FeeAccount: 'The account that gets the fees. Without one they are lost.',
    MintTransactions: 'Payments from Stellar that still need votes, by their Stellar transaction.',
    ExecutedMintTransactions: 'Payments from Stellar whose tokens were minted.',
    BurnTransactions: 'Payments to Stellar that were not made yet, by their id.',
    ExecutedBurnTransactions: 'Payments to Stellar that were made.',
    RefundTransactions: 'Payments to be sent back on Stellar, by the hash of what came in.',
    ExecutedRefundTransactions: 'Payments that were sent back on Stellar.',
    BurnTransactionID: 'The id that was last given to a burn. The first one is 1.',
    WithdrawFee: 'The fee of a payment to Stellar, in units.',
    DepositFee: 'The fee of a payment from Stellar, in units.',
    PalletVersion: 'The form in which this pallet keeps its storage.',
  },
  events: {
    MintTransactionProposed:
      'A payment from Stellar was named: its transaction, its target, its amount.',
    MintTransactionVoted: 'A vote was given for a payment from Stellar.',
    MintCompleted: 'The tokens of a payment from Stellar were minted.',
    MintTransactionExpired: 'A payment from Stellar got too few votes in time. Not in use.',
    BurnTransactionCreated: [
      'Tokens were burned for a payment to Stellar: its id, who burned, the Stellar address,',
      'and what is to be paid there.',
    ],
    BurnTransactionProposed: 'A payment to Stellar was named. Not in use.',
    BurnTransactionSignatureAdded: 'A validator signed a payment to Stellar.',
    BurnTransactionReady: 'A payment to Stellar has all signatures that it needs.',
    BurnTransactionProcessed: 'A payment to Stellar was made.',
    BurnTransactionExpired: [
      'A payment to Stellar was not made within 20 blocks.',
      'Its signatures are dropped and can be given anew.',
    ],
    RefundTransactionCreated:
      'A payment is to be sent back on Stellar: its hash, its target, its amount.',
    RefundTransactionsignatureAdded: 'A validator signed a payment that is to be sent back.',
    RefundTransactionReady: 'A payment that is to be sent back has all signatures that it needs.',
    RefundTransactionProcessed: 'A payment was sent back on Stellar.',
    RefundTransactionExpired: [
      'A payment was not sent back within 20 blocks.',
      'Its signatures are dropped and can be given anew.',
    ],
  },
  errors: {
    ValidatorExists: 'The account is a validator of the bridge already.',
    ValidatorNotExists: 'The account is no validator of the bridge.',
    TransactionValidatorExists: 'The validator has voted before. No call answers with this.',
    TransactionValidatorNotExists: 'The validator has not voted. No call answers with this.',
    MintTransactionExists: 'The payment was named before. No call answers with this.',
    MintTransactionAlreadyExecuted: 'The tokens of this payment were minted before.',
    MintTransactionNotExists: 'There is no such payment from Stellar. No call answers with this.',
    BurnTransactionExists: 'The burn was named before. No call answers with this.',
    BurnTransactionNotExists: 'There is no open burn with this id.',
    BurnSignatureExists: 'The burn has this signature already, or another one of this key.',
    EnoughBurnSignaturesPresent: 'The burn has all signatures that it needs.',
    RefundSignatureExists: 'The refund has this signature already, or another one of this key.',
    BurnTransactionAlreadyExecuted: 'The payment of this burn was made before.',
    RefundTransactionNotExists: 'There is no open refund with this hash.',
    RefundTransactionAlreadyExecuted: 'This payment was sent back before.',
    EnoughRefundSignaturesPresent: 'The refund has all signatures that it needs.',
    NotEnoughBalanceToSwap: 'The signer cannot spend that much.',
    AmountIsLessThanWithdrawFee: 'The amount is not more than the withdraw fee.',
    AmountIsLessThanDepositFee: 'The amount is not more than the deposit fee.',
    WrongParametersProvided: 'Target or amount are not those of the burn.',
    InvalidStellarPublicKey:
      'The address is not one of a Stellar account, or has a wrong checksum.',
  },
  constants: {},
}
