// System, Timestamp and RuntimeUpgrade: remarks, raw storage, and what cannot be done here.

import { describe, expect, it } from 'vitest'
import { balances } from '../../../src/chain/pallets/balances/declaration.ts'
import { system } from '../../../src/chain/pallets/system/declaration.ts'
import { tfgrid } from '../../../src/chain/pallets/tfgrid/declaration.ts'
import { blake2b256 } from '../../../src/crypto/hash.ts'
import { toHex } from '../../../src/crypto/hex.ts'
import { byteStringFromHex } from '../../../src/scale/byte-string.ts'
import { accountOf, type Caller, testChain } from '../support/chain.ts'

describe('remarks', () => {
  it('are taken from any origin', () => {
    const t = testChain()
    const callers: Caller[] = ['alice', 'root', 'restricted', { type: 'None' }]
    for (const caller of callers) {
      expect(t.run(caller, 'System', 'remark', { remark: 'hi' })).toMatchObject({
        ok: true,
        events: [],
      })
    }
  })

  it('with an event carry the hash and the signer', () => {
    const t = testChain()
    const args = { remark: 'some_remark' }
    const hash = toHex(blake2b256(Buffer.from('some_remark')))
    expect(t.run('alice', 'System', 'remark_with_event', args).events).toEqual([
      { pallet: 'System', name: 'Remarked', fields: { sender: accountOf('alice'), hash } },
    ])
    expect(t.run('root', 'System', 'remark_with_event', args).error).toBe('BadOrigin')
  })
})

describe('raw storage', () => {
  const issuanceKey = '0xc2261276cc9d1f8598ea4b6a74b15c2f57c875e4cff74148e4628f264b974c80'
  const twinsPrefix = '0x19a2526838feefd7695a3b5715b415b1311378229266fc86f673a3f4cf398e69'

  it('is for Root alone', () => {
    const t = testChain()
    const calls: [string, Record<string, unknown>][] = [
      ['set_storage', { items: [['a', 'b']] }],
      ['kill_storage', { keys: ['a'] }],
      ['kill_prefix', { prefix: 'a', subkeys: 1 }],
      ['set_heap_pages', { pages: 64n }],
      ['set_code', { code: '' }],
      ['set_code_without_checks', { code: '' }],
    ]
    for (const [name, args] of calls) {
      expect([name, t.run('alice', 'System', name, args).error]).toEqual([name, 'BadOrigin'])
      expect([name, t.run('restricted', 'System', name, args).error]).toEqual([name, 'BadOrigin'])
    }
  })

  it('writes items of pallets and unknown keys, and removes them', () => {
    const t = testChain()
    const key = byteStringFromHex(issuanceKey)
    const items = [
      [key, `\x07${'\0'.repeat(15)}`],
      ['unknown', 'value'],
    ]
    expect(t.run('root', 'System', 'set_storage', { items }).ok).toBe(true)
    expect(t.state(balances).TotalIssuance.get()).toBe(7n)
    const unknown = `0x${Buffer.from('unknown').toString('hex')}`
    expect(t.runtime.state.rawValue(unknown, t.chain.best())).toBe('0x76616c7565')
    expect(t.run('root', 'System', 'kill_storage', { keys: [key, 'unknown', 'never'] }).ok).toBe(
      true,
    )
    expect(t.state(balances).TotalIssuance.has()).toBe(false)
    expect(t.runtime.state.rawValue(unknown, t.chain.best())).toBeNull()
  })

  it('refuses what the typed state cannot hold, and then writes nothing', () => {
    const t = testChain()
    const before = t.state(balances).TotalIssuance.get()
    const number = '0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac'
    const bad = [
      [byteStringFromHex(issuanceKey), `\x07${'\0'.repeat(15)}`],
      [byteStringFromHex(number), '\0\0\0\0'],
    ]
    expect(t.run('root', 'System', 'set_storage', { items: bad }).error).toBe('Corruption')
    expect(t.state(balances).TotalIssuance.get()).toBe(before)
    const short = [[byteStringFromHex(issuanceKey), '\x07']]
    expect(t.run('root', 'System', 'set_storage', { items: short }).error).toBe('Corruption')
  })

  it('kill_prefix removes so many keys of an item', () => {
    const t = testChain()
    t.inBlock(tx => {
      const twin = { account_id: accountOf('alice'), relay: null, entities: [], pk: null }
      for (let id = 1; id <= 5; id += 1) tx.in(tfgrid).state.Twins.set(id, { id, ...twin })
    })
    const kill = (subkeys: number) =>
      t.run('root', 'System', 'kill_prefix', { prefix: byteStringFromHex(twinsPrefix), subkeys })
    expect(kill(3).ok).toBe(true)
    expect(t.state(tfgrid).Twins.entries()).toHaveLength(2)
    expect(kill(10).ok).toBe(true)
    expect(t.state(tfgrid).Twins.entries()).toHaveLength(0)
  })

  it('set_heap_pages is in the digest of the block, unless it was undone', () => {
    const t = testChain()
    const set = { pallet: 'System', name: 'set_heap_pages', args: { pages: 64n } }
    expect(t.run('root', 'Utility', 'batch', { calls: [set] }).ok).toBe(true)
    const digest = () => t.chain.archive.headerOf(t.chain.best()).digest
    expect(digest()[1]).toBe('0x08')
    const heapPages = `0x${Buffer.from(':heappages').toString('hex')}`
    expect(t.runtime.state.rawValue(heapPages, t.chain.best())).toBe('0x4000000000000000')
    const calls = [set, { pallet: 'System', name: 'set_code', args: { code: '' } }]
    const undone = { pallet: 'Utility', name: 'batch_all', args: { calls } }
    expect(t.run('root', 'Utility', 'force_batch', { calls: [undone] }).ok).toBe(true)
    expect(digest()).toHaveLength(2)
  })
})

describe('another runtime', () => {
  it('cannot be put in place: no code has a version here', () => {
    const t = testChain()
    const code = '\0asm'
    const error = 'System.FailedToExtractRuntimeVersion'
    expect(t.run('root', 'System', 'set_code', { code }).error).toBe(error)
    expect(t.run('root', 'System', 'set_code_without_checks', { code }).error).toBe(error)
    expect(t.run('restricted', 'RuntimeUpgrade', 'set_code', { code }).error).toBe(error)
    expect(t.run('alice', 'RuntimeUpgrade', 'set_code', { code }).error).toBe('BadOrigin')
  })
})

describe('the time', () => {
  it('is set by the author of the block alone', () => {
    const t = testChain()
    const set = (caller: Caller) => t.run(caller, 'Timestamp', 'set', { now: 1n }).error
    expect([set('alice'), set('root'), set('restricted')]).toEqual([
      'BadOrigin',
      'BadOrigin',
      'BadOrigin',
    ])
  })
})

describe('nonces', () => {
  it('count the extrinsics of an account, failed ones too', () => {
    const t = testChain()
    t.extrinsic('alice', 'System', 'remark', { remark: '' })
    t.extrinsic('alice', 'System', 'set_heap_pages', { pages: 1n })
    expect(t.state(system).Account.get(accountOf('alice')).nonce).toBe(2)
  })
})
