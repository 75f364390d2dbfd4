// The two generations of polkadot-js that people have, offline: metadata, events and extrinsics as bytes of the wire.

import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingBuild, startUp, type Up } from './support.ts'

const require = createRequire(import.meta.url)
const nested = createRequire(require.resolve('@threefold/tfchain_client'))
type Types = typeof import('@polkadot/types')

/** `@polkadot/types` as the grid's clients bring it, and the newest. */
const generations: [string, Types][] = [
  ['15.10.2', nested('@polkadot/types') as Types],
  ['16.5.6', require('@polkadot/types') as Types],
]

/** twox128("System") and twox128("Events"). */
const eventsKey = '0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7'

/** An event as both give it. */
interface Recorded {
  readonly event: { section: string; method: string; data: { toHuman(): unknown } }
}

/** Everything about a block that a decoder is asked for. */
interface Decoded {
  readonly events: readonly { event: { section: string; method: string; data: unknown } }[]
  readonly extrinsics: readonly unknown[]
}

describe.skipIf(missingBuild)('polkadot-js, by bytes', () => {
  let up: Up
  /** Every block so far: the registration of farms and nodes is in them. */
  const blocks: { hash: string; events: string; extrinsics: string[] }[] = []
  let metadata: `0x${string}`
  let lastId = 0

  async function call<T>(method: string, ...params: unknown[]): Promise<T> {
    lastId += 1
    const url = up.info.endpoints.substrate.replace('ws:', 'http:')
    const body = JSON.stringify({ jsonrpc: '2.0', id: lastId, method, params })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(url, { method: 'POST', headers, body })
    const { result, error } = (await answer.json()) as { result: T; error?: unknown }
    expect(error).toBeUndefined()
    return result
  }

  beforeAll(async () => {
    up = await startUp('--nodes', '3')
    metadata = await call('state_getMetadata')
    const { number } = await call<{ number: string }>('chain_getHeader')
    for (let n = 1; n <= Number(number); n += 1) {
      const hash = await call<string>('chain_getBlockHash', n)
      const { block } = await call<{ block: { extrinsics: string[] } }>('chain_getBlock', hash)
      const events = await call<string>('state_getStorage', eventsKey, hash)
      blocks.push({ hash, events, extrinsics: block.extrinsics })
    }
  }, 60_000)

  afterAll(async () => {
    const status = await up?.stop()
    expect(status).toBe(0)
  })

  function registryOf({ Metadata, TypeRegistry }: Types) {
    const registry = new TypeRegistry()
    const decoded = new Metadata(registry, metadata)
    // What is not known to it has no payload, as `ContractIdProvides` on the real chain.
    registry.setMetadata(decoded, undefined, undefined, true)
    return { registry, decoded }
  }

  function decode(types: Types): Decoded[] {
    const { registry } = registryOf(types)
    return blocks.map(({ events, extrinsics }) => {
      const records = registry.createType('Vec<EventRecord>', events)
      // What it read it can write again: nothing was left over, nothing was guessed.
      expect(records.toHex()).toBe(events)
      return {
        events: [...(records as unknown as Iterable<Recorded>)].map(({ event }) => ({
          event: { section: event.section, method: event.method, data: event.data.toHuman() },
        })),
        extrinsics: extrinsics.map(bytes => {
          const extrinsic = registry.createType('Extrinsic', bytes)
          expect(extrinsic.toHex()).toBe(bytes)
          return extrinsic.method.toHuman()
        }),
      }
    })
  }

  it.each(generations)('%s decodes the metadata, whole', (_, types) => {
    const { registry, decoded } = registryOf(types)
    expect(decoded.version).toBe(14)
    const { pallets } = decoded.asV14
    expect(pallets).toHaveLength(23)
    // It reads as many bytes as there are, and writes the same.
    expect(decoded.toHex()).toBe(metadata)
    // Every type of the lookup has a definition that it can build.
    for (const { id } of decoded.asV14.lookup.types) {
      expect(registry.createType(registry.lookup.getTypeDef(id).type as never)).toBeDefined()
    }
  })

  it.each(generations)('%s decodes the events and extrinsics of all blocks', (_, types) => {
    const decoded = decode(types)
    const names = decoded.flatMap(({ events }) =>
      events.map(({ event }) => `${event.section}.${event.method}`),
    )
    for (const name of ['TwinStored', 'FarmStored', 'NodeStored', 'NodeUptimeReported']) {
      expect(names).toContain(`tfgridModule.${name}`)
    }
    expect(names).toContain('balances.Transfer')
    expect(names).toContain('transactionPayment.TransactionFeePaid')
    expect(names).not.toContain('system.ExtrinsicFailed')
    const calls = decoded.flatMap(({ extrinsics }) => extrinsics) as { method: string }[]
    const methods = new Set(calls.map(({ method }) => method))
    for (const each of ['set', 'createTwin', 'createFarm', 'createNode', 'reportUptimeV2']) {
      expect(methods).toContain(each)
    }
  })

  it('reads the same in both', () => {
    const [old, recent] = generations.map(([, types]) => decode(types))
    expect(recent).toEqual(old)
  })
})
