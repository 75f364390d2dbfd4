// Changes of a chain by hand, as plain data: they can be recorded, and done again in the same place of history.

import { fromHex } from '../../crypto/hex.ts'
import { decodeFromBytes } from '../../scale/codec.ts'
import { ScaleError } from '../../scale/errors.ts'
import type { AccountId32 as AccountId } from '../types/primitives.ts'
import type { BlockMode, Chain } from './chain.ts'

/** A change by hand. */
export type ChainEdit =
  /** Make a block of what waits, whatever the mode. */
  | { readonly type: 'makeBlock' }
  | { readonly type: 'setMode'; readonly mode: BlockMode }
  /** Keys and values as `0x` hex; null removes a key. */
  | {
      readonly type: 'setStorage'
      readonly items: readonly (readonly [key: string, value: string | null])[]
    }
  /** Free balance in units, as decimal text; the total issuance follows. */
  | { readonly type: 'setBalance'; readonly account: AccountId; readonly free: string }
  /** An earlier block becomes the best one. */
  | { readonly type: 'setHead'; readonly block: number }
  /** Take an account's extrinsics without a valid signature. */
  | { readonly type: 'impersonate'; readonly account: AccountId; readonly isOn: boolean }
  /** The least distance between instant blocks. */
  | { readonly type: 'setInstantGap'; readonly ms: number }

/** Changes a chain; returns what is wrong with the change, or null. What is wrong changes nothing. */
export function applyEdit(chain: Chain, edit: ChainEdit): string | null {
  switch (edit.type) {
    case 'makeBlock':
      chain.makeBlock()
      return null
    case 'setMode':
      chain.setMode(edit.mode)
      return null
    case 'setStorage':
      return setStorage(chain, edit.items)
    case 'setBalance':
      return setBalance(chain, edit.account, BigInt(edit.free))
    case 'setHead':
      return setHead(chain, edit.block)
    case 'impersonate':
      chain.impersonate(edit.account, edit.isOn)
      return null
    case 'setInstantGap':
      chain.setInstantGap(edit.ms)
      return null
  }
}

function setStorage(
  chain: Chain,
  items: readonly (readonly [key: string, value: string | null])[],
): string | null {
  for (const [key, value] of items) {
    const problem = problemOf(chain, key, value)
    if (problem !== null) return problem
  }
  chain.override(() => {
    for (const [key, value] of items) chain.state.setRaw(key, value)
  })
  return null
}

/** Why a key cannot have a value, or null. */
function problemOf({ state }: Chain, key: string, value: string | null): string | null {
  const found = state.locate(key)
  if (!found) return null
  const { item } = found
  const name = `${item.pallet.name}.${item.name}`
  if (item.derived) return `${name} follows from the blocks and cannot be set`
  if (value === null) return null
  try {
    decodeFromBytes(item.decl.value, fromHex(value))
    return null
  } catch (cause) {
    if (cause instanceof ScaleError) return `The bytes are no value of ${name}: ${cause.message}`
    throw cause
  }
}

function setBalance(chain: Chain, account: AccountId, free: bigint): string | null {
  const { runtime } = chain
  const call = {
    pallet: 'Balances',
    name: 'force_set_balance',
    args: { who: { type: 'Id', value: account }, new_free: free },
  }
  let problem: string | null = null
  chain.override(() => {
    const { number, timestamp } = chain.current
    runtime.inBlock(number, timestamp, () => {
      const result = runtime.dispatch(call, { type: 'Root' })
      if (!result.ok) problem = chain.nameOfError(result.error)
    })
    runtime.takeDigest()
  })
  return problem
}

function setHead(chain: Chain, block: number): string | null {
  const best = chain.best()
  if (block > best) return `Block not found ${block}`
  if (block < chain.archive.floor) return `The state of block ${block} is forgotten`
  if (block < best) chain.retractTo(block)
  return null
}
