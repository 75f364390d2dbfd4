// Compares two metadata by structure: names, indices, types, hashers, defaults and constants, but no type ids.

import type { PortableField, PortableType } from '../../../src/scale/portable.ts'

/** Metadata in the form in which `@polkadot-api/substrate-bindings` decodes V14 (a supertype of it). */
export interface PlainMetadata {
  readonly lookup: readonly PlainType[]
  readonly pallets: readonly PlainPallet[]
  readonly extrinsic: PlainExtrinsic
}

/** A type of the lookup; ours, and those of a decoded blob, both fit. */
export interface PlainType {
  readonly id: number
  readonly path: readonly string[]
  readonly params: readonly { readonly name: string; readonly type?: number | undefined }[]
  readonly def: { readonly tag: string; readonly value: unknown }
}

export interface PlainPallet {
  readonly name: string
  readonly index: number
  readonly storage?: { readonly prefix: string; readonly items: readonly PlainItem[] } | undefined
  readonly calls?: number | { readonly type: number } | undefined
  readonly events?: number | { readonly type: number } | undefined
  readonly errors?: number | { readonly type: number } | undefined
  readonly constants: readonly PlainConstant[]
}

export interface PlainItem {
  readonly name: string
  /** 0 Optional, 1 Default. */
  readonly modifier: number
  readonly type: { readonly tag: string; readonly value: unknown }
  /** `0x` hex of what an absent key reads as. */
  readonly fallback: string
}

export interface PlainConstant {
  readonly name: string
  readonly type: number
  /** `0x` hex. */
  readonly value: string
}

export interface PlainExtrinsic {
  readonly version: number
  readonly type: number
  readonly signedExtensions: readonly {
    readonly identifier: string
    readonly type: number
    readonly additionalSigned: number
  }[]
}

/** All differences, each one line that begins with its place; empty when the two say the same. */
export function metadataDifferences(ours: PlainMetadata, theirs: PlainMetadata): string[] {
  const found: string[] = []
  const types = typeComparison(ours.lookup, theirs.lookup)
  const report = (place: string, text: string | null) => {
    if (text !== null) found.push(`${place}: ${text}`)
  }
  const same = (place: string, left: unknown, right: unknown) =>
    report(place, difference(left, right))
  const sameType = (place: string, left: number | undefined, right: number | undefined) =>
    report(place, types.difference(left, right))

  const names = (pallets: readonly PlainPallet[]) => pallets.map(pallet => pallet.name)
  same('pallets', names(ours.pallets), names(theirs.pallets))
  for (const left of ours.pallets) {
    const right = theirs.pallets.find(pallet => pallet.name === left.name)
    if (!right) continue
    same(`${left.name} index`, left.index, right.index)
    for (const kind of ['calls', 'events', 'errors'] as const) {
      sameType(`${left.name} ${kind}`, typeId(left[kind]), typeId(right[kind]))
    }
    compareStorage(left, right, { same, sameType })
    compareConstants(left, right, { same, sameType })
  }
  compareExtrinsics(ours.extrinsic, theirs.extrinsic, { same, sameType })
  return found
}

interface Checks {
  same(place: string, left: unknown, right: unknown): void
  sameType(place: string, left: number | undefined, right: number | undefined): void
}

function compareStorage(left: PlainPallet, right: PlainPallet, { same, sameType }: Checks): void {
  same(`${left.name} prefix`, left.storage?.prefix, right.storage?.prefix)
  const itemsOf = (pallet: PlainPallet) => pallet.storage?.items ?? []
  const names = (pallet: PlainPallet) => itemsOf(pallet).map(item => item.name)
  same(`${left.name} storage`, names(left), names(right))
  for (const item of itemsOf(left)) {
    const other = itemsOf(right).find(({ name }) => name === item.name)
    if (!other) continue
    const place = `${left.name}.${item.name}`
    same(`${place} modifier`, item.modifier, other.modifier)
    same(`${place} default`, hexOf(item.fallback), hexOf(other.fallback))
    const entry = entryOf(item)
    const otherEntry = entryOf(other)
    same(`${place} hashers`, entry.hashers, otherEntry.hashers)
    sameType(`${place} key`, entry.key, otherEntry.key)
    sameType(`${place} value`, entry.value, otherEntry.value)
  }
}

function compareConstants(left: PlainPallet, right: PlainPallet, { same, sameType }: Checks): void {
  const names = (pallet: PlainPallet) => pallet.constants.map(constant => constant.name)
  same(`${left.name} constants`, names(left), names(right))
  for (const constant of left.constants) {
    const other = right.constants.find(({ name }) => name === constant.name)
    if (!other) continue
    const place = `${left.name}.${constant.name}`
    sameType(`${place} type`, constant.type, other.type)
    same(`${place} value`, hexOf(constant.value), hexOf(other.value))
  }
}

function compareExtrinsics(left: PlainExtrinsic, right: PlainExtrinsic, checks: Checks): void {
  const { same, sameType } = checks
  same('extrinsic version', left.version, right.version)
  sameType('extrinsic type', left.type, right.type)
  const names = (extrinsic: PlainExtrinsic) => extrinsic.signedExtensions.map(e => e.identifier)
  same('signed extensions', names(left), names(right))
  left.signedExtensions.forEach((extension, i) => {
    const other = right.signedExtensions[i]
    sameType(`${extension.identifier} extra`, extension.type, other?.type)
    const additional = `${extension.identifier} additional`
    sameType(additional, extension.additionalSigned, other?.additionalSigned)
  })
}

/** The first difference between two types of two lookups, by structure; null when there is none. */
export function typeDifference(
  ours: { readonly lookup: readonly PlainType[]; readonly id: number },
  theirs: { readonly lookup: readonly PlainType[]; readonly id: number },
): string | null {
  return typeComparison(ours.lookup, theirs.lookup).difference(ours.id, theirs.id)
}

function typeComparison(ours: readonly PlainType[], theirs: readonly PlainType[]) {
  // A pair that was met before, or is being compared further up, need not be compared again: whatever
  // differs in it is reported where it was met first.
  const met = new Set<string>()

  function compare(left: number | undefined, right: number | undefined): string | null {
    if (left === undefined || right === undefined) return difference(left, right)
    const pair = `${left}/${right}`
    if (met.has(pair)) return null
    met.add(pair)
    const a = ours[left]
    const b = theirs[right]
    if (!a || !b) return `type ${left} or ${right} is not in the lookup`
    const name = a.path.join('::')
    return (
      difference(a.path, b.path) ??
      within(name, difference(paramNames(a), paramNames(b))) ??
      firstOf(a.params, (param, i) =>
        within(`${name}<${param.name}>`, compare(param.type, b.params[i]?.type)),
      ) ??
      within(name, compareDefs(a, b))
    )
  }

  function compareDefs({ def: a }: PlainType, { def: b }: PlainType): string | null {
    if (a.tag !== b.tag) return difference(a.tag, b.tag)
    switch (a.tag) {
      case 'composite':
        return compareFields(a.value as PortableField[], b.value as PortableField[])
      case 'variant':
        return compareVariants(a.value as Variant[], b.value as Variant[])
      case 'sequence':
      case 'compact':
        return within(a.tag, compare(a.value as number, b.value as number))
      case 'array': {
        const left = a.value as { len: number; type: number }
        const right = b.value as { len: number; type: number }
        return difference(left.len, right.len) ?? within('array', compare(left.type, right.type))
      }
      case 'tuple': {
        const left = a.value as number[]
        const right = b.value as number[]
        return (
          difference(left.length, right.length) ??
          firstOf(left, (type, i) => within(`.${i}`, compare(type, right[i])))
        )
      }
      case 'primitive':
        return difference((a.value as { tag: string }).tag, (b.value as { tag: string }).tag)
      default:
        return `a kind of type that nobody compares: ${a.tag}`
    }
  }

  function compareFields(left: readonly Field[], right: readonly Field[]): string | null {
    const names = (fields: readonly Field[]) => fields.map(field => field.name ?? null)
    return (
      difference(names(left), names(right)) ??
      firstOf(left, (field, i) =>
        within(field.name ?? `.${i}`, compare(field.type, right[i]?.type)),
      )
    )
  }

  function compareVariants(left: readonly Variant[], right: readonly Variant[]): string | null {
    const heads = (variants: readonly Variant[]) => variants.map(v => `${v.index} ${v.name}`)
    return (
      difference(heads(left), heads(right)) ??
      firstOf(left, (variant, i) =>
        within(variant.name, compareFields(variant.fields, right[i]?.fields ?? [])),
      )
    )
  }

  return { difference: compare }
}

type Field = Pick<PortableField, 'type'> & { readonly name?: string | undefined }

interface Variant {
  readonly name: string
  readonly index: number
  readonly fields: readonly Field[]
}

function paramNames(type: PlainType): string[] {
  return type.params.map(param => param.name)
}

/** Hashers, key and value of a storage item; a plain value has no hashers and no key. */
function entryOf(item: PlainItem): { hashers: string[]; key: number | undefined; value: number } {
  if (item.type.tag === 'plain') {
    return { hashers: [], key: undefined, value: item.type.value as number }
  }
  const map = item.type.value as {
    hashers: readonly { tag: string }[]
    key: number
    value: number
  }
  return { hashers: map.hashers.map(({ tag }) => tag), key: map.key, value: map.value }
}

function typeId(type: number | { readonly type: number } | undefined): number | undefined {
  return typeof type === 'object' ? type.type : type
}

function hexOf(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : `0x${Buffer.from(value).toString('hex')}`
}

/** For lists, what one has and the other lacks; for anything else both values. */
function difference(left: unknown, right: unknown): string | null {
  const [a, b] = [JSON.stringify(left) ?? 'nothing', JSON.stringify(right) ?? 'nothing']
  if (a === b) return null
  if (!Array.isArray(left) || !Array.isArray(right)) return `${a} instead of ${b}`
  const extra = left.filter(item => !right.includes(item))
  const missing = right.filter(item => !left.includes(item))
  if (extra.length + missing.length === 0) return `another order: ${a} instead of ${b}`
  return `has ${JSON.stringify(extra)}, lacks ${JSON.stringify(missing)}`
}

function within(place: string, text: string | null): string | null {
  return text === null ? null : place === '' ? text : `${place} ${text}`
}

function firstOf<T>(items: readonly T[], check: (item: T, i: number) => string | null) {
  for (const [i, item] of items.entries()) {
    const text = check(item, i)
    if (text !== null) return text
  }
  return null
}

/** A lookup whose types carry more than is compared, such as ours, is one to compare. */
export const plainLookup = (types: readonly PortableType[]): readonly PlainType[] => types
