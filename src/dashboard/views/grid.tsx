// The grid as a picture, and the same as a list for who does not see it.

import { useComputed, useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { GridMap } from '../../services/control/dashboard-types.ts'
import { count } from '../format.ts'
import { LongList } from '../parts/long-list.tsx'
import { type Look, MapPainter } from '../parts/map-painter.ts'
import { Panel, Problem, State } from '../parts/parts.tsx'
import { usePolled } from '../state/polled.ts'
import { revision } from '../state/revision.ts'
import { goTo } from '../state/route.ts'
import { nodeChanges } from '../state/stream.ts'

/** Shortest time between two pictures of a large grid, in ms. */
const pictureMs = 3000

interface Row {
  readonly at: number
  readonly id: number
  readonly farm: string
  readonly phase: string
  readonly use: number
}

/** Farms and nodes, coloured by state or by use. */
export function GridView() {
  const map = usePolled<GridMap>('/dashboard/map', pictureMs)
  const look = useSignal<Look>({ colourBy: 'phase', isMap: false })
  const only = useSignal('')
  useFreshness()
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
              <span class="quiet">{use} % in use</span>
            </>
          )}
        </LongList>
      </Panel>
    </>
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

/** A node that changes is seen soon; many that change are seen together. */
function useFreshness(): void {
  useSignalEffect(() => {
    if (nodeChanges.value === 0) return
    const timer = window.setTimeout(() => {
      revision.value += 1
    }, 500)
    return () => window.clearTimeout(timer)
  })
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

function Picture(props: { readonly map: GridMap; readonly look: Look }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const painter = useRef<MapPainter | null>(null)
  useEffect(() => {
    const made = new MapPainter(canvas.current!, id => goTo(`nodes/${id}`))
    painter.current = made
    return () => made.stop()
  }, [])
  useEffect(() => {
    painter.current?.show(props.map, props.look)
  }, [props.map, props.look])
  return (
    <canvas
      ref={canvas}
      class="map"
      tabIndex={0}
      role="img"
      aria-label={`A picture of the ${props.map.id.length} nodes; the list below holds the same.`}
    />
  )
}
