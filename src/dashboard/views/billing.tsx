// What contracts cost over time and who pays most, and what farms earn of it.

import type { Billing } from '../../services/control/dashboard-types.ts'
import { count, tft } from '../format.ts'
import { Chart } from '../parts/chart.tsx'
import { LeftOut, Panel, Problem, Stat } from '../parts/parts.tsx'
import { usePolled } from '../state/polled.ts'
import { FarmingPanels } from './farming.tsx'

/** The bills in the blocks that the grid holds, what farms got, and the nodes of one farm when it is chosen. */
export function BillingView({ farm }: { readonly farm: string | null }) {
  const billing = usePolled<Billing>('/dashboard/billing', 3000)
  const { value, error } = billing.value
  if (!value) return error === null ? <p>Asking the grid…</p> : <Problem text={error} />
  let sum = 0
  const ys = value.points.map(({ amount }) => {
    sum += Number(amount) / 1e7
    return sum
  })
  return (
    <>
      <Panel title="Billed">
        <dl class="stats">
          <Stat label="bills" value={count(value.count)} />
          <Stat label="billed" value={tft(value.amount)} />
          <Stat label="since block" value={count(value.since)} />
        </dl>
        <Chart
          label="TFT billed in all"
          xs={value.points.map(({ at }) => at / 1000)}
          ys={ys}
          isTime={true}
          height={220}
        />
        <p class="quiet">TFT billed in all since block {count(value.since)}.</p>
        <LeftOut number={value.leftOut.points} what="blocks with bills" />
      </Panel>
      <FarmingPanels farm={farm} />
      <Panel title="By contract">
        <table>
          <thead>
            <tr>
              <th>contract</th>
              <th class="number">bills</th>
              <th class="number">paid</th>
            </tr>
          </thead>
          <tbody>
            {value.contracts.map(({ contractId, count: bills, amount }) => (
              <tr key={contractId}>
                <td>
                  <a href={`#/deployments/${contractId}`}>{contractId}</a>
                </td>
                <td class="number">{count(bills)}</td>
                <td class="number">{tft(amount)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <LeftOut number={value.leftOut.contracts} what="contracts" />
      </Panel>
    </>
  )
}
