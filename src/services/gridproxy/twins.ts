// `/twins`: who takes part in the grid, and what they have spent.

import type { Row } from '../indexer/entities.ts'
import type { RowReader } from '../indexer/store.ts'
import type { Context } from './context.ts'
import { accepted, type Result, refused } from './errors.ts'
import { type Filters, isNumber, isText, passes, testsOf } from './filter.ts'
import { encode } from './json.ts'
import type { Answer, List } from './list.ts'
import { sortsOf } from './order.ts'
import { parseId } from './path-id.ts'

const twinFilters: Filters<Row<'Twin'>> = {
  twin_id: isNumber('The id of the twin.', row => row.twinID),
  account_id: isText('Its account.', row => row.accountID),
  relay: isText('Its relay.', row => row.relay),
  public_key: isText('Its public key.', row => row.publicKey),
}

const twinSorts = sortsOf<Row<'Twin'>>('Twin', {
  twin_id: row => row.twinID,
  account_id: row => row.accountID,
  relay: row => row.relay,
  public_key: row => row.publicKey,
})

/** The list of twins. */
export function twinList({ rows }: Context): List<Row<'Twin'>> {
  return {
    params: twinFilters,
    sorts: twinSorts,
    select(given, query) {
      const tests = testsOf(twinFilters, given, query)
      const found =
        typeof given.twin_id === 'number'
          ? rows.find('Twin', 'twinID', given.twin_id)
          : rows.all('Twin')
      const items = found.filter(twin => passes(twin, tests))
      return { items: items.sort((a, b) => a.twinID - b.twinID) }
    },
    write: ({ twinID, accountID, relay, publicKey }) =>
      encode({
        twinId: twinID,
        accountId: accountID,
        relay: relay ?? '',
        publicKey: publicKey ?? '',
      }),
  }
}

/** Units in one TFT. */
const unitsPerTft = 1e7

/** What a twin's contracts cost it: in the last hour, by their last bills, and in all. TFT. */
export function twinConsumption(text: string, { rows, contracts }: Context): Result<Answer> {
  const id = parseId(text)
  if (!id.ok) return refused(400, id.problem)
  let lastHour = 0
  let overall = 0n
  for (const contract of contracts.with('twinID', id.value)) {
    const bills = billsOf(BigInt(contract.id), rows)
    for (const { amountBilled } of bills) overall += amountBilled
    if (contract.state !== 'Deleted') lastHour += hourlyOf(contract.createdAt, bills)
  }
  const body = encode({
    last_hour_consumption: lastHour / unitsPerTft,
    overall_consumption: Number(overall) / unitsPerTft,
  })
  return accepted({ headers: {}, body })
}

/** The bills of a contract, newest first. */
export function billsOf(contractId: bigint, rows: RowReader): readonly Row<'ContractBillReport'>[] {
  return rows
    .find('ContractBillReport', 'contractID', contractId)
    .toSorted((a, b) => Number(b.timestamp - a.timestamp))
}

/** Units an hour by the newest bill, which pays for the time since the one before, or since the contract was made. */
function hourlyOf(createdAt: number, bills: readonly Row<'ContractBillReport'>[]): number {
  const [latest, previous] = bills
  if (latest === undefined) return 0
  const since = previous === undefined ? createdAt : Number(previous.timestamp)
  const hours = (Number(latest.timestamp) - since) / 3600
  // Upstream divides by zero here, and then has nothing that JSON could say.
  return hours === 0 ? 0 : Number(latest.amountBilled) / hours
}
