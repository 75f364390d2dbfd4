// Scenarios on this grid: those that can be played, the one that goes on, and what became of the others.

import { useSignal } from '@preact/signals'
import type { RunDetail, RunItem, ScenarioShelf } from '../../services/control/run-types.ts'
import { count, moment, span } from '../format.ts'
import { LeftOut, Panel, Problem, Stat, State } from '../parts/parts.tsx'
import { usePolled } from '../state/polled.ts'
import { act } from '../state/revision.ts'
import { goTo } from '../state/route.ts'

const everyMs = 1000

/** The runs, and one of them when it is chosen. */
export function ScenariosView({ run }: { readonly run: string | null }) {
  const runs = usePolled<readonly RunItem[]>('/scenarios/runs', everyMs)
  const { value, error } = runs.value
  const isPlaying = value?.some(({ state }) => state === 'running') ?? false
  return (
    <>
      <Start isPlaying={isPlaying} />
      {run !== null && <Report id={run} />}
      <Panel title="Runs">
        <Problem text={error} />
        {value?.length === 0 && <p class="quiet">Nothing was played on this grid yet.</p>}
        {value && value.length > 0 && <RunTable runs={value} />}
      </Panel>
    </>
  )
}

function Start({ isPlaying }: { readonly isPlaying: boolean }) {
  const shelf = usePolled<ScenarioShelf>('/scenarios', 0)
  const wish = useSignal({ file: '', seed: '1' })
  const { value, error } = shelf.value
  if (!value) return <Problem text={error} />
  const control = `${location.origin}/api`
  if (value.folder === null) {
    return (
      <Panel title="Play a scenario">
        <p>
          This grid was started without scenarios: <code>pocketgrid up --scenarios DIR</code>. From
          a terminal any file can be played on it:{' '}
          <code>pocketgrid run FILE --target {control}</code>.
        </p>
      </Panel>
    )
  }
  const { file, seed } = wish.value
  const chosen = file === '' ? (value.files[0] ?? '') : file
  const play = async () => {
    const body = { file: chosen, seed }
    const answer = await act<RunDetail>(`Play ${chosen}`, 'POST', '/scenarios/runs', body)
    if (answer.ok) goTo(`scenarios/${answer.value.id}`)
  }
  return (
    <Panel title="Play a scenario">
      <form
        class="hands"
        onSubmit={event => {
          event.preventDefault()
          void play()
        }}
      >
        <label>
          of {value.folder}
          <select
            value={chosen}
            onChange={event => {
              wish.value = { ...wish.value, file: event.currentTarget.value }
            }}
          >
            {value.files.map(each => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <label>
          seed
          <input
            size={10}
            required
            maxLength={64}
            pattern="\w[\w.\-]*"
            value={seed}
            onInput={event => {
              wish.value = { ...wish.value, seed: event.currentTarget.value }
            }}
          />
        </label>
        <button type="submit" disabled={isPlaying || chosen === ''}>
          Play
        </button>
      </form>
      <p class="quiet">
        It plays on this grid, one at a time; time moves for everybody. Afterwards the grid goes
        back to where it was.
      </p>
      <LeftOut number={value.leftOut} what="files" />
    </Panel>
  )
}

/** What a run calls itself: its scenario's name, or its file until that is known. */
const titleOf = ({ name, file }: RunItem): string => name ?? file

function Stop({ run }: { readonly run: RunItem }) {
  if (!run.isOwn || run.state !== 'running') return null
  return (
    <button
      type="button"
      onClick={() => void act(`Stop ${titleOf(run)}`, 'POST', `/scenarios/runs/${run.id}/stop`)}
    >
      Stop
    </button>
  )
}

function RunTable({ runs }: { readonly runs: readonly RunItem[] }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>scenario</th>
            <th>state</th>
            <th>seed</th>
            <th>began (wall clock)</th>
            <th class="number">took</th>
            <th class="number">virtual time</th>
            <th>step, or why not</th>
            <th>hands</th>
          </tr>
        </thead>
        <tbody>
          {runs.map(run => (
            <tr key={run.id}>
              <td>
                <a href={`#/scenarios/${run.id}`}>{titleOf(run)}</a>
              </td>
              <td>
                <State state={run.state} />
              </td>
              <td>{run.seed}</td>
              <td>{moment(run.startedAt)}</td>
              <td class="number">{span(run.tookMs)}</td>
              <td class="number">{run.virtualMs === null ? '' : span(run.virtualMs)}</td>
              <td>{run.reason ?? run.step}</td>
              <td>
                <Stop run={run} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Report({ id }: { readonly id: string }) {
  const run = usePolled<RunDetail>(`/scenarios/runs/${encodeURIComponent(id)}`, everyMs)
  const { value, error } = run.value
  if (!value) return <Problem text={error} />
  const { state, failure, reason, digest, repeat, output } = value
  return (
    <Panel title={titleOf(value)} aside={<State state={state} />}>
      <dl class="stats">
        <Stat label="seed" value={value.seed} />
        <Stat label="took" value={span(value.tookMs)} />
        {value.virtualMs !== null && <Stat label="virtual time" value={span(value.virtualMs)} />}
        {value.blocks > 0 && <Stat label="best block at its end" value={count(value.blocks)} />}
      </dl>
      <p class="hands">
        <span class="quiet">{value.file}</span>
        <Stop run={value} />
      </p>
      {failure === null && reason !== null && <p>{reason}</p>}
      {failure !== null && (
        <div class="problem">
          <code class="value">{failure}</code>
        </div>
      )}
      {state === 'lost' && (
        <p class="problem">Its process has not been heard of for half a minute.</p>
      )}
      <Steps run={value} />
      {digest !== '' && (
        <p>
          trace digest <code>{digest}</code>
        </p>
      )}
      {repeat !== '' && (
        <p>
          again: <code>{repeat}</code>
        </p>
      )}
      {output !== '' && (
        <details>
          <summary>What its process printed last</summary>
          <code class="value">{output}</code>
        </details>
      )}
    </Panel>
  )
}

function Steps({ run: { steps, stepsLeftOut } }: { readonly run: RunDetail }) {
  if (steps.length === 0) return null
  return (
    <>
      {stepsLeftOut > 0 && <p class="quiet">{count(stepsLeftOut)} earlier steps are not shown.</p>}
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>step</th>
              <th>state</th>
              <th class="number">from</th>
              <th class="number">took</th>
            </tr>
          </thead>
          <tbody>
            {steps.map(({ title, depth, from, to, error }, i) => (
              <tr key={i}>
                <td style={{ paddingLeft: `${Math.min(depth, 6)}rem` }}>
                  {title}
                  {error !== null && <p class="bad">{error}</p>}
                </td>
                <td>
                  <State state={to === null ? 'running' : error === null ? 'passed' : 'failed'} />
                </td>
                <td class="number">{span(from)}</td>
                <td class="number">{to === null ? '' : span(to - from)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}
