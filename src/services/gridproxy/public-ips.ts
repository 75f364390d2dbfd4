// `/public_ips`: the public addresses of all farms.

import type { Row } from '../indexer/entities.ts'
import type { Context } from './context.ts'
import { type Filters, flag, isAmong, isText, passes, testsOf } from './filter.ts'
import { encode } from './json.ts'
import type { List } from './list.ts'
import { sortsOf } from './order.ts'

interface IpView {
  readonly row: Row<'PublicIp'>
  /** 0 when its farm is gone. */
  readonly farmId: number
}

const ipFilters: Filters<IpView> = {
  farm_ids: isAmong('Ids of farms.', ({ farmId }) => farmId),
  free: flag('Whether nobody has the address.', ({ row }) => row.contractId === 0n),
  ip: isText('The address with its prefix.', ({ row }) => row.ip),
  gateway: isText('The gateway.', ({ row }) => row.gateway),
}

const ipSorts = sortsOf<IpView>('PublicIP', {
  ip: ({ row }) => row.ip,
  contract_id: ({ row }) => Number(row.contractId),
  farm_id: ({ farmId }) => farmId || null,
})

/** The list of public addresses. */
export function publicIpList({ rows }: Context): List<IpView> {
  return {
    params: ipFilters,
    sorts: ipSorts,
    select(given, query) {
      const tests = testsOf(ipFilters, given, query)
      const all = rows
        .all('PublicIp')
        .map(row => ({ row, farmId: rows.get('Farm', row.farm)?.farmID ?? 0 }))
      return { items: all.filter(ip => passes(ip, tests)) }
    },
    write: ({ row, farmId }) =>
      encode({
        id: rows.idOf(row.key),
        ip: row.ip,
        gateway: row.gateway,
        contract_id: row.contractId,
        ...(farmId === 0 ? {} : { farm_id: farmId }),
      }),
  }
}
