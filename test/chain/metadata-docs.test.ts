// The documentation in the served metadata: there for everything that has a name, and readable.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decAnyMetadata } from '@polkadot-api/substrate-bindings'
import { describe, expect, test } from 'vitest'
import { pallets as declared } from '../../src/chain/pallets/all.ts'
import { metadataOf, metadataV15 } from '../../src/chain/runtime/metadata-v15.ts'

interface Documented {
  readonly name: string
  readonly docs: readonly string[]
}

interface PalletView {
  readonly name: string
  readonly storage?: { readonly items: readonly Documented[] }
  readonly constants: readonly Documented[]
  readonly calls?: number | { readonly type: number }
  readonly events?: number | { readonly type: number }
  readonly errors?: number | { readonly type: number }
  /** From version 15 on. */
  readonly docs?: readonly string[]
}

interface MetadataView {
  readonly lookup: readonly { readonly def: { readonly value: unknown } }[]
  readonly pallets: readonly PalletView[]
  readonly apis: readonly (Documented & { readonly methods: readonly Documented[] })[]
}

function decoded(bytes: Uint8Array): MetadataView {
  return decAnyMetadata(bytes).metadata.value as unknown as MetadataView
}

const kinds = ['calls', 'storage', 'events', 'errors', 'constants'] as const

/** What a pallet has of one kind. */
function membersOf(
  { lookup }: MetadataView,
  pallet: PalletView,
  kind: (typeof kinds)[number],
): readonly Documented[] {
  if (kind === 'storage') return pallet.storage?.items ?? []
  if (kind === 'constants') return pallet.constants
  const type = pallet[kind]
  const id = typeof type === 'object' ? type.type : type
  return id === undefined ? [] : (lookup[id]?.def.value as readonly Documented[])
}

/** Everything in the pallets of some metadata that is documented, by `Pallet.kind.name`. */
function documentedIn(metadata: MetadataView): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const pallet of metadata.pallets) {
    for (const kind of kinds) {
      for (const { name, docs } of membersOf(metadata, pallet, kind)) {
        found.set(`${pallet.name}.${kind}.${name}`, docs)
      }
    }
  }
  return found
}

/** What is wrong with a text, or null: it has lines, none of them empty, padded, or too long to read. */
function flawOf(lines: readonly string[]): string | null {
  if (lines.length === 0) return 'is missing'
  const bad = lines.find(line => line === '' || line !== line.trim() || line.length > 120)
  if (bad !== undefined) return `has the line "${bad}"`
  return lines.at(-1)?.endsWith('.') ? null : 'does not end with a full stop'
}

const flawsOf = (texts: Iterable<readonly [string, readonly string[]]>): string[] =>
  [...texts].flatMap(([name, lines]) => {
    const flaw = flawOf(lines)
    return flaw === null ? [] : [`${name} ${flaw}`]
  })

const versions = [14, 15].map(version => [version, decoded(metadataOf(version)!)] as const)

describe.each(versions)('the documentation in version %i', (_, metadata) => {
  test('is there for every call, event, error, storage item and constant', () => {
    const documented = documentedIn(metadata)
    expect(documented.size).toBeGreaterThan(600)
    expect(flawsOf(documented)).toEqual([])
  })

  test('has no text for a name that is not in the metadata', () => {
    const known = documentedIn(metadata)
    const stale = declared.flatMap(({ decl, docs }) =>
      kinds.flatMap(kind =>
        Object.keys(docs[kind])
          .map(name => `${decl.name}.${kind}.${name}`)
          .filter(name => !known.has(name)),
      ),
    )
    expect(stale).toEqual([])
  })

  test('gives a pallet its own texts', () => {
    const documented = documentedIn(metadata)
    expect(documented.get('TFTPriceModule.errors.WrongAuthority')?.join()).toMatch(/turn/)
    expect(documented.get('Council.calls.close')).not.toEqual(documented.get('Dao.calls.close'))
    expect(documented.get('TfgridModule.errors.TwinNotExists')?.join()).toMatch(/twin/)
  })
})

describe('the documentation in version 15', () => {
  const { pallets, apis } = decoded(metadataV15())

  test('has a text for every pallet', () => {
    expect(flawsOf(pallets.map(({ name, docs }) => [name, docs ?? []]))).toEqual([])
  })

  test('has a text for every runtime API and each of its functions', () => {
    const texts = apis.flatMap(({ name, docs, methods }) => [
      [name, docs] as const,
      ...methods.map(method => [`${name}_${method.name}`, method.docs] as const),
    ])
    expect(texts.length).toBeGreaterThan(20)
    expect(flawsOf(texts)).toEqual([])
  })
})

describe('documentation seen with polkadot-js', () => {
  test('explains an error that a dispatch gives', async () => {
    const { Metadata, TypeRegistry } = await import('@polkadot/types')
    const registry = new TypeRegistry()
    const bytes = Buffer.from(metadataV15())
    registry.setMetadata(new Metadata(registry, `0x${bytes.toString('hex')}`))
    const { docs } = registry.findMetaError(new Uint8Array([25, 27]))
    expect(docs).toEqual(['There is no such twin, or the signer has none.'])
  })
})

const blob = join(process.env.POCKETGRID_REFERENCE ?? '', 'tfchain-metadata-152.scale')

describe.skipIf(!process.env.POCKETGRID_REFERENCE || !existsSync(blob))(
  'the documentation beside that of the real chain (set POCKETGRID_REFERENCE)',
  () => {
    test('covers the same things in other words', () => {
      const theirs = documentedIn(decoded(readFileSync(blob)))
      const ours = documentedIn(decoded(metadataV15()))
      expect([...theirs.keys()].filter(name => !ours.has(name))).toEqual([])
      const plain = (line: string) =>
        line
          .toLowerCase()
          .replace(/[^a-z0-9]+/g, ' ')
          .trim()
      const copied = [...ours].flatMap(([name, lines]) => {
        const upstream = new Set((theirs.get(name) ?? []).map(plain))
        return lines.filter(line => upstream.has(plain(line))).map(line => `${name}: ${line}`)
      })
      expect(copied).toEqual([])
    })
  },
)
