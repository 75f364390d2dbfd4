import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Mark, Store } from '../../src/kernel/store.ts'

describe('the store', () => {
  it('takes back exactly what was written since a mark', () => {
    const store = new Store()
    const cell = store.cell('cell', 1)
    const map = store.map<string, number>('map')
    map.set('kept', 1)
    map.set('changed', 1)
    const mark = store.mark()
    cell.set(2)
    map.set('changed', 2)
    map.set('new', 3)
    map.delete('kept')
    expect(map.keys()).toEqual(['changed', 'new'])
    store.revert(mark)
    expect(cell.get()).toBe(1)
    expect(map.entries()).toEqual([
      ['changed', 1],
      ['kept', 1],
    ])
    expect(map.size).toBe(2)
  })

  it('can revert to the same mark again and again', () => {
    const store = new Store()
    const cell = store.cell('cell', 0)
    const mark = store.mark()
    for (let i = 1; i <= 3; i += 1) {
      cell.set(i)
      store.revert(mark)
      expect(cell.get()).toBe(0)
    }
  })

  it('holds one saved state for each target under an open mark, however often it is written', () => {
    const store = new Store()
    const cell = store.cell('cell', 0)
    store.mark()
    for (let i = 1; i <= 1000; i += 1) store.transact(() => cell.set(i))
    expect(store.savedStates).toBe(1)
  })

  it('holds what differs from a mark, not what happened since', () => {
    const store = new Store()
    const map = store.map<number, string>('map')
    const mark = store.mark()
    for (let i = 0; i < 50_000; i += 1) {
      store.transact(() => map.set(i, 'passing'))
      map.delete(i)
    }
    expect(store.savedStates).toBeLessThan(10_000)
    store.revert(mark)
    expect(map.size).toBe(0)
  })

  it('returns to a mark although one between it and a later one was released, and saves were dropped', () => {
    const store = new Store()
    const cell = store.cell('cell', 'before')
    const map = store.map<number, number>('map')
    const outer = store.mark()
    cell.set('early')
    const middle = store.mark()
    cell.set('late')
    const inner = store.mark()
    cell.set('last')
    store.release(middle)
    store.revert(inner)
    expect(cell.get()).toBe('late')
    cell.set('before')
    store.release(inner)
    // So many that saved states which are the present ones again are dropped.
    for (let i = 0; i < 10_000; i += 1) map.set(i, i)
    cell.set('after')
    store.revert(outer)
    expect(cell.get()).toBe('before')
    expect(map.size).toBe(0)
  })

  it('tells what differs from a mark, whatever later marks saved', () => {
    const store = new Store()
    const cell = store.cell('cell', 0)
    const other = store.cell('other', 0)
    const outer = store.mark()
    cell.set(1)
    store.mark()
    cell.set(0)
    other.set(1)
    expect([...store.changedSince(outer)]).toEqual([['other', 1]])
  })

  it('keeps nothing of a transaction that throws', () => {
    const store = new Store()
    const map = store.map<number, string>('map')
    expect(() =>
      store.transact(() => {
        map.set(1, 'one')
        throw new RangeError('no')
      }),
    ).toThrow('no')
    expect(map.size).toBe(0)
    expect(store.isMarked).toBe(false)
  })

  it('lists keys in key order whatever the order of writing', () => {
    const store = new Store()
    const map = store.map<number, string>('map')
    for (const key of [5, 1, 9, 3]) map.set(key, `${key}`)
    expect(map.keys()).toEqual([1, 3, 5, 9])
  })

  it('behaves as a stack of copies under random writes, marks, reverts and releases', () => {
    const command = fc.oneof(
      fc.record({ do: fc.constant('set' as const), key: fc.nat(5), value: fc.nat(9) }),
      fc.record({ do: fc.constant('delete' as const), key: fc.nat(5) }),
      fc.record({ do: fc.constant('cell' as const), value: fc.nat(9) }),
      fc.record({ do: fc.constant('push' as const), value: fc.nat(9) }),
      fc.record({ do: fc.constant('truncate' as const), length: fc.nat(4) }),
      fc.record({ do: fc.constant('mark' as const) }),
      fc.record({ do: fc.constant('revert' as const), which: fc.nat(3) }),
      fc.record({ do: fc.constant('release' as const), which: fc.nat(3) }),
    )
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), commands => {
        const store = new Store()
        const map = store.map<number, number>('map')
        const cell = store.cell('cell', 0)
        const log = store.log<number>('log')
        let model = { map: new Map<number, number>(), cell: 0, log: [] as number[] }
        const copy = () => ({ map: new Map(model.map), cell: model.cell, log: [...model.log] })
        let marks: { mark: Mark; copy: typeof model }[] = []
        for (const command of commands) {
          switch (command.do) {
            case 'set':
              map.set(command.key, command.value)
              model.map.set(command.key, command.value)
              break
            case 'delete':
              expect(map.delete(command.key)).toBe(model.map.delete(command.key))
              break
            case 'cell':
              cell.set(command.value)
              model.cell = command.value
              break
            case 'push':
              log.push(command.value)
              model.log.push(command.value)
              break
            case 'truncate':
              log.truncate(Math.min(command.length, log.length))
              model.log.length = log.length
              break
            case 'mark':
              marks.push({ mark: store.mark(), copy: copy() })
              break
            case 'revert': {
              const open = marks[command.which]
              if (!open) break
              store.revert(open.mark)
              model = open.copy
              marks = marks.slice(0, command.which + 1)
              open.copy = copy()
              break
            }
            case 'release': {
              const open = marks[command.which]
              if (!open) break
              store.release(open.mark)
              marks.splice(command.which, 1)
            }
          }
          expect(new Map(map.entries())).toEqual(model.map)
          expect(map.size).toBe(model.map.size)
          expect(cell.get()).toBe(model.cell)
          expect(Array.from({ length: log.length }, (_, i) => log.at(i))).toEqual(model.log)
        }
        for (const { mark } of marks) store.release(mark)
        expect(store.savedStates).toBe(0)
      }),
    )
  })
})
