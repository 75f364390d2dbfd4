// Types of SmartContractModule: contracts, bills, solution providers, service contracts.

import { boundedBytes, byteArray, bytes } from '../../../scale/bytes.ts'
import { struct, wrapper } from '../../../scale/composite.ts'
import { boundedVec, option, vec } from '../../../scale/containers.ts'
import { enumeration } from '../../../scale/enumeration.ts'
import { bool, u8, u16, u32, u64, u128 } from '../../../scale/primitives.ts'
import type { ValueOf } from '../../../scale/type.ts'
import { PublicIP, Resources } from '../../types/grid.ts'
import { AccountId32 } from '../../types/primitives.ts'

export const Cause = enumeration({ path: 'pallet_smart_contract::types::Cause' }, [
  'CanceledByUser',
  'OutOfFunds',
  'CanceledByCollective',
])
export type Cause = ValueOf<typeof Cause>

export const ContractState = enumeration(
  { path: 'pallet_smart_contract::types::ContractState' },
  {
    Created: [],
    Deleted: [Cause],
    GracePeriod: [u64],
  },
)
export type ContractState = ValueOf<typeof ContractState>

/** A deployment on a node; the hash is 32 ASCII characters, the data is JSON. */
export const NodeContract = struct(
  { path: 'pallet_smart_contract::types::NodeContract', params: { T: null } },
  {
    node_id: u32,
    deployment_hash: byteArray(32),
    deployment_data: boundedBytes(512),
    public_ips: u32,
    public_ips_list: boundedVec(PublicIP, 512),
  },
)
export type NodeContract = ValueOf<typeof NodeContract>

export const NameContractName = wrapper(
  { path: 'pallet_smart_contract::grid_contract::NameContractName', params: { T: null } },
  boundedBytes(64),
)

/** The reservation of a name on gateways. */
export const NameContract = struct(
  { path: 'pallet_smart_contract::types::NameContract', params: { T: null } },
  {
    name: NameContractName,
  },
)
export type NameContract = ValueOf<typeof NameContract>

/** The rent of a whole node. */
export const RentContract = struct(
  { path: 'pallet_smart_contract::types::RentContract' },
  {
    node_id: u32,
  },
)
export type RentContract = ValueOf<typeof RentContract>

export const ContractData = enumeration(
  { path: 'pallet_smart_contract::types::ContractData', params: { T: null } },
  {
    NodeContract: [NodeContract],
    NameContract: [NameContract],
    RentContract: [RentContract],
  },
)
export type ContractData = ValueOf<typeof ContractData>

/** What a user pays for. */
export const Contract = struct(
  { path: 'pallet_smart_contract::types::Contract', params: { T: null } },
  {
    version: u32,
    state: ContractState,
    contract_id: u64,
    twin_id: u32,
    contract_type: ContractData,
    solution_provider_id: option(u64),
  },
)
export type Contract = ValueOf<typeof Contract>

export const Consumption = struct(
  { path: 'pallet_smart_contract::types::Consumption' },
  {
    contract_id: u64,
    timestamp: u64,
    cru: u64,
    sru: u64,
    hru: u64,
    mru: u64,
    nru: u64,
  },
)
export type Consumption = ValueOf<typeof Consumption>

export const DiscountLevel = enumeration({ path: 'pallet_smart_contract::types::DiscountLevel' }, [
  'None',
  'Default',
  'Bronze',
  'Silver',
  'Gold',
])
export type DiscountLevel = ValueOf<typeof DiscountLevel>

export const ContractBill = struct(
  { path: 'pallet_smart_contract::types::ContractBill' },
  {
    contract_id: u64,
    timestamp: u64,
    discount_level: DiscountLevel,
    amount_billed: u128,
  },
)
export type ContractBill = ValueOf<typeof ContractBill>

export const ContractResources = struct(
  { path: 'pallet_smart_contract::types::ContractResources' },
  {
    contract_id: u64,
    used: Resources,
  },
)
export type ContractResources = ValueOf<typeof ContractResources>

export const NruConsumption = struct(
  { path: 'pallet_smart_contract::types::NruConsumption' },
  {
    contract_id: u64,
    timestamp: u64,
    window: u64,
    nru: u64,
  },
)
export type NruConsumption = ValueOf<typeof NruConsumption>

export const Provider = struct(
  { path: 'pallet_smart_contract::types::Provider', params: { AccountId: AccountId32 } },
  {
    who: AccountId32,
    take: u8,
  },
)
export type Provider = ValueOf<typeof Provider>

/** Somebody whose customers deploy with his id, and who gets a share. */
export const SolutionProvider = struct(
  { path: 'pallet_smart_contract::types::SolutionProvider', params: { AccountId: AccountId32 } },
  {
    solution_provider_id: u64,
    providers: vec(Provider),
    description: bytes,
    link: bytes,
    approved: bool,
  },
)
export type SolutionProvider = ValueOf<typeof SolutionProvider>

export const ServiceContractState = enumeration(
  { path: 'pallet_smart_contract::types::ServiceContractState' },
  ['Created', 'AgreementReady', 'ApprovedByBoth'],
)
export type ServiceContractState = ValueOf<typeof ServiceContractState>

/** Two twins agree that one pays the other for a service. */
export const ServiceContract = struct(
  { path: 'pallet_smart_contract::types::ServiceContract' },
  {
    service_contract_id: u64,
    service_twin_id: u32,
    consumer_twin_id: u32,
    base_fee: u64,
    variable_fee: u64,
    metadata: boundedBytes(64),
    accepted_by_service: bool,
    accepted_by_consumer: bool,
    last_bill: u64,
    state: ServiceContractState,
  },
)
export type ServiceContract = ValueOf<typeof ServiceContract>

export const ServiceContractBill = struct(
  { path: 'pallet_smart_contract::types::ServiceContractBill' },
  {
    variable_amount: u64,
    window: u64,
    metadata: boundedBytes(50),
  },
)
export type ServiceContractBill = ValueOf<typeof ServiceContractBill>

export const ContractBillingInformation = struct(
  { path: 'pallet_smart_contract::types::ContractBillingInformation' },
  {
    previous_nu_reported: u64,
    last_updated: u64,
    amount_unbilled: u64,
  },
)
export type ContractBillingInformation = ValueOf<typeof ContractBillingInformation>

/** Amounts locked until a contract is billed, as kept up to runtime 149. */
export const ContractLock = struct(
  { path: 'pallet_smart_contract::types::ContractLock', params: { BalanceOf: u128 } },
  {
    amount_locked: u128,
    extra_amount_locked: u128,
    lock_updated: u64,
    cycles: u16,
  },
)
export type ContractLock = ValueOf<typeof ContractLock>

export const StorageVersion = enumeration(
  { path: 'pallet_smart_contract::types::StorageVersion' },
  ['V1', 'V2', 'V3', 'V4', 'V5', 'V6', 'V7', 'V8', 'V9', 'V10', 'V11', 'V12'],
  { default: 'V10' },
)
export type StorageVersion = ValueOf<typeof StorageVersion>

/** What a contract owes or has reserved; runtime 153 keeps it instead of the lock. */
export const ContractPaymentState = struct(
  { path: 'pallet_smart_contract::types::ContractPaymentState', params: { BalanceOf: u128 } },
  {
    standard_reserve: u128,
    additional_reserve: u128,
    standard_overdraft: u128,
    additional_overdraft: u128,
    last_updated_seconds: u64,
    cycles: u16,
  },
)
export type ContractPaymentState = ValueOf<typeof ContractPaymentState>
