// The hands that move the whole world: jumps in time, snapshots and the way back, branches, size, reset.

import { useSignal } from '@preact/signals'
import type { Overview } from '../../services/control/dashboard-types.ts'
import type { SnapshotItem } from '../../services/control/ports.ts'
import { count, moment } from '../format.ts'
import { Panel, Problem } from '../parts/parts.tsx'
import { usePolled } from '../state/polled.ts'
import { act } from '../state/revision.ts'
import { Branches, branchFrom } from './branches.tsx'
import { Rewind } from './rewind.tsx'

/** Time, size, the past, snapshots, branches. */
export function WorldView({ overview }: { readonly overview: Overview | null }) {
  return (
    <>
      <div class="columns">
        <Jump overview={overview} />
        <Size />
        <Reset />
      </div>
      <Rewind />
      <Snapshots />
      <Branches />
    </>
  )
}

function Jump({ overview }: { readonly overview: Overview | null }) {
  const by = useSignal('6h')
  const at = useSignal('')
  return (
    <Panel title="Jump in time">
      <form
        class="hands"
        onSubmit={event => {
          event.preventDefault()
          void act(`Advance ${by.value}`, 'POST', '/time/advance', { by: by.value })
        }}
      >
        <label>
          by
          <input
            size={8}
            value={by.value}
            onInput={event => {
              by.value = event.currentTarget.value
            }}
          />
        </label>
        <button type="submit">Advance</button>
      </form>
      <form
        class="hands"
        onSubmit={event => {
          event.preventDefault()
          void act('Jump', 'POST', '/time/advanceTo', { at: `${at.value}Z` })
        }}
      >
        <label>
          to (UTC)
          <input
            type="datetime-local"
            required
            min={overview ? new Date(overview.now).toISOString().slice(0, 16) : undefined}
            value={at.value}
            onInput={event => {
              at.value = event.currentTarget.value
            }}
          />
        </label>
        <button type="submit">Jump</button>
      </form>
    </Panel>
  )
}

function Size() {
  const scale = usePolled<{ readonly nodes: number; readonly registered: number }>('/scale', 2000)
  const add = useSignal('5')
  const { value, error } = scale.value
  return (
    <Panel title="Size">
      <Problem text={error} />
      {value && (
        <p>
          {count(value.nodes)} nodes, {count(value.registered)} of them registered.
        </p>
      )}
      <form
        class="hands"
        onSubmit={event => {
          event.preventDefault()
          void act(`Add ${add.value} nodes`, 'POST', '/scale', { add: Number(add.value) })
        }}
      >
        <label>
          more nodes
          <input
            type="number"
            min={1}
            max={20_000}
            value={add.value}
            onInput={event => {
              add.value = event.currentTarget.value
            }}
          />
        </label>
        <button type="submit">Add</button>
      </form>
    </Panel>
  )
}

function Reset() {
  const isSure = useSignal(false)
  return (
    <Panel title="Reset">
      <p>The chain is wiped, as test networks are: nodes register again, deployments are gone.</p>
      <label>
        <input
          type="checkbox"
          checked={isSure.value}
          onChange={event => {
            isSure.value = event.currentTarget.checked
          }}
        />
        yes, wipe it
      </label>{' '}
      <button
        type="button"
        disabled={!isSure.value}
        onClick={() => {
          isSure.value = false
          void act('Reset', 'POST', '/reset')
        }}
      >
        Wipe the chain
      </button>
    </Panel>
  )
}

function Snapshots() {
  const snapshots = usePolled<readonly SnapshotItem[]>('/snapshots', 2000)
  const name = useSignal('')
  const { value, error } = snapshots.value
  return (
    <Panel title="Snapshots">
      <Problem text={error} />
      <form
        class="hands"
        onSubmit={event => {
          event.preventDefault()
          const wish = name.value.trim()
          name.value = ''
          void act('Snapshot', 'POST', '/snapshots', wish === '' ? {} : { name: wish })
        }}
      >
        <label>
          name
          <input
            placeholder="none"
            maxLength={64}
            value={name.value}
            onInput={event => {
              name.value = event.currentTarget.value
            }}
          />
        </label>
        <button type="submit">Take a snapshot</button>
      </form>
      {value && value.length > 0 && <SnapshotTable items={value} />}
      {value?.length === 0 && <p class="quiet">None yet.</p>}
    </Panel>
  )
}

const revertTo = ({ id, name }: SnapshotItem): void =>
  void act(`Back to ${name ?? id}`, 'POST', `/snapshots/${encodeURIComponent(id)}/revert`)

function SnapshotTable({ items }: { readonly items: readonly SnapshotItem[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th>name</th>
          <th>taken at</th>
          <th class="number">block</th>
          <th>hands</th>
        </tr>
      </thead>
      <tbody>
        {items.map(item => (
          <tr key={item.id}>
            <td>{item.name ?? item.id}</td>
            <td>{moment(item.at)}</td>
            <td class="number">{count(item.block)}</td>
            <td class="hands">
              <button type="button" onClick={() => revertTo(item)}>
                Revert
              </button>
              <button type="button" onClick={() => branchFrom(item.id, item.name ?? item.id)}>
                Branch
              </button>
              <button
                type="button"
                onClick={() =>
                  void act('Give up', 'DELETE', `/snapshots/${encodeURIComponent(item.id)}`)
                }
              >
                Give up
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
