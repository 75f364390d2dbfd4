import { describe, expect, it } from 'vitest'
import { durationMs, GB, sizeBytes } from '../../src/scenario/durations.ts'

describe('durations', () => {
  it.each([
    [1500, 1500],
    ['250ms', 250],
    ['90s', 90_000],
    ['10m', 600_000],
    ['1.5h', 5_400_000],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    ['30d', 2_592_000_000],
    ['2w', 1_209_600_000],
  ])('%s is %d ms', (text, ms) => expect(durationMs(text)).toBe(ms))

  it.each(['', 'soon', '10', '10x', '5m!', 'm5', '1h later'])('refuses %j', text =>
    expect(() => durationMs(text)).toThrow(/is not a duration/),
  )
})

describe('sizes', () => {
  it.each([
    [1024, 1024n],
    [7n, 7n],
    ['500 MB', 524_288_000n],
    ['10 GB', 10_737_418_240n],
    ['10GiB', 10_737_418_240n],
    ['1.5 GB', 1_610_612_736n],
    ['2 TB', 2_199_023_255_552n],
    ['1 B', 1n],
  ] as const)('%s is %d bytes', (text, bytes) => expect(sizeBytes(text)).toBe(bytes))

  it.each(['', '10', 'GB', '-1 GB', '1 PB'])('refuses %j', text =>
    expect(() => sizeBytes(text)).toThrow(/is not a size/),
  )

  it('counts GB in powers of 1024', () => expect(GB(4)).toBe(4_294_967_296n))
})
