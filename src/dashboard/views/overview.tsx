// The grid in one glance.

import type { Overview } from '../../services/control/dashboard-types.ts'
import { bytes, count, span, tft } from '../format.ts'
import { Chart } from '../parts/chart.tsx'
import { Meter, Panel, Stat, States } from '../parts/parts.tsx'
import { rates, stream } from '../state/stream.ts'

/** Numbers of everything, and what has happened lately. */
export function OverviewView({ overview }: { readonly overview: Overview }) {
  return (
    <>
      <Panel title="Grid">
        <dl class="stats">
          <Stat label="network" value={overview.network} />
          <Stat label="seed" value={overview.seed} />
          <Stat label="time passes" value={paceOf(overview)} />
          <Stat label="block" value={count(overview.block)} />
          <Stat label="final" value={count(overview.finalized)} />
          <Stat label="farms" value={count(overview.farms)} />
          <Stat label="nodes" value={<States counts={overview.nodes} />} />
        </dl>
        {overview.elsewhere > 0 && (
          <p class="quiet">
            Other processes play {count(overview.elsewhere)} of the nodes: what they have and what
            is on them is not counted here, and seen node by node.
          </p>
        )}
      </Panel>
      <div class="columns">
        <Panel title="Capacity">
          <Meter label="CPU" used={overview.used.cru!} total={overview.total.cru!} show={count} />
          <Meter
            label="memory"
            used={overview.used.mru!}
            total={overview.total.mru!}
            show={bytes}
          />
          <Meter label="SSD" used={overview.used.sru!} total={overview.total.sru!} show={bytes} />
          <Meter label="HDD" used={overview.used.hru!} total={overview.total.hru!} show={bytes} />
        </Panel>
        <Panel title="Deployments" aside={<a href="#/deployments">all</a>}>
          <dl class="stats">
            <Stat label="deployments" value={count(overview.deployments)} />
            <Stat label="workloads" value={<States counts={overview.workloads} />} />
            <Stat label="contracts" value={<States counts={overview.contracts} />} />
          </dl>
        </Panel>
        <Panel title="Messages" aside={<a href="#/messages">last ones</a>}>
          <States counts={overview.messages} />
          <p class="quiet">Each step counted since the grid was started.</p>
        </Panel>
        <Panel title="Bills" aside={<a href="#/billing">over time</a>}>
          <dl class="stats">
            <Stat label="bills" value={count(overview.bills.count)} />
            <Stat label="billed" value={tft(overview.bills.amount)} />
          </dl>
          <p class="quiet">Since block {count(overview.bills.since)}.</p>
        </Panel>
        <Panel title="Faults" aside={<a href="#/faults">break something</a>}>
          <States counts={overview.faults} />
        </Panel>
        <Activity />
      </div>
    </>
  )
}

function paceOf({ clock, isFrozen }: Overview): string {
  if (isFrozen) return 'not: paused'
  if (clock === 'real') return 'as outside'
  return clock === 'virtual' ? 'on command' : `${clock.slice('warp:'.length)} times as fast`
}

function Activity() {
  const { isOpen, seen, leftOut, perSecond } = stream.value
  const ys = rates.value
  return (
    <Panel
      title="Events a second"
      aside={<span class="quiet">{isOpen ? `${count(perSecond)} now` : 'not connected'}</span>}
    >
      <Chart label="Events a second" xs={ys.map((_, i) => i)} ys={ys} isTime={false} height={120} />
      <p class="quiet">
        The last {span(Math.max(1, ys.length) * 1000)}; {count(seen)} seen since the page was opened
        {leftOut > 0 ? `, ${count(leftOut)} left out because there were too many` : ''}.
      </p>
    </Panel>
  )
}
