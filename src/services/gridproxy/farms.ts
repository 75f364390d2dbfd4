// `/farms`: farms with their public addresses, by what they are and by the nodes they have.

import type { Row } from '../indexer/entities.ts'
import type { Context } from './context.ts'
import {
  atLeast,
  containsExactly,
  type Filters,
  flag,
  isNumber,
  isText,
  isTextAnyCase,
  passes,
  type Query,
  testsOf,
} from './filter.ts'
import { encode, type Json } from './json.ts'
import type { Given, List, Selection } from './list.ts'
import { farmNodeFilters } from './node-filters.ts'
import { type Sorts, sortsOf } from './order.ts'

/** A farm and its public addresses, by their ids. */
interface FarmView {
  readonly row: Row<'Farm'>
  readonly ips: readonly Row<'PublicIp'>[]
  readonly freeIps: number
}

const farmFilters: Filters<FarmView> = {
  farm_id: isNumber('The id of the farm.', ({ row }) => row.farmID),
  twin_id: isNumber('The twin of the farmer.', ({ row }) => row.twinID),
  free_ips: atLeast('Free public addresses.', ({ freeIps }) => freeIps),
  total_ips: atLeast('Public addresses.', ({ ips }) => ips.length),
  stellar_address: isText('The address for payouts.', ({ row }) => row.stellarAddress ?? ''),
  pricing_policy_id: isNumber('The id of the pricing policy.', ({ row }) => row.pricingPolicyID),
  name: isTextAnyCase('The name.', ({ row }) => row.name),
  name_contains: containsExactly('A part of the name.', ({ row }) => row.name),
  certification_type: isText('NotCertified or Gold.', ({ row }) => row.certification),
  dedicated: flag('Whether the farm rents out whole nodes.', ({ row }) => row.dedicatedFarm),
}

function farmSorts(context: Context): Sorts<FarmView> {
  return sortsOf('Farm', {
    name: ({ row }) => row.name,
    farm_id: ({ row }) => row.farmID,
    twin_id: ({ row }) => row.twinID,
    dedicated: ({ row }) => row.dedicatedFarm,
    // The order of JSON in the database: first by length, then element by element.
    public_ips: ({ ips }) => [ips.length, ...ips.flatMap(ip => ipKey(ip, context))],
    free_ips: ({ freeIps }) => freeIps,
    total_ips: ({ ips }) => ips.length,
    used_ips: ({ ips, freeIps }) => ips.length - freeIps,
  })
}

function ipKey(
  { key, ip, contractId, gateway }: Row<'PublicIp'>,
  { rows }: Context,
): (string | number)[] {
  return [rows.idOf(key), ip, gateway, Number(contractId)]
}

/** The list of farms. */
export function farmList(context: Context): List<FarmView> {
  const { rows } = context
  return {
    params: { ...farmFilters, ...farmNodeFilters },
    sorts: farmSorts(context),
    select(given, query) {
      const tests = testsOf(farmFilters, given, query)
      const all = rows.all('Farm').map(row => farmViewOf(row, context))
      const farms = all.sort((a, b) => a.row.farmID - b.row.farmID)
      const wanted = tests.length === 0 ? farms : farms.filter(farm => passes(farm, tests))
      return withNodes(wanted, given, query, context)
    },
    write: ({ row, ips }) =>
      encode({
        name: row.name,
        farmId: row.farmID,
        twinId: row.twinID,
        pricingPolicyId: row.pricingPolicyID,
        certificationType: row.certification ?? '',
        stellarAddress: row.stellarAddress ?? '',
        dedicated: row.dedicatedFarm === true,
        publicIps: ips.map(ip => ipJson(ip, context)),
      }),
  }
}

function farmViewOf(row: Row<'Farm'>, { rows }: Context): FarmView {
  const ips = rows.find('PublicIp', 'farm', row.key)
  return { row, ips, freeIps: ips.filter(({ contractId }) => contractId === 0n).length }
}

function ipJson({ key, ip, gateway, contractId }: Row<'PublicIp'>, { rows }: Context): Json {
  return { id: rows.idOf(key), ip, gateway, contract_id: contractId }
}

/** The farms that have a node which passes everything that is asked of nodes. */
function withNodes(
  farms: readonly FarmView[],
  given: Given,
  query: Query,
  { nodes }: Context,
): Selection<FarmView> {
  const tests = testsOf(farmNodeFilters, given, query)
  if (tests.length === 0) return { items: farms }
  const matching = new Set<number>()
  const rented = new Set<number>()
  for (const node of nodes.list()) {
    if (!passes(node, tests)) continue
    matching.add(node.row.farmID)
    if (node.renter !== 0) rented.add(node.row.farmID)
  }
  const items = farms.filter(({ row }) => matching.has(row.farmID))
  if (given.node_available_for === undefined) return { items }
  return { items, isFirst: ({ row }) => rented.has(row.farmID) }
}
