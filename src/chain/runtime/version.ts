// Which runtime this is: its names, its versions, and the versions of the APIs it offers.

import type { RuntimeVersion } from '../pallets/system/types.ts'

/** The version of the runtime that Pocketgrid presents: TFChain at release 2.9.2. */
export const runtimeVersion = {
  spec_name: 'substrate-threefold',
  impl_name: 'substrate-threefold',
  authoring_version: 1,
  spec_version: 153,
  impl_version: 1,
  // In the order of the real runtime; an id is BLAKE2b-64 of the name of the trait.
  apis: [
    ['0xdf6acb689907609b', 4], // Core
    ['0x37e397fc7c91f5e4', 2], // Metadata
    ['0x40fe3ad401f8959a', 6], // BlockBuilder
    ['0xd2bc9897eed08f15', 3], // TaggedTransactionQueue
    ['0xf78b278be53f454c', 2], // OffchainWorkerApi
    ['0xdd718d5cc53262d4', 1], // AuraApi
    ['0xab3c0572291feb8b', 1], // SessionKeys
    ['0xed99c5acb25eedf5', 3], // GrandpaApi
    ['0xbc9d89904f5b923f', 1], // AccountNonceApi
    ['0x37c8bb1350a9a2a8', 4], // TransactionPaymentApi
  ],
  transaction_version: 2,
  state_version: 0,
} as const satisfies RuntimeVersion

/** A runtime version as `state_getRuntimeVersion` tells it, fields in the real node's order. */
export function runtimeVersionJson(version: RuntimeVersion): Record<string, unknown> {
  return {
    specName: version.spec_name,
    implName: version.impl_name,
    authoringVersion: version.authoring_version,
    specVersion: version.spec_version,
    implVersion: version.impl_version,
    apis: version.apis,
    transactionVersion: version.transaction_version,
    stateVersion: version.state_version,
  }
}
