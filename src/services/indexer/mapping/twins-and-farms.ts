// Twins and farms: what their events do to the index (`threefoldtech/tfchain_graphql: src/mappings/{twins,farms}.ts`).

import type { tfgrid } from '../../../chain/pallets/tfgrid/declaration.ts'
import type { Farm, Twin } from '../../../chain/pallets/tfgrid/types.ts'
import type { PublicIP } from '../../../chain/types/grid.ts'
import type { Row } from '../entities.ts'
import {
  addressOf,
  change,
  type EventContext,
  type Handlers,
  textOf,
  textOrEmpty,
} from './handlers.ts'
import { isUsableIp } from './public-ips.ts'

const twinColumns = ({ relay, pk }: Twin) => ({
  // The layout of today has no version of its own.
  gridVersion: 0,
  relay: textOrEmpty(relay),
  publicKey: pk === null ? '' : `0x${Buffer.from(pk, 'latin1').toString('hex')}`,
})

const farmColumns = (farm: Farm) => ({
  gridVersion: farm.version,
  name: textOf(farm.name),
  twinID: farm.twin_id,
})

export const twinAndFarmHandlers: Handlers<typeof tfgrid> = {
  TwinStored: (context, [twin]) => {
    context.rows.put('Twin', {
      key: context.keyOf(),
      twinID: twin.id,
      accountID: addressOf(twin.account_id),
      ...twinColumns(twin),
    })
  },

  TwinUpdated: (context, [twin]) =>
    change(context, 'Twin', context.rows.one('Twin', 'twinID', twin.id), twinColumns(twin)),

  TwinDeleted: ({ rows }, [id]) => {
    const twin = rows.one('Twin', 'twinID', id)
    if (twin) rows.remove('Twin', twin.key)
  },

  FarmStored: (context, [farm]) => {
    const row: Row<'Farm'> = {
      key: context.keyOf(),
      farmID: farm.id,
      ...farmColumns(farm),
      pricingPolicyID: farm.pricing_policy_id,
      certification: context.rules.isStrict ? 'NotCertified' : farm.certification,
      stellarAddress: null,
      dedicatedFarm: false,
    }
    context.rows.put('Farm', row)
    for (const [i, ip] of usableIps(context, farm).entries()) addIp(context, row, ip, i + 1)
  },

  FarmUpdated: (context, [farm]) => {
    const { rows, rules } = context
    const saved = rows.one('Farm', 'farmID', farm.id)
    if (!saved) return
    change(context, 'Farm', saved, {
      ...farmColumns(farm),
      certification: farm.certification,
      dedicatedFarm: rules.isStrict
        ? farm.dedicated_farm || saved.dedicatedFarm
        : farm.dedicated_farm,
    })
    updateIps(context, saved, farm)
  },

  FarmDeleted: ({ rows }, [id]) => {
    const farm = rows.one('Farm', 'farmID', id)
    if (!farm) return
    for (const ip of rows.find('PublicIp', 'farm', farm.key)) rows.remove('PublicIp', ip.key)
    rows.remove('Farm', farm.key)
  },

  FarmPayoutV2AddressRegistered: (context, [id, address]) =>
    change(context, 'Farm', context.rows.one('Farm', 'farmID', id), {
      stellarAddress: address.includes('\0') ? '' : textOf(address),
    }),

  FarmCertificationSet: (context, [id, certification]) =>
    change(context, 'Farm', context.rows.one('Farm', 'farmID', id), { certification }),
}

function usableIps({ rules }: EventContext, { public_ips }: Farm): PublicIP[] {
  return public_ips.filter(ip => rules.takesAnyIp || isUsableIp(ip))
}

/** Upstream gives all addresses of an event one id, so that only the last is kept; here each has a part of its own. */
function addIp(
  { rows, rules, keyOf }: EventContext,
  farm: Row<'Farm'>,
  { ip, gateway, contract_id }: PublicIP,
  part: number,
): void {
  rows.put('PublicIp', {
    key: rules.isStrict ? keyOf() : keyOf(part),
    farm: farm.key,
    gateway: textOf(gateway),
    ip: textOf(ip),
    contractId: contract_id,
  })
}

/** An address that is known stays with its farm and its contract; those that the farm has no more go. */
function updateIps(context: EventContext, saved: Row<'Farm'>, farm: Farm): void {
  const { rows } = context
  let added = 0
  for (const ip of usableIps(context, farm)) {
    const known = rows.one('PublicIp', 'ip', textOf(ip.ip))
    if (known) change(context, 'PublicIp', known, { gateway: textOf(ip.gateway) })
    else {
      added += 1
      addIp(context, saved, ip, added)
    }
  }
  const named = new Set(farm.public_ips.map(({ ip }) => textOf(ip)))
  for (const row of rows.find('PublicIp', 'farm', saved.key)) {
    if (!named.has(row.ip)) rows.remove('PublicIp', row.key)
  }
}
