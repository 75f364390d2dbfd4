// Seeded randomness: named streams, each a key and a counter, so that a draw in one place never shifts another.

import type { Cell, Store } from './store.ts'

/** One named stream of the seed. Every draw advances only this stream's counter. */
export interface RandomStream {
  readonly name: string
  /** A whole number from 0 up to and including 2^32 - 1. */
  uint32(): number
  /** A number in [0, 1), with 53 random bits. */
  float(): number
  /** A whole number from `min` up to and including `max`. */
  int(min: number, max: number): number
  /** True with the given probability (0 never, 1 always). */
  chance(probability: number): boolean
  /** One element of a list that is not empty. */
  pick<T>(items: readonly T[]): T
  /** `length` random bytes. */
  bytes(length: number): Uint8Array
  /** A version 4 UUID. */
  uuid(): string
}

/** All streams of one seed. Asking twice for a name gives the same stream. */
export interface Random {
  readonly seed: string
  stream(name: string): RandomStream
  /** Bytes that depend on the seed and the name alone, not on any counter: for keys and other identities. */
  derive(name: string, length: number): Uint8Array
}

/** 128 bits of key from a text: four FNV-1a passes with different offsets, each finished by a full avalanche. */
function keyOf(text: string): readonly [number, number, number, number] {
  const lanes = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35]
  const bytes = Buffer.from(text, 'utf8')
  for (let lane = 0; lane < 4; lane += 1) {
    let h = lanes[lane]!
    for (const byte of bytes) h = Math.imul(h ^ byte, 0x01000193) ^ (h >>> 15)
    lanes[lane] = avalanche(h ^ Math.imul(bytes.length + 1, 0x27d4eb2f))
  }
  return [lanes[0]!, lanes[1]!, lanes[2]!, lanes[3]!]
}

/** The finalizer of MurmurHash3: every input bit reaches every output bit. */
function avalanche(value: number): number {
  let h = value >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** The draw number `counter` of a stream: a keyed hash of the counter, so no state but the counter is needed. */
function draw(key: readonly [number, number, number, number], counter: number): number {
  const low = counter >>> 0
  const high = Math.floor(counter / 0x1_0000_0000) >>> 0
  let h = avalanche(key[0] ^ low)
  h = avalanche((h + key[1]) ^ Math.imul(high, 0x9e3779b1) ^ Math.imul(low, 0x85ebca77))
  h = avalanche((h ^ key[2]) + Math.imul(low, 0xc2b2ae3d))
  return avalanche(h + key[3])
}

class Stream implements RandomStream {
  readonly name: string
  readonly #key: readonly [number, number, number, number]
  readonly #counter: Cell<number>

  constructor(name: string, seed: string, counter: Cell<number>) {
    this.name = name
    this.#key = keyOf(`${seed}/${name}`)
    this.#counter = counter
  }

  uint32(): number {
    const counter = this.#counter.get()
    this.#counter.set(counter + 1)
    return draw(this.#key, counter)
  }

  float(): number {
    return ((this.uint32() >>> 5) * 0x400_0000 + (this.uint32() >>> 6)) / 0x20_0000_0000_0000
  }

  int(min: number, max: number): number {
    return min + Math.floor(this.float() * (max - min + 1))
  }

  chance(probability: number): boolean {
    return this.float() < probability
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)] as T
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length)
    for (let at = 0; at < length; at += 4) {
      const word = this.uint32()
      for (let i = 0; i < 4 && at + i < length; i += 1) out[at + i] = (word >>> (8 * i)) & 0xff
    }
    return out
  }

  uuid(): string {
    return uuidOf(this.bytes(16))
  }
}

/** Formats 16 random bytes as a version 4 UUID. */
function uuidOf(bytes: Uint8Array): string {
  const b = Buffer.from(bytes)
  b[6] = (b[6]! & 0x0f) | 0x40
  b[8] = (b[8]! & 0x3f) | 0x80
  const hex = b.toString('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return `${parts.join('-')}-${hex.slice(20)}`
}

/** Makes the streams of a seed; their counters live in the store, so a revert takes them back too. */
export function createRandom(seed: string, store: Store): Random {
  const streams = new Map<string, RandomStream>()
  const counters = store.map<string, number>('kernel.random')
  return {
    seed,
    stream(name) {
      let stream = streams.get(name)
      if (!stream) {
        stream = new Stream(name, seed, counters.cell(name, 0))
        streams.set(name, stream)
      }
      return stream
    },
    derive(name, length) {
      const key = keyOf(`${seed}/derive/${name}`)
      const out = new Uint8Array(length)
      for (let at = 0; at < length; at += 1)
        out[at] = (draw(key, at >>> 2) >>> (8 * (at & 3))) & 0xff
      return out
    },
  }
}
