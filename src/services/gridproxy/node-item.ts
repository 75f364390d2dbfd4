// The JSON of nodes. What only changes with the index is written once for each version of a node.

import type { RowReader } from '../indexer/store.ts'
import type { Query } from './filter.ts'
import { encode, encodeMembers, encodeText, type Json } from './json.ts'
import type { NodeView, Resources } from './node-view.ts'
import type { Card, DmiSummary, IndexedNode } from './ports.ts'
import { discounted, shownPrice } from './price.ts'

/** Lists carry the resources side by side, a single node in an object of their own. */
type Shape = 'item' | 'single'

/** The parts of a node's JSON between which lie those that change with time, facts and the buyer. */
interface Fixed {
  readonly beforeStatus: string
  readonly afterStatus: string
  readonly extraFee: string
  readonly freeIps: string
}

const fixedItems = new WeakMap<NodeView, Fixed>()

/** The JSON of a node in a list. */
export function nodeItem(node: NodeView, query: Query, rows: RowReader): string {
  let fixed = fixedItems.get(node)
  if (fixed === undefined) {
    fixed = fixedOf(node, rows, 'item')
    fixedItems.set(node, fixed)
  }
  return joined(fixed, node, query)
}

/** The JSON of a node that was asked for alone; its price is the one without a discount. */
export function singleNode(node: NodeView, query: Query, rows: RowReader): string {
  return joined(fixedOf(node, rows, 'single'), node, { ...query, balance: 0 })
}

function joined(fixed: Fixed, node: NodeView, query: Query): string {
  const facts = query.factsOf(node)
  const price = shownPrice(discounted(node.price, query.balance))
  return (
    `{${fixed.beforeStatus},"status":"${query.statusOf(node)}",${fixed.afterStatus},` +
    `"num_gpu":${facts.cards.length},${fixed.extraFee},${factMembers(facts)},` +
    `"price_usd":${encode(price)},${fixed.freeIps},"features":${textsOf(facts.features)}}`
  )
}

function fixedOf(node: NodeView, rows: RowReader, shape: Shape): Fixed {
  return {
    beforeStatus: beforeStatus(node, rows, shape),
    afterStatus: afterStatus(node, shape),
    extraFee: `"extraFee":${node.extraFee}`,
    freeIps: `"farm_free_ips":${node.farmFreeIps}`,
  }
}

function beforeStatus(node: NodeView, rows: RowReader, shape: Shape): string {
  const { row, config } = node
  const country = row.country ?? ''
  const city = row.city ?? ''
  const resources = {
    total_resources: resourcesJson(node.total),
    used_resources: resourcesJson(node.used),
  }
  return encodeMembers({
    id: rows.idOf(row.key),
    nodeId: node.nodeId,
    farmId: row.farmID,
    farmName: node.farmName,
    twinId: node.twinId,
    country,
    gridVersion: row.gridVersion,
    city,
    uptime: row.uptime ?? 0,
    created: row.created,
    farmingPolicyId: row.farmingPolicyId,
    updatedAt: node.updatedAt,
    ...(shape === 'item' ? resources : { capacity: resources }),
    location: { country, city, longitude: node.longitude, latitude: node.latitude },
    publicConfig: {
      domain: config?.domain ?? '',
      gw4: config?.gw4 ?? '',
      gw6: config?.gw6 ?? '',
      ipv4: config?.ipv4 ?? '',
      ipv6: config?.ipv6 ?? '',
    },
  })
}

function afterStatus(node: NodeView, shape: Shape): string {
  const { row, power } = node
  const rented = { rented: node.rentContractId !== 0, rentable: node.isRentable }
  const rentedByTwinId = node.renter
  return encodeMembers({
    certificationType: row.certification ?? '',
    dedicated: node.isDedicated || node.extraFee > 0,
    inDedicatedFarm: node.isFarmDedicated,
    rentContractId: node.rentContractId,
    ...(shape === 'item' ? { ...rented, rentedByTwinId } : { rentedByTwinId, ...rented }),
    serialNumber: row.serialNumber ?? '',
    power: { state: power?.state ?? '', target: power?.target ?? '' },
  })
}

function resourcesJson({ cru, sru, hru, mru }: Resources): Json {
  return { cru, sru, hru, mru }
}

/** The odd keys are names of Go's fields that upstream forgot to name. */
function factMembers({ isHealthy, dmi, speed, cards }: IndexedNode): string {
  const { upload, download } = speed
  return (
    `"healthy":${isHealthy === true},"dmi":${dmiText(dmi)},` +
    `"speed":${encode({ upload, download, UpdatedAt: 0 })},` +
    `"gpus":${cards.length === 0 ? '[]' : encode(cards.map(cardJson))}`
  )
}

function cardJson({ id, vendor, device, contract }: Card): Json {
  return { id, vendor, device, contract, updated_at: 0 }
}

const emptyDmi: DmiSummary = {
  bios: { vendor: '', version: '' },
  baseboard: { manufacturer: '', product_name: '' },
  processor: [],
  memory: [],
}

const dmiTexts = new WeakMap<DmiSummary, string>()

/** Machines of one kind share what their tables say. */
function dmiText(dmi: DmiSummary | null): string {
  const summary = dmi ?? emptyDmi
  const known = dmiTexts.get(summary)
  if (known !== undefined) return known
  const { bios, baseboard, processor, memory } = summary
  const made = encode({
    bios: { vendor: bios.vendor, version: bios.version },
    baseboard: { manufacturer: baseboard.manufacturer, product_name: baseboard.product_name },
    processor: processor.map(({ version, thread_count }) => ({ version, thread_count })),
    memory: memory.map(({ manufacturer, type }) => ({ manufacturer, type })),
    UpdatedAt: 0,
  })
  dmiTexts.set(summary, made)
  return made
}

function textsOf(texts: readonly string[]): string {
  return `[${texts.map(encodeText).join(',')}]`
}
