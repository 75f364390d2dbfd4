// Types of TfgridModule: twins, farms, nodes, entities, policies.

import { boundedBytes, bytes } from '../../../scale/bytes.ts'
import { struct, wrapper } from '../../../scale/composite.ts'
import { boundedVec, option, vec } from '../../../scale/containers.ts'
import { enumeration } from '../../../scale/enumeration.ts'
import { bool, u8, u16, u32, u64 } from '../../../scale/primitives.ts'
import type { ValueOf } from '../../../scale/type.ts'
import {
  FarmCertification,
  farmOf,
  interfaceOf,
  NodeCertification,
  nodeOf,
} from '../../types/grid.ts'
import { AccountId32 } from '../../types/primitives.ts'

export const FarmName = wrapper(
  { path: 'pallet_tfgrid::farm::FarmName', params: { T: null } },
  boundedBytes(40),
)

export const Farm = farmOf(FarmName)
export type Farm = ValueOf<typeof Farm>

export const CityName = wrapper(
  { path: 'pallet_tfgrid::node::CityName', params: { T: null } },
  boundedBytes(58),
)

export const CountryName = wrapper(
  { path: 'pallet_tfgrid::node::CountryName', params: { T: null } },
  boundedBytes(56),
)

export const Location = struct(
  { path: 'pallet_tfgrid::node::Location', params: { T: null } },
  {
    city: CityName,
    country: CountryName,
    latitude: boundedBytes(50),
    longitude: boundedBytes(50),
  },
)
export type Location = ValueOf<typeof Location>

export const InterfaceName = wrapper(
  { path: 'pallet_tfgrid::interface::InterfaceName', params: { T: null } },
  boundedBytes(20),
)

export const InterfaceMac = wrapper(
  { path: 'pallet_tfgrid::interface::InterfaceMac', params: { T: null } },
  boundedBytes(17),
)

export const InterfaceIp = wrapper(
  { path: 'pallet_tfgrid::interface::InterfaceIp', params: { T: null } },
  boundedBytes(42),
)

export const Interface = interfaceOf(InterfaceName, InterfaceMac, boundedVec(InterfaceIp, 10))
export type Interface = ValueOf<typeof Interface>

export const SerialNumber = wrapper(
  { path: 'pallet_tfgrid::node::SerialNumber', params: { T: null } },
  boundedBytes(128),
)

export const Node = nodeOf(Location, Interface, SerialNumber)
export type Node = ValueOf<typeof Node>

export const Entity = struct(
  {
    path: 'pallet_tfgrid::types::Entity',
    params: { AccountId: AccountId32, City: CityName, Country: CountryName },
  },
  {
    version: u32,
    id: u32,
    name: bytes,
    account_id: AccountId32,
    country: CountryName,
    city: CityName,
  },
)
export type Entity = ValueOf<typeof Entity>

export const EntityProof = struct(
  { path: 'pallet_tfgrid::types::EntityProof' },
  {
    entity_id: u32,
    signature: bytes,
  },
)
export type EntityProof = ValueOf<typeof EntityProof>

/** An account that takes part in the grid; `relay` says where its messages go, `pk` with which key they are encrypted. */
export const Twin = struct(
  { path: 'pallet_tfgrid::types::Twin', params: { AccountId: AccountId32 } },
  {
    id: u32,
    account_id: AccountId32,
    relay: option(boundedBytes(1024)),
    entities: vec(EntityProof),
    pk: option(boundedBytes(128)),
  },
)
export type Twin = ValueOf<typeof Twin>

export const Unit = enumeration(
  { path: 'pallet_tfgrid::types::Unit' },
  ['Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terrabytes'],
  { default: 'Bytes' },
)
export type Unit = ValueOf<typeof Unit>

export const Policy = struct(
  { path: 'pallet_tfgrid::types::Policy' },
  {
    value: u32,
    unit: Unit,
  },
)
export type Policy = ValueOf<typeof Policy>

/** What users pay for units, and where the money goes. */
export const PricingPolicy = struct(
  { path: 'pallet_tfgrid::types::PricingPolicy', params: { AccountId: AccountId32 } },
  {
    version: u32,
    id: u32,
    name: bytes,
    su: Policy,
    cu: Policy,
    nu: Policy,
    ipu: Policy,
    unique_name: Policy,
    domain_name: Policy,
    foundation_account: AccountId32,
    certified_sales_account: AccountId32,
    discount_for_dedication_nodes: u8,
  },
)
export type PricingPolicy = ValueOf<typeof PricingPolicy>

/** What a node earns for its units, and on what condition. */
export const FarmingPolicy = struct(
  { path: 'pallet_tfgrid::types::FarmingPolicy', params: { BlockNumber: u32 } },
  {
    version: u32,
    id: u32,
    name: bytes,
    cu: u32,
    su: u32,
    nu: u32,
    ipv4: u32,
    minimal_uptime: u16,
    policy_created: u32,
    policy_end: u32,
    immutable: bool,
    default: bool,
    node_certification: NodeCertification,
    farm_certification: FarmCertification,
  },
)
export type FarmingPolicy = ValueOf<typeof FarmingPolicy>

export const StorageVersion = enumeration(
  { path: 'pallet_tfgrid::types::StorageVersion' },
  [
    'V1Struct',
    'V2Struct',
    'V3Struct',
    'V4Struct',
    'V5Struct',
    'V6Struct',
    'V7Struct',
    'V8Struct',
    'V9Struct',
    'V10Struct',
    'V11Struct',
    'V12Struct',
    'V13Struct',
    'V14Struct',
    'V15Struct',
    'V16Struct',
    'V17Struct',
  ],
  { default: 'V17Struct' },
)
export type StorageVersion = ValueOf<typeof StorageVersion>

export const LocationInput = struct(
  {
    path: 'pallet_tfgrid::types::LocationInput',
    params: {
      City: boundedBytes(58),
      Country: boundedBytes(56),
      Latitude: boundedBytes(50),
      Longitude: boundedBytes(50),
    },
  },
  {
    city: boundedBytes(58),
    country: boundedBytes(56),
    latitude: boundedBytes(50),
    longitude: boundedBytes(50),
  },
)
export type LocationInput = ValueOf<typeof LocationInput>

export const InterfaceInput = interfaceOf(
  boundedBytes(20),
  boundedBytes(17),
  boundedVec(boundedBytes(42), 10),
)
export type InterfaceInput = ValueOf<typeof InterfaceInput>

/** That an account has accepted a document. */
export const TermsAndConditions = struct(
  { path: 'pallet_tfgrid::terms_cond::TermsAndConditions', params: { T: null } },
  {
    account_id: AccountId32,
    timestamp: u64,
    document_link: boundedBytes(2048),
    document_hash: boundedBytes(50),
  },
)
export type TermsAndConditions = ValueOf<typeof TermsAndConditions>
