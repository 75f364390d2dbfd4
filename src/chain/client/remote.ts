// A chain behind a URL as a client sees it. The library that speaks to it is loaded when somebody asks for one.

import { blake2b256 } from '../../crypto/hash.ts'
import { fromHex, toHex } from '../../crypto/hex.ts'
import type { KeyPair } from '../../crypto/keys.ts'
import { encodeSs58 } from '../../crypto/ss58.ts'
import { asError, GridError, gridError, invariant } from '../../kernel/errors.ts'
import { Store } from '../../kernel/store.ts'
import { decodeFromBytes, encodeToBytes } from '../../scale/codec.ts'
import { vec } from '../../scale/containers.ts'
import { ScaleError } from '../../scale/errors.ts'
import type { ScaleType } from '../../scale/type.ts'
import { immortal } from '../node/era.ts'
import { encodeSigned, signedPayload } from '../node/extrinsic.ts'
import { pallets } from '../pallets/all.ts'
import { EventRecord } from '../pallets/system/types.ts'
import type { PalletDecl } from '../runtime/declare.ts'
import type { ChainCall } from '../runtime/outer.ts'
import { ChainState, type ItemState } from '../runtime/state.ts'
import { runtimeVersion } from '../runtime/version.ts'
import { RuntimeCall } from '../types/outer.ts'
import { errorOfEvents, eventsOfExtrinsic } from './outcome.ts'
import type {
  BlockEvents,
  BlockRef,
  ChainClient,
  ChainStateReader,
  RuntimeId,
  SubmitOptions,
  SubmitOutcome,
} from './port.ts'

/** What is used of the library's connection. */
interface Provider {
  send(method: string, params: unknown[]): Promise<unknown>
  subscribe(
    type: string,
    method: string,
    params: unknown[],
    listener: (error: Error | null, result: unknown) => void,
  ): Promise<number | string>
  unsubscribe(type: string, method: string, id: number | string): Promise<boolean>
  disconnect(): Promise<void>
  on(type: 'disconnected' | 'error', listener: (cause: unknown) => void): () => void
}

/** What is used of the library. */
interface Api {
  readonly genesisHash: { toHex(): string }
  readonly runtimeVersion: {
    readonly specName: { toString(): string }
    readonly specVersion: { toNumber(): number }
    readonly transactionVersion: { toNumber(): number }
  }
  readonly runtimeMetadata: {
    readonly asLatest: {
      readonly pallets: readonly {
        readonly name: { toString(): string }
        readonly constants: readonly {
          readonly name: { toString(): string }
          readonly value: { toU8a(isBare: boolean): Uint8Array }
        }[]
      }[]
    }
  }
  disconnect(): Promise<void>
}

interface Library {
  readonly ApiPromise: { create(options: unknown): Promise<Api> }
  readonly WsProvider: new (url: string, autoConnectMs: number | false) => Provider
}

/** How many keys are asked for at once: as many as a node gives. */
const keysPerPage = 1000

/** Headers as a node sends them. */
interface HeaderJson {
  readonly number: string
}

/**
 * Connects to a chain: `const client = await remoteClient('wss://tfchain.grid.tf/ws')`. Fails with
 * GRID_CHAIN_UNREACHABLE, or GRID_CHAIN_DIFFERENT when it is no TFChain.
 */
export async function remoteClient(url: string): Promise<ChainClient> {
  const { ApiPromise, WsProvider } = await loadLibrary()
  const provider = new WsProvider(url, false)
  const failed = new Promise<never>((_, reject) => {
    provider.on('error', cause => reject(unreachable(url, cause)))
  })
  // Nobody may be listening any more when it fails.
  failed.catch(() => undefined)
  try {
    await Promise.race([(provider as Provider & { connect(): Promise<void> }).connect(), failed])
    const created = ApiPromise.create({ provider, noInitWarn: true, throwOnConnect: true })
    const api = await Promise.race([created, failed])
    const client = new RemoteClient(url, api, provider)
    if (client.runtime.specName !== runtimeVersion.spec_name) {
      throw gridError('GRID_CHAIN_DIFFERENT', { detail: `${url} runs ${client.runtime.specName}` })
    }
    return client
  } catch (cause) {
    await provider.disconnect().catch(() => undefined)
    throw cause instanceof GridError ? cause : unreachable(url, cause)
  }
}

async function loadLibrary(): Promise<Library> {
  try {
    return (await import('@polkadot/api')) as unknown as Library
  } catch (cause) {
    throw gridError('GRID_CHAIN_UNREACHABLE', {
      detail: 'the package @polkadot/api is not installed',
      hint: 'npm install @polkadot/api',
      cause,
    })
  }
}

function unreachable(url: string, cause: unknown): GridError {
  return gridError('GRID_CHAIN_UNREACHABLE', { detail: url, cause })
}

type SubmitStatus =
  | string
  | {
      readonly inBlock?: string
      readonly finalized?: string
      readonly finalityTimeout?: string
      readonly usurped?: string
    }

class RemoteClient implements ChainClient {
  readonly genesisHash: string
  readonly runtime: RuntimeId
  readonly #url: string
  readonly #api: Api
  readonly #provider: Provider
  /** Says of the declared items how their keys are made, and holds nothing. */
  readonly #items = new ChainState(
    new Store(),
    pallets.map(({ decl }) => decl),
  )
  /** Ends what waits when the connection is lost. */
  readonly #losses = new Set<(error: Error) => void>()
  readonly #open = new Set<() => Promise<unknown>>()
  /** Whether the node has refused to tell of many blocks at once. */
  #isRangeRefused = false

  constructor(url: string, api: Api, provider: Provider) {
    this.#url = url
    this.#api = api
    this.#provider = provider
    this.genesisHash = api.genesisHash.toHex()
    this.runtime = {
      specName: api.runtimeVersion.specName.toString(),
      specVersion: api.runtimeVersion.specVersion.toNumber(),
      transactionVersion: api.runtimeVersion.transactionVersion.toNumber(),
    }
    provider.on('disconnected', cause => {
      const lost = [...this.#losses]
      this.#losses.clear()
      for (const lose of lost) lose(unreachable(url, cause))
    })
  }

  async best(): Promise<BlockRef> {
    return this.#refOf((await this.#send('chain_getBlockHash')) as string)
  }

  async finalized(): Promise<BlockRef> {
    return this.#refOf((await this.#send('chain_getFinalizedHead')) as string)
  }

  async hashOf(number: number): Promise<string | null> {
    return (await this.#send('chain_getBlockHash', number)) as string | null
  }

  read(pallet: PalletDecl, item: string, ...keys: readonly unknown[]): Promise<never> {
    return this.#read(null, pallet, item, keys) as Promise<never>
  }

  entries(pallet: PalletDecl, item: string): Promise<never> {
    return this.#entries(null, pallet, item) as Promise<never>
  }

  at(hash: string): ChainStateReader {
    return {
      read: (pallet, item, ...keys) => this.#read(hash, pallet, item, keys) as Promise<never>,
      entries: (pallet, item) => this.#entries(hash, pallet, item) as Promise<never>,
    }
  }

  async events(hash: string): Promise<readonly EventRecord[]> {
    const { prefix } = this.#items.item('System', 'Events')
    const bytes = (await this.#send('state_getStorage', prefix, hash)) as string | null
    return bytes === null ? [] : this.#decode(vec(EventRecord), bytes, 'System.Events')
  }

  async blocks(first: number, last: number): Promise<readonly BlockEvents[] | null> {
    const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i)
    const found = (await this.#send('chain_getBlockHash', numbers)) as (string | null)[]
    const hashes = found.filter(hash => hash !== null)
    if (hashes.length < numbers.length) return null
    const events = await this.#eventsOfAll(hashes)
    return hashes.map((hash, i) => ({ number: first + i, hash, events: events[i]! }))
  }

  /** The events of blocks that follow each other: by one question, where the node answers it. */
  async #eventsOfAll(hashes: readonly string[]): Promise<(readonly EventRecord[])[]> {
    if (hashes.length < 3 || this.#isRangeRefused) {
      return Promise.all(hashes.map(hash => this.events(hash)))
    }
    const { prefix } = this.#items.item('System', 'Events')
    const params = [[prefix], hashes[0], hashes.at(-1)]
    let sets: readonly { block: string; changes: readonly (readonly [string, string | null])[] }[]
    try {
      sets = (await this.#send('state_queryStorage', ...params)) as typeof sets
    } catch (cause) {
      // Nodes that are open to everybody do not answer it.
      if (!/unsafe|method/i.test(asError(cause).message)) throw cause
      this.#isRangeRefused = true
      return this.#eventsOfAll(hashes)
    }
    // Of blocks whose bytes are those of the block before nothing is said.
    const changes = new Map(sets.map(set => [set.block, set.changes[0]?.[1] ?? null]))
    let events: readonly EventRecord[] = []
    return hashes.map(hash => {
      const bytes = changes.get(hash)
      if (bytes === null) events = []
      else if (bytes !== undefined) events = this.#decode(vec(EventRecord), bytes, 'System.Events')
      return events
    })
  }

  constant(pallet: PalletDecl, name: string): Promise<unknown> {
    const declared = pallet.constants[name]
    invariant(declared, `${pallet.name} has the constant ${name}`)
    const found = this.#api.runtimeMetadata.asLatest.pallets
      .find(each => each.name.toString() === pallet.name)
      ?.constants.find(each => each.name.toString() === name)
    if (!found) return Promise.reject(this.#different(`there is no ${pallet.name}.${name}`))
    const bytes = toHex(found.value.toU8a(true))
    return Promise.resolve(this.#decode(declared.type, bytes, `${pallet.name}.${name}`))
  }

  async nextNonce(account: string): Promise<number> {
    const address = encodeSs58(fromHex(account))
    return (await this.#send('system_accountNextIndex', address)) as number
  }

  async submit(
    call: ChainCall,
    signer: KeyPair,
    options: SubmitOptions = {},
  ): Promise<SubmitOutcome> {
    const { tip = 0n, until = 'inBlock' } = options
    const { accountId, scheme } = signer
    const nonce = options.nonce ?? (await this.nextNonce(accountId))
    const parts = { callBytes: encodeToBytes(RuntimeCall, call), era: immortal, nonce, tip }
    const { genesisHash } = this
    const context = { ...this.runtime, genesisHash, birthHash: genesisHash }
    const signature = signer.sign(signedPayload(parts, context))
    return this.submitSigned(encodeSigned({ ...parts, signer: accountId, scheme, signature }), {
      until,
    })
  }

  async submitSigned(
    bytes: Uint8Array,
    { until = 'inBlock' }: Pick<SubmitOptions, 'until'> = {},
  ): Promise<SubmitOutcome> {
    const hash = toHex(blake2b256(bytes))
    const block = await this.#watch(toHex(bytes), until)
    const { block: content } = (await this.#send('chain_getBlock', block)) as {
      block: { extrinsics: readonly string[]; header: HeaderJson }
    }
    const index = content.extrinsics.findIndex(each => toHex(blake2b256(fromHex(each))) === hash)
    const events = eventsOfExtrinsic(await this.events(block), index)
    const number = Number(content.header.number)
    return { hash, block: { number, hash: block }, index, error: errorOfEvents(events), events }
  }

  async subscribeHeads(
    listener: (head: BlockRef) => void,
    { kind = 'best' }: { readonly kind?: 'best' | 'finalized' } = {},
  ): Promise<() => void> {
    const [type, subscribe, unsubscribe] =
      kind === 'best'
        ? (['chain_newHead', 'chain_subscribeNewHeads', 'chain_unsubscribeNewHeads'] as const)
        : ([
            'chain_finalizedHead',
            'chain_subscribeFinalizedHeads',
            'chain_unsubscribeFinalizedHeads',
          ] as const)
    let isOpen = true
    // Each is told in its turn, although the hash of each is asked for.
    let turn = Promise.resolve()
    const id = await this.#begin(type, subscribe, [], (_, header) => {
      turn = turn.then(async () => {
        const number = Number((header as HeaderJson).number)
        const hash = await this.hashOf(number).catch(() => null)
        if (isOpen && hash !== null) listener({ number, hash })
      })
    })
    const end = () => {
      isOpen = false
      this.#open.delete(end)
      return this.#provider.unsubscribe(type, unsubscribe, id).catch(() => false)
    }
    this.#open.add(end)
    return () => {
      void end()
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map(end => end()))
    await this.#api.disconnect()
  }

  /** Submits, and waits for the block. */
  #watch(bytes: string, until: 'inBlock' | 'finalized'): Promise<string> {
    const type = 'author_extrinsicUpdate'
    return new Promise((resolve, reject) => {
      let id: number | string | null = null
      let isSettled = false
      const settle = (end: () => void) => {
        isSettled = true
        this.#losses.delete(lose)
        end()
        // After its last word the node has ended the subscription itself.
        if (id !== null)
          void this.#provider.unsubscribe(type, 'author_unwatchExtrinsic', id).catch(() => false)
      }
      const lose = (error: Error) => settle(() => reject(error))
      const hear = (status: SubmitStatus) => {
        if (isSettled) return
        if (typeof status === 'string') {
          if (status === 'dropped' || status === 'invalid') lose(refused(status))
          return
        }
        const block = until === 'inBlock' ? (status.inBlock ?? status.finalized) : status.finalized
        if (block !== undefined) settle(() => resolve(block))
        else if (status.usurped !== undefined) lose(refused(`usurped by ${status.usurped}`))
        else if (status.finalityTimeout !== undefined) lose(refused('not final in time'))
      }
      this.#losses.add(lose)
      this.#begin(type, 'author_submitAndWatchExtrinsic', [bytes], (error, status) => {
        if (error) lose(refused(error.message))
        else hear(status as SubmitStatus)
      }).then(
        opened => {
          id = opened
          if (isSettled) settle(() => undefined)
        },
        (cause: unknown) => lose(this.#errorOf(cause)),
      )
    })
  }

  #begin(
    type: string,
    method: string,
    params: unknown[],
    listener: (error: Error | null, result: unknown) => void,
  ): Promise<number | string> {
    return this.#provider.subscribe(type, method, params, listener)
  }

  async #send(method: string, ...params: unknown[]): Promise<unknown> {
    try {
      return await this.#provider.send(method, params)
    } catch (cause) {
      throw this.#errorOf(cause)
    }
  }

  /** What an answer means: a refusal has a code. */
  #errorOf(cause: unknown): Error {
    if (cause instanceof GridError) return cause
    const { code } = cause as { code?: unknown }
    const { message } = asError(cause)
    if (typeof code !== 'number') return unreachable(this.#url, cause)
    if (message.includes('UnknownBlock')) {
      return gridError('GRID_BLOCK_UNKNOWN', { detail: message, cause })
    }
    return gridError('GRID_CHAIN_REFUSED', { detail: message, cause })
  }

  async #refOf(hash: string): Promise<BlockRef> {
    const header = (await this.#send('chain_getHeader', hash)) as HeaderJson | null
    if (!header) throw gridError('GRID_BLOCK_UNKNOWN', { detail: hash })
    return { number: Number(header.number), hash }
  }

  async #read(
    hash: string | null,
    pallet: PalletDecl,
    name: string,
    keys: readonly unknown[],
  ): Promise<unknown> {
    const item = this.#items.item(pallet.name, name)
    const bytes = (await this.#send('state_getStorage', item.rawKeyOf(keys), hash)) as string | null
    return bytes === null ? item.decl.absent : this.#valueOf(item, bytes)
  }

  async #entries(
    hash: string | null,
    pallet: PalletDecl,
    name: string,
  ): Promise<readonly unknown[]> {
    const item = this.#items.item(pallet.name, name)
    const at = hash ?? (await this.#send('chain_getBlockHash'))
    const entries: unknown[] = []
    for (let start: string | null = null; ; ) {
      const keys = (await this.#send(
        'state_getKeysPaged',
        item.prefix,
        keysPerPage,
        start,
        at,
      )) as string[]
      if (keys.length > 0) entries.push(...(await this.#values(item, keys, at)))
      if (keys.length < keysPerPage) return entries
      start = keys.at(-1) ?? null
    }
  }

  async #values(item: ItemState, keys: readonly string[], at: unknown): Promise<unknown[]> {
    const sets = (await this.#send('state_queryStorageAt', keys, at)) as {
      changes: readonly (readonly [string, string | null])[]
    }[]
    const entries: unknown[] = []
    for (const [key, bytes] of sets.flatMap(({ changes }) => changes)) {
      const parts = item.parseKey(fromHex(`0x${key.slice(item.prefix.length)}`))
      if (!parts) throw this.#different(`${key} is no key of ${item.pallet.name}.${item.name}`)
      if (bytes !== null) entries.push({ keys: parts, value: this.#valueOf(item, bytes) })
    }
    return entries
  }

  #valueOf(item: ItemState, bytes: string): unknown {
    return this.#decode(item.decl.value, bytes, `${item.pallet.name}.${item.name}`)
  }

  #decode<T>(type: ScaleType<T>, bytes: string, what: string): T {
    try {
      return decodeFromBytes(type, fromHex(bytes))
    } catch (cause) {
      if (!(cause instanceof ScaleError)) throw cause
      throw this.#different(`${what} is of another type`, cause)
    }
  }

  #different(detail: string, cause?: unknown): GridError {
    return gridError('GRID_CHAIN_DIFFERENT', { detail: `${this.#url}: ${detail}`, cause })
  }
}

const refused = (detail: string): GridError => gridError('GRID_CHAIN_REFUSED', { detail })
