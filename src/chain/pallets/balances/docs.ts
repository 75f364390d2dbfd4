// What the metadata say about Balances.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { balances } from './declaration.ts'

/** Documentation of Balances. */
export const docs: DocsOf<typeof balances, typeof calls> = {
  pallet: 'The tokens: who owns, reserves and locks them. Amounts are in units of 0.000 000 1 TFT.',
  calls: {
    transfer_allow_death: [
      'Sends tokens of the signer to another account.',
      'A sender who is left with less than the existential deposit ceases to be and loses the rest.',
    ],
    set_balance_deprecated: 'Like force_set_balance; `old_reserved` is not looked at. For Root.',
    force_transfer: 'Sends tokens of any account to another one. For Root.',
    transfer_keep_alive:
      'Sends tokens; fails if that would leave less than the existential deposit.',
    transfer_all: [
      'Sends all tokens of the signer that are neither locked nor reserved to another account.',
      'With `keep_alive` the existential deposit stays behind.',
    ],
    force_unreserve: 'Frees reserved tokens of an account. For Root.',
    upgrade_accounts: [
      'Brings entries of accounts into their present form. For any signer.',
      'It costs nothing if at least nine of ten needed it.',
    ],
    transfer: 'Does the same as transfer_allow_death, under its older name.',
    force_set_balance: [
      'Sets the free balance of an account; the total issuance follows. For Root.',
      'A balance below the existential deposit is none.',
    ],
  },
  storage: {
    TotalIssuance: 'All tokens that there are, in units.',
    InactiveIssuance: 'Tokens that exist and are out of use, in units.',
    Account: 'Not in use: balances are kept in System.Account.',
    Locks: 'The locks on the free balance of an account. They overlap: the highest one counts.',
    Reserves: 'Reserved amounts of an account that have a name.',
    Holds: 'Amounts of an account that are held for a reason. This runtime has no reasons.',
    Freezes: 'Amounts of an account that are frozen for a reason. This runtime has no reasons.',
  },
  events: {
    Endowed: 'An account came into being with this free balance.',
    DustLost: 'An account ceased to be, and with it this rest below the existential deposit.',
    Transfer: 'Tokens went from one account to another.',
    BalanceSet: 'Root set the free balance of an account.',
    Reserved: 'Free tokens of an account became reserved.',
    Unreserved: 'Reserved tokens of an account became free.',
    ReserveRepatriated:
      'Reserved tokens of an account went to another one, as free or as reserved ones.',
    Deposit: 'Tokens were added to an account, as when a fee is given back.',
    Withdraw: 'Tokens were taken from an account, as when a fee is paid.',
    Slashed: 'Tokens were taken from an account and do not come back.',
    Minted: 'New tokens were made for an account. Not in use.',
    Burned: 'Tokens of an account were destroyed. Not in use.',
    Suspended: 'Tokens were taken out of use for a while. Not in use.',
    Restored: 'Tokens came back into use. Not in use.',
    Upgraded: 'The entry of an account was brought into its present form.',
    Issued: 'The total issuance grew. Not in use.',
    Rescinded: 'The total issuance shrank. Not in use.',
    Locked: 'More of the balance of an account is locked now, by this amount.',
    Unlocked: 'Less of the balance of an account is locked now, by this amount.',
    Frozen: 'More of the balance of an account is frozen now. Not in use.',
    Thawed: 'Less of the balance of an account is frozen now. Not in use.',
  },
  errors: {
    VestingBalance: 'What is asked for is not vested yet. No call answers with this.',
    LiquidityRestrictions: 'A lock keeps the account from spending that much.',
    InsufficientBalance: 'The account does not have that much.',
    ExistentialDeposit: 'The amount is too small for an account to come into being.',
    Expendability: 'The account would cease to be, and it must not.',
    ExistingVestingSchedule:
      'The account has a vesting schedule already. No call answers with this.',
    DeadAccount: 'The account that is to get the tokens does not exist.',
    TooManyReserves: 'The account has as many named reserves as it may have.',
    TooManyHolds: 'The account has as many holds as it may have. No call answers with this.',
    TooManyFreezes: 'The account has as many freezes as it may have. No call answers with this.',
  },
  constants: {
    ExistentialDeposit: 'The least balance of an account, in units. One with less ceases to be.',
    MaxLocks: 'How many locks an account may have.',
    MaxReserves: 'How many named reserves an account may have.',
    MaxHolds: 'How many holds an account may have.',
    MaxFreezes: 'How many freezes an account may have.',
  },
}
