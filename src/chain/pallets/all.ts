// All pallets of the runtime, and the outer types that they give together.

import { completePallet, type Pallet } from '../runtime/declare.ts'
import { outerTypes } from '../runtime/outer.ts'
import { RuntimeCall, RuntimeEvent } from '../types/outer.ts'
import { aura } from './aura/declaration.ts'
import { docs as auraDocs } from './aura/docs.ts'
import { authorship } from './authorship/declaration.ts'
import { docs as authorshipDocs } from './authorship/docs.ts'
import { calls as balancesCalls } from './balances/calls.ts'
import { balances } from './balances/declaration.ts'
import { docs as balancesDocs } from './balances/docs.ts'
import { calls as burningCalls } from './burning/calls.ts'
import { burning } from './burning/declaration.ts'
import { docs as burningDocs } from './burning/docs.ts'
import { calls as councilCalls } from './council/calls.ts'
import { council } from './council/declaration.ts'
import { docs as councilDocs } from './council/docs.ts'
import { calls as councilMembershipCalls } from './council-membership/calls.ts'
import { councilMembership } from './council-membership/declaration.ts'
import { docs as councilMembershipDocs } from './council-membership/docs.ts'
import { calls as daoCalls } from './dao/calls.ts'
import { dao } from './dao/declaration.ts'
import { docs as daoDocs } from './dao/docs.ts'
import { calls as grandpaCalls } from './grandpa/calls.ts'
import { grandpa } from './grandpa/declaration.ts'
import { docs as grandpaDocs } from './grandpa/docs.ts'
import { hooks as grandpaHooks } from './grandpa/hooks.ts'
import { historical } from './historical/declaration.ts'
import { docs as historicalDocs } from './historical/docs.ts'
import { calls as kvstoreCalls } from './kvstore/calls.ts'
import { kvstore } from './kvstore/declaration.ts'
import { docs as kvstoreDocs } from './kvstore/docs.ts'
import { calls as runtimeUpgradeCalls } from './runtime-upgrade/calls.ts'
import { runtimeUpgrade } from './runtime-upgrade/declaration.ts'
import { docs as runtimeUpgradeDocs } from './runtime-upgrade/docs.ts'
import { calls as schedulerCalls } from './scheduler/calls.ts'
import { scheduler } from './scheduler/declaration.ts'
import { docs as schedulerDocs } from './scheduler/docs.ts'
import { hooks as schedulerHooks } from './scheduler/hooks.ts'
import { calls as sessionCalls } from './session/calls.ts'
import { session } from './session/declaration.ts'
import { docs as sessionDocs } from './session/docs.ts'
import { hooks as sessionHooks } from './session/hooks.ts'
import { calls as smartContractCalls } from './smart-contract/calls.ts'
import { smartContract } from './smart-contract/declaration.ts'
import { docs as smartContractDocs } from './smart-contract/docs.ts'
import { calls as systemCalls } from './system/calls.ts'
import { system } from './system/declaration.ts'
import { docs as systemDocs } from './system/docs.ts'
import { calls as tfgridCalls } from './tfgrid/calls.ts'
import { tfgrid } from './tfgrid/declaration.ts'
import { docs as tfgridDocs } from './tfgrid/docs.ts'
import { calls as tftBridgeCalls } from './tft-bridge/calls.ts'
import { tftBridge } from './tft-bridge/declaration.ts'
import { docs as tftBridgeDocs } from './tft-bridge/docs.ts'
import { hooks as tftBridgeHooks } from './tft-bridge/hooks.ts'
import { calls as tftPriceCalls } from './tft-price/calls.ts'
import { tftPrice } from './tft-price/declaration.ts'
import { docs as tftPriceDocs } from './tft-price/docs.ts'
import { calls as timestampCalls } from './timestamp/calls.ts'
import { timestamp } from './timestamp/declaration.ts'
import { docs as timestampDocs } from './timestamp/docs.ts'
import { transactionPayment } from './transaction-payment/declaration.ts'
import { docs as transactionPaymentDocs } from './transaction-payment/docs.ts'
import { calls as utilityCalls } from './utility/calls.ts'
import { utility } from './utility/declaration.ts'
import { docs as utilityDocs } from './utility/docs.ts'
import { calls as validatorCalls } from './validator/calls.ts'
import { validator } from './validator/declaration.ts'
import { docs as validatorDocs } from './validator/docs.ts'
import { calls as validatorSetCalls } from './validator-set/calls.ts'
import { validatorSet } from './validator-set/declaration.ts'
import { docs as validatorSetDocs } from './validator-set/docs.ts'

/** Every pallet of spec 153, in runtime order. */
export const pallets: readonly Pallet[] = [
  completePallet(system, systemCalls, systemDocs),
  completePallet(timestamp, timestampCalls, timestampDocs),
  completePallet(utility, utilityCalls, utilityDocs),
  completePallet(scheduler, schedulerCalls, schedulerDocs, schedulerHooks),
  completePallet(validatorSet, validatorSetCalls, validatorSetDocs),
  completePallet(session, sessionCalls, sessionDocs, sessionHooks),
  completePallet(aura, {}, auraDocs),
  completePallet(grandpa, grandpaCalls, grandpaDocs, grandpaHooks),
  completePallet(historical, {}, historicalDocs),
  completePallet(authorship, {}, authorshipDocs),
  completePallet(balances, balancesCalls, balancesDocs),
  completePallet(transactionPayment, {}, transactionPaymentDocs),
  completePallet(tfgrid, tfgridCalls, tfgridDocs),
  completePallet(smartContract, smartContractCalls, smartContractDocs),
  completePallet(tftBridge, tftBridgeCalls, tftBridgeDocs, tftBridgeHooks),
  completePallet(tftPrice, tftPriceCalls, tftPriceDocs),
  completePallet(burning, burningCalls, burningDocs),
  completePallet(kvstore, kvstoreCalls, kvstoreDocs),
  completePallet(runtimeUpgrade, runtimeUpgradeCalls, runtimeUpgradeDocs),
  completePallet(council, councilCalls, councilDocs),
  completePallet(councilMembership, councilMembershipCalls, councilMembershipDocs),
  completePallet(dao, daoCalls, daoDocs),
  completePallet(validator, validatorCalls, validatorDocs),
]

/** The enums over all of them. */
export const outer = outerTypes(pallets)

RuntimeCall.bind(outer.call)
RuntimeEvent.bind(outer.event)
