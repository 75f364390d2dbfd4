// The canvas on which the grid is drawn, with the nodes that are marked.

import { useEffect, useRef } from 'preact/hooks'
import type { GridMap } from '../../services/control/dashboard-types.ts'
import { count } from '../format.ts'
import { marks } from '../state/marks.ts'
import { goTo } from '../state/route.ts'
import { type Look, MapPainter } from './map-painter.ts'

/** The grid as a picture; `isSmall` where it only goes with something else. */
export function Picture(props: {
  readonly map: GridMap
  readonly look: Look
  readonly isSmall?: boolean
}) {
  const { map, look, isSmall = false } = props
  const marked = marks.value?.nodes ?? null
  const canvas = useRef<HTMLCanvasElement>(null)
  const painter = useRef<MapPainter | null>(null)
  useEffect(() => {
    const made = new MapPainter(canvas.current!, id => goTo(`nodes/${id}`))
    painter.current = made
    return () => made.stop()
  }, [])
  useEffect(() => {
    painter.current?.show(map, look, marked)
  }, [map, look, marked])
  const about = marked === null ? '' : ` ${count(marked.size)} of them are marked.`
  return (
    <canvas
      ref={canvas}
      class={isSmall ? 'map small' : 'map'}
      tabIndex={0}
      role="img"
      aria-label={`A picture of the ${map.id.length} nodes.${about} A list beside it holds the same.`}
    />
  )
}
