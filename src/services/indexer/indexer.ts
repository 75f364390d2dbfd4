// The chain index: rows that follow the chain's events block by block, inside the world.

import type { Chain } from '../../chain/node/chain.ts'
import { smartContract } from '../../chain/pallets/smart-contract/declaration.ts'
import { tfgrid } from '../../chain/pallets/tfgrid/declaration.ts'
import { tftPrice } from '../../chain/pallets/tft-price/declaration.ts'
import type { ChainEvent } from '../../chain/runtime/outer.ts'
import { gridError, invariant } from '../../kernel/errors.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { countryRows } from './countries.ts'
import { keyOfBirth } from './keys.ts'
import { contractHandlers } from './mapping/contracts.ts'
import type { EventContext, MappingRules } from './mapping/handlers.ts'
import { nodeHandlers } from './mapping/nodes.ts'
import {
  farmingColumns,
  policyHandlers,
  priceHandlers,
  pricingColumns,
} from './mapping/policies.ts'
import { serviceHandlers } from './mapping/services.ts'
import { twinAndFarmHandlers } from './mapping/twins-and-farms.ts'
import { Rows } from './rows.ts'
import type { RowReader } from './store.ts'

declare module '../../kernel/kernel.ts' {
  interface KernelEvents {
    /** What a block did becomes visible to readers that lag behind: time goes there, nothing else is to do. */
    'index.visible': null
  }
}

/** What the index needs of a chain. */
type IndexedChain = Pick<Chain, 'archive' | 'best' | 'listen' | 'runtime'>

/** Who reads the index, each with a lag of its own. */
export const readers = ['gridproxy', 'graphql'] as const
type ReaderName = (typeof readers)[number]

/** The longest lag, in ms of virtual time: the changes of older blocks cannot be hidden any more. */
const longestLagMs = 3_600_000

/** The index of a world. */
export interface Indexer {
  /** The rows as a service sees them: a block's effects appear when its lag has passed. */
  reader(name: ReaderName): RowReader
  /**
   * From now on a block's effects reach this reader so many ms of virtual time after the block. 0, the default, is
   * at once. Fails with GRID_CONFIG_INVALID above an hour.
   */
  setLag(name: ReaderName, ms: number): void
  lagOf(name: ReaderName): number
  /** How many blocks can be taken back. */
  readonly journalled: number
}

export interface IndexerOptions {
  readonly kernel: Kernel
  readonly chain: IndexedChain
  readonly rules?: Partial<MappingRules>
}

type Handler = (context: EventContext, fields: never) => void

/** The handlers by pallet and event. */
const handlers: Readonly<Record<string, Readonly<Record<string, Handler>> | undefined>> = {
  [tfgrid.name]: { ...twinAndFarmHandlers, ...nodeHandlers, ...policyHandlers } as never,
  [smartContract.name]: { ...contractHandlers, ...serviceHandlers } as never,
  [tftPrice.name]: priceHandlers as never,
}

/** The names of the events that the index follows, `Pallet.Event`. */
export const followedEvents: readonly string[] = Object.entries(handlers).flatMap(
  ([pallet, events]) => Object.keys(events ?? {}).map(name => `${pallet}.${name}`),
)

/** How many journalled blocks may lie before the chain's window until they are looked for. */
const journalSlack = 512

/** Makes the index of a chain that has just begun; it follows the chain from its first block on. */
export function createIndexer({ kernel, chain, rules = {} }: IndexerOptions): Indexer {
  const { archive } = chain
  const rows = new Rows({
    store: kernel.store,
    hashOf: block => archive.hashOf(block),
    countries: countryRows,
  })
  const lags = kernel.store.map<ReaderName, number>('index.lags')
  const nextSweep = kernel.store.cell('index.nextSweep', journalSlack)
  const context = new Following(rows, { isStrict: false, takesAnyIp: false, ...rules })
  kernel.handle('index.visible', () => {})

  const follow = (block: number): void => {
    const content = archive.contentOf(block)
    if (!content?.events.some(({ event }) => handlerOf(event))) return
    rows.inBlock(block, kernel.now(), () => {
      context.enter(block, archive.timestampOf(block))
      for (const [index, { event }] of content.events.entries()) context.handle(event, index)
    })
    for (const lag of lags.values()) {
      if (lag > 0) kernel.schedule({ kind: 'index.visible', payload: null, afterMs: lag })
    }
    if (rows.journalled >= nextSweep.get()) {
      rows.forgetBefore(archive.floor)
      nextSweep.set(rows.journalled + journalSlack)
    }
  }

  seedPolicies(rows, chain)
  for (let block = 1; block <= archive.best; block += 1) follow(block)
  chain.listen({
    onBlocks: (first, last) => {
      // Only a block that is announced alone has content.
      if (first === last) follow(first)
    },
    onRetracted: best => rows.retractTo(best),
    onReset: () => {
      rows.clear()
      seedPolicies(rows, chain)
    },
    onOverridden: (block, oldHash) => rows.pinHash(block, oldHash),
  })

  const lagOf = (name: ReaderName): number => lags.get(name) ?? 0
  const lagging = Object.fromEntries(
    readers.map(name => [name, rows.reader(() => kernel.now() - lagOf(name))]),
  ) as Record<ReaderName, RowReader>
  return {
    reader: name => lagging[name],
    lagOf,
    setLag: (name, ms) => {
      if (!(ms >= 0 && ms <= longestLagMs)) {
        throw gridError('GRID_CONFIG_INVALID', { detail: `an index lag of ${ms} ms` })
      }
      lags.set(name, ms)
    },
    get journalled() {
      return rows.journalled
    },
  }
}

function handlerOf({ pallet, name }: ChainEvent): Handler | undefined {
  return handlers[pallet]?.[name]
}

/** Upstream indexes events alone, so what genesis holds without them would be missing: nothing could be priced. */
function seedPolicies(rows: Rows, { runtime, archive }: IndexedChain): void {
  invariant(archive.floor === 0, 'an index is made when its chain begins')
  const { PricingPolicies, FarmingPoliciesMap } = runtime.txOf(tfgrid).state
  const byId = <V extends { id: number }>(entries: { value: V }[]): V[] =>
    entries.map(({ value }) => value).sort((a, b) => a.id - b.id)
  for (const policy of byId(PricingPolicies.entries())) {
    const key = keyOfBirth(0, policy.id, 'pricing')
    rows.put('PricingPolicy', { key, ...pricingColumns(policy) })
  }
  for (const policy of byId(FarmingPoliciesMap.entries())) {
    const key = keyOfBirth(0, policy.id, 'farming')
    rows.put('FarmingPolicy', { key, ...farmingColumns(policy) })
  }
}

/** The event at which the index is; one object for all events, since there are many. */
class Following implements EventContext {
  readonly rows: EventContext['rows']
  readonly rules: MappingRules
  block = 0
  event = 0
  seconds = 0n

  constructor(rows: Rows, rules: MappingRules) {
    this.rows = readAndWrite(rows)
    this.rules = rules
  }

  enter(block: number, timestampMs: number): void {
    this.block = block
    this.seconds = BigInt(Math.floor(timestampMs / 1000))
  }

  handle(event: ChainEvent, index: number): void {
    this.event = index
    handlerOf(event)?.(this, event.fields as never)
  }

  // Handlers take it out of the object.
  readonly keyOf = (part?: string | number) => keyOfBirth(this.block, this.event, part)
}

function readAndWrite(rows: Rows): EventContext['rows'] {
  const reader = rows.reader()
  return {
    get revision() {
      return reader.revision
    },
    get changeMark() {
      return reader.changeMark
    },
    changesSince: mark => reader.changesSince(mark),
    count: entity => reader.count(entity),
    all: entity => reader.all(entity),
    each: entity => reader.each(entity),
    find: (entity, field, value) => reader.find(entity, field, value),
    one: (entity, field, value) => reader.one(entity, field, value),
    get: (entity, key) => reader.get(entity, key),
    byId: (entity, id) => reader.byId(entity, id),
    idOf: key => reader.idOf(key),
    put: (entity, row) => rows.put(entity, row),
    remove: (entity, key) => rows.remove(entity, key),
    append: (entity, birth, columns) => rows.append(entity, birth, columns),
  }
}
