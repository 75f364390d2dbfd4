// The filters of `/nodes` and `/gateways` (grid-proxy/pkg/types/nodes.go, internal/explorer/db/postgres.go).

import {
  atLeast,
  type CheckedParams,
  contains,
  type Filters,
  filter,
  flag,
  hasFeatures,
  hasStatus,
  isAmong,
  isLike,
  isNumber,
  isTextAnyCase,
  passes,
  type Query,
  testsOf,
} from './filter.ts'
import type { NodeView } from './node-view.ts'
import { float, uint, uintList } from './params.ts'
import type { Card } from './ports.ts'
import { discounted } from './price.ts'

/** Free for a twin: it rents the node, or nobody does and it costs nothing extra. */
function isAvailableFor(node: NodeView, twinId: number): boolean {
  if (node.renter === twinId) return true
  return node.renter === 0 && !node.isFarmDedicated && node.extraFee === 0
}

/** An upper or a lower bound that is no number is above all numbers. */
function bound(value: number): number {
  return Number.isNaN(value) ? Infinity : value
}

const nodeFiltersOfIndex: Filters<NodeView> = {
  node_id: isNumber('The id of the node.', node => node.nodeId),
  // Upstream has no such key and answers 400, though a client of the grid's own sends it.
  farm_id: isNumber('The id of the farm.', node => node.row.farmID),
  twin_id: isNumber('The twin of the node.', node => node.twinId),
  node_ids: filter(uintList, 'Ids of nodes.', values => {
    // Unlike the other lists, this one asks for nothing when it is empty.
    const wanted = new Set(values)
    return node => wanted.size === 0 || wanted.has(node.nodeId)
  }),
  farm_ids: isAmong('Ids of farms.', node => node.row.farmID),
  excluded: filter(uintList, 'Ids of nodes that are not wanted.', values => {
    // SQL finds nothing that is not in an empty list.
    const unwanted = new Set(values)
    return node => unwanted.size > 0 && !unwanted.has(node.nodeId)
  }),
  status: hasStatus('One or more of up, down and standby.', (node, { statusOf }) => statusOf(node)),
  free_mru: atLeast('Free memory, bytes.', node => node.free.mru),
  free_hru: atLeast('Free room on hard disks, bytes.', node => node.free.hru),
  free_sru: atLeast('Free room on SSDs, bytes.', node => node.free.sru),
  total_mru: atLeast('Memory, bytes.', node => node.total.mru),
  total_hru: atLeast('Hard disks, bytes.', node => node.total.hru),
  total_sru: atLeast('SSDs, bytes.', node => node.total.sru),
  total_cru: atLeast('Logical CPUs.', node => node.total.cru),
  rentable: flag('Whether the node can be rented now.', node => node.isRentable),
  rented: flag('Whether somebody rents the node.', node => node.rentContractId !== 0),
  rented_by: isNumber('The twin that rents the node; 0 for nobody.', node => node.renter),
  rentable_or_rented_by: filter(
    uint,
    'The twin that rents the node, or may.',
    twin => node => node.isRentable || node.renter === twin,
  ),
  available_for: filter(
    uint,
    'The twin that may deploy on the node.',
    twin => node => isAvailableFor(node, twin),
  ),
  dedicated: flag('Whether the node is for one twin alone.', node => node.isDedicated),
  in_dedicated_farm: flag('Whether its farm rents out whole nodes.', node => node.isFarmDedicated),
  owned_by: isNumber('The twin of the farmer.', node => node.farm?.twinID ?? 0),
  free_ips: atLeast('Free public addresses of the farm.', node => node.farmFreeIps),
  ipv4: flag('Whether the node has a public IPv4 configuration.', node => has(node.config?.ipv4)),
  ipv6: flag('Whether the node has a public IPv6 configuration.', node => has(node.config?.ipv6)),
  domain: flag('Whether the node is a gateway with a domain.', node => has(node.config?.domain)),
  certification_type: isLike('Diy or Certified.', node => node.row.certification),
  price_min: filter(float, 'USD a month at least.', (value, { balance }) => {
    const least = bound(value)
    return node => discounted(node.price, balance) >= least
  }),
  price_max: filter(float, 'USD a month at most.', (value, { balance }) => {
    const most = bound(value)
    return node => discounted(node.price, balance) <= most
  }),
  country: isTextAnyCase('The country.', node => node.row.country),
  city: isTextAnyCase('The city.', node => node.row.city),
  region: isTextAnyCase('The region of the country.', node => node.region),
  farm_name: isTextAnyCase('The name of the farm.', node => node.farm?.name ?? null),
  country_contains: contains('A part of the name of the country.', node => node.row.country),
  city_contains: contains('A part of the name of the city.', node => node.row.city),
  farm_name_contains: contains('A part of the name of the farm.', node => node.farm?.name ?? null),
}

function has(text: string | null | undefined): boolean {
  return text !== null && text !== undefined && text !== ''
}

const nodeFiltersOfFacts: Filters<NodeView> = {
  healthy: flag(
    'Whether the last report of the node was good.',
    (node, { factsOf }) => factsOf(node).isHealthy,
  ),
  has_ipv6: flag(
    'Whether the node has an IPv6 address.',
    (node, { factsOf }) => factsOf(node).hasIpv6,
  ),
  features: hasFeatures(
    'What the node must be able to do.',
    (node, { factsOf }) => factsOf(node).features,
  ),
  num_gpu: atLeast('Graphics cards.', (node, { factsOf }) => factsOf(node).cards.length),
}

const cardFilters: Filters<Card> = {
  has_gpu: flag('Whether there is a card; false finds nothing at all.', card => card.id !== ''),
  gpu_device_id: contains('A part of the id of a card.', card => card.id),
  gpu_vendor_id: contains('A part of the id of a card.', card => card.id),
  gpu_device_name: contains('A part of the name of a card.', card => card.device),
  gpu_vendor_name: contains("A part of the name of a card's maker.", card => card.vendor),
  gpu_available: flag('Whether a card is free.', card => card.contract === 0),
}

/** All filters by key; `nodeTests` applies them. */
export const nodeParams: CheckedParams = {
  ...nodeFiltersOfIndex,
  ...nodeFiltersOfFacts,
  ...cardFilters,
}

/** The tests of a request's filters. Whatever is asked of cards must hold for one and the same. */
export function nodeTests(
  given: Readonly<Record<string, unknown>>,
  query: Query,
): readonly ((node: NodeView) => boolean)[] {
  const ofCards = testsOf(cardFilters, given, query)
  const tests = [
    ...testsOf(nodeFiltersOfIndex, given, query),
    ...testsOf(nodeFiltersOfFacts, given, query),
  ]
  if (ofCards.length === 0) return tests
  return [...tests, node => query.factsOf(node).cards.some(card => passes(card, ofCards))]
}

/** The filters of `/farms` that look at nodes: one node of the farm must pass all of them. */
export const farmNodeFilters: Filters<NodeView> = {
  node_status: hasStatus('The status of a node of the farm.', (node, { statusOf }) =>
    statusOf(node),
  ),
  node_free_mru: atLeast('Free memory of a node, bytes.', node => node.free.mru),
  node_free_hru: atLeast('Free room on hard disks of a node, bytes.', node => node.free.hru),
  node_free_sru: atLeast('Free room on SSDs of a node, bytes.', node => node.free.sru),
  node_total_cru: atLeast('Logical CPUs of a node.', node => node.total.cru),
  node_rented_by: isNumber('The twin that rents a node; 0 for nobody.', node => node.renter),
  node_available_for: filter(
    uint,
    'The twin that may deploy on a node.',
    twin => node => isAvailableFor(node, twin),
  ),
  node_certified: flag('Whether a node is certified.', node => node.isCertified),
  country: isTextAnyCase('The country of a node.', node => node.row.country),
  region: isTextAnyCase('The region of a node.', node => node.region),
  node_has_ipv6: flag(
    'Whether a node has an IPv6 address.',
    (node, { factsOf }) => factsOf(node).hasIpv6,
  ),
  node_has_gpu: flag(
    'Whether a node has a graphics card.',
    (node, { factsOf }) => factsOf(node).cards.length > 0,
  ),
  node_features: hasFeatures(
    'What a node must be able to do.',
    (node, { factsOf }) => factsOf(node).features,
  ),
}
