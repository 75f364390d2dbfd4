// All deployments, and the story of one from its contract to where it stands.

import { useSignal } from '@preact/signals'
import type { DeploymentPage, DeploymentStory } from '../../services/control/dashboard-types.ts'
import { clockTime, count, span } from '../format.ts'
import { Panel, Problem, State, States } from '../parts/parts.tsx'
import { usePolled } from '../state/polled.ts'

const pageSize = 50

/** The list, or the story of a contract's deployment. */
export function DeploymentsView({ contract }: { readonly contract: string | null }) {
  return contract === null ? <List /> : <Story contract={contract} />
}

function List() {
  const offset = useSignal(0)
  const page = usePolled<DeploymentPage>(
    `/dashboard/deployments?offset=${offset.value}&limit=${pageSize}`,
    2000,
  )
  const { value, error } = page.value
  return (
    <Panel title="Deployments" aside={value && <Pager total={value.total} offset={offset} />}>
      <Problem text={error} />
      {value?.total === 0 && <p class="quiet">Nothing is deployed on the nodes.</p>}
      <table>
        <thead>
          <tr>
            <th>contract</th>
            <th>node</th>
            <th>twin</th>
            <th>version</th>
            <th>workloads</th>
          </tr>
        </thead>
        <tbody>
          {value?.items.map(({ contractId, nodeId, twinId, version, workloads }) => (
            <tr key={`${nodeId}/${contractId}`}>
              <td>
                <a href={`#/deployments/${contractId}`}>{contractId}</a>
              </td>
              <td>
                <a href={`#/nodes/${nodeId}`}>{nodeId}</a>
              </td>
              <td>{twinId}</td>
              <td>{version}</td>
              <td>
                <States counts={workloads} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

function Pager(props: { readonly total: number; readonly offset: { value: number } }) {
  const { total, offset } = props
  return (
    <span class="hands">
      <span class="quiet">
        {count(Math.min(total, offset.value + 1))} to{' '}
        {count(Math.min(total, offset.value + pageSize))} of {count(total)}
      </span>
      <button
        type="button"
        disabled={offset.value === 0}
        onClick={() => {
          offset.value = Math.max(0, offset.value - pageSize)
        }}
      >
        newer
      </button>
      <button
        type="button"
        disabled={offset.value + pageSize >= total}
        onClick={() => {
          offset.value += pageSize
        }}
      >
        older
      </button>
    </span>
  )
}

function Story({ contract }: { readonly contract: string }) {
  const story = usePolled<DeploymentStory>(
    `/dashboard/deployments/${encodeURIComponent(contract)}`,
    1500,
  )
  const { value, error } = story.value
  if (!value) return error === null ? <p>Asking the grid…</p> : <Problem text={error} />
  return (
    <>
      <Panel
        title={`Deployment of contract ${value.contractId}`}
        aside={<State state={value.contract} />}
      >
        <p>
          Of twin {value.twinId} on <a href={`#/nodes/${value.nodeId}`}>node {value.nodeId}</a>.
        </p>
        <table>
          <thead>
            <tr>
              <th>workload</th>
              <th>type</th>
              <th>state</th>
              <th>message</th>
            </tr>
          </thead>
          <tbody>
            {value.workloads.map(({ name, type, state, message }) => (
              <tr key={name}>
                <td>{name}</td>
                <td>{type}</td>
                <td>
                  <State state={state} />
                </td>
                <td>{message}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      <Panel title="Its way, hop by hop">
        {value.isCutOff && (
          <p class="quiet">Earlier hops may be missing: the grid remembers the last ones only.</p>
        )}
        <Hops hops={value.hops} />
      </Panel>
    </>
  )
}

function Hops({ hops }: { readonly hops: DeploymentStory['hops'] }) {
  return (
    <ol class="hops" aria-label="Hops">
      {hops.map((hop, i) => (
        <li key={i} class="hop">
          <span>{clockTime(hop.at)}</span>
          <span class="quiet">{i === 0 ? '' : `+${span(hop.at - hops[i - 1]!.at)}`}</span>
          <span>{hop.where}</span>
          <span class={hop.isBad ? 'bad' : ''}>
            {hop.what} <span class="quiet">{hop.detail}</span>
          </span>
        </li>
      ))}
    </ol>
  )
}
