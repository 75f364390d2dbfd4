// The chain as `pocketgrid peer` asks it: what it reads and writes over JSON-RPC, and what it does when that fails.

import { afterEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { decodeExtrinsic, signedPayload } from '../../src/chain/node/extrinsic.ts'
import { tfgrid } from '../../src/chain/pallets/tfgrid/declaration.ts'
import { RpcPeerChain } from '../../src/cli/peer-chain.ts'
import { blake2b128, twox128 } from '../../src/crypto/hash.ts'
import { bytesToByteString, fromHex, toHex, utf8ToByteString } from '../../src/crypto/hex.ts'
import { verifySignature } from '../../src/crypto/verify.ts'
import { encodeToHex } from '../../src/scale/codec.ts'
import { makeTwin } from '../rmb/support/twins.ts'

const own = makeTwin(10, 'sr25519')
const genesis = `0x${'ab'.repeat(32)}`

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

function key(item: string, part: Uint8Array): string {
  const prefix = [twox128(Buffer.from('TfgridModule')), twox128(Buffer.from(item))]
  return toHex(Buffer.concat([...prefix, blake2b128(part), part]))
}

const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer)

/** A chain of one twin, whose answers may be changed by method. */
async function chain(
  change: Record<string, (params: unknown[], socket: WebSocket) => unknown> = {},
) {
  const storage = new Map<string, string>()
  const extrinsics: string[] = []
  const write = (relay: string | null, pk: Uint8Array | null): void => {
    const twin = {
      id: 10,
      account_id: own.pair.accountId,
      relay: relay === null ? null : utf8ToByteString(relay),
      entities: [],
      pk: pk === null ? null : bytesToByteString(pk),
    }
    storage.set(key('Twins', u32(10)), encodeToHex(tfgrid.storage.Twins.value, twin))
  }
  write('relé', new Uint8Array([1, 2]))
  storage.set(key('TwinIdByAccountID', own.pair.publicKey), '0x0a000000')
  const statuses: unknown[] = ['ready', { inBlock: genesis }, { finalized: genesis }]
  const methods: Record<string, (params: unknown[], socket: WebSocket) => unknown> = {
    state_getStorage: ([raw]) => storage.get(String(raw)) ?? null,
    state_getRuntimeVersion: () => ({ specVersion: 149, transactionVersion: 2 }),
    chain_getBlockHash: () => genesis,
    system_accountNextIndex: ([address]) => (address === own.pair.address ? 5 : 0),
    author_submitAndWatchExtrinsic: ([extrinsic], socket) => {
      extrinsics.push(String(extrinsic))
      const decoded = decodeExtrinsic(fromHex(String(extrinsic)))
      if (decoded.ok) {
        const { relay } = decoded.extrinsic.call.args as { relay: string }
        write(relay, own.publicKey)
      }
      // Some nodes notify before they answer.
      for (const result of statuses) {
        socket.send(JSON.stringify({ jsonrpc: '2.0', params: { subscription: 'sub', result } }))
      }
      return 'sub'
    },
    ...change,
  }
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise(resolve => server.once('listening', resolve))
  const asked: string[] = []
  server.on('connection', socket => {
    socket.on('message', data => {
      const { id, method, params } = JSON.parse(String(data))
      asked.push(method)
      try {
        const result = methods[method]!(params, socket)
        if (result !== undefined) socket.send(JSON.stringify({ jsonrpc: '2.0', id, result }))
      } catch (cause) {
        const error = { code: 1010, message: 'Invalid Transaction', data: (cause as Error).message }
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, error }))
      }
    })
  })
  const made = {
    url: `ws://127.0.0.1:${(server.address() as { port: number }).port}`,
    asked,
    extrinsics,
    statuses,
    cut: () => {
      for (const socket of server.clients) socket.terminate()
    },
    close: () =>
      new Promise<void>(resolve => {
        made.cut()
        server.close(() => resolve())
      }),
  }
  open.push(made)
  return made
}

function client(urls: readonly string[], patience = {}): RpcPeerChain {
  const made = new RpcPeerChain({ urls, pair: own.pair, patience })
  open.push(made)
  return made
}

describe('reading', () => {
  it('finds twins by id and by account', async () => {
    const peer = client([(await chain()).url])
    expect(await peer.twinIdOf(own.pair.publicKey)).toBe(10)
    expect(await peer.twinIdOf(new Uint8Array(32))).toBeUndefined()
    expect(await peer.twin(10)).toEqual({
      id: 10,
      account: own.pair.publicKey,
      relay: 'relé',
      pk: new Uint8Array([1, 2]),
    })
    expect(await peer.twin(11)).toBeUndefined()
  })

  it('goes on to the next URL, and connects anew when a connection breaks', async () => {
    const good = await chain()
    const peer = client(['ws://127.0.0.1:1', good.url])
    expect(await peer.twinIdOf(own.pair.publicKey)).toBe(10)
    good.cut()
    expect(await peer.twinIdOf(own.pair.publicKey)).toBe(10)
  })

  it('gives up when nobody answers, and says who', async () => {
    const mute = await chain({ state_getStorage: () => undefined })
    await expect(client([mute.url], { answerMs: 20 }).twin(10)).rejects.toThrow(
      'the chain did not answer state_getStorage in time',
    )
    expect(mute.asked.length).toBe(2)
    await expect(client(['ws://127.0.0.1:1']).twin(10)).rejects.toThrow(
      'the chain at ws://127.0.0.1:1 cannot be reached: connect ECONNREFUSED',
    )
    await expect(client(['no url']).twin(10)).rejects.toThrow('the chain at no url cannot be')
  })

  it('is over when it was closed', async () => {
    const peer = client([(await chain()).url])
    await peer.twin(10)
    await peer.close()
    await expect(peer.twin(10)).rejects.toThrow('was closed')
  })
})

describe('writing', () => {
  it('sends a signed extrinsic and waits until it is final', async () => {
    const node = await chain()
    await client([node.url]).updateTwin({ relay: 'a_b', pk: own.publicKey })
    const decoded = decodeExtrinsic(fromHex(node.extrinsics[0]!))
    if (!decoded.ok) expect.fail(decoded.problem.type)
    const { extrinsic } = decoded
    expect(extrinsic).toMatchObject({ signer: own.pair.accountId, nonce: 5, tip: 0n })
    expect(extrinsic.call).toMatchObject({ pallet: 'TfgridModule', name: 'update_twin' })
    const message = signedPayload(extrinsic, {
      specVersion: 149,
      transactionVersion: 2,
      genesisHash: genesis,
      birthHash: genesis,
    })
    const { scheme, signature } = extrinsic
    const account = own.pair.publicKey
    expect(verifySignature({ scheme, account, message, signature })).toBe(true)
  })

  it.each([
    [['ready', { usurped: genesis }], 'update_twin was usurped'],
    [['invalid'], 'update_twin was invalid'],
    [['dropped'], 'update_twin was dropped'],
    [['ready', { inBlock: genesis }], 'update_twin is not final in time'],
  ])('fails when it comes to %j', async (statuses, message) => {
    const node = await chain()
    node.statuses.splice(0, 3, ...statuses)
    const peer = client([node.url], { finalMs: 20 })
    await expect(peer.updateTwin({ relay: 'a', pk: own.publicKey })).rejects.toThrow(message)
  })

  it('fails when the chain refuses it, or does not do it', async () => {
    const refusing = await chain({
      author_submitAndWatchExtrinsic: () => {
        throw new RangeError('Inability to pay some fees')
      },
    })
    await expect(
      client([refusing.url]).updateTwin({ relay: 'a', pk: own.publicKey }),
    ).rejects.toThrow('Invalid Transaction: Inability to pay some fees')
    const idle = await chain({
      author_submitAndWatchExtrinsic: (_, socket) => {
        const params = { subscription: 'sub', result: { finalized: genesis } }
        socket.send(JSON.stringify({ jsonrpc: '2.0', params }))
        return 'sub'
      },
    })
    await expect(
      client([idle.url]).updateTwin({ relay: 'a', pk: own.publicKey }),
    ).rejects.toMatchObject({ code: 'GRID_CHAIN_REFUSED' })
  })
})
