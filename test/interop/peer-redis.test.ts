// The manual's flow for programs beside a peer: push JSON, pop the reply, deploy. Over our Redis and a real one.
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api'
import type { KeyringPair } from '@polkadot/keyring/types'
import { cryptoWaitReady } from '@polkadot/util-crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningPeer, runPeer } from '../../src/cli/peer.ts'
import { hasRealRedis, type RealRedis, startRealRedis } from '../rmb/support/real-redis.ts'
import { RespClient } from '../rmb/support/resp-client.ts'
import { challengeOf, missingBuild, plainDeployment, startUp, type Up } from './support.ts'

const kinds = ['our Redis', 'a real Redis'] as const

describe.skipIf(missingBuild).each(kinds)('programs beside a peer with %s', kind => {
  const skipped = kind === 'a real Redis' && !hasRealRedis
  const title = (text: string) => (skipped ? `${text} (no redis-server on this machine)` : text)
  let up: Up
  let api: ApiPromise
  let pair: KeyringPair
  let real: RealRedis | undefined
  let peer: RunningPeer
  let redis: RespClient

  beforeAll(async () => {
    if (skipped) return
    await cryptoWaitReady()
    up = await startUp('--nodes', '2', '--clock', 'virtual')
    const { substrate, relay } = up.info.endpoints
    const { mnemonic } = up.info.accounts[0]!
    pair = new Keyring({ type: 'sr25519' }).addFromMnemonic(mnemonic)
    const provider = new WsProvider(substrate)
    api = await ApiPromise.create({ provider: provider as never, noInitWarn: true })
    if (kind === 'a real Redis') real = await startRealRedis()
    peer = await runPeer({
      mnemonic,
      relay: [relay],
      substrate: [substrate],
      redis: real ? `redis://127.0.0.1:${real.port}` : 'embedded',
      redisPort: 0,
    })
    redis = await RespClient.open(Number(new URL(peer.info.redis).port))
  }, 60_000)

  afterAll(async () => {
    await redis?.close()
    await peer?.close()
    await real?.close()
    await api?.disconnect()
    await up?.stop()
  })

  /** Pushes a request as the manual's programs do, and pops the reply. */
  const ask = async (
    cmd: string,
    payload: unknown = null,
    change: Record<string, unknown> = {},
  ) => {
    const request = {
      ver: 1,
      ref: 'interop',
      cmd,
      exp: 60,
      dat: Buffer.from(JSON.stringify(payload)).toString('base64'),
      dst: [up.info.nodes[0]!.twinId],
      ret: `answers to ${cmd}`,
      shm: 'application/json',
      now: Math.floor(Date.now() / 1000),
      ...change,
    }
    await redis.send('RPUSH', 'msgbus.system.local', JSON.stringify(request))
    return redis.popJson(request.ret)
  }

  const data = (reply: Record<string, unknown> | null): unknown =>
    JSON.parse(Buffer.from(String(reply?.dat), 'base64').toString('utf8'))

  it.skipIf(skipped)(title('ask a node, and find its answers and errors'), async () => {
    const node = up.info.nodes[0]!.twinId
    const version = await ask('zos.system.version')
    expect(version).toMatchObject({ ref: 'interop', src: String(node), err: null })
    expect(data(version)).toMatchObject({ zos: expect.stringMatching(/^3\./) })
    expect(await ask('zos.nothing')).toMatchObject({
      err: { code: 0, message: 'function is not found' },
    })
    expect(await ask('zos.system.version', null, { dst: [9999] })).toMatchObject({
      err: { code: 103, message: "unknown twin id '9999'" },
    })
    // The same list serves programs of 2022.
    const old = await ask('zos.system.version', null, { uid: '', try: 0, src: 0, shm: '' })
    expect(old).toMatchObject({ src: node, dst: [peer.info.twin], err: '' })
    expect(data(old)).toEqual(data(version))
  })

  it.skipIf(skipped)(
    title('deploy a machine'),
    async () => {
      const { twinId } = up.info.accounts[0]!
      const taken = data(await ask('zos.network.list_wg_ports')) as number[]
      let port = 2000
      while (taken.includes(port)) port += 1
      const deployment = plainDeployment(twinId, { port })
      const hash = challengeOf(deployment)
      const signature = Buffer.from(pair.sign(Buffer.from(hash, 'hex'))).toString('hex')
      deployment.signature_requirement.signatures = [
        { twin_id: twinId, signature, signature_type: 'sr25519' },
      ]
      const create = api.tx.smartContractModule!.createNodeContract!
      deployment.contract_id = await new Promise((resolve, reject) => {
        create(up.info.nodes[0]!.id, hash, 'interop', 0, null)
          .signAndSend(pair, ({ status, events, dispatchError }) => {
            if (dispatchError) reject(new Error(dispatchError.toString()))
            if (!status.isInBlock) return
            const found = events.find(({ event }) => event.method === 'ContractCreated')
            const [contract] = found!.event.data as unknown as [
              { contractId: { toNumber(): number } },
            ]
            resolve(contract.contractId.toNumber())
          })
          .catch(reject)
      })
      const deployed = await ask('zos.deployment.deploy', deployment)
      expect(deployed).toMatchObject({ err: null })
      const states = async () => {
        const found = data(await ask('zos.deployment.get', { contract_id: deployment.contract_id }))
        const { workloads } = found as { workloads: { result: { state: string } }[] }
        return workloads.map(({ result }) => result.state)
      }
      let now = await states()
      for (let tries = 0; tries < 50 && now.includes('init'); tries += 1) now = await states()
      expect(now).toEqual(['ok', 'ok', 'ok'])
    },
    30_000,
  )
})
