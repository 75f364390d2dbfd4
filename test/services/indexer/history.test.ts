// The index goes where the chain goes: back with a snapshot, back with retracted blocks, anew with a reset, late with a lag.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entityNames, fieldsOf } from '../../../src/services/indexer/entities.ts'
import type { LookupValue, RowReader } from '../../../src/services/indexer/store.ts'
import {
  contracts,
  farm,
  grid,
  type Happening,
  type IndexedChain,
  indexedChain,
  ip,
  node,
  nodeContract,
  prices,
  rentContract,
  twin,
} from './support.ts'

/** Everything that a reader sees, keys included. */
function dump(rows: RowReader): string {
  const tables = entityNames
    .filter(name => name !== 'Country' && rows.count(name) > 0)
    .map(name => [name, rows.count(name), rows.all(name).map(row => [row.key, row])])
  return JSON.stringify(tables, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
}

/** Each indexed column leads to the rows that have the value, and to no others. */
function checkIndexes(rows: RowReader): void {
  for (const name of entityNames) {
    if (name === 'Country') continue
    const all = rows.all(name)
    expect(rows.count(name)).toBe(all.length)
    for (const row of all) expect(rows.get(name, row.key)).toEqual(row)
    for (const [field, declared] of Object.entries(fieldsOf(name))) {
      if (!('isIndexed' in declared) || !declared.isIndexed) continue
      const columnOf = (row: unknown) => (row as Record<string, LookupValue>)[field]!
      for (const value of new Set(all.map(columnOf))) {
        if (value === null) continue
        const found = rows.find(name, field as never, value).map(({ key }) => key)
        expect(found).toEqual(all.filter(row => columnOf(row) === value).map(({ key }) => key))
      }
    }
  }
}

/** Events that touch each other's rows in all ways; numbers are ids. */
const some = fc.integer({ min: 1, max: 4 })
const happenings: fc.Arbitrary<Happening> = fc.oneof(
  some.map(id => grid('TwinStored', [twin({ id })])),
  some.map(id => grid('TwinUpdated', [twin({ id, relay: `relay-${id}` })])),
  some.map(id => grid('TwinDeleted', [id])),
  fc
    .tuple(some, fc.uniqueArray(fc.integer({ min: 10, max: 14 })))
    .map(([id, ips]) => grid('FarmStored', [farm({ id, public_ips: ips.map(last => ip(last)) })])),
  fc
    .tuple(some, fc.uniqueArray(fc.integer({ min: 10, max: 14 })))
    .map(([id, ips]) => grid('FarmUpdated', [farm({ id, public_ips: ips.map(last => ip(last)) })])),
  some.map(id => grid('FarmDeleted', [id])),
  some.map(id => grid('NodeStored', [node({ id })])),
  some.map(id => grid('NodeUpdated', [node({ id, farm_id: id + 1 })])),
  some.map(id => grid('NodeDeleted', [id])),
  some.map(id => grid('NodeUptimeReported', [id, 1n, BigInt(id)])),
  some.map(id => contracts('ContractCreated', [nodeContract(id, { ips: [ip(9 + id)] })])),
  some.map(id => contracts('ContractCreated', [rentContract(id)])),
  some.map(id =>
    contracts('NodeContractCanceled', { contract_id: BigInt(id), node_id: 1, twin_id: 1 }),
  ),
  some.map(id =>
    contracts('ContractBilled', [
      { contract_id: BigInt(id), timestamp: 1n, discount_level: 'None', amount_billed: 5n },
    ]),
  ),
  some.map(id => prices('PriceStored', [id])),
)

type Step =
  | { readonly do: 'block'; readonly happen: readonly Happening[] }
  | { readonly do: 'snapshot' }
  | { readonly do: 'revert' | 'release'; readonly which: number }
  | { readonly do: 'retract'; readonly blocks: number }
  | { readonly do: 'look' }

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(happenings, { maxLength: 6 })
      .map(happen => ({ do: 'block', happen }) as const),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'snapshot' } as const) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('revert', 'release'), fc.nat(3))
      .map(([what, which]) => ({ do: what, which }) as Step),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 3 }).map(blocks => ({ do: 'retract', blocks }) as const),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'look' } as const) },
)

describe('the index of a chain whose history changes', () => {
  it('shows after a revert or a retraction what it showed then, and lags behind exactly', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 30 }), plan => play(plan)),
      { numRuns: 60 },
    )
  })

  it('finds rows again that were removed or changed since a snapshot', () => {
    const { emit, rows, kernel } = indexedChain()
    emit(grid('TwinStored', [twin()]), grid('NodeStored', [node({ id: 1 })]))
    const snapshot = kernel.snapshot()
    emit(grid('TwinDeleted', [7]), grid('NodeUpdated', [node({ id: 1, farm_id: 9 })]))
    checkIndexes(rows)
    kernel.revert(snapshot)
    expect(rows.find('Twin', 'twinID', 7)).toHaveLength(1)
    expect(rows.find('Node', 'farmID', 3)).toHaveLength(1)
    checkIndexes(rows)
  })

  it.each(['revert', 'retraction'])('finds the rows of a history after a %s', way => {
    const { emit, rows, kernel, chain } = indexedChain({ chain: { blocks: 'manual' } })
    const bill = (contract: bigint, amount: bigint) =>
      contracts('ContractBilled', [
        { contract_id: contract, timestamp: 1n, discount_level: 'None', amount_billed: amount },
      ])
    const block = emit(bill(1n, 1n), bill(2n, 2n))
    const snapshot = kernel.snapshot()
    emit(bill(1n, 3n), bill(1n, 4n))
    if (way === 'revert') kernel.revert(snapshot)
    else chain.retractTo(block)
    emit(bill(2n, 5n), bill(2n, 6n))
    const amounts = (contract: bigint) =>
      rows.find('ContractBillReport', 'contractID', contract).map(row => row.amountBilled)
    expect([amounts(1n), amounts(2n)]).toEqual([[1n], [2n, 5n, 6n]])
  })

  it('has a revision that tells every change, going back included', () => {
    const { emit, rows, kernel } = indexedChain()
    const seen = new Set([rows.revision])
    const isNew = () => {
      const { revision } = rows
      const wasThere = seen.has(revision)
      seen.add(revision)
      return !wasThere
    }
    expect(isNew()).toBe(false)
    const snapshot = kernel.snapshot()
    emit(grid('TwinStored', [twin()]))
    expect(isNew()).toBe(true)
    kernel.revert(snapshot)
    expect(isNew()).toBe(true)
    emit(grid('TwinStored', [twin({ id: 9 })]))
    expect(isNew()).toBe(true)
    expect(isNew()).toBe(false)
  })
})

/** Plays a history, and holds what the index shows against what it showed when it was there before. */
function play(plan: readonly Step[]): void {
  const chain = indexedChain({ chain: { blocks: 'manual' } })
  const { kernel, rows } = chain
  /** What was shown after each block of the present history, and when the block was made. */
  let shown = [{ at: kernel.now(), dump: dump(rows) }]
  const snapshots: { snapshot: ReturnType<typeof kernel.snapshot>; shown: typeof shown }[] = []
  for (const step of plan) {
    if (step.do === 'block') {
      chain.emit(...step.happen)
      shown = [...shown, { at: kernel.now(), dump: dump(rows) }]
    } else if (step.do === 'snapshot') {
      snapshots.push({ snapshot: kernel.snapshot(), shown })
    } else if (step.do === 'look') {
      checkIndexes(rows)
      checkLag(chain, shown)
    } else if (step.do === 'retract') {
      const best = Math.max(0, chain.chain.archive.best - step.blocks)
      chain.chain.retractTo(best)
      checkIndexes(rows)
      shown = shown.slice(0, best + 1)
    } else {
      const taken = snapshots[step.which]
      if (!taken) continue
      if (step.do === 'release') {
        kernel.release(taken.snapshot)
        snapshots.splice(step.which, 1)
        continue
      }
      kernel.revert(taken.snapshot)
      snapshots.length = step.which + 1
      checkIndexes(rows)
      shown = taken.shown
    }
    expect(dump(rows)).toBe(shown.at(-1)!.dump)
  }
  checkIndexes(rows)
}

/** A reader with a lag of two and a half blocks shows the last block that is older. */
function checkLag({ kernel, index, rows }: IndexedChain, shown: { at: number; dump: string }[]) {
  const lag = 15_000
  index.setLag('graphql', lag)
  const old = shown.filter(({ at }) => at <= kernel.now() - lag).at(-1) ?? shown[0]!
  expect(dump(rows)).toBe(old.dump)
  checkIndexes(rows)
  index.setLag('graphql', 0)
}

describe('a lag', () => {
  it('hides what a block did for so long, from its reader alone', () => {
    const { emit, rows, index, kernel, advance } = indexedChain()
    index.setLag('graphql', 20_000)
    emit(grid('TwinStored', [twin()]))
    const both = () => [rows.count('Twin'), index.reader('gridproxy').count('Twin')]
    expect(both()).toEqual([0, 1])
    kernel.runUntil(kernel.now() + 19_999)
    expect(both()).toEqual([0, 1])
    kernel.runUntil(kernel.now() + 1)
    expect(both()).toEqual([1, 1])
    emit(grid('TwinUpdated', [twin({ relay: 'new' })]))
    expect(rows.one('Twin', 'twinID', 7)?.relay).toBe('relay.example')
    advance(20_000)
    expect(rows.one('Twin', 'twinID', 7)?.relay).toBe('new')
  })

  it('lets virtual time move until the effects are visible', () => {
    const { emit, index, kernel } = indexedChain()
    index.setLag('gridproxy', 20_000)
    const before = kernel.pendingForeground
    emit(grid('TwinStored', [twin()]))
    expect(kernel.pendingForeground).toBe(before + 1)
  })

  it('ends at once when it is set to nothing, and cannot be without end', () => {
    const { emit, rows, index } = indexedChain()
    index.setLag('graphql', 60_000)
    emit(grid('TwinStored', [twin()]))
    expect(rows.count('Twin')).toBe(0)
    index.setLag('graphql', 0)
    expect(rows.count('Twin')).toBe(1)
    for (const wrong of [-1, 3_600_001, Number.NaN]) {
      expect(() => index.setLag('graphql', wrong)).toThrow(/GRID_CONFIG_INVALID|lag/)
    }
  })
})

describe('the life of the index', () => {
  it('knows the policies of genesis, and again after a reset of the chain', () => {
    const { plain, rows, emit, chain } = indexedChain()
    const policies = () => [
      plain('PricingPolicy').map(({ name }) => name),
      plain('FarmingPolicy').map(({ farmingPolicyID }) => farmingPolicyID),
    ]
    const atGenesis = policies()
    expect(atGenesis).toEqual([['threefold_default_pricing_policy'], [1, 2]])
    emit(grid('TwinStored', [twin()]), grid('NodeUptimeReported', [1, 1n, 1n]))
    chain.reset()
    expect([rows.count('Twin'), rows.count('UptimeEvent')]).toEqual([0, 0])
    expect(policies()).toEqual(atGenesis)
    emit(grid('TwinStored', [twin()]))
    expect(rows.count('Twin')).toBe(1)
    checkIndexes(rows)
  })

  it('lists 250 countries, and no cities', () => {
    const { rows } = indexedChain()
    expect([rows.count('Country'), rows.count('City')]).toEqual([250, 0])
    const countries = rows.all('Country')
    expect(countries.map(({ countryID }) => countryID)).toEqual(countries.map((_, i) => i + 1))
    expect(new Set(countries.map(({ code }) => code)).size).toBe(250)
    const regions = ['Africa', 'Americas', 'Antarctic', 'Asia', 'Europe', 'Oceania']
    for (const { name, region, subregion, lat, long } of countries) {
      expect(regions).toContain(region)
      expect([name, subregion].every(text => text.length > 0)).toBe(true)
      expect([Number(lat), Number(long)].every(Number.isFinite)).toBe(true)
    }
    expect(countries.find(({ code }) => code === 'BE')).toMatchObject({
      name: 'Belgium',
      region: 'Europe',
      subregion: 'Western Europe',
    })
    expect(rows.byId('Country', '250')?.countryID).toBe(250)
  })

  it('keeps an id that it gave when the state of the block is set by hand', () => {
    const { emit, rows, chain, runtime } = indexedChain({ chain: { blocks: 'manual' } })
    const block = emit(grid('TwinStored', [twin()]))
    const { key } = rows.all('Twin')[0]!
    const before = rows.idOf(key)
    const hash = chain.archive.hashOf(block)
    chain.override(() => runtime.state.setRaw('0x1234', '0x00'))
    expect(chain.archive.hashOf(block)).not.toBe(hash)
    expect(rows.idOf(key)).toBe(before)
    expect(rows.byId('Twin', before)?.key).toBe(key)
  })

  it('forgets how to take back the blocks that the chain cannot take back either', () => {
    const { emit, index, blocks } = indexedChain()
    for (let i = 0; i < 20; i += 1) {
      emit(...Array.from({ length: 50 }, (_, n) => prices('PriceStored', [n])))
      blocks(400)
    }
    expect(index.journalled).toBe(20)
    for (let i = 0; i < 520; i += 1) emit(prices('PriceStored', [i]))
    // Those within the window, and those since the last look.
    expect(index.journalled).toBeLessThan(600)
  })
})
