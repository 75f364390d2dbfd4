// All pallets of the runtime, and the outer types that they give together.

import { completePallet, type Pallet } from '../runtime/declare.ts'
import { outerTypes } from '../runtime/outer.ts'
import { RuntimeCall, RuntimeEvent } from '../types/outer.ts'
import { aura } from './aura/declaration.ts'
import { authorship } from './authorship/declaration.ts'
import { calls as balancesCalls } from './balances/calls.ts'
import { balances } from './balances/declaration.ts'
import { calls as burningCalls } from './burning/calls.ts'
import { burning } from './burning/declaration.ts'
import { calls as councilCalls } from './council/calls.ts'
import { council } from './council/declaration.ts'
import { calls as councilMembershipCalls } from './council-membership/calls.ts'
import { councilMembership } from './council-membership/declaration.ts'
import { calls as daoCalls } from './dao/calls.ts'
import { dao } from './dao/declaration.ts'
import { calls as grandpaCalls } from './grandpa/calls.ts'
import { grandpa } from './grandpa/declaration.ts'
import { hooks as grandpaHooks } from './grandpa/hooks.ts'
import { historical } from './historical/declaration.ts'
import { calls as kvstoreCalls } from './kvstore/calls.ts'
import { kvstore } from './kvstore/declaration.ts'
import { calls as runtimeUpgradeCalls } from './runtime-upgrade/calls.ts'
import { runtimeUpgrade } from './runtime-upgrade/declaration.ts'
import { calls as schedulerCalls } from './scheduler/calls.ts'
import { scheduler } from './scheduler/declaration.ts'
import { hooks as schedulerHooks } from './scheduler/hooks.ts'
import { calls as sessionCalls } from './session/calls.ts'
import { session } from './session/declaration.ts'
import { hooks as sessionHooks } from './session/hooks.ts'
import { calls as smartContractCalls } from './smart-contract/calls.ts'
import { smartContract } from './smart-contract/declaration.ts'
import { calls as systemCalls } from './system/calls.ts'
import { system } from './system/declaration.ts'
import { calls as tfgridCalls } from './tfgrid/calls.ts'
import { tfgrid } from './tfgrid/declaration.ts'
import { calls as tftBridgeCalls } from './tft-bridge/calls.ts'
import { tftBridge } from './tft-bridge/declaration.ts'
import { hooks as tftBridgeHooks } from './tft-bridge/hooks.ts'
import { calls as tftPriceCalls } from './tft-price/calls.ts'
import { tftPrice } from './tft-price/declaration.ts'
import { calls as timestampCalls } from './timestamp/calls.ts'
import { timestamp } from './timestamp/declaration.ts'
import { transactionPayment } from './transaction-payment/declaration.ts'
import { calls as utilityCalls } from './utility/calls.ts'
import { utility } from './utility/declaration.ts'
import { calls as validatorCalls } from './validator/calls.ts'
import { validator } from './validator/declaration.ts'
import { calls as validatorSetCalls } from './validator-set/calls.ts'
import { validatorSet } from './validator-set/declaration.ts'

/** Every pallet of spec 153, in runtime order. */
export const pallets: readonly Pallet[] = [
  completePallet(system, systemCalls),
  completePallet(timestamp, timestampCalls),
  completePallet(utility, utilityCalls),
  completePallet(scheduler, schedulerCalls, schedulerHooks),
  completePallet(validatorSet, validatorSetCalls),
  completePallet(session, sessionCalls, sessionHooks),
  completePallet(aura, {}),
  completePallet(grandpa, grandpaCalls, grandpaHooks),
  completePallet(historical, {}),
  completePallet(authorship, {}),
  completePallet(balances, balancesCalls),
  completePallet(transactionPayment, {}),
  completePallet(tfgrid, tfgridCalls),
  completePallet(smartContract, smartContractCalls),
  completePallet(tftBridge, tftBridgeCalls, tftBridgeHooks),
  completePallet(tftPrice, tftPriceCalls),
  completePallet(burning, burningCalls),
  completePallet(kvstore, kvstoreCalls),
  completePallet(runtimeUpgrade, runtimeUpgradeCalls),
  completePallet(council, councilCalls),
  completePallet(councilMembership, councilMembershipCalls),
  completePallet(dao, daoCalls),
  completePallet(validator, validatorCalls),
]

/** The enums over all of them. */
export const outer = outerTypes(pallets)

RuntimeCall.bind(outer.call)
RuntimeEvent.bind(outer.event)
