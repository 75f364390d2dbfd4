// A query by an indexed column does not look at every row.

import { expect, it } from 'vitest'
import { Store } from '../../../src/kernel/store.ts'
import { run } from '../../../src/services/graphql/engine.ts'
import { keyOfBirth } from '../../../src/services/indexer/keys.ts'
import { Rows } from '../../../src/services/indexer/rows.ts'

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

it('twenty lookups by each of several columns cost less than eight looks at everything', () => {
  const rows = manyContracts()
  const cpuMs = (times: number, query: string) => {
    const ask = () => run({ query, variables: {}, operationName: null }, rows)
    const { errors } = ask().body as { errors?: unknown }
    expect(errors).toBeUndefined()
    const from = process.cpuUsage()
    for (let i = 0; i < times; i += 1) ask()
    return process.cpuUsage(from).user / 1000
  }
  const everything =
    '{nodeContractsConnection(orderBy:id_ASC,where:{deploymentData_contains:"vm7"}){totalCount}}'
  const lookups = [
    '{nodeContracts(where:{contractID_eq:77}){state}}',
    '{nodeContracts(where:{contractID_in:[1,2,3]}){state}}',
    '{nodeContracts(where:{twinID_eq:7,state_in:[Created,Deleted]}){contractID}}',
    '{nodeContracts(where:{AND:[{nodeID_eq:7},{deploymentData_contains:"vm"}]}){contractID}}',
    '{nodeContracts(where:{id_eq:"x"}){contractID}}',
    '{nodeContractsConnection(orderBy:id_ASC){totalCount}}',
    '{contractBillReports(where:{contractID_eq:7},orderBy:timestamp_DESC,limit:2){amountBilled}}',
    '{contractBillReports(limit:3){amountBilled}}',
  ]
  cpuMs(3, everything)
  // Far from both what a lookup costs and what a scan would: other tests run beside this one.
  const whole = cpuMs(8, everything)
  for (const lookup of lookups) expect(cpuMs(20, lookup), lookup).toBeLessThan(whole)
})
