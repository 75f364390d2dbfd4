// The frame of the page: where one is, what time it is on the grid, and the view that the address names.

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Overview } from '../services/control/dashboard-types.ts'
import { Problem } from './parts/parts.tsx'
import { TimeBar } from './parts/time-bar.tsx'
import { isTokenWanted, showToken } from './state/api.ts'
import { usePolled } from './state/polled.ts'
import { notice } from './state/revision.ts'
import { route } from './state/route.ts'
import { followTrace } from './state/stream.ts'
import { BillingView } from './views/billing.tsx'
import { ChainView } from './views/chain.tsx'
import { DeploymentsView } from './views/deployments.tsx'
import { FaultsView } from './views/faults.tsx'
import { GridView } from './views/grid.tsx'
import { MessagesView } from './views/messages.tsx'
import { NodeView } from './views/node.tsx'
import { OverviewView } from './views/overview.tsx'
import { ScenariosView } from './views/scenarios.tsx'
import { TourView } from './views/tour.tsx'
import { WorldView } from './views/world.tsx'

const views: readonly { readonly path: string; readonly title: string }[] = [
  { path: '', title: 'Overview' },
  { path: 'grid', title: 'Grid' },
  { path: 'deployments', title: 'Deployments' },
  { path: 'chain', title: 'Chain' },
  { path: 'messages', title: 'Messages' },
  { path: 'billing', title: 'Billing & farming' },
  { path: 'faults', title: 'Faults' },
  { path: 'scenarios', title: 'Scenarios' },
  { path: 'world', title: 'Time & snapshots' },
  { path: 'tour', title: 'Tour' },
]

/** The whole page. */
export function App() {
  useEffect(followTrace, [])
  const overview = usePolled<Overview>('/dashboard/overview', 1000)
  const [first = ''] = route.value
  const { value, error } = overview.value
  return (
    <>
      <header class="top">
        <h1>Pocketgrid</h1>
        <nav aria-label="Views">
          {views.map(({ path, title }) => (
            <a
              key={path}
              href={`#/${path}`}
              aria-current={
                first === path || (first === 'nodes' && path === 'grid') ? 'page' : undefined
              }
            >
              {title}
            </a>
          ))}
        </nav>
        {value && <TimeBar overview={value} />}
      </header>
      <main>
        <Problem text={error} />
        <Notice />
        <TokenForm />
        {value === null && error === null && <p>Asking the grid…</p>}
        <View overview={value} />
      </main>
    </>
  )
}

function View({ overview }: { readonly overview: Overview | null }) {
  const [first = '', second] = route.value
  switch (first) {
    case '':
      return overview && <OverviewView overview={overview} />
    case 'grid':
      return <GridView />
    case 'nodes':
      return <NodeView id={Number(second)} />
    case 'deployments':
      return <DeploymentsView contract={second ?? null} />
    case 'chain':
      return <ChainView best={overview?.block ?? null} />
    case 'messages':
      return <MessagesView />
    case 'billing':
      return <BillingView farm={second ?? null} />
    case 'faults':
      return <FaultsView />
    case 'scenarios':
      return <ScenariosView run={second ?? null} />
    case 'world':
      return <WorldView overview={overview} />
    case 'tour':
      return <TourView />
    default:
      return <Problem text={`There is no view '${first}'.`} />
  }
}

function Notice() {
  const said = notice.value
  return (
    <div aria-live="polite">
      {said && <p class={said.isBad ? 'problem' : 'notice'}>{said.text}</p>}
    </div>
  )
}

function TokenForm() {
  const text = useSignal('')
  if (!isTokenWanted.value) return null
  return (
    <form
      class="panel hands"
      onSubmit={event => {
        event.preventDefault()
        showToken(text.value)
      }}
    >
      <label>
        This grid is changed by who shows its token:
        <input
          type="password"
          autocomplete="off"
          value={text.value}
          onInput={event => {
            text.value = event.currentTarget.value
          }}
        />
      </label>
      <button type="submit">Use it</button>
    </form>
  )
}
