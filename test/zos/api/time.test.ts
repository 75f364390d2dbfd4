import { describe, expect, it } from 'vitest'
import { rfc3339 } from '../../../src/zos/api/time.ts'

describe('virtual time as text', () => {
  it.each([0, 951_782_400_000, 1_767_225_599_999, 4_102_444_800_000, -62_135_596_800_000])(
    '%i is what the platform makes of it',
    ms => {
      expect(rfc3339(ms)).toBe(new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z'))
    },
  )
})
