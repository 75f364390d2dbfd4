// What farms earn over time and for how long their nodes were up, as the chain knows it.

import { useMemo } from 'preact/hooks'
import type { FarmDetail, FarmEarnings, Farming } from '../../services/control/dashboard-types.ts'
import { count, tft } from '../format.ts'
import { Lines, mostLines } from '../parts/lines.tsx'
import { LeftOut, Panel, Problem, Stat, State } from '../parts/parts.tsx'
import { usePolled } from '../state/polled.ts'

/** The farms, and the nodes of one of them when it is chosen. */
export function FarmingPanels({ farm }: { readonly farm: string | null }) {
  const farming = usePolled<Farming>('/dashboard/farming', 3000)
  const { value, error } = farming.value
  if (!value) return <Problem text={error} />
  return (
    <>
      <Earnings farming={value} />
      {farm !== null && <FarmPanel id={farm} />}
    </>
  )
}

function Earnings({ farming }: { readonly farming: Farming }) {
  const { farms, since, sinceAt, now } = farming
  const paid = farms.filter(({ points }) => points.length > 0)
  const shown = paid.slice(0, mostLines)
  const lines = useMemo(() => shown.map(lineOf), [JSON.stringify(shown)])
  const last = shown.map(({ name, earned }) => `${name} ${tft(earned)}`).join(', ')
  return (
    <Panel title="Farming">
      <dl class="stats">
        <Stat label="farmers got" value={tft(farming.farmers)} />
        <Stat label="the foundation got" value={tft(farming.foundation)} />
        <Stat label="the staking pool got" value={tft(farming.stakingPool)} />
        <Stat label="paid, not handed out yet" value={tft(farming.reserved)} />
        <Stat label="payouts" value={count(farming.payouts)} />
      </dl>
      {shown.length > 0 && (
        <>
          <Lines
            label={`TFT that farms earned from contracts since block ${since}: ${last}`}
            lines={lines}
            from={sinceAt / 1000}
            to={now / 1000}
            height={220}
          />
          <p class="quiet">
            TFT that farms earned from contracts since block {count(since)}
            {paid.length > shown.length && `; the ${shown.length} that earned most`}.
          </p>
        </>
      )}
      <p class="quiet">
        The chain hands out what was paid for a contract after 24 bills, and when it ends: 10 % to
        the staking pool, 40 % to the foundation, the rest to the farmer; of a name without a node
        all but the staking pool's share to the foundation. This version burns nothing. Rewards for
        capacity are minted once a month outside of the chain, which knows policies and uptime
        alone: they are not shown here.
      </p>
      <FarmTable farms={farms} />
      <LeftOut number={farming.leftOut} what="farms" />
    </Panel>
  )
}

function lineOf({ name, points }: FarmEarnings) {
  return {
    name,
    points: points.map(({ at, amount }) => ({ at: at / 1000, amount: Number(amount) / 1e7 })),
  }
}

/** A share in percent; never told as all when a little is missing. */
function share(part: number | null): string {
  return part === null ? 'not told yet' : `${(Math.floor(part * 1000) / 10).toFixed(1)} %`
}

function FarmTable({ farms }: { readonly farms: readonly FarmEarnings[] }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>farm</th>
            <th class="number">nodes</th>
            <th class="number">earned</th>
            <th class="number">mean uptime</th>
            <th class="number">below their policy</th>
            <th>farming policy</th>
          </tr>
        </thead>
        <tbody>
          {farms.map(({ id, name, nodes, earned, uptime, below, policies }) => (
            <tr key={id}>
              <td>
                <a href={`#/billing/${id}`}>{name}</a>
              </td>
              <td class="number">{count(nodes)}</td>
              <td class="number">{tft(earned)}</td>
              <td class="number">{share(uptime)}</td>
              <td class="number">{count(below)}</td>
              <td>{policies.join(', ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function FarmPanel({ id }: { readonly id: string }) {
  const farm = usePolled<FarmDetail>(`/dashboard/farming/${encodeURIComponent(id)}`, 3000)
  const { value, error } = farm.value
  if (!value) return <Problem text={error} />
  return (
    <Panel title={`Nodes of ${value.name}`}>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>node</th>
              <th>state</th>
              <th class="number">uptime</th>
              <th class="number">the policy asks for</th>
              <th class="number">earned</th>
              <th>farming policy</th>
            </tr>
          </thead>
          <tbody>
            {value.nodes.map(node => (
              <tr key={node.id}>
                <td>
                  <a href={`#/nodes/${node.id}`}>{node.id}</a>
                </td>
                <td>
                  <State state={node.phase} />
                </td>
                <td class="number">{share(node.uptime)}</td>
                <td class="number">{share(node.minimalUptime)}</td>
                <td class="number">{tft(node.earned)}</td>
                <td>{node.policy}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet">
        Uptime is what the node reported to the chain in the blocks that are held; one that sleeps
        reports nothing, and counts as not up. The last 40 minutes may not be told yet.
      </p>
      <LeftOut number={value.leftOut} what="nodes" />
    </Panel>
  )
}
