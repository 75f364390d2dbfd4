// What nodes are sorted by (grid-proxy/pkg/types/nodes.go: the `sort` tags).

import type { Query } from './filter.ts'
import type { NodeView, Resources } from './node-view.ts'
import { type SortKey, sortsOf } from './order.ts'
import { discounted } from './price.ts'
import { statusRank } from './status.ts'

type Key = (node: NodeView, query: Query) => SortKey

/** Upstream takes the name of a field of its answer for that of a column. */
function noColumn(name: string): { readonly error: string } {
  return { error: `ERROR: column "${name}" does not exist (SQLSTATE 42703)` }
}

function resourceSorts(
  prefix: string,
  part: (node: NodeView) => Resources,
): Readonly<Record<string, Key>> {
  return {
    [`${prefix}_cru`]: node => part(node).cru,
    [`${prefix}_sru`]: node => part(node).sru,
    [`${prefix}_hru`]: node => part(node).hru,
    [`${prefix}_mru`]: node => part(node).mru,
  }
}

/** The order of JSON in the database: first by how much there is, then part by part. */
function jsonKey(parts: readonly Readonly<Record<string, string>>[], names: readonly string[]) {
  return [parts.length, ...parts.flatMap(part => names.map(name => part[name] ?? ''))]
}

const dmiSorts: Readonly<Record<string, Key>> = {
  bios: dmiKey(dmi => [dmi.bios], ['vendor', 'version']),
  baseboard: dmiKey(dmi => [dmi.baseboard], ['manufacturer', 'product_name']),
  processor: dmiKey(dmi => dmi.processor, ['version', 'thread_count']),
  memory: dmiKey(dmi => dmi.memory, ['type', 'manufacturer']),
}

type Dmi = NonNullable<ReturnType<Query['factsOf']>['dmi']>

function dmiKey(
  part: (dmi: Dmi) => readonly Readonly<Record<string, string>>[],
  names: readonly string[],
): Key {
  return (node, { factsOf }) => {
    const { dmi } = factsOf(node)
    return jsonKey(dmi === null ? [] : part(dmi), names)
  }
}

export const nodeSorts = sortsOf<NodeView>('Node', {
  node_id: node => node.nodeId,
  farm_id: node => node.row.farmID,
  twin_id: node => node.twinId,
  country: node => node.row.country,
  city: node => node.row.city,
  uptime: node => (node.row.uptime === null ? null : Number(node.row.uptime)),
  created: node => node.row.created,
  updated_at: node => node.updatedAt,
  status: (node, { statusOf }) => statusRank(statusOf(node)),
  dedicated_farm: node => node.farm?.dedicatedFarm ?? null,
  rent_contract_id: node => node.rentContractId || null,
  rented: node => node.rentContractId !== 0,
  rentable: node => node.isRentable,
  num_gpu: (node, { factsOf }) => factsOf(node).cards.length,
  extra_fee: node => (node.row.extraFee === null ? null : Number(node.row.extraFee)),
  price_usd: (node, { balance }) => discounted(node.price, balance),
  free_cru: node => node.free.cru,
  ...resourceSorts('total', node => node.total),
  ...resourceSorts('used', node => node.used),
  longitude: node => node.longitude,
  latitude: node => node.latitude,
  domain: node => node.config?.domain ?? null,
  gw4: node => node.config?.gw4 ?? null,
  gw6: node => node.config?.gw6 ?? null,
  ipv4: node => node.config?.ipv4 ?? null,
  ipv6: node => node.config?.ipv6 ?? null,
  ...dmiSorts,
  state: noColumn('state'),
  target: noColumn('target'),
  upload: noColumn('upload'),
  download: noColumn('download'),
  'node_twin_id,omitempty': {
    error: 'ERROR: column reference "node_twin_id" is ambiguous (SQLSTATE 42702)',
  },
})
