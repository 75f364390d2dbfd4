// The statistics service: a grid's capacity in four numbers
// (`threefoldtech/tfgrid-sdk-ts: packages/stats/nginx/njs/stats.js`).

import { type HttpService, send, sendText, targetOf } from '../plain-http.ts'

/** What the Grid Proxy's `/stats` says of nodes of one status, as far as this service reads it. */
export interface NodeTotals {
  readonly nodes: number
  /** Logical CPUs. */
  readonly totalCru: number
  /** Bytes on hard disks. */
  readonly totalHru: number
  /** Bytes on solid-state disks. */
  readonly totalSru: number
  /** Nodes by country. */
  readonly nodesDistribution: Readonly<Record<string, number>>
}

/** What the service needs of a grid. */
export interface StatsPorts {
  /** The totals of all nodes of a status; null when they cannot be had. */
  totalsOf(status: 'up' | 'standby'): NodeTotals | null
}

/** What is answered. */
export interface StatsSummary {
  readonly capacity: string
  readonly nodes: number
  readonly countries: number
  readonly cores: number
}

/** What the real service answers as long as it has seen nothing (`packages/stats/nginx/njs/cache.js`). */
export const fallbackSummary: StatsSummary = {
  capacity: '32.74 PB',
  nodes: 2569,
  countries: 61,
  cores: 63_968,
}

const routes = ['/api/stats-summary', '/api/stats-update']

/** Makes the service. Both routes give what holds now; what was seen last stands in when that cannot be had. */
export function createStats(ports: StatsPorts): HttpService {
  let seen = fallbackSummary
  const summary = (): StatsSummary => {
    const all = [ports.totalsOf('up'), ports.totalsOf('standby')]
    if (all[0] && all[1]) seen = summaryOf([all[0], all[1]])
    return seen
  }
  return {
    handleRequest(request, response) {
      const { path } = targetOf(request)
      if (!routes.some(route => path === route || path === `${route}/`)) {
        sendText(response, 404, 'Not Found\n')
        return
      }
      const headers = { 'access-control-allow-origin': '*' }
      const body = JSON.stringify(summary())
      send(response, 200, { type: 'application/json', body, headers })
    },
  }
}

/** The sum of several totals. */
export function summaryOf(all: readonly NodeTotals[]): StatsSummary {
  const sum = (of: (totals: NodeTotals) => number) =>
    all.reduce((total, each) => total + of(each), 0)
  const countries = new Set(all.flatMap(each => Object.keys(each.nodesDistribution)))
  return {
    capacity: capacityText(sum(each => each.totalHru + each.totalSru)),
    nodes: sum(each => each.nodes),
    countries: countries.size,
    cores: sum(each => each.totalCru),
  }
}

const units = ['GB', 'TB', 'PB'] as const

/** Bytes as the real service writes them: nothing smaller than GB, nothing larger than PB. */
export function capacityText(bytes: number): string {
  if (!(bytes > 0)) return '0'
  let value = bytes / 1024 ** 3
  if (value < 1) return String(bytes)
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${value.toFixed(2)} ${units[unit]}`
}
