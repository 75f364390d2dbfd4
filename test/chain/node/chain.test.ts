import { describe, expect, it } from 'vitest'
import { encodeHeader } from '../../../src/chain/node/archive.ts'
import { immortal, mortalEra } from '../../../src/chain/node/era.ts'
import { encodeSigned, signedPayload } from '../../../src/chain/node/extrinsic.ts'
import type { PoolStatus } from '../../../src/chain/node/pool.ts'
import type { ChainCall } from '../../../src/chain/runtime/outer.ts'
import { RuntimeCall } from '../../../src/chain/types/outer.ts'
import { blake2b256 } from '../../../src/crypto/hash.ts'
import { fromHex, toHex } from '../../../src/crypto/hex.ts'
import { encodeToBytes } from '../../../src/scale/codec.ts'
import { accountOf, address, type DevName, testChain } from '../support/chain.ts'

type World = ReturnType<typeof testChain>

const transfer = (to: DevName, value = 1_000_000n): ChainCall => ({
  pallet: 'Balances',
  name: 'transfer_keep_alive',
  args: { dest: address(to), value },
})

/** The bytes of a signed extrinsic, as a wallet makes them. */
function signed(
  { chain, pair }: World,
  from: DevName,
  call: ChainCall,
  options: {
    nonce?: number
    tip?: bigint
    era?: typeof immortal
    birth?: number
    spec?: number
  } = {},
): Uint8Array {
  const key = pair(from)
  const callBytes = encodeToBytes(RuntimeCall, call)
  const { nonce = chain.nextNonceOf(key.accountId), tip = 0n, era = immortal, birth = 0 } = options
  const context = {
    specVersion: options.spec ?? 153,
    transactionVersion: 2,
    genesisHash: chain.genesisHash(),
    birthHash: chain.archive.hashOf(birth),
  }
  const signature = key.sign(signedPayload({ callBytes, era, nonce, tip }, context))
  const scheme = key.scheme
  return encodeSigned({ signer: key.accountId, scheme, signature, era, nonce, tip, callBytes })
}

/** Lets all that is due at this instant happen. */
const settle = ({ kernel }: World) => kernel.runUntil(kernel.now())

describe('blocks', () => {
  it('are made at the end of an instant with work, all of it in one', () => {
    const world = testChain({ blocks: 'instant' })
    const { chain } = world
    const before = chain.best()
    for (let i = 0; i < 3; i += 1) chain.submit(transfer('bob'), { signer: accountOf('alice') })
    expect(chain.archive.best).toBe(before)
    settle(world)
    expect(chain.best()).toBe(before + 1)
    expect(chain.archive.contentOf(before + 1)?.extrinsics).toHaveLength(3)
  })

  it('fall due every 6 s, in interval mode with what was submitted meanwhile', () => {
    const world = testChain({ blocks: 'interval' })
    const { chain, kernel } = world
    const before = chain.best()
    kernel.runUntil(kernel.now() + 2_000)
    chain.submit(transfer('bob'), { signer: accountOf('alice') })
    kernel.runUntil(kernel.now() + 3_999)
    expect(chain.best()).toBe(before)
    kernel.runUntil(kernel.now() + 1)
    expect(chain.best()).toBe(before + 1)
    expect(chain.archive.contentOf(before + 1)?.extrinsics).toHaveLength(1)
    kernel.runUntil(kernel.now() + 60_000)
    expect(chain.best()).toBe(before + 11)
    expect(chain.archive.timestampOf(before + 11) - chain.archive.timestampOf(before)).toBe(66_000)
  })

  it.each(['instant', 'interval'] as const)(
    'do not wait for what fits into none of them, in %s mode',
    blocks => {
      const world = testChain({ blocks })
      const { chain, kernel } = world
      // It weighs as much as it says that the proposal is long.
      const args = { threshold: 0, proposal: transfer('bob'), length_bound: 2 ** 30 }
      const call = { pallet: 'Council', name: 'propose', args }
      chain.submit(call, { signer: accountOf('alice') })
      chain.submit(transfer('bob'), { signer: accountOf('alice') })
      const before = chain.best()
      kernel.runUntil(kernel.now() + 6000)
      expect(chain.best() - before).toBeLessThan(3)
      expect(chain.pool.size).toBe(0)
      expect(chain.nonceOf(accountOf('alice'))).toBe(1)
      const dropped = kernel.trace.last().filter(({ kind }) => kind === 'chain.dropped')
      expect(dropped).toMatchObject([
        { fields: { call: 'Council.propose', reason: 'ExhaustsResources' } },
      ])
    },
  )

  it('come when told to in manual mode, and only then', () => {
    const world = testChain({ blocks: 'manual' })
    const { chain, kernel } = world
    const before = chain.best()
    chain.submit(transfer('bob'), { signer: accountOf('alice') })
    kernel.runUntil(kernel.now() + 3_600_000)
    expect(chain.best()).toBe(before)
    expect(chain.makeBlock()).toBe(before + 1)
    expect(chain.archive.contentOf(before + 1)?.extrinsics).toHaveLength(1)
  })

  it('chain by their hashes, empty ones included, and are found by them', () => {
    const world = testChain({ blocks: 'interval' })
    const { chain, kernel } = world
    kernel.runUntil(kernel.now() + 30_000)
    chain.submit(transfer('bob'), { signer: accountOf('alice') })
    kernel.runUntil(kernel.now() + 120_000)
    for (let block = 1; block <= chain.best(); block += 1) {
      const header = chain.archive.headerOf(block)
      expect(header.parentHash).toBe(chain.archive.hashOf(block - 1))
      expect(toHex(blake2b256(encodeHeader(header)))).toBe(chain.archive.hashOf(block))
      expect(chain.archive.numberOf(chain.archive.hashOf(block))).toBe(block)
    }
    expect(chain.archive.numberOf(`0x${'ab'.repeat(32)}`)).toBeNull()
  })

  it('are found by a hash that was found on the way to a later one', () => {
    const world = testChain({ blocks: 'instant' })
    const { chain } = world
    for (let i = 0; i < 5; i += 1) {
      chain.submit(transfer('bob'), { signer: accountOf('alice') })
      settle(world)
    }
    const { parentHash } = chain.archive.headerOf(chain.best())
    const grandparent = chain.archive.headerOf(chain.best() - 1).parentHash
    expect(chain.archive.numberOf(parentHash)).toBe(chain.best() - 1)
    expect(chain.archive.numberOf(grandparent)).toBe(chain.best() - 2)
  })

  it('have the same hashes whether time is stepped or jumped', () => {
    const play = (steps: number) => {
      const world = testChain({ blocks: 'interval' })
      for (let i = 0; i < steps; i += 1) {
        world.kernel.runUntil(world.kernel.now() + 36_000_000 / steps)
        world.chain.best()
      }
      return [world.chain.best(), world.chain.archive.hashOf(world.chain.best())]
    }
    expect(play(1)).toEqual(play(6000))
  })

  it('carry true signatures of the parties of this process when somebody asks', () => {
    const world = testChain({ blocks: 'instant' })
    world.chain.submit(transfer('bob'), { signer: accountOf('alice') })
    settle(world)
    const [timestamp, bytes] = world.chain.extrinsicsOf(world.chain.best())
    expect(toHex(timestamp!)).toMatch(/^0x280401000b/)
    const again = testChain({ blocks: 'instant' })
    expect(again.chain.genesisHash()).toBe(world.chain.genesisHash())
    // A chain that has not seen it takes it: the signature is good.
    expect(again.chain.submitBytes(bytes!).ok).toBe(true)
  })
})

describe('the pool', () => {
  const statuses = (world: World) => {
    const seen: string[] = []
    const word = (status: PoolStatus) =>
      'block' in status ? `${status.type} ${status.block}` : status.type
    world.chain.listen({
      onStatus: (hash, status) => seen.push(`${hash.slice(0, 6)} ${word(status)}`),
    })
    return seen
  }

  it('takes a signed extrinsic, and runs it with its fee', () => {
    const world = testChain({ blocks: 'instant' })
    const seen = statuses(world)
    const bytes = signed(world, 'alice', transfer('bob'))
    const submitted = world.chain.submitBytes(bytes)
    expect(submitted).toMatchObject({ ok: true, hash: toHex(blake2b256(bytes)) })
    settle(world)
    const hash = toHex(blake2b256(bytes)).slice(0, 6)
    expect(seen).toEqual([`${hash} ready`, `${hash} inBlock ${world.chain.best()}`])
    expect(world.chain.nonceOf(accountOf('alice'))).toBe(1)
  })

  it('keeps what has a gap before it in the future, until the gap is filled', () => {
    const world = testChain({ blocks: 'instant' })
    const seen = statuses(world)
    const later = signed(world, 'alice', transfer('bob'), { nonce: 1 })
    const now = signed(world, 'alice', transfer('bob'), { nonce: 0 })
    world.chain.submitBytes(later)
    settle(world)
    expect(seen.map(line => line.split(' ')[1])).toEqual(['future'])
    expect(world.chain.nextNonceOf(accountOf('alice'))).toBe(0)
    world.chain.submitBytes(now)
    expect(world.chain.nextNonceOf(accountOf('alice'))).toBe(2)
    settle(world)
    expect(seen.map(line => line.split(' ')[1])).toEqual([
      'future',
      'ready',
      'ready',
      'inBlock',
      'inBlock',
    ])
  })

  it('lets a higher tip replace, and a lower one not', () => {
    const world = testChain({ blocks: 'manual' })
    const seen = statuses(world)
    world.chain.submitBytes(signed(world, 'alice', transfer('bob'), { nonce: 0, tip: 5n }))
    const low = world.chain.submitBytes(
      signed(world, 'alice', transfer('bob'), { nonce: 0, tip: 4n }),
    )
    expect(low).toMatchObject({ ok: false, problem: { type: 'lowPriority' } })
    const high = world.chain.submitBytes(
      signed(world, 'alice', transfer('bob'), { nonce: 0, tip: 9n }),
    )
    expect(high.ok).toBe(true)
    expect(seen.map(line => line.split(' ')[1])).toEqual(['ready', 'usurped', 'ready'])
    world.chain.makeBlock()
    expect(world.chain.nonceOf(accountOf('alice'))).toBe(1)
  })

  it('takes one that was taken before at its word, and keeps no second record of it', () => {
    const world = testChain({ blocks: 'instant' })
    const { chain } = world
    const heard: Uint8Array[] = []
    chain.listen({ onTaken: bytes => heard.push(bytes) })
    const bytes = signed(world, 'alice', transfer('bob'))
    // The signature begins behind the length, the version and the signer.
    bytes[40]! ^= 1
    expect(chain.submitBytes(bytes)).toMatchObject({ problem: { reason: 'BadProof' } })
    expect(chain.submitBytes(bytes, { wasTaken: true })).toMatchObject({ ok: true })
    settle(world)
    expect(chain.nonceOf(accountOf('alice'))).toBe(1)
    expect(heard).toEqual([])
  })

  it('refuses in the order of the real checks', () => {
    const world = testChain({ blocks: 'instant' })
    const { chain } = world
    const problem = (bytes: Uint8Array) => {
      const submitted = chain.submitBytes(bytes)
      return submitted.ok ? 'ok' : submitted.problem
    }
    const good = signed(world, 'alice', transfer('bob'))
    expect(problem(new Uint8Array([4]))).toMatchObject({ type: 'format' })
    expect(problem(new Uint8Array([8, 0x84, 9]))).toMatchObject({ type: 'trap' })
    expect(problem(new Uint8Array([8, 0x05, 0]))).toMatchObject({ type: 'trap' })
    const broken = Uint8Array.from(good)
    broken[70]! ^= 1
    expect(problem(broken)).toEqual({ type: 'invalid', reason: 'BadProof' })
    expect(problem(signed(world, 'alice', transfer('bob'), { spec: 152 }))).toEqual({
      type: 'invalid',
      reason: 'BadProof',
    })
    expect(problem(signed(world, 'charlie', transfer('bob')))).toEqual({
      type: 'invalid',
      reason: 'Payment',
    })
    const set = { pallet: 'Timestamp', name: 'set', args: { now: 1n } }
    expect(problem(signed(world, 'alice', set))).toEqual({
      type: 'invalid',
      reason: 'MandatoryValidation',
    })
    expect(problem(good)).toBe('ok')
    expect(problem(good)).toEqual({ type: 'imported' })
    settle(world)
    expect(problem(good)).toEqual({ type: 'invalid', reason: 'Stale' })
    expect(problem(fromHex('0x280401000b0068e5cf8b01'))).toEqual({
      type: 'unknown',
      reason: 'NoUnsignedValidator',
    })
  })

  it('drops a mortal extrinsic when its time is over', () => {
    const world = testChain({ blocks: 'manual' })
    const { chain, kernel } = world
    const seen = statuses(world)
    const era = mortalEra(chain.best(), 4)
    const bytes = signed(world, 'alice', transfer('bob'), {
      nonce: 1,
      era: era as never,
      birth: chain.best(),
    })
    expect(chain.submitBytes(bytes).ok).toBe(true)
    for (let i = 0; i < 6; i += 1) {
      kernel.runUntil(kernel.now() + 6000)
      chain.makeBlock()
    }
    expect(seen.map(line => line.split(' ')[1])).toEqual(['future', 'invalid'])
    expect(chain.pool.size).toBe(0)
  })
})

describe('the past', () => {
  it('can be read at any block of the window', () => {
    const world = testChain({ blocks: 'instant' })
    const { chain } = world
    const item = chain.state.item('System', 'Account')
    const seen: [number, unknown][] = []
    for (let i = 0; i < 50; i += 1) {
      chain.submit(transfer('dave', BigInt(1000 + i)), { signer: accountOf('alice') })
      settle(world)
      seen.push([chain.best(), item.valueAt(chain.best(), [accountOf('dave')])])
    }
    for (const [block, value] of seen)
      expect(item.valueAt(block, [accountOf('dave')])).toEqual(value)
    expect(item.valueAt(1, [accountOf('dave')])).toBeUndefined()
  })

  it('is forgotten beyond the window, hashes excepted', () => {
    const world = testChain({ blocks: 'instant' })
    const { chain } = world
    const one = () => {
      chain.submit(transfer('bob'), { signer: accountOf('alice') })
      settle(world)
    }
    for (let i = 0; i < 30; i += 1) one()
    const hash = chain.archive.hashOf(10)
    for (let i = 0; i < 2400; i += 1) one()
    expect(chain.archive.floor).toBeGreaterThan(10)
    expect(chain.archive.contentOf(10)?.extrinsics).toEqual([])
    expect(chain.archive.hashOf(10)).toBe(hash)
    expect(chain.archive.headerOf(chain.best()).number).toBe(chain.best())
  })

  it('is forgotten in its turn when the snapshot is given up that kept it', () => {
    const world = testChain({ blocks: 'instant' })
    const { chain, kernel } = world
    const pay = (times: number) => {
      for (let i = 0; i < times; i += 1) {
        chain.submit(transfer('bob'), { signer: accountOf('alice') })
        settle(world)
      }
    }
    const isFull = (block: number) => (chain.archive.contentOf(block)?.extrinsics.length ?? 0) > 0
    pay(20)
    const snapshot = kernel.snapshot()
    pay(2450)
    const kept = chain.archive.floor - 5
    expect([isFull(10), isFull(20), isFull(kept)]).toEqual([true, true, false])
    const hash = chain.archive.hashOf(10)
    kernel.release(snapshot)
    pay(1)
    expect([isFull(10), isFull(20), isFull(kept)]).toEqual([false, false, false])
    expect(isFull(chain.archive.floor)).toBe(true)
    expect(chain.archive.hashOf(10)).toBe(hash)
  })

  it('returns with a snapshot, pool and all, and has the same future', () => {
    const world = testChain({ blocks: 'interval' })
    const { chain, kernel } = world
    chain.submit(transfer('bob', 5n), { signer: accountOf('alice') })
    chain.submitBytes(signed(world, 'bob', transfer('alice'), { nonce: 1 }))
    const snapshot = kernel.snapshot()
    const play = () => {
      kernel.runUntil(kernel.now() + 7_000)
      chain.submitBytes(signed(world, 'bob', transfer('dave'), { nonce: 0 }))
      kernel.runUntil(kernel.now() + 60_000)
      return {
        best: chain.best(),
        hash: chain.archive.hashOf(chain.best()),
        nonce: chain.nonceOf(accountOf('bob')),
        digest: kernel.trace.digest(),
      }
    }
    const first = play()
    expect(first.nonce).toBe(2)
    kernel.revert(snapshot)
    expect(chain.pool.size).toBe(2)
    expect(play()).toEqual(first)
  })
})
