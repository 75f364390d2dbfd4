// Random values of any declared type, calls that have a chance to succeed, and the whole state as something to compare.

import fc from 'fast-check'
import type { Chain } from '../../../src/chain/node/chain.ts'
import { outer, pallets } from '../../../src/chain/pallets/all.ts'
import type { Call, Pallet } from '../../../src/chain/runtime/declare.ts'
import type { ChainCall } from '../../../src/chain/runtime/outer.ts'
import { fromHex } from '../../../src/crypto/hex.ts'
import { encodeToHex } from '../../../src/scale/codec.ts'
import { ScaleError } from '../../../src/scale/errors.ts'
import { ScaleReader } from '../../../src/scale/reader.ts'
import type { AnyType, FieldShape, TypeShape } from '../../../src/scale/type.ts'
import { accountOf, type DevName, stranger } from './chain.ts'

/** Draws an integer from 0 up to, not including, `bound`. */
export type Draw = (bound: number) => number

/** Draws that are a function of the seed (mulberry32). */
export function drawsOf(seed: number): Draw {
  let state = seed >>> 0
  return bound => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound)
  }
}

/** Any seed of draws; what is drawn from it does not shrink, the list in which it stands does. */
export const seeds = () => fc.nat(2 ** 32 - 1)

const pick = <T>(draw: Draw, list: readonly T[]): T => list[draw(list.length)]!

/** Gives the bytes of a field when it knows better than chance; null otherwise. */
export type Hint = (shape: TypeShape, field: string | null, draw: Draw) => readonly number[] | null

/** The most items of a list that is not made of bytes, and of one that is. */
const longestList = 3
const longestBytes = 12

/** The SCALE bytes of some value of a type, made from its description and not by its codec. */
export function randomBytes(type: AnyType, draw: Draw, hint: Hint = () => null): Uint8Array {
  const out: number[] = []
  append(type.shape, null, 0)
  return Uint8Array.from(out)

  function append(shape: TypeShape, field: string | null, depth: number): void {
    const given = hint(shape, field, draw)
    if (given) {
      out.push(...given)
      return
    }
    const { def } = shape
    switch (def.kind) {
      case 'primitive':
        if (def.primitive === 'bool') out.push(draw(2))
        else if (def.primitive === 'str') appendText()
        else appendInteger(Number(def.primitive.slice(1)) / 8)
        return
      case 'compact':
        appendCompact(widthOf(def.type))
        return
      case 'composite':
        appendFields(def.fields, field, depth)
        return
      case 'tuple':
        for (const each of def.types) append(each.shape, field, depth)
        return
      case 'array':
        for (let i = 0; i < def.length; i += 1) append(def.type.shape, field, depth)
        return
      case 'sequence': {
        const isBytes = def.type.shape.def.kind === 'primitive'
        const length = depth > deepest ? 0 : draw(1 + (isBytes ? longestBytes : longestList))
        out.push(4 * length)
        for (let i = 0; i < length; i += 1) append(def.type.shape, field, depth + 1)
        return
      }
      case 'variant': {
        const possible = def.variants.filter(variant => depthOf(variant.fields) < hopeless)
        const shallowest = Math.min(...possible.map(({ fields }) => depthOf(fields)))
        const chosen = pick(
          draw,
          depth > deepest
            ? possible.filter(({ fields }) => depthOf(fields) === shallowest)
            : possible,
        )
        out.push(chosen.index)
        appendFields(chosen.fields, field, depth)
      }
    }
  }

  function appendFields(fields: readonly FieldShape[], outer: string | null, depth: number): void {
    for (const { name, type: inner } of fields) append(inner.shape, name ?? outer, depth + 1)
  }

  function appendText(): void {
    const text = Buffer.from(pick(draw, ['', 'a', 'Gent', 'zürich', '東京', '\u0000']))
    out.push(4 * text.length, ...text)
  }

  function appendInteger(width: number): void {
    out.push(...littleEndian(randomInteger(draw, width), width))
  }

  function appendCompact(width: number): void {
    // A compact unit has no bytes, as the unit.
    if (width > 0) out.push(...compactBytes(randomInteger(draw, width)))
  }
}

/** From here on only what ends soonest is drawn. */
const deepest = 9

/** The width in bytes of the integer that a compact holds, 0 for the unit. */
function widthOf({ shape }: AnyType): number {
  if (shape.def.kind === 'primitive') return Number(shape.def.primitive.slice(1)) / 8
  const [only] = shape.def.kind === 'composite' ? shape.def.fields : []
  return only ? widthOf(only.type) : 0
}

/** Small ones, large ones and those at the edges of all widths are as likely as each other. */
function randomInteger(draw: Draw, width: number): bigint {
  if (width === 0) return 0n
  const max = (1n << BigInt(8 * width)) - 1n
  const bits = BigInt(draw(8 * width + 1))
  const edge = (1n << bits) - 1n
  const kind = draw(4)
  if (kind === 0) return BigInt(draw(6))
  if (kind === 1) return edge
  if (kind === 2) return edge + 1n > max ? max : edge + 1n
  let value = 0n
  for (let i = 0; i < width; i += 1) value = (value << 8n) | BigInt(draw(256))
  return value & edge
}

export function littleEndian(value: bigint, width: number): number[] {
  return Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
}

export function compactBytes(value: bigint): number[] {
  if (value < 64n) return [Number(value) * 4]
  if (value < 16_384n) return littleEndian(value * 4n + 1n, 2)
  if (value < 1_073_741_824n) return littleEndian(value * 4n + 2n, 4)
  const width = Math.max(4, Math.ceil(value.toString(16).length / 2))
  return [(width - 4) * 4 + 3, ...littleEndian(value, width)]
}

const hopeless = 1000
const depths = new Map<TypeShape, number>()

/** How deep the shallowest value of these fields is; hopeless when there is none, as of an empty enum. */
function depthOf(fields: readonly FieldShape[]): number {
  for (const { type } of fields) if (!depths.has(type.shape)) findDepths(type.shape)
  return deepestOf(fields.map(({ type }) => type))
}

const deepestOf = (types: readonly AnyType[]): number =>
  Math.max(0, ...types.map(({ shape }) => depths.get(shape) ?? hopeless))

/** Finds the depths of a shape and all that it refers to: they contain each other, so it looks until none changes. */
function findDepths(root: TypeShape): void {
  const met = new Set<TypeShape>([root])
  for (const shape of met) for (const { shape: next } of typesIn(shape)) met.add(next)
  for (let isSettled = false; !isSettled; ) {
    isSettled = true
    for (const shape of met) {
      const depth = Math.min(hopeless, 1 + depthOfDef(shape))
      if (depths.get(shape) === depth) continue
      depths.set(shape, depth)
      isSettled = false
    }
  }
}

function typesIn({ def }: TypeShape): readonly AnyType[] {
  switch (def.kind) {
    case 'composite':
      return def.fields.map(({ type }) => type)
    case 'variant':
      return def.variants.flatMap(({ fields }) => fields.map(({ type }) => type))
    case 'tuple':
      return def.types
    case 'primitive':
      return []
    default:
      return [def.type]
  }
}

function depthOfDef({ def }: TypeShape): number {
  switch (def.kind) {
    case 'composite':
      return deepestOf(def.fields.map(({ type }) => type))
    case 'tuple':
      return deepestOf(def.types)
    case 'array':
      return deepestOf([def.type])
    case 'variant':
      return Math.min(
        hopeless,
        ...def.variants.map(({ fields }) => deepestOf(fields.map(({ type }) => type))),
      )
    default:
      return 0
  }
}

/** The dev accounts that act in tests. */
export const actors = ['alice', 'bob', 'charlie', 'dave', 'eve', 'ferdie'] as const

const names = ['farm_one', 'farm_two', 'policy_1', 'website', 'mail-server', 'ab', '']
const text = (value: string) => {
  const bytes = [...Buffer.from(value)]
  return [...compactBytes(BigInt(bytes.length)), ...bytes]
}

/** Plausible bytes by the name of the field that holds them. */
const texts: Readonly<Record<string, readonly string[]>> = {
  name: names,
  ip: ['185.206.122.33/24', '185.206.122.34/24', '185.206.123.9/24', '10.0.0.1/24', 'ip'],
  gw: ['185.206.122.1', '185.206.123.1', 'gw'],
  document_link: ['some_link', ''],
  document_hash: ['some_hash', 'no hash'],
  relay: ['relay.example.org', 'no relay'],
  city: ['Ghent', 'G'],
  country: ['Belgium', 'B'],
  latitude: ['12.233213231', 'north'],
  longitude: ['32.323112123', 'east'],
  target_stellar_address: ['GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN', 'G'],
  key: ['one', 'two'],
}

const isPath = (shape: TypeShape, name: string) => shape.path.at(-1) === name

const isBytes = ({ def }: TypeShape): boolean =>
  (def.kind === 'sequence' &&
    def.type.shape.def.kind === 'primitive' &&
    def.type.shape.def.primitive === 'u8') ||
  (def.kind === 'composite' && def.fields.length === 1 && isBytes(def.fields[0]!.type.shape))

const GiB = 1n << 30n

/** Accounts that exist, ids that are taken, amounts that somebody owns: most of the time. */
export const plausible: Hint = (shape, field, draw) => {
  if (isPath(shape, 'AccountId32')) return [...fromHex(someAccount(draw))]
  if (isPath(shape, 'MultiAddress') && draw(20) > 0) return [0, ...fromHex(someAccount(draw))]
  if (isPath(shape, 'Resources') && draw(3) > 0) {
    const parts = [BigInt(draw(3)) * 512n * GiB, 512n * GiB, 8n, 16n * GiB]
    return parts.flatMap(part => littleEndian(part, 8))
  }
  const { def } = shape
  if (isBytes(shape)) {
    const known = field === null ? undefined : texts[field]
    if (known) return text(pick(draw, known))
    return draw(2) > 0 ? text(pick(draw, ['', 'data', 'some text', 'x'.repeat(40)])) : null
  }
  // Deployment hashes and transaction hashes: few, so that they meet again.
  if (def.kind === 'array' && def.length === 32 && draw(4) > 0) {
    return new Array(32).fill(0x61 + draw(4))
  }
  if (def.kind === 'primitive' && /^u(16|32|64|128)$/.test(def.primitive) && draw(5) > 0) {
    return littleEndian(someNumber(draw, field), Number(def.primitive.slice(1)) / 8)
  }
  if (def.kind === 'compact' && widthOf(def.type) > 0 && draw(5) > 0) {
    return compactBytes(someNumber(draw, field))
  }
  return null
}

function someAccount(draw: Draw): `0x${string}` {
  return draw(8) === 0 ? stranger(draw(3)) : accountOf(pick<DevName>(draw, actors))
}

const amounts = /value|amount|free|reserved|fee|tip/

function someNumber(draw: Draw, field: string | null): bigint {
  if (field !== null && amounts.test(field)) return BigInt(1 + draw(9)) * 10n ** BigInt(draw(10))
  return BigInt(draw(5))
}

interface Declared {
  readonly pallet: Pallet
  readonly name: string
  readonly call: Call
}

/** Every call of the runtime that has arguments at all: a proof of type `Void` has no values. */
export const declaredCalls: readonly Declared[] = pallets.flatMap(pallet =>
  Object.entries(pallet.calls)
    .map(([name, call]) => ({ pallet, name, call }))
    .filter(({ call }) => hasValues(Object.values(call.args as Record<string, AnyType>))),
)

function hasValues(types: readonly AnyType[]): boolean {
  return depthOf(types.map(type => ({ name: null, type }))) < hopeless
}

/** How often each pallet is drawn, beside 1 for the others: those in which there is most to break. */
const weights: Readonly<Record<string, number>> = {
  SmartContractModule: 8,
  TfgridModule: 8,
  Balances: 5,
  TFTBridgeModule: 3,
  Utility: 2,
  Dao: 2,
  Council: 2,
}

/** Draws calls of the runtime but for those named `Pallet.call`, on the wire as any value is. */
export function callDrawer(without: readonly string[] = []): (draw: Draw) => ChainCall {
  const allowed = declaredCalls.filter(
    ({ pallet, name }) => !without.includes(`${pallet.decl.name}.${name}`),
  )
  const ballots = [...new Set(allowed.map(({ pallet }) => pallet))].flatMap(pallet =>
    new Array<Pallet>(weights[pallet.decl.name] ?? 1).fill(pallet),
  )
  const bytesOf = (draw: Draw, depth: number): readonly number[] => {
    const pallet = pick(draw, ballots)
    const { call } = pick(
      draw,
      allowed.filter(each => each.pallet === pallet),
    )
    const nested: Hint = (shape, field, from) => {
      if (!isPath(shape, 'RuntimeCall')) return plausible(shape, field, from)
      return depth > 2 ? [0, 0, 0] : bytesOf(from, depth + 1)
    }
    const fields = Object.entries(call.args as Readonly<Record<string, AnyType>>)
    // A field stands for itself, so that its name is known to the hints.
    const args = fields.flatMap(([field, type]) => {
      const named: Hint = (shape, inner, from) => nested(shape, inner ?? field, from)
      return [...randomBytes(type, draw, named)]
    })
    return [pallet.decl.index, call.index, ...args]
  }
  return draw => {
    for (let tries = 0; ; tries += 1) {
      try {
        return outer.call.decode(new ScaleReader(Uint8Array.from(bytesOf(draw, 0))))
      } catch (cause) {
        // A list may be longer than its bound, which the descriptions do not tell.
        if (!(cause instanceof ScaleError) || tries > 100) throw cause
      }
    }
  }
}

/** All that is stored at a block, by readable key: equal states give equal lists. */
export function storedAt({ state }: Chain, block: number): string[] {
  const lines: string[] = []
  for (const item of state.items.values()) {
    if (item.derived) continue
    for (const cell of item.cellsAt(block)) {
      const value = encodeToHex(item.decl.value, cell.at(block))
      lines.push(`${item.pallet.name}.${item.name} ${cell.rawKey.slice(66)} ${value}`)
    }
  }
  return lines
}
