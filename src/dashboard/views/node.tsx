// One node: its parts, what is on it, and what can be done to it.

import { useSignal } from '@preact/signals'
import type { NodeDetail } from '../../services/control/ports.ts'
import { bytes, count } from '../format.ts'
import { Meter, Panel, Problem, State } from '../parts/parts.tsx'
import { usePolled } from '../state/polled.ts'
import { act, notice } from '../state/revision.ts'

const verbs: readonly {
  readonly title: string
  readonly body: unknown
  readonly isOffered: (phase: string) => boolean
}[] = [
  { title: 'Crash', body: { type: 'crash' }, isOffered: phase => phase === 'up' },
  { title: 'Boot', body: { type: 'boot' }, isOffered: phase => phase === 'down' },
  { title: 'Reboot', body: { type: 'reboot' }, isOffered: phase => phase === 'up' },
  {
    title: 'Restart its daemon',
    body: { type: 'restartDaemon' },
    isOffered: phase => phase === 'up',
  },
  {
    title: 'Send to sleep',
    body: { type: 'power', target: 'Down' },
    isOffered: phase => phase === 'up',
  },
  {
    title: 'Wake',
    body: { type: 'power', target: 'Up' },
    isOffered: phase => phase === 'asleep',
  },
]

/** Empties the node as the council may: the contracts on it are cancelled. */
function Drain({ id, deployments }: { readonly id: number; readonly deployments: number }) {
  const isSure = useSignal(false)
  const drain = async () => {
    const path = `/nodes/${id}/actions`
    const answer = await act<Drained>('Drain', 'POST', path, { type: 'drain' })
    isSure.value = false
    if (!answer.ok) return
    const { contracts } = answer.value.drained
    const text =
      contracts === 0
        ? 'Drain: there is no contract on it'
        : `Drain: the council cancels ${count(contracts)} contracts`
    notice.value = { text, isBad: false }
  }
  return (
    <fieldset class="hands" aria-label="Emptying it">
      <label>
        <input
          type="checkbox"
          checked={isSure.value}
          onChange={event => {
            isSure.value = event.currentTarget.checked
          }}
        />
        yes, cancel its contracts ({count(deployments)} deployments)
      </label>
      <button type="button" disabled={!isSure.value} onClick={() => void drain()}>
        Drain
      </button>
    </fieldset>
  )
}

interface Drained {
  readonly drained: { readonly contracts: number }
}

const meters = [
  { label: 'CPU', name: 'cru', show: count },
  { label: 'memory', name: 'mru', show: bytes },
  { label: 'SSD', name: 'sru', show: bytes },
  { label: 'HDD', name: 'hru', show: bytes },
  { label: 'IPv4', name: 'ipv4u', show: count },
] as const

/** A node by its id on the chain. */
export function NodeView({ id }: { readonly id: number }) {
  const node = usePolled<NodeDetail>(`/nodes/${id}`, 1000)
  const { value, error } = node.value
  if (!value) return error === null ? <p>Asking the grid…</p> : <Problem text={error} />
  const { used, total } = value
  return (
    <>
      <Panel title={`Node ${value.id}: ${value.name}`} aside={<State state={value.phase} />}>
        <p class="quiet">
          Twin {value.twinId}, farm {value.farmId}, hardware {value.profile}.
        </p>
        {meters.map(
          ({ label, name, show }) =>
            used[name] !== undefined &&
            total[name] !== undefined && (
              <Meter key={name} label={label} used={used[name]} total={total[name]} show={show} />
            ),
        )}
        {value.phase === 'unknown' && (
          <p class="quiet">The process that plays it does not answer.</p>
        )}
        <fieldset class="hands" aria-label="What can be done to it">
          {verbs
            .filter(({ isOffered }) => isOffered(value.phase))
            .map(({ title, body }) => (
              <button
                key={title}
                type="button"
                onClick={() => void act(title, 'POST', `/nodes/${id}/actions`, body)}
              >
                {title}
              </button>
            ))}
        </fieldset>
        <Drain id={id} deployments={value.deployments.length} />
      </Panel>
      {value.phase === 'up' && value.member === undefined && <DeployForm nodeId={value.id} />}
      <Deployments node={value} />
    </>
  )
}

function Deployments({ node }: { readonly node: NodeDetail }) {
  return (
    <Panel title={`On it: ${count(node.deployments.length)} deployments`}>
      {node.deployments.length > 0 && (
        <table>
          <thead>
            <tr>
              <th>contract</th>
              <th>twin</th>
              <th>workload</th>
              <th>type</th>
              <th>state</th>
              <th>message</th>
            </tr>
          </thead>
          <tbody>
            {node.deployments.flatMap(({ contractId, twinId, workloads }) =>
              workloads.map(({ name, type, state, message }) => (
                <tr key={`${contractId}/${name}`}>
                  <td>
                    <a href={`#/deployments/${contractId}`}>{contractId}</a>
                  </td>
                  <td>{twinId}</td>
                  <td>{name}</td>
                  <td>{type}</td>
                  <td>
                    <State state={state} />
                  </td>
                  <td>{message}</td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      )}
    </Panel>
  )
}

/** A machine of a user, deployed as clients do it, without a client. */
function DeployForm({ nodeId }: { readonly nodeId: number }) {
  const users = usePolled<readonly string[]>('/dashboard/users', 0)
  const words = useSignal({ user: '', name: 'sample', cpu: '1', memoryGiB: '1', diskGiB: '10' })
  const { value } = users.value
  if (!value || value.length === 0) return null
  const own = words.value
  const field = (name: keyof typeof own) => ({
    value: own[name],
    required: true,
    onInput: (event: { readonly currentTarget: HTMLInputElement }) => {
      words.value = { ...own, [name]: event.currentTarget.value }
    },
  })
  return (
    <Panel title="Deploy a sample machine">
      <form
        class="hands"
        onSubmit={event => {
          event.preventDefault()
          void act(`Deploy ${own.name}`, 'POST', '/dashboard/machines', {
            nodeId,
            user: own.user === '' ? value[0] : own.user,
            name: own.name,
            cpu: Number(own.cpu),
            memoryGiB: Number(own.memoryGiB),
            diskGiB: Number(own.diskGiB),
          })
        }}
      >
        <label>
          as
          <select
            value={own.user === '' ? value[0] : own.user}
            onChange={event => {
              words.value = { ...own, user: event.currentTarget.value }
            }}
          >
            {value.map(user => (
              <option key={user}>{user}</option>
            ))}
          </select>
        </label>
        <label>
          name
          <input size={12} pattern="[A-Za-z][A-Za-z0-9]*" maxLength={32} {...field('name')} />
        </label>
        <label>
          CPUs
          <input type="number" min={1} max={32} {...field('cpu')} />
        </label>
        <label>
          memory, GiB
          <input type="number" min={1} max={256} {...field('memoryGiB')} />
        </label>
        <label>
          disk, GiB
          <input type="number" min={1} max={10_000} {...field('diskGiB')} />
        </label>
        <button type="submit">Deploy</button>
      </form>
    </Panel>
  )
}
