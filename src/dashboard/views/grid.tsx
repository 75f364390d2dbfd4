// The grid as a picture, and the same as a list for who does not see it.

import { type Signal, useComputed, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { GridMap } from '../../services/control/dashboard-types.ts'
import { count } from '../format.ts'
import { LongList } from '../parts/long-list.tsx'
import type { Look } from '../parts/map-painter.ts'
import { Panel, Problem, State } from '../parts/parts.tsx'
import { Picture } from '../parts/picture.tsx'
import { marks } from '../state/marks.ts'
import { usePolled } from '../state/polled.ts'
import { nodeChanges } from '../state/stream.ts'

/** How often a grid on which nothing happens is looked at, in ms. */
const pictureMs = 3000

/** Changes of nodes that are seen together, in ms. */
const togetherMs = 1000

interface Row {
  readonly at: number
  readonly id: number
  readonly farm: string
  readonly phase: string
  readonly use: number
}

/** Farms and nodes, coloured by state or by use. */
export function GridView() {
  const map = usePolled<GridMap>('/dashboard/map', pictureMs, useFreshness())
  const look = useSignal<Look>({ colourBy: 'phase', isMap: false })
  const only = useSignal('')
  const rows = useComputed(() => rowsOf(map.value.value, only.value))
  const { value, error } = map.value
  if (!value) return error === null ? <p>Asking the grid…</p> : <Problem text={error} />
  return (
    <>
      <Panel
        title={`${count(value.id.length)} nodes on ${count(value.farms.length)} farms`}
        aside={
          <LookFields
            look={look.value}
            onLook={next => {
              look.value = next
            }}
          />
        }
      >
        <Problem text={error} />
        <Marked />
        <Picture map={value} look={look.value} />
        <p class="quiet">
          Wheel or + and − zoom, dragging or arrows move, 0 shows all; a click opens a node. Close
          up, each node shows its parts and its workloads.
        </p>
      </Panel>
      <Panel
        title={`As a list: ${count(rows.value.length)}`}
        aside={
          <label>
            only
            <select
              value={only.value}
              onChange={event => {
                only.value = event.currentTarget.value
              }}
            >
              <option value="">all</option>
              {value.phases.map(phase => (
                <option key={phase}>{phase}</option>
              ))}
            </select>
          </label>
        }
      >
        <LongList label="Nodes" rows={rows.value} keyOf={({ at }) => at} height={360}>
          {({ id, farm, phase, use }) => (
            <>
              <span>{id === 0 ? 'not registered' : <a href={`#/nodes/${id}`}>node {id}</a>}</span>
              <span>{farm}</span>
              <span>
                <State state={phase} />
              </span>
              <span class="quiet">
                {use} % in use{marks.value?.nodes.has(id) ? ', would be hit' : ''}
              </span>
            </>
          )}
        </LongList>
      </Panel>
    </>
  )
}

/** What the marks on the picture stand for. */
function Marked() {
  const marked = marks.value
  if (!marked) return null
  return (
    <p class="hands">
      Marked: {count(marked.nodes.size)} nodes that the fault {marked.kind} would hit.
      <a href="#/faults">To the fault</a>
      <button
        type="button"
        onClick={() => {
          marks.value = null
        }}
      >
        Unmark
      </button>
    </p>
  )
}

function LookFields(props: { readonly look: Look; readonly onLook: (look: Look) => void }) {
  const { look, onLook } = props
  return (
    <span class="hands">
      <label>
        farms stand
        <select
          value={look.isMap ? 'map' : 'rows'}
          onChange={event => onLook({ ...look, isMap: event.currentTarget.value === 'map' })}
        >
          <option value="rows">in rows</option>
          <option value="map">on a map</option>
        </select>
      </label>
      <label>
        colour shows
        <select
          value={look.colourBy}
          onChange={event => {
            onLook({ ...look, colourBy: event.currentTarget.value as Look['colourBy'] })
          }}
        >
          <option value="phase">state</option>
          <option value="use">use</option>
        </select>
      </label>
    </span>
  )
}

/** Grows when nodes have changed: a first change is seen soon, many that follow one another are seen together. */
function useFreshness(): Signal<number> {
  const fresh = useSignal(0)
  useEffect(() => {
    let timer = 0
    const stop = nodeChanges.subscribe(changes => {
      if (changes === 0 || timer !== 0) return
      timer = window.setTimeout(() => {
        timer = 0
        fresh.value += 1
      }, togetherMs)
    })
    return () => {
      stop()
      window.clearTimeout(timer)
    }
  }, [])
  return fresh
}

function rowsOf(map: GridMap | null, only: string): readonly Row[] {
  if (!map) return []
  const names = new Map(map.farms.map(({ id, name }) => [id, name]))
  const rows = map.id.map((id, at) => ({
    at,
    id,
    farm: names.get(map.farm[at]!) ?? '',
    phase: map.phases[map.phase[at]!] ?? '',
    use: map.use[at]!,
  }))
  return only === '' ? rows : rows.filter(({ phase }) => phase === only)
}
