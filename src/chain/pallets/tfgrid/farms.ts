// Farms: who offers nodes, under which name and with which public addresses.

import { boundedBytes, bytes } from '../../../scale/bytes.ts'
import { boundedVec } from '../../../scale/containers.ts'
import { bool, u32 } from '../../../scale/primitives.ts'
import { ensureRestricted } from '../../runtime/origins.ts'
import { FarmCertification, IP4, type PublicIP } from '../../types/grid.ts'
import { isValidIp4 } from './addresses.ts'
import { tfgrid } from './declaration.ts'
import { checkFarmName } from './fields.ts'
import { farmOf, nextId, type TfgridTx, twinIdOf, twinOf } from './logic.ts'
import type { Farm } from './types.ts'

/** How many public addresses a farm can keep, `tfchain_support: types.rs`. */
const maxKeptIps = 256

/** `pallet-tfgrid/src/lib.rs`: TFGRID_FARM_VERSION. */
const farmVersion = 4

export const farms = {
  create_farm: tfgrid.call(
    1,
    { name: boundedBytes(40), public_ips: boundedVec(IP4, 512) },
    { refTime: 432_712_000n, proofSize: 3961n },
    (tx, { name, public_ips }) => {
      const account = tx.signer()
      const twin_id = twinIdOf(tx, account)
      if (twinOf(tx, twin_id).account_id !== account) throw tx.error('CannotCreateFarmWrongTwin')
      if (tx.state.FarmIdByName.has(name)) throw tx.error('FarmExists')
      checkFarmName(tx, name)
      const ips = publicIpsFrom(tx, public_ips)
      const id = nextId(tx.state.FarmID)
      const farm: Farm = {
        version: farmVersion,
        id,
        name,
        twin_id,
        pricing_policy_id: 1,
        certification: 'NotCertified',
        public_ips: ips,
        dedicated_farm: false,
        farming_policy_limits: null,
      }
      tx.state.Farms.set(id, farm)
      tx.state.FarmIdByName.set(name, id)
      tx.deposit('FarmStored', [farm])
    },
  ),

  update_farm: tfgrid.call(
    2,
    { farm_id: u32, name: boundedBytes(40) },
    { refTime: 410_327_000n, proofSize: 3972n },
    (tx, { farm_id, name }) => {
      const farm = ownFarm(tx, farm_id)
      checkFarmName(tx, name)
      const holder = tx.state.FarmIdByName.get(name)
      if (holder === farm_id) return
      if (holder !== 0) throw tx.error('InvalidFarmName')
      tx.state.FarmIdByName.remove(farm.name)
      tx.state.FarmIdByName.set(name, farm_id)
      storeUpdated(tx, { ...farm, name })
    },
  ),

  add_stellar_payout_v2address: tfgrid.call(
    3,
    { farm_id: u32, stellar_address: bytes },
    { refTime: 175_378_000n, proofSize: 3918n },
    (tx, { farm_id, stellar_address }) => {
      ownFarm(tx, farm_id)
      tx.state.FarmPayoutV2AddressByFarmID.set(farm_id, stellar_address)
      tx.deposit('FarmPayoutV2AddressRegistered', [farm_id, stellar_address])
    },
  ),

  set_farm_certification: tfgrid.call(
    4,
    { farm_id: u32, certification: FarmCertification },
    { refTime: 138_406_000n, proofSize: 3877n },
    (tx, { farm_id, certification }) => {
      ensureRestricted(tx)
      tx.state.Farms.set(farm_id, { ...farmOf(tx, farm_id), certification })
      tx.deposit('FarmCertificationSet', [farm_id, certification])
    },
  ),

  add_farm_ip: tfgrid.call(
    5,
    { farm_id: u32, ip: boundedBytes(18), gw: boundedBytes(15) },
    { refTime: 168_165_000n, proofSize: 4034n },
    (tx, { farm_id, ip, gw }) => {
      const farm = farmOfCaller(tx, farm_id)
      if (!isValidIp4({ ip, gw })) throw tx.error('InvalidPublicIP')
      if (farm.public_ips.some(known => known.ip === ip)) throw tx.error('IpExists')
      if (farm.public_ips.length >= maxKeptIps) throw tx.error('InvalidPublicIP')
      const added: PublicIP = { ip, gateway: gw, contract_id: 0n }
      storeUpdated(tx, { ...farm, public_ips: [...farm.public_ips, added] })
    },
  ),

  remove_farm_ip: tfgrid.call(
    6,
    { farm_id: u32, ip: boundedBytes(18) },
    { refTime: 167_473_000n, proofSize: 4034n },
    (tx, { farm_id, ip }) => {
      const farm = farmOfCaller(tx, farm_id)
      const at = farm.public_ips.findIndex(known => known.ip === ip && known.contract_id === 0n)
      if (at === -1) throw tx.error('IpNotExists')
      storeUpdated(tx, { ...farm, public_ips: farm.public_ips.filter((_, i) => i !== at) })
    },
  ),

  set_farm_dedicated: tfgrid.call(
    27,
    { farm_id: u32, dedicated: bool },
    { refTime: 139_277_000n, proofSize: 3877n },
    (tx, { farm_id, dedicated }) => {
      ensureRestricted(tx)
      storeUpdated(tx, { ...farmOf(tx, farm_id), dedicated_farm: dedicated })
    },
  ),

  force_reset_farm_ip: tfgrid.call(
    28,
    { farm_id: u32, ip: boundedBytes(18) },
    { refTime: 139_117_000n, proofSize: 3877n },
    (tx, { farm_id, ip }) => {
      ensureRestricted(tx)
      const farm = farmOf(tx, farm_id)
      const at = farm.public_ips.findIndex(known => known.ip === ip)
      if (at === -1) throw tx.error('IpNotExists')
      const public_ips = farm.public_ips.map((known, i) =>
        i === at ? { ...known, contract_id: 0n } : known,
      )
      storeUpdated(tx, { ...farm, public_ips })
    },
  ),
}

/** The farm of a caller who has a twin and owns the farm, asked in this order. */
function ownFarm(tx: TfgridTx, farmId: number): Farm {
  const twinId = twinIdOf(tx, tx.signer())
  const farm = farmOf(tx, farmId)
  if (farm.twin_id !== twinId) throw tx.error('CannotUpdateFarmWrongTwin')
  return farm
}

/** The farm of a caller who owns it, the farm asked for first. */
export function farmOfCaller(tx: TfgridTx, farmId: number): Farm {
  const account = tx.signer()
  const farm = farmOf(tx, farmId)
  if (twinOf(tx, farm.twin_id).account_id !== account) throw tx.error('CannotUpdateFarmWrongTwin')
  return farm
}

function storeUpdated(tx: TfgridTx, farm: Farm): void {
  tx.state.Farms.set(farm.id, farm)
  tx.deposit('FarmUpdated', [farm])
}

/** A new farm's addresses, all free; the same address with another gateway or mask is another one. */
function publicIpsFrom(tx: TfgridTx, given: readonly IP4[]): PublicIP[] {
  const ips: PublicIP[] = []
  const seen = new Set<string>()
  for (const { ip, gw } of given) {
    if (!isValidIp4({ ip, gw })) throw tx.error('InvalidPublicIP')
    if (seen.has(`${ip} ${gw}`)) throw tx.error('IpExists')
    if (ips.length === maxKeptIps) throw tx.error('InvalidPublicIP')
    seen.add(`${ip} ${gw}`)
    ips.push({ ip, gateway: gw, contract_id: 0n })
  }
  return ips
}
