// A second, naive model of what the proxy answers: plain loops over the rows, one predicate for each filter.

import type { IndexedNode } from '../../../src/services/gridproxy/ports.ts'
import type { Row } from '../../../src/services/indexer/entities.ts'
import type { RowReader } from '../../../src/services/indexer/store.ts'

type Given = Readonly<Record<string, string>>

const isActive = (contract: { readonly state: string }) =>
  contract.state === 'Created' || contract.state === 'GracePeriod'

const lower = (text: string | null) => text?.toLowerCase() ?? null

/** Everything that filters ask of a node, computed anew. */
function factsOf(node: Row<'Node'>, rows: RowReader, now: number) {
  const farm = rows.all('Farm').find(each => each.farmID === node.farmID)
  const totals = rows.all('NodeResourcesTotal').find(each => each.node === node.key)
  const config = rows.all('PublicConfig').find(each => each.node === node.key)
  const contracts = rows.all('NodeContract').filter(c => c.nodeID === node.nodeID && isActive(c))
  const rents = rows.all('RentContract').filter(c => c.nodeID === node.nodeID && isActive(c))
  const resources = contracts.flatMap(
    contract => rows.all('ContractResources').find(r => r.key === contract.resourcesUsed) ?? [],
  )
  const sum = (of: 'cru' | 'mru' | 'sru' | 'hru') =>
    Number(resources.reduce((all, each) => all + each[of], 0n))
  const total = (of: 'cru' | 'mru' | 'sru' | 'hru') => Number(totals?.[of] ?? 0n)
  const GiB = 1024 ** 3
  const age = now - Number(node.updatedAt)
  const isOn = !node.power || (node.power.state === 'Up' && node.power.target === 'Up')
  const status = isOn ? (age <= 4800 ? 'up' : 'down') : age <= 86_400 ? 'standby' : 'down'
  const ips = rows.all('PublicIp').filter(ip => ip.farm === farm?.key)
  const dedicatedFarm = farm?.dedicatedFarm === true
  const renter = rents[0]?.twinID ?? 0
  return {
    node,
    farm,
    status,
    config,
    dedicatedFarm,
    renter,
    isRented: rents.length > 0,
    isRentable: rents.length === 0 && (dedicatedFarm || contracts.length === 0),
    isDedicated: rents.length > 0 || dedicatedFarm || contracts.length === 0,
    freeIps: ips.filter(ip => ip.contractId === 0n).length,
    fee: Number(node.extraFee ?? 0n),
    region:
      rows.all('Country').find(country => lower(country.name) === lower(node.country))?.region ??
      null,
    total,
    free: {
      mru: total('mru') - sum('mru') - Math.max(Math.round(total('mru') / 10), 2 * GiB),
      sru: total('sru') - sum('sru') - 20 * GiB,
      hru: total('hru') - sum('hru'),
      cru: total('cru') - sum('cru'),
    },
  }
}

type Facts = ReturnType<typeof factsOf>

const isTrue = (word: string) => word === 'true'

const filled = (text: string | null | undefined) => Boolean(text)

/** One predicate for each filter of nodes. */
const nodeFilters: Readonly<
  Record<string, (facts: Facts, value: string, known: IndexedNode) => boolean>
> = {
  status: ({ status }, value) => value.split(',').includes(status),
  free_mru: ({ free }, value) => free.mru >= Number(value),
  free_sru: ({ free }, value) => free.sru >= Number(value),
  free_hru: ({ free }, value) => free.hru >= Number(value),
  total_mru: ({ total }, value) => total('mru') >= Number(value),
  total_sru: ({ total }, value) => total('sru') >= Number(value),
  total_hru: ({ total }, value) => total('hru') >= Number(value),
  total_cru: ({ total }, value) => total('cru') >= Number(value),
  country: ({ node }, value) => lower(node.country) === lower(value),
  city_contains: ({ node }, value) => lower(node.city)?.includes(lower(value)!) === true,
  region: ({ region }, value) => lower(region) === lower(value),
  farm_name: ({ farm }, value) => lower(farm?.name ?? null) === lower(value),
  farm_ids: ({ node }, value) => value.split(',').map(Number).includes(node.farmID),
  node_ids: ({ node }, value) => value.split(',').map(Number).includes(node.nodeID),
  excluded: ({ node }, value) => !value.split(',').map(Number).includes(node.nodeID),
  free_ips: ({ freeIps }, value) => freeIps >= Number(value),
  ipv4: ({ config }, value) => filled(config?.ipv4) === isTrue(value),
  ipv6: ({ config }, value) => filled(config?.ipv6) === isTrue(value),
  domain: ({ config }, value) => filled(config?.domain) === isTrue(value),
  dedicated: ({ isDedicated }, value) => isDedicated === isTrue(value),
  in_dedicated_farm: ({ dedicatedFarm }, value) => dedicatedFarm === isTrue(value),
  rentable: ({ isRentable }, value) => isRentable === isTrue(value),
  rented: ({ isRented }, value) => isRented === isTrue(value),
  rented_by: ({ renter }, value) => renter === Number(value),
  rentable_or_rented_by: ({ renter, isRentable }, value) => isRentable || renter === Number(value),
  available_for: (facts, value) => isAvailable(facts, value),
  owned_by: ({ farm }, value) => (farm?.twinID ?? 0) === Number(value),
  certification_type: ({ node }, value) => lower(node.certification) === lower(value),
  healthy: (_facts, value, known) => known.isHealthy === isTrue(value),
  has_ipv6: (_facts, value, known) => known.hasIpv6 === isTrue(value),
  num_gpu: (_facts, value, known) => known.cards.length >= Number(value),
  features: (_facts, value, known) => value.split(',').every(word => known.features.includes(word)),
  gpu_available: (_facts, value, known) =>
    known.cards.some(card => (card.contract === 0) === isTrue(value)),
}

function isAvailable({ renter, isRented, dedicatedFarm, fee }: Facts, twin: string): boolean {
  return renter === Number(twin) || (!isRented && !dedicatedFarm && fee === 0)
}

/** One predicate for each filter of farms that looks at nodes. */
const farmNodeFilters: typeof nodeFilters = {
  node_free_mru: nodeFilters.free_mru!,
  node_free_sru: nodeFilters.free_sru!,
  node_free_hru: nodeFilters.free_hru!,
  node_total_cru: nodeFilters.total_cru!,
  node_status: nodeFilters.status!,
  node_rented_by: nodeFilters.rented_by!,
  node_available_for: nodeFilters.available_for!,
  node_certified: ({ node }, value) => (node.certification === 'Certified') === isTrue(value),
  node_has_gpu: (_facts, value, known) => known.cards.length > 0 === isTrue(value),
  node_has_ipv6: nodeFilters.has_ipv6!,
  node_features: nodeFilters.features!,
  country: nodeFilters.country!,
  region: nodeFilters.region!,
}

type FarmFilter = (farm: Row<'Farm'>, value: string, ips: readonly Row<'PublicIp'>[]) => boolean

const farmFilters: Readonly<Record<string, FarmFilter>> = {
  free_ips: (_farm, value, ips) => ips.filter(ip => ip.contractId === 0n).length >= Number(value),
  total_ips: (_farm, value, ips) => ips.length >= Number(value),
  stellar_address: (farm, value) => (farm.stellarAddress ?? '') === value,
  pricing_policy_id: (farm, value) => farm.pricingPolicyID === Number(value),
  farm_id: (farm, value) => farm.farmID === Number(value),
  twin_id: (farm, value) => farm.twinID === Number(value),
  name: (farm, value) => lower(farm.name) === lower(value),
  name_contains: (farm, value) => lower(farm.name)!.includes(lower(value)!),
  certification_type: (farm, value) => farm.certification === value,
  dedicated: (farm, value) => farm.dedicatedFarm === isTrue(value),
}

/** The names of the filters that the model knows. */
export const modelled = {
  nodes: Object.keys(nodeFilters),
  farms: [...Object.keys(farmFilters), ...Object.keys(farmNodeFilters)],
}

/** The ids of the nodes that match; those that are rented come first where that is the rule. */
export function nodesBy(
  given: Given,
  rows: RowReader,
  world: { now: number; knownOf: (twin: number) => IndexedNode },
): number[] {
  const facts = rows
    .all('Node')
    .map(node => factsOf(node, rows, world.now))
    .filter(each =>
      Object.entries(given).every(([name, value]) =>
        nodeFilters[name]!(each, value, world.knownOf(each.node.twinID)),
      ),
    )
    .sort((a, b) => a.node.nodeID - b.node.nodeID)
  const isOrdered = 'available_for' in given || 'rentable_or_rented_by' in given
  const ids = (some: readonly Facts[]) => some.map(each => each.node.nodeID)
  if (!isOrdered) return ids(facts)
  return ids([...facts.filter(each => each.isRented), ...facts.filter(each => !each.isRented)])
}

/** The ids of the farms that match. */
export function farmsBy(
  given: Given,
  rows: RowReader,
  world: { now: number; knownOf: (twin: number) => IndexedNode },
): number[] {
  const asked = Object.entries(given).filter(([name]) => name in farmNodeFilters)
  const matching = rows
    .all('Node')
    .map(node => factsOf(node, rows, world.now))
    .filter(each =>
      asked.every(([name, value]) =>
        farmNodeFilters[name]!(each, value, world.knownOf(each.node.twinID)),
      ),
    )
  const farms = rows
    .all('Farm')
    .filter(farm => {
      const ips = rows.all('PublicIp').filter(ip => ip.farm === farm.key)
      return Object.entries(given).every(
        ([name, value]) => !(name in farmFilters) || farmFilters[name]!(farm, value, ips),
      )
    })
    .filter(farm => asked.length === 0 || matching.some(each => each.node.farmID === farm.farmID))
    .sort((a, b) => a.farmID - b.farmID)
  const ids = farms.map(farm => farm.farmID)
  if (!('node_available_for' in given)) return ids
  const isRented = (id: number) => matching.some(each => each.isRented && each.node.farmID === id)
  return [...ids.filter(isRented), ...ids.filter(id => !isRented(id))]
}
