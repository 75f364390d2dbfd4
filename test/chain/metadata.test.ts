// The metadata that clients are served: equal to the real runtime's, readable for the real clients' libraries.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decAnyMetadata } from '@polkadot-api/substrate-bindings'
import { beforeAll, describe, expect, test } from 'vitest'
import { metadataV14 } from '../../src/chain/runtime/metadata.ts'
import { plainFromJson, readMetadataJson } from './support/metadata-json.ts'
import { metadataDifferences, type PlainMetadata } from './support/structure.ts'

const reference = process.env.POCKETGRID_REFERENCE

/** Decodes any V14 metadata with the library that light clients use. */
function decoded(bytes: Uint8Array): PlainMetadata & { readonly type: number } {
  const { metadata } = decAnyMetadata(bytes)
  if (metadata.tag !== 'v14') throw new TypeError(`metadata of version ${metadata.tag}`)
  return metadata.value as unknown as PlainMetadata & { readonly type: number }
}

describe('the served metadata', () => {
  let first = 0

  beforeAll(() => {
    const start = performance.now()
    metadataV14()
    first = performance.now() - start
  })

  test('begin with the magic number and the version', () => {
    expect([...metadataV14().subarray(0, 5)]).toEqual([0x6d, 0x65, 0x74, 0x61, 14])
  })

  test('say what the table of spec 153 says', () => {
    expect(metadataDifferences(decoded(metadataV14()), plainFromJson(readMetadataJson()))).toEqual(
      [],
    )
  })

  test.skipIf(!reference)(
    'say what the real runtime says but for the version (set POCKETGRID_REFERENCE)',
    () => {
      const file = join(reference ?? '', 'tfchain-metadata-152.scale')
      expect(existsSync(file)).toBe(true)
      const differences = metadataDifferences(decoded(metadataV14()), decoded(readFileSync(file)))
      expect(differences).toHaveLength(1)
      expect(differences[0]).toMatch(/^System\.Version value/)
    },
  )

  test.skipIf(!reference)(
    'name the runtime as the real one does (set POCKETGRID_REFERENCE)',
    () => {
      const file = join(reference ?? '', 'tfchain-metadata-152.scale')
      const pathOf = (metadata: ReturnType<typeof decoded>) => metadata.lookup[metadata.type]?.path
      expect(pathOf(decoded(metadataV14()))).toEqual(pathOf(decoded(readFileSync(file))))
    },
  )

  test('number their types densely', () => {
    const { lookup } = decoded(metadataV14())
    expect(lookup.map(({ id }) => id)).toEqual(lookup.map((_, i) => i))
  })

  test('are made once, and quickly', () => {
    expect(metadataV14()).toBe(metadataV14())
    expect(first).toBeLessThan(1000)
  })

  test('are understood by polkadot-js', async () => {
    const { Metadata, TypeRegistry } = await import('@polkadot/types')
    const registry = new TypeRegistry()
    const metadata = new Metadata(registry, `0x${Buffer.from(metadataV14()).toString('hex')}`)
    registry.setMetadata(metadata)
    expect(metadata.version).toBe(14)
    const call = registry.createType(
      'Call',
      '0x1403008eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48025a6202',
    )
    expect(call.toHuman()).toMatchObject({ section: 'balances', method: 'transferKeepAlive' })
    const { errors } = registry.metadata.pallets.find(({ name }) => name.eq('TfgridModule'))!
    expect(errors.isSome).toBe(true)
    const error = registry.findMetaError(new Uint8Array([25, 27]))
    expect(error).toMatchObject({ section: 'tfgridModule', name: 'TwinNotExists' })
  })
})
