// What is broken, and a palette of what can be: made from the description that the control API gives of itself.

import { useComputed, useSignal } from '@preact/signals'
import type { FaultItem } from '../../services/control/ports.ts'
import { moment } from '../format.ts'
import { Panel, Problem, State, Value } from '../parts/parts.tsx'
import { Fields, type Schema, type Words, wishOf } from '../parts/schema-form.tsx'
import { usePolled } from '../state/polled.ts'
import { act } from '../state/revision.ts'
import { Preview } from './fault-preview.tsx'

interface Description {
  readonly paths: {
    readonly '/api/faults': {
      readonly post: {
        readonly requestBody: {
          readonly content: {
            readonly 'application/json': { readonly schema: { readonly oneOf?: readonly Schema[] } }
          }
        }
      }
    }
  }
}

/** Faults that are planned or active, and new ones. */
export function FaultsView() {
  return (
    <>
      <Palette />
      <List />
    </>
  )
}

const kindOf = ({ properties }: Schema): string => String(properties?.kind?.const ?? '')

function Palette() {
  const description = usePolled<Description>('/openapi.json', 0)
  const kind = useSignal('node.crash')
  const words = useSignal<Words>({})
  const { value, error } = description.value
  const schemas =
    value?.paths['/api/faults'].post.requestBody.content['application/json'].schema.oneOf ?? []
  const chosen = schemas.find(schema => kindOf(schema) === kind.value)
  const wish = useComputed(() => ({ kind: kind.value, ...wishOf(words.value) }))
  if (!chosen) return <Problem text={error} />
  const groups = [...new Set(schemas.map(schema => kindOf(schema).split('.')[0]!))]
  return (
    <Panel title="Break something">
      <form
        onSubmit={event => {
          event.preventDefault()
          void act(`Fault ${kind.value}`, 'POST', '/faults', wish.value)
        }}
      >
        <label>
          kind
          <select
            value={kind.value}
            onChange={event => {
              kind.value = event.currentTarget.value
              words.value = {}
            }}
          >
            {groups.map(group => (
              <optgroup key={group} label={group}>
                {schemas
                  .map(kindOf)
                  .filter(each => each.split('.')[0] === group)
                  .map(each => (
                    <option key={each}>{each}</option>
                  ))}
              </optgroup>
            ))}
          </select>
        </label>
        {chosen.description !== undefined && <p class="quiet">{chosen.description}</p>}
        <Fields
          schema={chosen}
          path=""
          without={['kind']}
          words={words.value}
          onChange={next => {
            words.value = next
          }}
        />
        <p class="quiet">What is sent:</p>
        <Value value={wish.value} />
        <p>
          <button type="submit">Add the fault</button>
        </p>
      </form>
      <Preview wish={wish.value} />
    </Panel>
  )
}

function List() {
  const faults = usePolled<readonly FaultItem[]>('/faults', 1500)
  const { value, error } = faults.value
  return (
    <Panel
      title="Planned and active"
      aside={
        value &&
        value.length > 0 && (
          <button type="button" onClick={() => void act('End all faults', 'DELETE', '/faults')}>
            End all
          </button>
        )
      }
    >
      <Problem text={error} />
      {value?.length === 0 && <p class="quiet">Nothing is broken by hand.</p>}
      {value && value.length > 0 && (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th>fault</th>
                <th>state</th>
                <th>from</th>
                <th>until</th>
                <th>hands</th>
              </tr>
            </thead>
            <tbody>
              {value.map(({ id, state, from, until, fault }) => (
                <tr key={id}>
                  <td>
                    <Value value={fault} />
                  </td>
                  <td>
                    <State state={state} />
                  </td>
                  <td>{moment(from)}</td>
                  <td>{until === null ? 'it is removed' : moment(until)}</td>
                  <td>
                    <button
                      type="button"
                      onClick={() => void act(`End fault ${id}`, 'DELETE', `/faults/${id}`)}
                    >
                      End
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}
