// Blocks by their hash: also by hashes that this process never told anybody of.

import { beforeAll, describe, expect, it } from 'vitest'
import { cryptoReady } from '../../../src/crypto/ready.ts'
import { testChain } from '../support/chain.ts'

describe('a block', () => {
  beforeAll(cryptoReady)

  it('is found by a hash that another life of the same chain told', () => {
    const [told, kept] = [testChain().chain, testChain().chain]
    for (const chain of [told, kept]) {
      chain.makeBlock()
      chain.kernel.runUntil(chain.kernel.now() + 600_000)
      chain.makeBlock()
    }
    const { best } = told.archive
    expect(best).toBeGreaterThan(1)
    for (const number of [0, 1, Math.floor(best / 2), best - 1, best]) {
      expect(kept.archive.numberOf(told.archive.hashOf(number))).toBe(number)
    }
    expect(kept.archive.numberOf(`0x${'00'.repeat(32)}`)).toBeNull()
    kept.makeBlock()
    told.makeBlock()
    expect(kept.archive.numberOf(told.archive.hashOf(best + 1))).toBe(best + 1)
  })
})
