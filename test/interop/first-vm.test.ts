// The main job, end to end, with unmodified clients from npm against a grid in a process of its own.
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api'
import type { SubmittableExtrinsic } from '@polkadot/api/types'
import type { KeyringPair } from '@polkadot/keyring/types'
import { cryptoWaitReady, mnemonicGenerate } from '@polkadot/util-crypto'
import { Client } from '@threefold/rmb_direct_client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  challengeOf,
  missingBuild,
  type PlainDeployment,
  plainDeployment,
  startUp,
  type Up,
} from './support.ts'

interface Report {
  version: number
  workloads: {
    name: string
    version: number
    result: { state: string; message: string; data: never }
  }[]
}

describe.skipIf(missingBuild)('a first machine, by real clients', () => {
  let up: Up
  let api: ApiPromise
  let rmb: Client
  let pair: KeyringPair
  let twin: number
  const node = { id: 1, twin: 0 }

  beforeAll(async () => {
    await cryptoWaitReady()
    up = await startUp('--nodes', '3')
    node.twin = up.info.nodes[0]!.twinId
    const provider = new WsProvider(up.info.endpoints.substrate)
    api = await ApiPromise.create({ provider: provider as never, noInitWarn: true })
  }, 60_000)

  afterAll(async () => {
    await rmb?.disconnect()
    await api?.disconnect()
    const status = await up?.stop()
    expect(up?.stderr()).toBe('')
    expect(status).toBe(0)
  })

  /** Signs, sends, and resolves with the events once the extrinsic is in a block. */
  const send = (extrinsic: SubmittableExtrinsic<'promise'>, signer: KeyringPair) =>
    new Promise<{ event: { section: string; method: string; data: never } }[]>(
      (resolve, reject) => {
        extrinsic
          .signAndSend(signer, ({ status, events, dispatchError }) => {
            if (dispatchError?.isModule) {
              reject(new Error(api.registry.findMetaError(dispatchError.asModule).name))
            } else if (dispatchError) reject(new Error(dispatchError.toString()))
            else if (status.isInBlock) resolve(events as never)
          })
          .catch(reject)
      },
    )

  const ask = async <T>(command: string, payload?: unknown): Promise<T> => {
    const data = payload === undefined ? '' : JSON.stringify(payload)
    return (await rmb.read(await rmb.send(command, data, node.twin, 1, 1))) as T
  }

  const sign = (deployment: PlainDeployment) => {
    const signature = Buffer.from(pair.sign(Buffer.from(challengeOf(deployment), 'hex')))
    deployment.signature_requirement.signatures = [
      { twin_id: twin, signature: signature.toString('hex'), signature_type: 'sr25519' },
    ]
    return deployment
  }

  const contract = async (
    deployment: PlainDeployment,
    hash = challengeOf(deployment),
  ): Promise<number> => {
    const create = api.tx.smartContractModule!.createNodeContract!
    const events = await send(create(node.id, hash, 'interop', 0, null), pair)
    const created = events.find(({ event }) => event.method === 'ContractCreated')!
    return (
      created.event.data as unknown as [{ contractId: { toNumber(): number } }]
    )[0].contractId.toNumber()
  }

  const until = async (
    deployment: PlainDeployment,
    isDone: (report: Report) => boolean,
  ): Promise<Report> => {
    for (let tries = 0; tries < 30; tries += 1) {
      const report = await ask<Report>('zos.deployment.get', {
        contract_id: deployment.contract_id,
      })
      if (isDone(report)) return report
    }
    throw new RangeError('the deployment did not get there in 30 looks')
  }

  it('creates an account and its twin from nothing', async () => {
    const mnemonic = mnemonicGenerate()
    pair = new Keyring({ type: 'sr25519' }).addFromMnemonic(mnemonic)
    const alice = new Keyring({ type: 'sr25519' }).addFromMnemonic(up.info.accounts[0]!.mnemonic)
    await send(api.tx.balances!.transferKeepAlive!(pair.address, 100_000_000_000), alice)
    const grid = api.tx.tfgridModule!
    await send(grid.userAcceptTc!('https://example.org/terms', 'a'.repeat(32)), pair)
    await send(grid.createTwin!(null, null), pair)
    twin = Number((await api.query.tfgridModule!.twinIdByAccountID!(pair.address)).toString())
    expect(twin).toBeGreaterThan(0)
    const { substrate, relay } = up.info.endpoints
    // The first connection writes relay and key into the twin; the client wants a second one to use them.
    const first = new Client(substrate, relay, mnemonic, 'first', 'sr25519', 1)
    await first.connect()
    await first.disconnect()
    Client.connections.clear()
    rmb = new Client(substrate, relay, mnemonic, 'interop', 'sr25519', 1)
    await rmb.connect()
    expect(await ask('zos.system.version')).toMatchObject({ zos: expect.stringMatching(/^3\./) })
  }, 30_000)

  it('deploys network, disk and machine, reads, updates and cancels them', async () => {
    const before = await ask<{ used: { mru: number } }>('zos.statistics.get')
    const ports = await ask<number[]>('zos.network.list_wg_ports')
    let port = 2000
    while (ports.includes(port)) port += 1
    const deployment = plainDeployment(twin, { port })
    deployment.contract_id = await contract(deployment)
    expect(await ask('zos.deployment.deploy', sign(deployment))).toBeNull()

    const installed = await until(deployment, ({ workloads }) =>
      workloads.every(({ result }) => result.state === 'ok'),
    )
    expect(installed.workloads).toHaveLength(3)
    const machine = installed.workloads.find(({ name }) => name === 'vm')!
    expect(machine.result.data).toMatchObject({ ip: '10.77.2.5', console_url: '10.77.2.1:20005' })
    const during = await ask<{ used: { mru: number } }>('zos.statistics.get')
    expect(during.used.mru - before.used.mru).toBe(2 ** 31)
    const listed = await ask<{ contract_id: number }[]>('zos.deployment.list')
    expect(listed.map(({ contract_id }) => contract_id)).toEqual([deployment.contract_id])

    deployment.version = 1
    deployment.workloads.push({ ...deployment.workloads[1]!, name: 'second', version: 1 })
    const update = api.tx.smartContractModule!.updateNodeContract!
    await send(update(deployment.contract_id, challengeOf(deployment), 'interop'), pair)
    expect(await ask('zos.deployment.update', sign(deployment))).toBeNull()
    const updated = await until(
      deployment,
      ({ workloads }) =>
        workloads.length === 4 && workloads.every(({ result }) => result.state === 'ok'),
    )
    expect(updated.version).toBe(1)
    const changes = await ask<{ name: string; result: { state: string } }[]>(
      'zos.deployment.changes',
      {
        contract_id: deployment.contract_id,
      },
    )
    const finals = changes.filter(({ result }) => result.state === 'ok').map(({ name }) => name)
    expect(finals.sort()).toEqual(['disk', 'net', 'second', 'vm'])

    await send(api.tx.smartContractModule!.cancelContract!(deployment.contract_id), pair)
    const gone = async () => {
      try {
        await ask('zos.deployment.get', { contract_id: deployment.contract_id })
        return ''
      } catch (cause) {
        return (cause as Error).message
      }
    }
    let answer = await gone()
    for (let tries = 0; answer === '' && tries < 10; tries += 1) answer = await gone()
    expect(answer).toContain('deployment not found')
    const after = await ask<{ used: { mru: number } }>('zos.statistics.get')
    expect(after.used).toEqual(before.used)
  }, 60_000)

  it('ends in the real error when one character of the hash is another', async () => {
    const deployment = plainDeployment(twin, { port: 3000 })
    const hash = challengeOf(deployment)
    const wrong = `${hash.slice(0, -1)}${hash.endsWith('0') ? '1' : '0'}`
    deployment.contract_id = await contract(deployment, wrong)
    expect(await ask('zos.deployment.deploy', sign(deployment))).toBeNull()
    const report = await until(deployment, ({ workloads }) =>
      workloads.every(({ result }) => result.state === 'error'),
    )
    for (const { result } of report.workloads) {
      expect(result.message).toBe('contract hash does not match deployment hash')
    }
    await send(api.tx.smartContractModule!.cancelContract!(deployment.contract_id), pair)
  }, 30_000)

  it('refuses in the real words', async () => {
    const deployment = plainDeployment(twin, { port: 3001 })
    deployment.contract_id = 4711
    await expect(
      ask('zos.deployment.deploy', { ...deployment, twin_id: twin + 1 }),
    ).rejects.toThrow(`twin id mismatch (deployment: ${twin + 1}, message: ${twin})`)
    await expect(ask('zos.deployment.deploy', deployment)).rejects.toThrow(
      `missing required signature for twin '${twin}'`,
    )
    await expect(ask('zos.deployment.delete', { contract_id: 1 })).rejects.toThrow(
      'deletion over the api is disabled, please cancel your contract instead',
    )
    await expect(ask('zos.no.such')).rejects.toThrow('function is not found')
    await expect(send(api.tx.smartContractModule!.cancelContract!(999_999), pair)).rejects.toThrow(
      'ContractNotExists',
    )
  }, 30_000)
})
