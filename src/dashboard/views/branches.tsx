// Grids that were branched off this one: where they began, the way to them, and their end.

import type { BranchItem } from '../../services/control/past.ts'
import { count, moment } from '../format.ts'
import { Panel, Problem } from '../parts/parts.tsx'
import { usePolled } from '../state/polled.ts'
import { act } from '../state/revision.ts'

/** The branches, and a hand for one from now. */
export function Branches() {
  const branches = usePolled<readonly BranchItem[]>('/branches', 2000)
  const { value, error } = branches.value
  return (
    <Panel title="Branches">
      <Problem text={error} />
      <p>A branch is a second grid: it begins where this one stands, and lives on beside it.</p>
      <p class="hands">
        <button type="button" onClick={() => branchFrom('now', 'now')}>
          Branch from now
        </button>
      </p>
      {value && value.length > 0 && <BranchTable items={value} />}
      {value?.length === 0 && <p class="quiet">No branch has been made.</p>}
    </Panel>
  )
}

/** Starts a branch from a snapshot. */
export function branchFrom(id: string, name: string): void {
  void act(`Branch from ${name}`, 'POST', `/snapshots/${encodeURIComponent(id)}/branch`)
}

function BranchTable({ items }: { readonly items: readonly BranchItem[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th>branch</th>
          <th>from</th>
          <th class="number">block</th>
          <th>page and chain</th>
          <th>hands</th>
        </tr>
      </thead>
      <tbody>
        {items.map(({ id, name, from, endpoints }) => (
          <tr key={id}>
            <td>{id}</td>
            <td>
              {name ?? 'this grid'}, {moment(from.time)}
            </td>
            <td class="number">{count(from.block)}</td>
            <td>
              {endpoints ? <PageLink control={String(endpoints.control)} /> : 'starting'}{' '}
              {endpoints && <code class="value">{String(endpoints.substrate)}</code>}
            </td>
            <td>
              <button
                type="button"
                onClick={() =>
                  void act(`End branch ${id}`, 'DELETE', `/branches/${encodeURIComponent(id)}`)
                }
              >
                End
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function PageLink({ control }: { readonly control: string }) {
  const url = new URL('/', control)
  return (
    <a href={url.href} target="_blank" rel="noreferrer">
      {url.host}
    </a>
  )
}
