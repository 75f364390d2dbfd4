// Types of the grid that several pallets share (upstream's crate tfchain_support).

import { boundedBytes } from '../../scale/bytes.ts'
import { struct } from '../../scale/composite.ts'
import { boundedVec, option, vec } from '../../scale/containers.ts'
import { enumeration } from '../../scale/enumeration.ts'
import { bool, u32, u64 } from '../../scale/primitives.ts'
import type { ScaleType, ValueOf } from '../../scale/type.ts'

/** Disk, SSD, and memory in bytes, and virtual cores. */
export const Resources = struct(
  { path: 'tfchain_support::resources::Resources' },
  {
    hru: u64,
    sru: u64,
    cru: u64,
    mru: u64,
  },
)
export type Resources = ValueOf<typeof Resources>

export const FarmCertification = enumeration(
  { path: 'tfchain_support::types::FarmCertification' },
  ['NotCertified', 'Gold'],
  { default: 'NotCertified' },
)
export type FarmCertification = ValueOf<typeof FarmCertification>

export const NodeCertification = enumeration(
  { path: 'tfchain_support::types::NodeCertification' },
  ['Diy', 'Certified'],
  { default: 'Diy' },
)
export type NodeCertification = ValueOf<typeof NodeCertification>

export const Power = enumeration({ path: 'tfchain_support::types::Power' }, ['Up', 'Down'], {
  default: 'Up',
})
export type Power = ValueOf<typeof Power>

/** What a node says of its power: down since a block. */
export const PowerState = enumeration(
  { path: 'tfchain_support::types::PowerState', params: { B: u32 } },
  {
    Up: [],
    Down: [u32],
  },
  { default: { type: 'Up' } },
)
export type PowerState = ValueOf<typeof PowerState>

/** What a node is, and what its farmer wants it to be. */
export const NodePower = struct(
  { path: 'tfchain_support::types::NodePower', params: { B: u32 } },
  {
    state: PowerState,
    target: Power,
  },
)
export type NodePower = ValueOf<typeof NodePower>

export const IP4 = struct(
  { path: 'tfchain_support::types::IP4' },
  {
    ip: boundedBytes(18),
    gw: boundedBytes(15),
  },
)
export type IP4 = ValueOf<typeof IP4>

export const IP6 = struct(
  { path: 'tfchain_support::types::IP6' },
  {
    ip: boundedBytes(43),
    gw: boundedBytes(39),
  },
)
export type IP6 = ValueOf<typeof IP6>

/** The public addresses of an access node. */
export const PublicConfig = struct(
  { path: 'tfchain_support::types::PublicConfig' },
  {
    ip4: IP4,
    ip6: option(IP6),
    domain: option(boundedBytes(128)),
  },
)
export type PublicConfig = ValueOf<typeof PublicConfig>

/** A public address of a farm; `contract_id` is 0 while it is free. */
export const PublicIP = struct(
  { path: 'tfchain_support::types::PublicIP' },
  {
    ip: boundedBytes(18),
    gateway: boundedBytes(15),
    contract_id: u64,
  },
)
export type PublicIP = ValueOf<typeof PublicIP>

/** How much of a farming policy a farm may use; null means without limit. */
export const FarmingPolicyLimit = struct(
  { path: 'tfchain_support::types::FarmingPolicyLimit' },
  {
    farming_policy_id: u32,
    cu: option(u64),
    su: option(u64),
    end: option(u64),
    node_count: option(u32),
    node_certification: bool,
  },
)
export type FarmingPolicyLimit = ValueOf<typeof FarmingPolicyLimit>

/** A farm; upstream leaves the type of its name open. */
export function farmOf<Name>(Name: ScaleType<Name>) {
  return struct(
    { path: 'tfchain_support::types::Farm', params: { Name } },
    {
      version: u32,
      id: u32,
      name: Name,
      twin_id: u32,
      pricing_policy_id: u32,
      certification: FarmCertification,
      public_ips: boundedVec(PublicIP, 256),
      dedicated_farm: bool,
      farming_policy_limits: option(FarmingPolicyLimit),
    },
  )
}

/** A network interface of a node; upstream leaves the types of its texts open. */
export function interfaceOf<Name, Mac, Ips>(
  Name: ScaleType<Name>,
  Mac: ScaleType<Mac>,
  Ips: ScaleType<Ips>,
) {
  return struct(
    { path: 'tfchain_support::types::Interface', params: { Name, Mac, Ips } },
    {
      name: Name,
      mac: Mac,
      ips: Ips,
    },
  )
}

/** A node; upstream leaves the types of its place, interfaces and serial number open. */
export function nodeOf<Location, If, SerialNumber>(
  Location: ScaleType<Location>,
  If: ScaleType<If>,
  SerialNumber: ScaleType<SerialNumber>,
) {
  return struct(
    { path: 'tfchain_support::types::Node', params: { Location, If, SerialNumber } },
    {
      version: u32,
      id: u32,
      farm_id: u32,
      twin_id: u32,
      resources: Resources,
      location: Location,
      public_config: option(PublicConfig),
      created: u64,
      farming_policy_id: u32,
      interfaces: vec(If),
      certification: NodeCertification,
      secure_boot: bool,
      virtualized: bool,
      serial_number: option(SerialNumber),
      connection_price: u32,
    },
  )
}
