// The chain as unmodified `@polkadot/api` 16 sees it: connecting, reading, subscribing, paying, signing and sending.

import { ApiPromise, HttpProvider, Keyring, WsProvider } from '@polkadot/api'
import type { SubmittableExtrinsic } from '@polkadot/api/types'
import type { KeyringPair } from '@polkadot/keyring/types'
import type { ProviderInterface } from '@polkadot/rpc-provider/types'
import type { Codec, ISubmittableResult } from '@polkadot/types/types'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { metadataV14 } from '../../src/chain/runtime/metadata.ts'
import { systemClock } from '../../src/kernel/driver.ts'
import { startTestServer, type TestServer } from '../chain/rpc/support.ts'

let grid: TestServer
let api: ApiPromise
let alice: KeyringPair
let bob: KeyringPair
let edith: KeyringPair

beforeAll(async () => {
  // Wall time is the machine's here: the client has timers of its own.
  grid = await startTestServer({
    clock: systemClock,
    metadata: metadataV14,
    finalityMs: 250,
  })
  api = await ApiPromise.create({
    provider: asProvider(new WsProvider(grid.server.url)),
    noInitWarn: true,
    throwOnConnect: true,
  })
  const sr25519 = new Keyring({ type: 'sr25519' })
  alice = sr25519.addFromUri('//Alice')
  bob = sr25519.addFromUri('//Bob')
  edith = new Keyring({ type: 'ed25519' }).addFromUri('//Edith')
})

afterAll(async () => {
  await api.disconnect()
  await grid.close()
  expect(grid.failures).toEqual([])
})

/** As far as the tests look into it. */
interface AccountView extends Codec {
  readonly data: { readonly free: { toBigInt(): bigint } }
}

/** The client's own types do not agree with each other under `exactOptionalPropertyTypes`. */
const asProvider = (provider: unknown): ProviderInterface => provider as ProviderInterface

const freeOf = async (address: string): Promise<bigint> =>
  (await api.query.system!.account!<AccountView>(address)).data.free.toBigInt()

/** Sends, and collects what the callback hears until the block is final. */
function send(
  extrinsic: SubmittableExtrinsic<'promise', ISubmittableResult>,
  signer: KeyringPair,
  options: { era?: number; tip?: number } = {},
): Promise<{ statuses: string[]; last: ISubmittableResult }> {
  return new Promise((resolve, reject) => {
    const statuses: string[] = []
    extrinsic
      .signAndSend(signer, { nonce: -1, ...options }, last => {
        statuses.push(last.status.type)
        if (last.status.isFinalized) resolve({ statuses, last })
        if (last.isError) reject(new Error(last.status.toString()))
      })
      .catch(reject)
  })
}

const namesOf = ({ events }: ISubmittableResult): string[] =>
  events.map(({ event }) => `${event.section}.${event.method}`)

describe('connecting', () => {
  it('finds chain, version, token and metadata', async () => {
    expect(api.runtimeChain.toString()).toBe('Development')
    expect(api.runtimeVersion.specName.toString()).toBe('substrate-threefold')
    expect(api.runtimeVersion.specVersion.toNumber()).toBe(153)
    expect(api.runtimeMetadata.version).toBe(14)
    expect(api.registry.chainDecimals).toEqual([7])
    expect(api.registry.chainTokens).toEqual(['TFT'])
    expect(api.registry.chainSS58).toBe(42)
    expect(api.genesisHash.toHex()).toBe(grid.chain.genesisHash())
    expect(api.tx.balances?.transferKeepAlive).toBeDefined()
    expect(api.call.transactionPaymentApi?.queryInfo).toBeDefined()
  })

  it('works over HTTP too', async () => {
    const http = await ApiPromise.create({
      provider: asProvider(new HttpProvider(grid.server.url.replace('ws:', 'http:'))),
      noInitWarn: true,
    })
    expect((await http.rpc.system.name()).toString()).toBe('Substrate Node')
    expect((await http.query.system!.number!()).toString()).toMatch(/^\d+$/)
    await http.disconnect()
  })
})

describe('reading', () => {
  it('queries one value, many values, and queries of different kinds', async () => {
    expect(await freeOf(edith.address)).toBe(10_000_000_000n)
    const many = await api.query.system!.account!.multi<AccountView>([
      edith.address,
      '5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM',
    ])
    expect(many.map(({ data }) => data.free.toBigInt())).toEqual([10_000_000_000n, 0n])
    const [number, issuance] = await api.queryMulti([
      api.query.system!.number!,
      api.query.balances!.totalIssuance!,
    ])
    expect(Number(number)).toBeGreaterThan(0)
    expect(BigInt(String(issuance))).toBe((7n << 60n) + 10_000_000_000n)
  })

  it('walks entries and keys of a map', async () => {
    const entries = await api.query.tfgridModule!.farmingPoliciesMap!.entries()
    expect(entries.map(([key]) => key.args[0]?.toString()).sort()).toEqual(['1', '2'])
    const keys = await api.query.system!.account!.keys()
    const addresses = keys.map(key => key.args[0]?.toString())
    expect(addresses).toEqual(expect.arrayContaining([alice.address, bob.address, edith.address]))
    const paged = await api.query.system!.account!.keysPaged({ args: [], pageSize: 3 })
    expect(paged).toHaveLength(3)
  })

  it('asks for hash and size', async () => {
    expect((await api.query.system!.account!.hash(alice.address)).toHex()).toMatch(
      /^0x[0-9a-f]{64}$/,
    )
    expect((await api.query.system!.account!.size(alice.address)).toNumber()).toBe(80)
  })

  it('computes the hash of a block from its header', async () => {
    const hash = await api.rpc.chain.getBlockHash()
    const header = await api.rpc.chain.getHeader(hash)
    expect(header.hash.toHex()).toBe(hash.toHex())
    const { block } = await api.rpc.chain.getBlock(hash)
    expect(block.header.hash.toHex()).toBe(hash.toHex())
    expect(block.extrinsics[0]?.method.section).toBe('timestamp')
    const derived = await api.derive.chain.getHeader(hash)
    expect(derived?.author?.toString()).toBe(alice.address)
  })

  it('reads the state of an earlier block', async () => {
    const hash = await api.rpc.chain.getBlockHash()
    const before = await freeOf(bob.address)
    await send(api.tx.balances!.transferKeepAlive!(bob.address, 7), alice)
    expect(await freeOf(bob.address)).toBe(before + 7n)
    const then = await api.at(hash)
    const { data } = await then.query.system!.account!<AccountView>(bob.address)
    expect(data.free.toBigInt()).toBe(before)
    expect(then.runtimeVersion.specVersion.toNumber()).toBe(153)
  })

  it('estimates a fee, and pays just that', async () => {
    const call = api.tx.balances!.transferKeepAlive!(bob.address, 10_000_000)
    const info = await call.paymentInfo(edith)
    expect(info.class.toString()).toBe('Normal')
    expect(info.weight.refTime.toNumber()).toBe(171_235_000)
    const before = await freeOf(edith.address)
    const { last } = await send(call, edith)
    expect(last.dispatchError).toBe(undefined)
    expect(before - (await freeOf(edith.address))).toBe(10_000_000n + info.partialFee.toBigInt())
    const details = await api.rpc.payment.queryFeeDetails(call.toHex())
    expect(details.inclusionFee.unwrap().baseFee.toNumber()).toBe(10_000)
  })
})

describe('subscribing', () => {
  it('hears of new heads and of final ones', async () => {
    const heads: number[] = []
    const stop = await api.rpc.chain.subscribeNewHeads(header => {
      heads.push(header.number.toNumber())
    })
    const finals: number[] = []
    const stopFinal = await api.rpc.chain.subscribeFinalizedHeads(header => {
      finals.push(header.number.toNumber())
    })
    const { last } = await send(api.tx.system!.remark!('0x00'), alice)
    const number = (await api.rpc.chain.getHeader(last.status.asFinalized)).number.toNumber()
    expect(heads).toContain(number)
    expect(finals).toContain(number)
    stop()
    stopFinal()
  })

  it('hears of each change of a balance, and of the events of each block', async () => {
    const seen: bigint[] = []
    const stop = await api.query.system!.account!(bob.address, (info: AccountView) => {
      seen.push(info.data.free.toBigInt())
    })
    const events: string[][] = []
    const stopEvents = await api.query.system!.events!((records: Codec) => {
      const list = records as unknown as { event: { section: string; method: string } }[]
      events.push(list.map(({ event }) => `${event.section}.${event.method}`))
    })
    const before = await freeOf(bob.address)
    await send(api.tx.balances!.transferKeepAlive!(bob.address, 3), alice)
    expect(seen[0]).toBe(before)
    expect(seen).toContain(before + 3n)
    expect(events.flat()).toContain('balances.Transfer')
    ;(stop as unknown as () => void)()
    ;(stopEvents as unknown as () => void)()
  })
})

describe('signing and sending', () => {
  const cases: [string, () => KeyringPair, { era?: number; tip?: number }][] = [
    ['sr25519, mortal', () => alice, {}],
    ['sr25519, immortal', () => alice, { era: 0 }],
    ['ed25519, mortal', () => edith, {}],
    ['ed25519, immortal, with a tip', () => edith, { era: 0, tip: 1000 }],
  ]

  it.each(cases)('%s: in a block, then final', async (_, signer, options) => {
    const call = api.tx.balances!.transferKeepAlive!(bob.address, 1)
    const { statuses, last } = await send(call, signer(), options)
    expect(statuses).toEqual(['Ready', 'InBlock', 'Finalized'])
    expect(namesOf(last)).toEqual([
      'balances.Withdraw',
      'balances.Transfer',
      'balances.Deposit',
      'transactionPayment.TransactionFeePaid',
      'system.ExtrinsicSuccess',
    ])
    expect(last.txIndex).toBe(1)
    const { block } = await api.rpc.chain.getBlock(last.status.asFinalized)
    const sent = block.extrinsics[1]
    expect(sent?.hash.toHex()).toBe(last.txHash.toHex())
    expect(sent?.era.isMortalEra).toBe(options.era === undefined)
    expect(sent?.signer.toString()).toBe(signer().address)
  })

  it('hears of a call that fails', async () => {
    const { last } = await send(api.tx.balances!.transferKeepAlive!(bob.address, 1n << 61n), alice)
    expect(namesOf(last)).toContain('system.ExtrinsicFailed')
    expect(last.dispatchError?.toString()).toBe('{"token":"FundsUnavailable"}')
  })

  it('is told why an extrinsic is not accepted', async () => {
    const poor = new Keyring({ type: 'sr25519' }).addFromUri('//Nobody')
    const call = () => api.tx.balances!.transferKeepAlive!(bob.address, 1)
    await expect(call().signAndSend(poor)).rejects.toThrow(
      // The client takes the brackets away itself.
      '1010: Invalid Transaction: Inability to pay some fees , e.g. account balance too low',
    )
    await expect(call().signAndSend(alice, { nonce: 0 })).rejects.toThrow(
      '1010: Invalid Transaction: Transaction is outdated',
    )
    await expect(
      call().signAndSend(alice, { nonce: -1, genesisHash: `0x${'11'.repeat(32)}` } as object),
    ).rejects.toThrow('1010: Invalid Transaction: Transaction has a bad signature')
  })

  it('sends many without waiting', async () => {
    const nonce = (await api.rpc.system.accountNextIndex(bob.address)).toNumber()
    const hashes = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        api.tx.system!.remark!(`0x0${i % 10}`).signAndSend(bob, { nonce: nonce + i }),
      ),
    )
    expect(new Set(hashes.map(hash => hash.toHex())).size).toBe(20)
    const next = await api.rpc.system.accountNextIndex(bob.address)
    expect(next.toNumber()).toBe(nonce + 20)
  })

  it('runs dry', async () => {
    const call = api.tx.balances!.transferKeepAlive!(bob.address, 1)
    await call.signAsync(alice, { nonce: -1 })
    expect((await call.dryRun(alice, { nonce: -1 })).isOk).toBe(true)
  })
})
