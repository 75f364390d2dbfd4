// The chain: its blocks, one block decoded, the storage by pallet, and what differs between two blocks.

import { useSignal } from '@preact/signals'
import type {
  BlockDetail,
  BlockItem,
  PalletStorage,
  StorageDiff,
  StoragePage,
} from '../../services/control/dashboard-types.ts'
import { count, moment, short } from '../format.ts'
import { LeftOut, Panel, Problem, Value } from '../parts/parts.tsx'
import { usePolled } from '../state/polled.ts'
import { goTo, route } from '../state/route.ts'

const pageSize = 25

/** Blocks; `chain/block/N`; `chain/storage[/Pallet/Item]`; `chain/diff/A/B`. */
export function ChainView({ best }: { readonly best: number | null }) {
  const [, what, first, second] = route.value
  return (
    <>
      <nav aria-label="Parts of the chain">
        <a
          href="#/chain"
          aria-current={what === undefined || what === 'block' ? 'page' : undefined}
        >
          Blocks
        </a>
        <a href="#/chain/storage" aria-current={what === 'storage' ? 'page' : undefined}>
          Storage
        </a>
        <a
          href={`#/chain/diff/${Math.max(0, (best ?? 1) - 1)}/${best ?? 1}`}
          aria-current={what === 'diff' ? 'page' : undefined}
        >
          Differences
        </a>
      </nav>
      {what === undefined && <Blocks />}
      {what === 'block' && <Block number={first ?? ''} />}
      {what === 'storage' && first === undefined && <Storage />}
      {what === 'storage' && first !== undefined && <Entries pallet={first} name={second ?? ''} />}
      {what === 'diff' && <Diff from={first ?? '0'} to={second ?? '0'} />}
    </>
  )
}

function Blocks() {
  const upTo = useSignal<number | null>(null)
  const blocks = usePolled<readonly BlockItem[]>(
    `/dashboard/blocks?limit=${pageSize}${upTo.value === null ? '' : `&upTo=${upTo.value}`}`,
    1500,
  )
  const { value, error } = blocks.value
  const oldest = value?.at(-1)?.number ?? 0
  return (
    <Panel
      title="Blocks"
      aside={
        <span class="hands">
          <button
            type="button"
            disabled={upTo.value === null}
            onClick={() => {
              upTo.value = null
            }}
          >
            newest
          </button>
          <button
            type="button"
            disabled={oldest === 0}
            onClick={() => {
              upTo.value = oldest - 1
            }}
          >
            older
          </button>
        </span>
      }
    >
      <Problem text={error} />
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th class="number">block</th>
              <th>time</th>
              <th>hash</th>
              <th class="number">extrinsics</th>
              <th class="number">failed</th>
              <th class="number">events</th>
              <th>final</th>
            </tr>
          </thead>
          <tbody>
            {value?.map(block => (
              <tr key={block.number}>
                <td class="number">
                  <a href={`#/chain/block/${block.number}`}>{block.number}</a>
                </td>
                <td>{moment(block.at)}</td>
                <td>
                  <code>{short(block.hash)}</code>
                </td>
                <td class="number">{block.extrinsics}</td>
                <td class={`number ${block.failed > 0 ? 'bad' : ''}`}>{block.failed}</td>
                <td class="number">{block.events}</td>
                <td>{block.isFinal ? 'yes' : 'not yet'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

function Block({ number }: { readonly number: string }) {
  const block = usePolled<BlockDetail>(`/dashboard/blocks/${encodeURIComponent(number)}`, 0)
  const { value, error } = block.value
  if (!value) return error === null ? <p>Asking the grid…</p> : <Problem text={error} />
  return (
    <>
      <Panel
        title={`Block ${count(value.number)}`}
        aside={
          value.number > 0 && (
            <a href={`#/chain/diff/${value.number - 1}/${value.number}`}>what it changed</a>
          )
        }
      >
        <p>
          {moment(value.at)}, {value.isFinal ? 'final' : 'not final yet'}
          <br />
          <code>{value.hash}</code>
        </p>
      </Panel>
      <Panel title={`Extrinsics: ${count(value.extrinsics)} beside the timestamp`}>
        {value.items.map(({ index, signer, call, args, error: failure }) => (
          <details key={index}>
            <summary>
              {index}. <strong>{call}</strong> by <code>{short(signer)}</code>{' '}
              {failure !== '' && <span class="bad">{failure}</span>}
            </summary>
            <Value value={args} />
          </details>
        ))}
        <LeftOut number={value.leftOut.items} what="extrinsics" />
      </Panel>
      <Panel title={`Events: ${count(value.events)}`}>
        {value.records.map(({ phase, event, fields }, i) => (
          <details key={i}>
            <summary>
              <strong>{event}</strong> <span class="quiet">{phase}</span>
            </summary>
            <Value value={fields} />
          </details>
        ))}
        <LeftOut number={value.leftOut.records} what="events" />
      </Panel>
    </>
  )
}

function Storage() {
  const storage = usePolled<readonly PalletStorage[]>('/dashboard/storage', 5000)
  const { value, error } = storage.value
  return (
    <Panel title="Storage by pallet">
      <Problem text={error} />
      <div class="columns">
        {value?.map(({ pallet, items }) => (
          <section key={pallet}>
            <h3>{pallet}</h3>
            <ul>
              {items.map(({ name, count: number }) => (
                <li key={name}>
                  <a href={`#/chain/storage/${pallet}/${name}`}>{name}</a>{' '}
                  <span class="quiet">{count(number)}</span>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Panel>
  )
}

function Entries({ pallet, name }: { readonly pallet: string; readonly name: string }) {
  const offset = useSignal(0)
  const place = `${encodeURIComponent(pallet)}/${encodeURIComponent(name)}`
  const page = usePolled<StoragePage>(
    `/dashboard/storage/${place}?offset=${offset.value}&limit=${pageSize}`,
    2000,
  )
  const { value, error } = page.value
  return (
    <Panel
      title={`${pallet}.${name}`}
      aside={
        value && (
          <span class="hands">
            <span class="quiet">
              {count(value.total)} values at block {count(value.at)}
            </span>
            <button
              type="button"
              disabled={offset.value === 0}
              onClick={() => {
                offset.value = Math.max(0, offset.value - pageSize)
              }}
            >
              before
            </button>
            <button
              type="button"
              disabled={offset.value + pageSize >= value.total}
              onClick={() => {
                offset.value += pageSize
              }}
            >
              after
            </button>
          </span>
        )
      }
    >
      <Problem text={error} />
      <table>
        <tbody>
          {value?.entries.map(({ key, value: own }) => (
            <tr key={JSON.stringify(key)}>
              <th>
                <Value value={key} />
              </th>
              <td>
                <Value value={own} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

function Diff({ from, to }: { readonly from: string; readonly to: string }) {
  const first = useSignal(from)
  const second = useSignal(to)
  const diff = usePolled<StorageDiff>(
    `/dashboard/diff?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`,
    0,
  )
  const { value, error } = diff.value
  return (
    <Panel
      title={`What differs between blocks ${from} and ${to}`}
      aside={
        <form
          class="hands"
          onSubmit={event => {
            event.preventDefault()
            goTo(`chain/diff/${first.value}/${second.value}`)
          }}
        >
          <BlockField label="from" value={first} />
          <BlockField label="to" value={second} />
          <button type="submit">Compare</button>
        </form>
      }
    >
      <Problem text={error} />
      {value?.changes.length === 0 && <p class="quiet">Nothing that is written differs.</p>}
      <table>
        <thead>
          <tr>
            <th>item</th>
            <th>key</th>
            <th>before</th>
            <th>after</th>
          </tr>
        </thead>
        <tbody>
          {value?.changes.map(({ item, key, before, after }) => (
            <tr key={`${item}${JSON.stringify(key)}`}>
              <td>{item}</td>
              <td>
                <Value value={key} />
              </td>
              <td>
                <Value value={before} />
              </td>
              <td>
                <Value value={after} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <LeftOut number={value?.leftOut ?? 0} what="differences" />
    </Panel>
  )
}

function BlockField(props: { readonly label: string; readonly value: { value: string } }) {
  return (
    <label>
      {props.label}
      <input
        type="number"
        min={0}
        size={8}
        value={props.value.value}
        onInput={event => {
          props.value.value = event.currentTarget.value
        }}
      />
    </label>
  )
}
