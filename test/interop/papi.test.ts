// The newest client, `polkadot-api` 2: it knows the new JSON-RPC generation alone.

import { Keyring } from '@polkadot/api'
import { createClient, type PolkadotClient } from 'polkadot-api'
import { getPolkadotSigner } from 'polkadot-api/signer'
import { getWsProvider } from 'polkadot-api/ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { missingBuild, startUp, type Up } from './support.ts'

/** What is looked at of `System.Account`. */
interface Account {
  readonly data: { readonly free: bigint }
}

describe.skipIf(missingBuild)('polkadot-api 2', () => {
  let up: Up
  let client: PolkadotClient

  beforeAll(async () => {
    up = await startUp('--nodes', '3')
    const { substrate } = up.info.endpoints
    // Node 20 has no WebSocket of its own.
    const websocketClass = WebSocket as unknown as typeof globalThis.WebSocket
    client = createClient(getWsProvider(substrate, { websocketClass }))
  }, 60_000)

  afterAll(async () => {
    client?.destroy()
    expect(await up?.stop()).toBe(0)
  })

  it('reads storage, maps and constants', async () => {
    const api = client.getUnsafeApi()
    const [alice] = up.info.accounts
    const account = (await api.query.System!.Account!.getValue(alice!.address)) as Account
    expect(String(account.data.free)).toBe(alice!.free)
    const twin = await api.query.TfgridModule!.Twins!.getValue(alice!.twinId)
    expect(twin).toMatchObject({ account_id: alice!.address })
    expect(await api.query.TfgridModule!.Nodes!.getEntries()).toHaveLength(3)
    expect(await api.constants.Balances!.ExistentialDeposit!()).toBe(500n)
  })

  it('submits a transfer and follows it until it is final', async () => {
    const { tx, query } = client.getUnsafeApi()
    const [alice, bob] = up.info.accounts
    const pair = new Keyring({ type: 'sr25519' }).addFromUri(alice!.mnemonic)
    const signer = getPolkadotSigner(pair.publicKey, 'Sr25519', bytes => pair.sign(bytes))
    const dest = { type: 'Id', value: bob!.address }
    const free = async () =>
      ((await query.System!.Account!.getValue(bob!.address)) as Account).data.free
    const before = await free()
    const sent = await tx.Balances!.transfer_allow_death!({ dest, value: 12_345n }).signAndSubmit(
      signer,
    )
    expect(sent.ok).toBe(true)
    expect(sent.events.map(({ type, value }) => `${type}.${value.type}`)).toEqual([
      'Balances.Withdraw',
      'Balances.Transfer',
      'Balances.Deposit',
      'TransactionPayment.TransactionFeePaid',
      'System.ExtrinsicSuccess',
    ])
    expect((await free()) - before).toBe(12_345n)
  })

  it('names the error of a call that the chain refuses', async () => {
    const { tx } = client.getUnsafeApi()
    const pair = new Keyring({ type: 'sr25519' }).addFromUri(up.info.accounts[0]!.mnemonic)
    const signer = getPolkadotSigner(pair.publicKey, 'Sr25519', bytes => pair.sign(bytes))
    const name = new Uint8Array([0x21])
    const refused = await tx.TfgridModule!.create_farm!({ name, public_ips: [] }).signAndSubmit(
      signer,
    )
    expect(refused).toMatchObject({
      ok: false,
      dispatchError: {
        type: 'Module',
        value: { type: 'TfgridModule', value: { type: 'FarmNameTooShort' } },
      },
    })
  })
})
