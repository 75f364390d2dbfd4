// A query by an indexed column does not look at every row.

import { expect, it } from 'vitest'
import { Store } from '../../../src/kernel/store.ts'
import { run } from '../../../src/services/graphql/engine.ts'
import type { EntityName } from '../../../src/services/indexer/entities.ts'
import { keyOfBirth } from '../../../src/services/indexer/keys.ts'
import { Rows } from '../../../src/services/indexer/rows.ts'
import type { RowReader } from '../../../src/services/indexer/store.ts'

const count = 20_000

function manyContracts() {
  const rows = new Rows({
    store: new Store(),
    hashOf: block => `0x${String(block).padEnd(64, '0')}`,
  })
  for (let i = 1; i <= count; i += 1) {
    rows.put('NodeContract', {
      key: keyOfBirth(i, 1),
      gridVersion: 4,
      contractID: BigInt(i),
      twinID: i % 1000,
      nodeID: i % 500,
      deploymentData: `{"name":"vm${i}"}`,
      deploymentHash: 'h',
      numberOfPublicIPs: 0,
      state: i % 100 === 0 ? 'Created' : 'Deleted',
      resourcesUsed: null,
      createdAt: 1n,
      solutionProviderID: 0,
    })
    rows.append(
      'ContractBillReport',
      { block: i, event: 2 },
      { contractID: BigInt(i % 100), discountReceived: 'None', amountBilled: 1n, timestamp: 1n },
    )
  }
  return rows.reader()
}

/** The reader, and how many rows it has handed out in whole tables. */
function counted(reader: RowReader) {
  let seen = 0
  const rows = new Proxy(reader, {
    get(target, name) {
      if (name === 'all') {
        return (entity: EntityName) => {
          const all = target.all(entity)
          seen += all.length
          return all
        }
      }
      if (name === 'each') {
        return function* (entity: EntityName) {
          for (const row of target.each(entity)) {
            seen += 1
            yield row
          }
        }
      }
      const value = Reflect.get(target, name, target) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { rows, seen: () => seen }
}

const everything =
  '{nodeContractsConnection(orderBy:id_ASC,where:{deploymentData_contains:"vm7"}){totalCount}}'

const reader = manyContracts()

function rowsSeenBy(query: string): number {
  const { rows, seen } = counted(reader)
  const { errors } = run({ query, variables: {}, operationName: null }, rows).body as {
    errors?: unknown
  }
  expect(errors).toBeUndefined()
  return seen()
}

it('looks at every row where a condition leaves no other way', () => {
  expect(rowsSeenBy(everything)).toBeGreaterThanOrEqual(count)
})

it.each([
  '{nodeContracts(where:{contractID_eq:77}){state}}',
  '{nodeContracts(where:{contractID_in:[1,2,3]}){state}}',
  '{nodeContracts(where:{twinID_eq:7,state_in:[Created,Deleted]}){contractID}}',
  '{nodeContracts(where:{AND:[{nodeID_eq:7},{deploymentData_contains:"vm"}]}){contractID}}',
  '{nodeContracts(where:{id_eq:"x"}){contractID}}',
  '{nodeContractsConnection(orderBy:id_ASC){totalCount}}',
  '{contractBillReports(where:{contractID_eq:7},orderBy:timestamp_DESC,limit:2){amountBilled}}',
  '{contractBillReports(limit:3){amountBilled}}',
])('looks at few rows for %s', query => {
  expect(rowsSeenBy(query)).toBeLessThan(count / 100)
})
