// Keys that come and go while the world can be taken back: none is kept for good, and none is lost that may return.

import { expect, it } from 'vitest'
import { ChainState } from '../../../src/chain/runtime/state.ts'
import { Store } from '../../../src/kernel/store.ts'

const keyOf = (i: number) => `0x${i.toString(16).padStart(68, '0')}`

/** A chain's state whose history is one block long. */
function shortState() {
  const store = new Store()
  const state = new ChainState(store, [])
  let block = 0
  const next = (): void => {
    const changes = state.enter(block + 1)
    block += 1
    state.prune(block - 1, changes)
  }
  const has = (i: number) => state.rawKeys(keyOf(i), block).length > 0
  return { store, state, next, has }
}

it('forgets keys that were made and removed since a mark', () => {
  const { store, state, next } = shortState()
  store.mark()
  for (let i = 0; i < 20_000; i += 1) {
    state.setRaw(keyOf(i), '0x01')
    next()
    state.setRaw(keyOf(i), null)
    next()
  }
  expect(state.raw.cells.size).toBeLessThan(9000)
  expect(store.savedStates).toBeLessThan(9000)
})

it('brings back a key that was there at a mark, and forgets it when no mark can', () => {
  const { store, state, next, has } = shortState()
  state.setRaw(keyOf(1), '0x01')
  next()
  const outer = store.mark()
  state.setRaw(keyOf(1), '0x02')
  next()
  const inner = store.mark()
  state.setRaw(keyOf(1), null)
  next()
  next()
  expect(has(1)).toBe(false)
  store.revert(inner)
  expect(state.rawValue(keyOf(1), state.block)).toBe('0x02')
  state.setRaw(keyOf(1), null)
  store.release(inner)
  store.revert(outer)
  expect(state.rawValue(keyOf(1), state.block)).toBe('0x01')
  state.setRaw(keyOf(1), null)
  state.prune(state.block, state.changes)
  expect(state.raw.cells.size).toBe(1)
  store.release(outer)
  expect(state.raw.cells.size).toBe(0)
})
