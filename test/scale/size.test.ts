import { describe, expect, it } from 'vitest'
import { pallets } from '../../src/chain/pallets/all.ts'
import { Runtime } from '../../src/chain/runtime/runtime.ts'
import { RuntimeCall } from '../../src/chain/types/outer.ts'
import { Store } from '../../src/kernel/store.ts'
import { bytes } from '../../src/scale/bytes.ts'
import { encodeToBytes } from '../../src/scale/codec.ts'
import { option, vec } from '../../src/scale/containers.ts'
import { compact, u32, u64 } from '../../src/scale/primitives.ts'
import { fixedSizeOf, fixedSizeOfAll } from '../../src/scale/size.ts'
import type { AnyType } from '../../src/scale/type.ts'

describe('the size of a type', () => {
  it('is known where all values have the same', () => {
    expect(fixedSizeOf(u32 as AnyType)).toBe(4)
    expect(fixedSizeOfAll([u32, u64] as AnyType[])).toBe(12)
    expect(fixedSizeOfAll([])).toBe(0)
  })

  it('is not known where it depends on the value', () => {
    const types = [compact(u32), option(u32), vec(u32), bytes] as AnyType[]
    expect(types.map(fixedSizeOf)).toEqual([null, null, null, null])
    expect(fixedSizeOfAll([u32 as AnyType, vec(u32) as AnyType])).toBeNull()
  })

  it('is that of the bytes of every value that the runtime stores by default', () => {
    const types = pallets.flatMap(({ decl }) => Object.values(decl.storage).map(item => item.value))
    const fixed = types.filter(
      type => type.defaultValue !== undefined && fixedSizeOf(type) !== null,
    )
    expect(fixed.length).toBeGreaterThan(20)
    for (const type of fixed) {
      expect(encodeToBytes(type, type.defaultValue)).toHaveLength(fixedSizeOf(type) ?? -1)
    }
  })
})

describe('the length of a call', () => {
  const account = `0x${'07'.repeat(32)}` as const
  const dest = { type: 'Id', value: account }
  const calls = [
    { pallet: 'TfgridModule', name: 'report_uptime_v2', args: { uptime: 5n, timestamp_hint: 7n } },
    { pallet: 'SmartContractModule', name: 'bill_contract_for_block', args: { contract_id: 9n } },
    { pallet: 'Balances', name: 'transfer_keep_alive', args: { dest, value: 1n } },
    { pallet: 'Balances', name: 'transfer_keep_alive', args: { dest, value: 1n << 70n } },
    { pallet: 'System', name: 'remark', args: { remark: '0x010203' } },
  ]

  it.each(calls)('$pallet.$name is that of its bytes', call => {
    const runtime = new Runtime(pallets, new Store())
    const length = encodeToBytes(RuntimeCall, call).length
    expect([runtime.lengthOf(call), runtime.lengthOf(call)]).toEqual([length, length])
  })
})
