// The metadata in version 15: those of version 14 with the functions of the runtime, as the real clients read them.

import { createRequire } from 'node:module'
import { blake2b } from '@noble/hashes/blake2.js'
import type { ApiPromise, Keyring, WsProvider } from '@polkadot/api'
import { decAnyMetadata } from '@polkadot-api/substrate-bindings'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runtimeFunctionNames } from '../../src/chain/rpc/runtime-functions.ts'
import { runtimeApis } from '../../src/chain/runtime/apis.ts'
import { metadataV14 } from '../../src/chain/runtime/metadata.ts'
import { metadataOf, metadataV15 } from '../../src/chain/runtime/metadata-v15.ts'
import { runtimeVersion } from '../../src/chain/runtime/version.ts'
import { systemClock } from '../../src/kernel/driver.ts'
import { startTestServer, type TestServer } from './rpc/support.ts'
import { readMetadataJson } from './support/metadata-json.ts'
import { metadataDifferences, type PlainMetadata } from './support/structure.ts'

// Both releases of the client are loaded on purpose; it warns of that at length.
process.env.POLKADOTJS_DISABLE_ESM_CJS_WARNING = '1'

interface ApiView {
  readonly name: string
  readonly docs: readonly string[]
  readonly methods: readonly {
    readonly name: string
    readonly inputs: readonly { readonly name: string; readonly type: number }[]
    readonly output: number
    readonly docs: readonly string[]
  }[]
}

interface V15 extends PlainMetadata {
  readonly type: number
  readonly apis: readonly ApiView[]
  readonly outerEnums: { readonly call: number; readonly event: number; readonly error: number }
  readonly custom: readonly unknown[]
}

function decoded(bytes: Uint8Array, version: 'v14' | 'v15'): V15 {
  const { metadata } = decAnyMetadata(bytes)
  if (metadata.tag !== version) throw new TypeError(`metadata of version ${metadata.tag}`)
  return metadata.value as unknown as V15
}

describe('the metadata in version 15', () => {
  const v15 = () => decoded(metadataV15(), 'v15')
  const pathOf = (id: number) => v15().lookup[id]?.path.join('::')

  test('are made once, with the magic number and the version before them', () => {
    expect(metadataV15()).toBe(metadataV15())
    expect([...metadataV15().subarray(0, 5)]).toEqual([0x6d, 0x65, 0x74, 0x61, 15])
    expect(metadataOf(14)).toBe(metadataV14())
    expect(metadataOf(15)).toBe(metadataV15())
    expect(metadataOf(16)).toBeNull()
  })

  test('say of the pallets what version 14 says', () => {
    const { extrinsic } = decoded(metadataV14(), 'v14')
    // Version 15 names the parts of an extrinsic instead of the whole.
    const ours = { ...v15(), extrinsic: { ...v15().extrinsic, type: extrinsic.type } }
    const differences = metadataDifferences(ours, decoded(metadataV14(), 'v14'))
    expect(differences.filter(line => !line.startsWith('extrinsic type'))).toEqual([])
    expect(pathOf(v15().type)).toBe('tfchain_runtime::Runtime')
  })

  test('name the outer enums', () => {
    const { call, event, error } = v15().outerEnums
    expect([call, event, error].map(pathOf)).toEqual([
      'tfchain_runtime::RuntimeCall',
      'tfchain_runtime::RuntimeEvent',
      'tfchain_runtime::RuntimeError',
    ])
    const errors = v15().lookup[error]?.def.value as { name: string; index: number }[]
    expect(errors.find(({ name }) => name === 'TfgridModule')?.index).toBe(25)
    expect(v15().custom).toEqual([])
  })

  test('list every function that is served, and no other', () => {
    const listed = v15().apis.flatMap(({ name, methods }) =>
      methods.map(method => `${name}_${method.name}`),
    )
    expect(listed).toEqual([...runtimeFunctionNames])
    for (const { methods } of v15().apis) {
      for (const { docs } of methods) expect(docs.join('')).not.toBe('')
    }
  })

  test('name traits and inputs as the real runtime does', () => {
    const { runtimeApis: real } = readMetadataJson() as unknown as {
      runtimeApis: readonly {
        name: string
        methods: readonly { name: string; inputs: readonly { name: string }[] }[]
      }[]
    }
    for (const { name, methods } of v15().apis) {
      const api = real.find(each => each.name === name)
      for (const method of methods) {
        const found = api?.methods.find(each => each.name === method.name)
        expect(
          method.inputs.map(each => each.name),
          `${name}.${method.name}`,
        ).toEqual(found?.inputs.map(each => each.name))
      }
    }
    expect(Object.keys(runtimeApis)).toEqual(real.map(({ name }) => name))
  })

  test('list the traits whose versions the runtime tells', () => {
    const ids = v15().apis.map(
      ({ name }) => `0x${Buffer.from(blake2b(Buffer.from(name), { dkLen: 8 })).toString('hex')}`,
    )
    expect(ids).toEqual(runtimeVersion.apis.map(([id]) => id))
  })

  test('number their types densely', () => {
    expect(v15().lookup.map(({ id }) => id)).toEqual(v15().lookup.map((_, i) => i))
  })
})

/** The clients that are to work, by version; the older one comes with the grid's own client. */
const clients: [string, () => Promise<typeof import('@polkadot/api')>][] = [
  ['16.5', () => import('@polkadot/api')],
  [
    '15.10',
    async () => {
      const here = createRequire(import.meta.url)
      const grid = createRequire(here.resolve('@threefold/tfchain_client'))
      return grid('@polkadot/api') as typeof import('@polkadot/api')
    },
  ],
]

describe.each(clients)('@polkadot/api %s with versions 14 and 15 on offer', (version, load) => {
  let grid: TestServer
  let api: ApiPromise
  let client: typeof import('@polkadot/api')

  beforeAll(async () => {
    grid = await startTestServer({ clock: systemClock, metadata: metadataOf, finalityMs: 250 })
    client = await load()
    const provider = new client.WsProvider(grid.server.url) as unknown as WsProvider
    api = await client.ApiPromise.create({
      provider: provider as never,
      noInitWarn: true,
      throwOnConnect: true,
    })
  }, 30_000)

  afterAll(async () => {
    await api.disconnect()
    await grid.close()
    expect(grid.failures).toEqual([])
  })

  test('takes version 15', async () => {
    expect(client.packageInfo.version).toMatch(new RegExp(`^${version.replace('.', '\\.')}\\.`))
    expect(api.runtimeMetadata.version).toBe(15)
    const versions = await api.call.metadata!.metadataVersions!()
    expect(versions.toJSON()).toEqual([14, 15])
  })

  test('calls the functions of the runtime', async () => {
    const { call } = api
    const address = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY'
    expect((await call.accountNonceApi!.accountNonce!(address)).toJSON()).toBe(0)
    expect((await call.auraApi!.slotDuration!()).toJSON()).toBe(6000)
    expect((await call.auraApi!.authorities!()).toJSON()).toEqual([
      '0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d',
    ])
    expect((await call.core!.version!()).toJSON()).toMatchObject({ specVersion: 153 })
    expect((await call.grandpaApi!.currentSetId!()).toJSON()).toBe(0)
    expect((await call.grandpaApi!.grandpaAuthorities!()).toJSON()).toHaveLength(1)
    expect((await call.transactionPaymentApi!.queryLengthToFee!(7)).toJSON()).toBe(7)
    const keys = `0x${'11'.repeat(32)}${'22'.repeat(32)}`
    expect((await call.sessionKeys!.decodeSessionKeys!(keys)).toJSON()).toEqual([
      [`0x${'11'.repeat(32)}`, '0x61757261'],
      [`0x${'22'.repeat(32)}`, '0x6772616e'],
    ])
    expect((await call.sessionKeys!.decodeSessionKeys!('0x1234')).toJSON()).toBeNull()
  })

  test('estimates, reads and pays', async () => {
    const keyring = new client.Keyring({ type: 'sr25519' }) as unknown as Keyring
    const alice = keyring.addFromUri('//Alice')
    const bob = keyring.addFromUri('//Bob')
    const free = async () => {
      const account = (await api.query.system!.account!(bob.address)).toJSON()
      return BigInt((account as { data: { free: string | number } }).data.free)
    }
    const before = await free()
    const transfer = api.tx.balances!.transferKeepAlive!(bob.address, 12_345)
    const { partialFee } = await transfer.paymentInfo(alice)
    // 142 bytes, the base, and the weight of the call.
    expect(partialFee.toBigInt()).toBe(142n + 10_000n + 13_763n)
    const statuses = await new Promise<string[]>((resolve, reject) => {
      const seen: string[] = []
      transfer
        .signAndSend(alice, { nonce: -1 }, ({ status, dispatchError }) => {
          seen.push(status.type)
          if (dispatchError) reject(new TypeError(dispatchError.toString()))
          if (status.isFinalized) resolve(seen)
        })
        .catch(reject)
    })
    expect(statuses).toEqual(['Ready', 'InBlock', 'Finalized'])
    expect(await free()).toBe(before + 12_345n)
    const outcome = await api.call.blockBuilder!.applyExtrinsic!(transfer.toU8a())
    expect(outcome.toJSON()).toMatchObject({ err: { invalid: { stale: null } } })
  })
})
