// A snapshot of a grid in full swing is good whatever is done after it: the grid returns whole, with the same future.

import { beforeAll, describe, expect, it } from 'vitest'
import { cryptoReady } from '../../src/crypto/ready.ts'
import { expectReturn } from './support/detours.ts'

beforeAll(cryptoReady)

describe('a snapshot with a hundred timers and messages on their way', () => {
  it.each([1, 1177])(
    'brings all back after 500 random actions, and the same future (seed %i)',
    seed => {
      const { timers, messages, late, kept, jobs } = expectReturn(seed, 500)
      expect(timers).toBeGreaterThan(100)
      expect(messages).toBeGreaterThan(20)
      expect(late).toBeGreaterThan(10)
      expect(kept).toBeGreaterThan(0)
      expect(jobs).toBeGreaterThan(0)
    },
  )
})
