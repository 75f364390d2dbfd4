// The encryption keys of nodes: secrets in a row, so that their public keys follow by addition instead of one by one.

import { ECDH } from 'node:crypto'
import { secp256k1PublicKey } from '../../crypto/secp256k1.ts'
import { invariant } from '../../kernel/errors.ts'
import type { Random } from '../../kernel/random.ts'

// The curve secp256k1 (SEC 2, version 2.0, section 2.4.1).
const field = 2n ** 256n - 2n ** 32n - 977n
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const generator: Point = {
  x: 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
  y: 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
}

/** Keys that are made at once. */
const blockSize = 256

/** Blocks that are kept: nodes are added in order, and looked up one by one. */
const keptBlocks = 4

/** More nodes than a world can have. */
const room = 2n ** 32n

interface Point {
  readonly x: bigint
  readonly y: bigint
}

/**
 * The secrets and public keys of the nodes of one seed. One multiplication on the curve costs 250 µs, one
 * addition among many 3 µs: a grid of 10 000 nodes starts two seconds sooner for it.
 */
export class EncryptionKeys {
  readonly #first: bigint
  readonly #blocks = new Map<number, readonly Uint8Array[]>()

  constructor(random: Random) {
    const drawn = toBigInt(random.derive('zos/secrets', 32))
    this.#first = 1n + (drawn % (order - room))
  }

  /** The 32-byte secret of the node at a position. */
  secretOf(index: number): Uint8Array {
    return toBytes(this.#first + BigInt(index))
  }

  /** The compressed public key of the node at a position. */
  publicKeyOf(index: number): Uint8Array {
    const block = Math.floor(index / blockSize)
    let keys = this.#blocks.get(block)
    if (!keys) {
      keys = this.#keysOf(block)
      this.#blocks.set(block, keys)
      const [oldest] = this.#blocks.keys()
      if (this.#blocks.size > keptBlocks && oldest !== undefined) this.#blocks.delete(oldest)
    }
    const key = keys[index % blockSize]
    invariant(key, 'a block has a key for each of its nodes')
    return key
  }

  #keysOf(block: number): Uint8Array[] {
    const base = pointOf(toBytes(this.#first + BigInt(block * blockSize)))
    return [base, ...sums(base, steps().slice(0, blockSize - 1))].map(compressed)
  }
}

let knownSteps: readonly Point[] | undefined

/** The generator times 1, 2, 3, ...: as many as a block has keys. */
function steps(): readonly Point[] {
  if (knownSteps) return knownSteps
  let points: Point[] = [generator]
  while (points.length < blockSize) {
    const last = points[points.length - 1]!
    points = [...points, ...sums(last, points.slice(0, -1)), doubled(last)]
  }
  knownSteps = points
  return points
}

/** One point added to each of some others, with a single inversion for all of them. */
function sums(base: Point, others: readonly Point[]): Point[] {
  const products: bigint[] = []
  let product = 1n
  for (const { x } of others) {
    products.push(product)
    product = (product * modulo(x - base.x)) % field
  }
  let inverse = inverted(product)
  const points: Point[] = new Array(others.length)
  for (let i = others.length - 1; i >= 0; i -= 1) {
    const { x, y } = others[i]!
    const slope = modulo((y - base.y) * ((inverse * products[i]!) % field))
    inverse = (inverse * modulo(x - base.x)) % field
    points[i] = along(slope, base, x)
  }
  return points
}

function doubled(point: Point): Point {
  const slope = modulo(3n * point.x * point.x * inverted(modulo(2n * point.y)))
  return along(slope, point, point.x)
}

/** The third point of a line, mirrored. */
function along(slope: bigint, from: Point, otherX: bigint): Point {
  const x = modulo(slope * slope - from.x - otherX)
  return { x, y: modulo(slope * (from.x - x) - from.y) }
}

/** The inverse in the field, by Euclid's algorithm. */
function inverted(value: bigint): bigint {
  let [a, b] = [value, field]
  let [u, v] = [1n, 0n]
  while (a !== 0n) {
    const quotient = b / a
    ;[a, b] = [b - quotient * a, a]
    ;[u, v] = [v - quotient * u, u]
  }
  invariant(b === 1n, 'two different points of the curve have different x')
  return modulo(v)
}

function modulo(value: bigint): bigint {
  const rest = value % field
  return rest < 0n ? rest + field : rest
}

function pointOf(secret: Uint8Array): Point {
  const key = secp256k1PublicKey(secret)
  invariant(key, 'a secret drawn for a node is a scalar of the curve')
  const bytes = Buffer.from(
    ECDH.convertKey(key, 'secp256k1', undefined, 'hex', 'uncompressed') as string,
    'hex',
  )
  return { x: toBigInt(bytes.subarray(1, 33)), y: toBigInt(bytes.subarray(33)) }
}

function compressed({ x, y }: Point): Uint8Array {
  const key = new Uint8Array(33)
  key[0] = (y & 1n) === 0n ? 2 : 3
  key.set(toBytes(x), 1)
  return key
}

const toBigInt = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
const toBytes = (value: bigint) =>
  Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))
