// Repeatable chance for tests that spoil good input.

/** Draws from a seed. */
export interface Generator {
  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number
  pick<T>(list: readonly T[]): T
}

/** The same seed gives the same draws (mulberry32). */
export function generator(seed: number): Generator {
  let state = seed >>> 0
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
  return { below, pick: list => list[below(list.length)]! }
}

/** The bytes with one to four faults: a byte changed, put in, taken out, a piece doubled, or the end cut off. */
export function mutate(bytes: Buffer, random: Generator): Buffer {
  let result = Buffer.from(bytes)
  for (let count = 1 + random.below(4); count > 0; count -= 1) {
    const at = random.below(result.length + 1)
    const [head, tail] = [result.subarray(0, at), result.subarray(at)]
    const kind = random.below(6)
    if (kind === 0 && tail.length > 0) result[at] = random.below(256)
    else if (kind === 1) result = Buffer.concat([head, Buffer.from([random.below(256)]), tail])
    else if (kind === 2) result = Buffer.concat([head, tail.subarray(1)])
    else if (kind === 3) result = Buffer.concat([head, head.subarray(random.below(at + 1)), tail])
    else if (kind === 4 && random.below(4) === 0) result = Buffer.from(head)
    else if (tail.length > 0) result[at] = 48 + random.below(10)
  }
  return result
}
