// Whom the fault in the palette would hit, by name, and from when to when: asked again while it is typed and while time passes.

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { GridMap } from '../../services/control/dashboard-types.ts'
import type { FaultPreview } from '../../services/control/ports.ts'
import { count, moment } from '../format.ts'
import { LeftOut, State } from '../parts/parts.tsx'
import { Picture } from '../parts/picture.tsx'
import { change, isTokenWanted } from '../state/api.ts'
import { marks } from '../state/marks.ts'
import { usePolled } from '../state/polled.ts'

/** After so many ms without a key a new wish is asked for, and then again so often. */
const quietMs = 300
const everyMs = 2_000

/** Shortest time between two pictures, in ms. */
const pictureMs = 3_000

type Answer = FaultPreview | { readonly refused: string }

const look = { colourBy: 'phase', isMap: false } as const

/** What the grid says to a wish: a fault as it would be sent. */
export function Preview({ wish }: { readonly wish: { readonly kind: string } }) {
  const answer = usePreview(wish)
  const map = usePolled<GridMap>('/dashboard/map', pictureMs)
  if (answer === null) return <p class="quiet">Nothing was asked of the grid yet.</p>
  if ('refused' in answer) {
    return <p class="problem">It would be refused: {answer.refused}</p>
  }
  const { from, until, chance, isDrawnOnce, aims, marked } = answer
  return (
    <section aria-label="What it would hit">
      <p>
        {until === from
          ? `At ${moment(from)}, in one instant.`
          : `From ${moment(from)} until ${until === null ? 'it is removed' : moment(until)}.`}{' '}
        {chance < 1 &&
          `It strikes with a chance of ${100 * chance} %, ${isDrawnOnce ? 'drawn once' : 'drawn each time'}.`}
      </p>
      {aims.map(aim => (
        <AimOf key={aim.role} aim={aim} />
      ))}
      {marked.length > 0 && map.value.value && (
        <Picture map={map.value.value} look={look} isSmall={true} />
      )}
    </section>
  )
}

const titles = { hit: 'It hits', from: 'Messages from', to: 'Messages to' } as const

function AimOf({ aim }: { readonly aim: FaultPreview['aims'][number] }) {
  const { role, isEverybody, part, nodes, twins } = aim
  if (part !== null) {
    return (
      <p>
        {titles[role]} {part}.
      </p>
    )
  }
  if (isEverybody) {
    return (
      <p>
        {titles[role]} everybody: {count(nodes.count)} nodes now, and who comes later.
      </p>
    )
  }
  return (
    <>
      <p>
        {titles[role]} {count(nodes.count)} nodes
        {twins.count > 0 && ` and ${count(twins.count)} other twins`}:
      </p>
      <ul class="names">
        {nodes.items.map(({ id, name, farm, phase }) => (
          <li key={`node ${id}`}>
            <a href={`#/nodes/${id}`}>node {id}</a> {name}, {farm} <State state={phase} />
          </li>
        ))}
        {twins.items.map(({ id, name }) => (
          <li key={`twin ${id}`}>
            twin {id} {name === '' ? '(nobody of this grid)' : name}
          </li>
        ))}
      </ul>
      <LeftOut
        number={nodes.count + twins.count - nodes.items.length - twins.items.length}
        what="of them"
      />
    </>
  )
}

/** Asks while the wish is looked at, one request at a time; without the token that is wanted, not at all. */
function usePreview(wish: { readonly kind: string }): Answer | null {
  const answer = useSignal<Answer | null>(null)
  const text = JSON.stringify(wish)
  const isBarred = isTokenWanted.value
  useEffect(() => {
    let isOver = false
    let timer = 0
    const ask = async () => {
      if (!document.hidden) {
        const got = await change<Answer>('POST', '/faults/preview', JSON.parse(text))
        if (isOver || (!got.ok && got.status === 401)) return
        answer.value = got.ok ? got.value : { refused: got.error }
        marks.value = got.ok ? marksOf(got.value, wish.kind) : null
      }
      timer = window.setTimeout(ask, everyMs)
    }
    if (!isBarred) timer = window.setTimeout(ask, quietMs)
    return () => {
      isOver = true
      window.clearTimeout(timer)
    }
  }, [text, isBarred])
  return answer.value
}

/** The same marks are the same object, so that nothing is drawn again for them. */
function marksOf(answer: Answer, kind: string): typeof marks.value {
  if ('refused' in answer || answer.marked.length === 0) return null
  const before = marks.peek()
  const isSame =
    before?.kind === kind &&
    before.nodes.size === answer.marked.length &&
    answer.marked.every(id => before.nodes.has(id))
  return isSame ? before : { kind, nodes: new Set(answer.marked) }
}
