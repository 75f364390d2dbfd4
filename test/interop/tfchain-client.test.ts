// Every method of the grid's own chain client, unmodified, against a grid in a process of its own.

import { createRequire } from 'node:module'
import type { KeyringPair } from '@polkadot/keyring/types'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { missingBuild, startUp, type Up } from './support.ts'

// Its `import` entry cannot be loaded by Node; its `require` entry can.
const require = createRequire(import.meta.url)
const tfchain = require('@threefold/tfchain_client') as typeof import('@threefold/tfchain_client')
const { Client, QueryClient, TFChainError } = tfchain
type Client = InstanceType<typeof Client>
type QueryClient = InstanceType<typeof QueryClient>

/** What the client's own packages bring: the errors, and keys of its generation of polkadot-js. */
const ofClient = createRequire(require.resolve('@threefold/tfchain_client'))
const errors = ofClient('@threefold/types') as Record<
  'ValidationError' | 'TwinNotExistError' | 'InsufficientBalanceError',
  new () => Error
>
const { Keyring } = ofClient('@polkadot/keyring') as typeof import('@polkadot/keyring')
const { mnemonicGenerate } = ofClient(
  '@polkadot/util-crypto',
) as typeof import('@polkadot/util-crypto')

/** The bridge validator of the dev genesis (`tfchain: substrate-node/node/src/chain_spec.rs`). */
const bridgeKey = 'quarter between satisfy three sphere six soda boss cute decade old trend'
const stellarAddress = 'GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN'
const tft = 10_000_000
const hashOf = (n: number) => n.toString(16).padStart(32, '0')

/** The methods of all its classes, and which of them the tests called. */
const declared = new Map<string, Set<string>>()
const called = new Map<string, Set<string>>()

/** What the methods call themselves, once somebody connects, sends or reads. */
const classes = {
  QueryClient,
  Client,
  ...Object.fromEntries(
    Object.entries(tfchain).filter(
      ([name, value]) => typeof value === 'function' && !name.startsWith('TFChainError'),
    ),
  ),
} as never as Record<string, { prototype: Record<string, unknown> }>

for (const [name, { prototype }] of Object.entries(classes)) {
  const methods = Object.getOwnPropertyNames(prototype).filter(each => each !== 'constructor')
  declared.set(name, new Set(methods))
  called.set(name, new Set())
  for (const method of methods) {
    const original = prototype[method] as (this: unknown, ...args: unknown[]) => unknown
    prototype[method] = function (this: unknown, ...args: unknown[]) {
      called.get(name)?.add(method)
      return original.apply(this, args)
    }
  }
}

/** An extrinsic of the client, ready to be sent. */
interface Applicable {
  apply(): Promise<unknown>
}

const apply = async <T = unknown>(extrinsic: Promise<Applicable | undefined>): Promise<T> =>
  (await (await extrinsic)!.apply()) as T

/** The name by which the client tells an error of a pallet, or the class of another. */
async function refusal(extrinsic: Promise<Applicable | undefined>): Promise<string> {
  try {
    await apply(extrinsic)
  } catch (cause) {
    if (cause instanceof TFChainError) return (cause as never as { keyError: string }).keyError
    return (cause as Error).constructor.name
  }
  return 'nothing was refused'
}

describe.skipIf(missingBuild)('@threefold/tfchain_client', () => {
  let up: Up
  let url: string
  let query: QueryClient
  /** A user, the farmers (one of them by the short name), the two members of the council, a bridge. */
  let alice: Client
  let farmers: Client[]
  let farmer: Client
  let first: Client
  let second: Client
  let bridge: Client

  const clientOf = (mnemonicOrSecret: string, keypairType: 'sr25519' | 'ed25519' = 'sr25519') =>
    new Client({ url, mnemonicOrSecret, keypairType })

  beforeEach(() => {
    // It tells of every event, every lock and every refusal.
    for (const kind of ['log', 'error'] as const) {
      vi.spyOn(console, kind).mockImplementation(() => undefined)
    }
  })

  beforeAll(async () => {
    // A proposal of the DAO needs the votes of five farms. The first farm has four nodes.
    up = await startUp('--nodes', '20', '--farms', '5')
    url = up.info.endpoints.substrate
    const mnemonicOf = (name: string) => up.info.accounts.find(each => each.name === name)!.mnemonic
    query = new QueryClient(url)
    alice = clientOf(mnemonicOf('alice'))
    farmers = [1, 2, 3, 4, 5].map(i => clientOf(mnemonicOf(`farmer-${i}`)))
    farmer = farmers[0]!
    first = clientOf('//Alice')
    second = clientOf('//Bob')
    bridge = clientOf(bridgeKey)
    for (const each of [alice, ...farmers, first, second, bridge]) await each.connect()
  }, 60_000)

  afterAll(async () => {
    await query?.disconnect()
    const status = await up?.stop()
    expect(up?.stderr()).toBe('')
    expect(status).toBe(0)
  })

  /** An account with money, its terms accepted, and a twin. */
  async function newUser(amount: number): Promise<Client> {
    const user = clientOf(mnemonicGenerate())
    await user.connect()
    await apply(first.balances.transfer({ address: user.address, amount }))
    const terms = { documentLink: 'https://example.org/terms', documentHash: 'a'.repeat(32) }
    await apply(user.termsAndConditions.accept(terms))
    await apply(user.twins.create({ relay: null, pk: null } as never))
    return user
  }

  /** Carries a motion with both votes; returns the events of its closing by name. */
  async function carry(proposal: Applicable): Promise<string[]> {
    const motion = await apply<{ hash: string; index: number; threshold: number }>(
      first.council.propose({ threshold: 2, proposal: proposal as never }),
    )
    expect(motion.threshold).toBe(2)
    const { hash, index } = motion
    for (const member of [first, second]) {
      await apply(member.council.vote({ hash, index, approve: true }))
    }
    return eventsOf(() => apply(first.council.close({ hash, index })))
  }

  /** The names of the events in the block that something makes. */
  async function eventsOf(body: () => Promise<unknown>): Promise<string[]> {
    await body()
    const records = (await first.api.query.system!.events!()) as never as {
      event: { method: string; data: { toHuman(): unknown } }
    }[]
    return records.map(({ event }) => {
      const isResult = event.method === 'Executed'
      return isResult ? `Executed ${JSON.stringify(event.data.toHuman())}` : event.method
    })
  }

  it('connects, and says why when it cannot', async () => {
    await query.connect()
    expect(query.api.runtimeVersion.specVersion.toNumber()).toBe(153)
    expect(alice.address).toBe(up.info.accounts[0]!.address)
    expect(() => clientOf('not a phrase').checkInputs()).toThrow(errors.ValidationError)
    expect(() => new QueryClient('').checkInputs()).toThrow('url should be provided')
    const nobody = new QueryClient('ws://127.0.0.1:9')
    await expect(nobody.connect()).rejects.toThrow('Unable to establish a connection')
  })

  it('sends with an ed25519 key, and with a signer of somebody else', async () => {
    const secret = `0x${'5e'.repeat(32)}`
    const edith = clientOf(secret, 'ed25519')
    await edith.connect()
    await apply(alice.balances.transfer({ address: edith.address, amount: 100 * tft }))
    await apply(edith.balances.transfer({ address: alice.address, amount: tft }))
    const pair: KeyringPair = new Keyring({ type: 'ed25519' }).addFromUri(secret)
    const signer = {
      signPayload: async (payload: { version: number }) => {
        const { version } = payload
        const whole = edith.api.registry.createType('ExtrinsicPayload', payload, { version })
        return { id: 1, ...(whole as never as { sign(p: KeyringPair): object }).sign(pair) }
      },
    }
    const extSigner = { address: pair.address, signer } as never
    const elsewhere = new Client({ url, extSigner })
    await elsewhere.connect()
    const sent = elsewhere.balances.transfer({ address: alice.address, amount: 7 })
    expect(await apply(sent)).toBe(7)
  })

  it('tells balances, and moves them', async () => {
    const user = clientOf(mnemonicGenerate())
    await user.connect()
    const { address } = user
    expect(await user.balances.getMyBalance()).toEqual({ free: 0, reserved: 0, frozen: 0 })
    expect(await apply(alice.balances.transfer({ address, amount: 5 * tft }))).toBe(5 * tft)
    expect(await query.balances.get({ address })).toEqual({ free: 5 * tft, reserved: 0, frozen: 0 })
    const transfer = (client: Client, amount: number) =>
      refusal(client.balances.transfer({ address: alice.address, amount }))
    expect(await transfer(alice, 0)).toBe('ValidationError')
    expect(await transfer(user, 6 * tft)).toBe('"FundsUnavailable"')
    expect(await transfer(clientOf(mnemonicGenerate()), 1)).toBe('InsufficientBalanceError')
    const force = { source: address, dest: alice.address, amount: 1 }
    expect(await refusal(alice.balances.forceTransfer(force))).toBe('ValidationError')
    expect(await refusal(first.balances.forceTransfer(force))).toBe('BadOriginError')
    const set = { address, amount: 1 }
    expect(await refusal(alice.balances.forceSetBalance(set))).toBe('ValidationError')
    expect(await refusal(second.balances.forceSetBalance(set))).toBe('BadOriginError')
    // The council is not Root: its motion is carried, and what it does fails.
    const events = await carry(await first.balances.forceSetBalance(set))
    expect(events.find(name => name.startsWith('Executed'))).toContain('BadOrigin')
    expect(await user.balances.getMyBalance()).toMatchObject(await query.balances.get({ address }))
    expect((await user.balances.getMyBalance()).free).toBeGreaterThan(4.9 * tft)
  })

  it('accepts terms, creates and changes twins', async () => {
    const user = clientOf(mnemonicGenerate())
    await user.connect()
    await apply(alice.balances.transfer({ address: user.address, amount: 5 * tft }))
    const none = { relay: null, pk: null } as never
    expect(await refusal(user.twins.create(none))).toBe('UserDidNotSignTermsAndConditions')
    const link = { documentLink: 'https://example.org/terms', documentHash: 'b'.repeat(32) }
    const short = { ...link, documentHash: '' }
    expect(await refusal(user.termsAndConditions.accept(short))).toBe('DocumentHashInputTooShort')
    expect(await apply(user.termsAndConditions.accept(link))).toBeUndefined()
    const twin = await apply<{ id: number }>(user.twins.create(none))
    expect(twin).toEqual({ ...twin, accountId: user.address, relay: null, entities: [], pk: null })
    expect(await refusal(user.twins.create(none))).toBe('TwinWithPubkeyExists')
    const more = { relay: 'relay.example.org', pk: `0x${'02'.repeat(33)}` }
    const updated = await apply(user.twins.update(more as never))
    expect(updated).toMatchObject({ id: twin.id, relay: 'relay.example.org' })
    expect(await refusal(user.twins.update({ relay: 'no host', pk: null } as never))).toBe(
      'InvalidRelayAddress',
    )
    expect(await query.twins.get({ id: twin.id })).toEqual(updated)
    expect(await query.twins.get({ id: 99_999 })).toBeNull()
    await expect(query.twins.get({ id: 0 })).rejects.toThrow(errors.TwinNotExistError)
    expect(await user.twins.getMyTwinId()).toBe(twin.id)
    expect(await query.twins.getTwinIdByAccountId({ accountId: user.address })).toBe(twin.id)
    expect(await query.twins.getTwinIdByAccountId({ accountId: first.address })).toBeNull()
  })

  it('creates farms and keeps their addresses', async () => {
    const name = 'interop-farm'
    const publicIps = [{ ip: '185.10.10.5/24', gw: '185.10.10.1' }]
    const farm = await apply<{ id: number }>(alice.farms.create({ name, publicIps }))
    expect(farm).toMatchObject({ name, certification: 'NotCertified', dedicatedFarm: false })
    expect(await refusal(alice.farms.create({ name, publicIps: [] }))).toBe('FarmExists')
    expect(await refusal(alice.farms.create({ name: 'a b', publicIps: [] }))).toBe(
      'InvalidFarmName',
    )
    expect(await refusal(first.farms.create({ name: 'other', publicIps: [] }))).toBe(
      'TwinNotExists',
    )
    const address = { farmId: farm.id, ip: '185.10.10.6/24', gw: '185.10.10.1' }
    expect(await apply(alice.farms.addFarmIp(address))).toMatchObject({ id: farm.id })
    expect(await refusal(alice.farms.addFarmIp(address))).toBe('IpExists')
    expect(await refusal(farmer.farms.addFarmIp({ ...address, ip: '185.10.10.7/24' }))).toBe(
      'CannotUpdateFarmWrongTwin',
    )
    expect(await refusal(alice.farms.addFarmIp({ ...address, ip: '10.0.0.1/24' }))).toBe(
      'InvalidPublicIP',
    )
    const { farmId, ip } = address
    await apply(alice.farms.removeFarmIp({ farmId, ip }))
    expect(await refusal(alice.farms.removeFarmIp({ farmId, ip }))).toBe('IpNotExists')
    const payout = { farmId, stellarAddress }
    expect(await apply(alice.farms.addStellarAddress(payout))).toBe(farmId)
    expect(await refusal(farmer.farms.addStellarAddress(payout))).toBe('CannotUpdateFarmWrongTwin')
    const stored = await query.farms.get({ id: farmId })
    expect(stored.publicIps).toEqual([
      { ip: '185.10.10.5/24', gateway: '185.10.10.1', contractId: 0 },
    ])
    expect(await query.farms.get({ id: 99_999 })).toBeNull()
  })

  it('reads nodes, gives them public configurations, and turns them off and on', async () => {
    const node = await query.nodes.get({ id: 4 })
    expect(node).toMatchObject({ id: 4, farmId: 1, certification: 'Diy' })
    expect(node.twinId).toBe(up.info.nodes[3]!.twinId)
    await expect(query.nodes.get({ id: -1 })).rejects.toThrow(errors.ValidationError)
    expect(await query.nodes.get({ id: 99_999 })).toBeNull()
    const ip4 = { ip: '185.206.122.33/24', gw: '185.206.122.1' }
    const publicConfig = { ip4, ip6: null, domain: 'gent.example.org' }
    const config = { farmId: 1, nodeId: 4, publicConfig }
    expect(await apply(farmer.nodes.addNodePublicConfig(config))).toBe(4)
    expect((await query.nodes.get({ id: 4 })).publicConfig).toEqual(publicConfig)
    expect(await refusal(alice.nodes.addNodePublicConfig(config))).toBe('CannotUpdateFarmWrongTwin')
    const wrong = { ...publicConfig, ip4: { ...ip4, gw: '185.206.123.1' } }
    expect(
      await refusal(farmer.nodes.addNodePublicConfig({ ...config, publicConfig: wrong })),
    ).toBe('InvalidPublicConfig')
    await apply(farmer.nodes.addNodePublicConfig({ farmId: 1, nodeId: 4 }))
    expect((await query.nodes.get({ id: 4 })).publicConfig).toBeNull()
    expect(await refusal(alice.nodes.setPower({ nodeId: 4, power: false }))).toBe(
      'UnauthorizedToChangePowerTarget',
    )
    expect(await refusal(farmer.nodes.setPower({ nodeId: 99_999, power: true }))).toBe(
      'NodeNotExists',
    )
    const powerOf = async () =>
      (await query.api.query.tfgridModule!.nodePower!(4)).toPrimitive() as { target: string }
    await apply(farmer.nodes.setPower({ nodeId: 4, power: false }))
    expect((await powerOf()).target).toBe('Down')
    await apply(farmer.nodes.setPower({ nodeId: 4, power: true }))
    expect((await powerOf()).target).toBe('Up')
  })

  it('creates, reads, changes and cancels node contracts', async () => {
    const wish = { nodeId: 1, hash: hashOf(1), data: '{"a":1}', numberOfPublicIps: 1 } as const
    const create = (more: object = {}, client = alice) =>
      client.contracts.createNode({ ...wish, ...more } as never)
    const contract = await apply<{ contractId: number }>(create())
    const id = contract.contractId
    expect(contract).toMatchObject({
      version: 4,
      state: { created: null },
      twinId: 1,
      solutionProviderId: null,
      contractType: {
        nodeContract: {
          nodeId: 1,
          deploymentHash: wish.hash,
          deploymentData: wish.data,
          publicIps: 1,
          publicIpsList: [{ contractId: id }],
        },
      },
    })
    expect(await query.contracts.get({ id })).toEqual(contract)
    expect(await refusal(create())).toBe('ContractIsNotUnique')
    expect(await refusal(create({ nodeId: 999 }))).toBe('NodeNotExists')
    expect(await refusal(create({ hash: hashOf(2), numberOfPublicIps: 99 }))).toBe(
      'FarmHasNotEnoughPublicIPs',
    )
    expect(await refusal(create({ hash: hashOf(2) }, first))).toBe('TwinNotExists')
    const { nodeId, hash } = wish
    expect(await query.contracts.getContractIdByNodeIdAndHash({ nodeId, hash })).toBe(id)
    expect(await query.contracts.getActiveContracts({ nodeId })).toEqual([id])
    expect(await query.contracts.getNodeContractResources({ id })).toEqual({
      contractId: 0,
      used: { hru: 0, sru: 0, cru: 0, mru: 0 },
    })
    expect(await query.contracts.contractLock({ id })).toEqual({
      amountLocked: 0,
      extraAmountLocked: 0,
      lockUpdated: 0,
      cycles: 0,
    })
    const payment = await query.contracts.getContractPaymentState(id)
    // The first bill of the public IP falls due in the block whose number is the contract's: it may have come.
    expect(payment).toMatchObject({ standardOverdraft: 0 })
    expect(Number(payment.standardReserve) > 0).toBe(payment.cycles > 0)
    expect(payment.lastUpdatedSeconds).toBeGreaterThan(1_700_000_000)
    expect(await query.contracts.getContractPaymentState(999_999)).toBeNull()
    expect(await query.contracts.getContractBillingInformationByID(id)).toMatchObject({
      previousNuReported: 0,
      amountUnbilled: 0,
    })
    expect(await query.contracts.getDeletionTime({ id })).toBe(0)

    const change = { id, hash: hashOf(3), data: 'changed' }
    expect(await apply(alice.contracts.updateNode(change))).toMatchObject({
      contractType: { nodeContract: { deploymentHash: hashOf(3), deploymentData: 'changed' } },
    })
    expect(await refusal(farmer.contracts.updateNode(change))).toBe(
      'TwinNotAuthorizedToUpdateContract',
    )
    expect(await refusal(alice.contracts.updateNode({ ...change, id: 999_999 }))).toBe(
      'ContractNotExists',
    )
    expect(await refusal(farmer.contracts.cancel({ id }))).toBe('TwinNotAuthorizedToCancelContract')
    expect(await apply(alice.contracts.cancel({ id }))).toBe(id)
    expect(await query.contracts.getActiveContracts({ nodeId })).toEqual([])
    expect(await alice.contracts.cancel({ id: 999_999 })).toBeUndefined()
  })

  it('registers names', async () => {
    const name = 'interopname'
    const contract = await apply<{ contractId: number }>(alice.contracts.createName({ name }))
    expect(contract).toMatchObject({ contractType: { nameContract: { name } } })
    expect(await refusal(farmer.contracts.createName({ name }))).toBe('NameExists')
    expect(await refusal(farmer.contracts.createName({ name: 'a.b' }))).toBe('NameNotValid')
    expect(await refusal(farmer.contracts.createName({ name: 'ab' }))).toBe(
      'NameContractNameTooShort',
    )
    expect(await query.contracts.getContractIdByName({ name })).toBe(contract.contractId)
    await apply(alice.contracts.cancel({ id: contract.contractId }))
    expect(await query.contracts.getContractIdByName({ name })).toBe(0)
  })

  it('rents nodes, with an extra fee', async () => {
    const nodeId = 2
    const fee = (client: Client, extraFee: number) =>
      client.contracts.setDedicatedNodeExtraFee({ nodeId, extraFee })
    expect(await refusal(fee(alice, 1000))).toBe('UnauthorizedToSetExtraFee')
    expect(await apply(fee(farmer, 1000))).toBe(nodeId)
    expect(await query.contracts.getDedicatedNodeExtraFee({ nodeId })).toBe(1000)
    const rent = await apply<{ contractId: number }>(alice.contracts.createRent({ nodeId }))
    expect(rent).toMatchObject({ contractType: { rentContract: { nodeId } } })
    const id = rent.contractId
    expect(await query.contracts.getContractIdByActiveRentForNode({ nodeId })).toBe(id)
    expect(await refusal(alice.contracts.createRent({ nodeId }))).toBe('NodeHasRentContract')
    expect(await refusal(fee(farmer, 0))).toBe('NodeHasActiveContracts')
    const wish = { nodeId, hash: hashOf(9), data: '', numberOfPublicIps: 0 }
    expect(await refusal(farmer.contracts.createNode(wish as never))).toBe(
      'NodeNotAvailableToDeploy',
    )
    // A council motion ends a contract of anybody.
    const { contractId } = await apply<{ contractId: number }>(
      alice.contracts.createNode(wish as never),
    )
    expect(await refusal(alice.contracts.cancelCollective({ id }))).toBe('ValidationError')
    expect(await refusal(first.contracts.cancelCollective({ id }))).toBe('BadOriginError')
    expect(await first.contracts.cancelCollective({ id: 999_999 })).toBeUndefined()
    await apply(alice.contracts.cancel({ id: contractId }))
    const events = await carry((await first.contracts.cancelCollective({ id }))!)
    expect(events).toContain('RentContractCanceled')
    expect(await query.contracts.getContractIdByActiveRentForNode({ nodeId })).toBeNull()
  })

  it('agrees on a service, bills it and cancels it', async () => {
    const service = await newUser(100 * tft)
    const consumer = await newUser(1000 * tft)
    const { contracts } = service
    const parties = { serviceAccount: service.address, consumerAccount: consumer.address }
    expect(await refusal(alice.contracts.createService(parties))).toBe('TwinNotAuthorized')
    const made = await apply<{ serviceContractId: number }>(contracts.createService(parties))
    const serviceId = made.serviceContractId
    expect(made).toMatchObject({ baseFee: 0, state: 'Created', acceptedByService: false })
    const agree = (client: Client, approve = true) =>
      client.contracts.approveService({ serviceId, approve })
    expect(await refusal(agree(service))).toBe('ServiceContractApprovalNotAllowed')
    expect(await refusal(agree(service, false))).toBe('ServiceContractRejectionNotAllowed')
    const metadata = { serviceId, metadata: 'a service' }
    expect(await apply(contracts.setServiceMetadata(metadata))).toMatchObject({ state: 'Created' })
    const fees = { serviceId, baseFee: 1000, variableFee: 3_600_000 }
    expect(await refusal(consumer.contracts.setServiceFees(fees))).toBe('TwinNotAuthorized')
    expect(await apply(contracts.setServiceFees(fees))).toMatchObject({ state: 'AgreementReady' })
    const bill = { serviceId, variableAmount: 0, metadata: 'a bill' }
    expect(await refusal(contracts.billService(bill))).toBe(
      'ServiceContractBillingNotApprovedByBoth',
    )
    expect(await apply(agree(service))).toMatchObject({ acceptedByService: true })
    expect(await apply(agree(consumer))).toMatchObject({ state: 'ApprovedByBoth' })
    expect(await refusal(contracts.setServiceMetadata(metadata))).toBe(
      'ServiceContractModificationNotAllowed',
    )
    expect(await apply(contracts.billService(bill))).toMatchObject({ serviceContractId: serviceId })
    const dear = { ...bill, variableAmount: 3_600_001 }
    expect(await refusal(contracts.billService(dear))).toBe(
      'ServiceContractBillingVariableAmountTooHigh',
    )
    expect(await refusal(consumer.contracts.billService(bill))).toBe('TwinNotAuthorized')
    expect(await query.contracts.getService({ serviceId })).toMatchObject({
      serviceContractId: serviceId,
      baseFee: 1000,
      variableFee: 3_600_000,
      metadata: 'a service',
      acceptedByConsumer: true,
    })
    expect(await apply(consumer.contracts.cancelService({ serviceId }))).toBe(serviceId)
    expect(await query.contracts.getService({ serviceId })).toBeNull()
    expect(await refusal(contracts.cancelService({ serviceId }))).toBe('ServiceContractNotExists')
    // And one that the consumer turns down.
    const again = await apply<{ serviceContractId: number }>(contracts.createService(parties))
    const id = again.serviceContractId
    await apply(contracts.setServiceMetadata({ serviceId: id, metadata: 'x' }))
    await apply(contracts.setServiceFees({ serviceId: id, baseFee: 1, variableFee: 1 }))
    await apply(consumer.contracts.approveService({ serviceId: id, approve: false }))
    expect(await query.contracts.getService({ serviceId: id })).toBeNull()
  })

  it('brings a contract into its grace period, and unlocks it', async () => {
    const poor = await newUser(100 * tft)
    const contract = await apply<{ contractId: number }>(
      poor.contracts.createName({ name: 'poorname' }),
    )
    const id = contract.contractId
    const { free } = await poor.balances.getMyBalance()
    const give = (amount: number) => poor.balances.transfer({ address: alice.address, amount })
    const fee = (await (await give(free)).paymentInfo(poor.address)).partialFee.toNumber()
    await apply(give(free - fee - 501))
    // A bill of a second is more than the one unit that is left; earlier ones cost nothing.
    let state = 'created'
    for (let tries = 0; tries < 500 && state !== 'gracePeriod'; tries += 1) {
      expect(await apply(alice.contracts.unlock(id))).toBeUndefined()
      state = Object.keys((await query.contracts.get({ id })).state)[0]!
    }
    expect(state).toBe('gracePeriod')
    const inGrace = await query.contracts.get({ id })
    expect(inGrace.state.gracePeriod).toBeGreaterThan(0)
    const twoWeeks = 14 * 86_400_000
    const deletion = await query.contracts.getDeletionTime({ id })
    expect(Math.abs(deletion - Date.now() - twoWeeks)).toBeLessThan(3_600_000)
    const { standardOverdraft } = await query.contracts.getContractPaymentState(id)
    expect(Number(standardOverdraft)).toBeGreaterThan(0)
    await apply(alice.balances.transfer({ address: poor.address, amount: 10 * tft }))
    // Within the second of the last bill nothing is due, and nothing happens.
    let unlocked: unknown
    for (let tries = 0; tries < 500 && unlocked === undefined; tries += 1) {
      unlocked = await apply(alice.contracts.unlock(id))
    }
    expect(unlocked).toBe(id)
    expect(await query.contracts.get({ id })).toMatchObject({ state: { created: null } })
    expect(await refusal(alice.contracts.unlock(999_999))).toBe('ContractNotExists')
  })

  it('lets the council approve a solution provider, whose contracts carry it', async () => {
    const { api } = alice
    const pallet = api.tx.smartContractModule!
    const providers = [{ who: farmer.address, take: 10 }]
    const create = pallet.createSolutionProvider!('a solution', 'https://example.org', providers)
    const made = (await alice.applyExtrinsic(create)) as unknown as { solutionProviderId: number }
    const solutionProviderId = made.solutionProviderId
    const wish = { nodeId: 3, hash: hashOf(5), data: '', numberOfPublicIps: 0, solutionProviderId }
    expect(await refusal(alice.contracts.createNode(wish))).toBe('SolutionProviderNotApproved')
    const approve = () => pallet.approveSolutionProvider!(solutionProviderId, true)
    expect(await refusal(Promise.resolve(alice.patchExtrinsic(approve() as never)))).toBe(
      'BadOriginError',
    )
    expect(await carry(approve() as never)).toContain('SolutionProviderApproved')
    const contract = await apply<{ contractId: number }>(alice.contracts.createNode(wish))
    expect(contract).toMatchObject({ solutionProviderId })
    await apply(alice.contracts.cancel({ id: contract.contractId }))
  })

  it('proposes, votes and closes in the council', async () => {
    expect(await query.council.members()).toEqual([second.address, first.address])
    const before = await query.council.getProposalCount()
    const price = first.api.tx.tfgridModule!.setConnectionPrice!(81) as never
    const wish = { threshold: 2, proposal: price }
    expect(await refusal(alice.council.propose(wish))).toBe('ValidationError')
    const motion = await apply<{ hash: string; index: number }>(first.council.propose(wish))
    expect(motion).toEqual({ ...motion, address: first.address, index: before, threshold: 2 })
    const { hash, index } = motion
    expect(await query.council.getProposalCount()).toBe(before + 1)
    expect(await query.council.getAllProposals()).toEqual([hash])
    expect(await query.council.getProposal({ hash })).toEqual({
      section: 'tfgridModule',
      method: 'setConnectionPrice',
      args: { price: '81' },
    })
    expect(await refusal(first.council.propose(wish))).toBe('DuplicateProposal')
    const vote = (client: Client, more: object = {}) =>
      client.council.vote({ hash, index, approve: true, ...more })
    expect(await refusal(vote(alice))).toBe('ValidationError')
    expect(await refusal(vote(first, { index: index + 7 }))).toBe('WrongIndex')
    expect(await apply(vote(first))).toBe(first.address)
    expect(await refusal(vote(first))).toBe('DuplicateVote')
    expect(await refusal(first.council.close({ hash, index }))).toBe('TooEarly')
    expect(await refusal(alice.council.close({ hash, index }))).toBe('ValidationError')
    await apply(vote(second))
    const events = await eventsOf(() => apply(second.council.close({ hash, index })))
    expect(events).toEqual(expect.arrayContaining(['Closed', 'Approved', 'ConnectionPriceSet']))
    expect(await query.council.getAllProposals()).toEqual([])
    expect(await query.council.getProposal({ hash })).toBeNull()
    expect(await refusal(vote(first))).toBe('ProposalMissing')
  })

  it('lets farmers decide in the DAO, whose decisions run as Root', async () => {
    const user = clientOf(mnemonicGenerate())
    await user.connect()
    const { address } = user
    await apply(alice.balances.transfer({ address, amount: tft }))
    const action = await first.balances.forceSetBalance({ address, amount: 42 * tft })
    const remark = first.api.tx.system!.remark!('a DAO proposal') as never
    const wish = { threshold: 5, description: 'why', link: 'https://example.org', duration: null }
    expect(await refusal(alice.dao.propose({ ...wish, proposal: remark }))).toBe('ValidationError')
    const quick = { ...wish, proposal: remark, duration: 14_399 }
    expect(await refusal(first.dao.propose(quick))).toBe('InvalidProposalDuration')
    const easy = { ...wish, proposal: remark, threshold: 4 }
    expect(await refusal(first.dao.propose(easy))).toBe('ThresholdTooLow')
    const proposal = await apply<{ hash: string; index: number }>(
      first.dao.propose({ ...wish, proposal: action }),
    )
    const { hash, index } = proposal
    expect(proposal).toEqual({ ...proposal, address: first.address, threshold: 5 })
    const words = await apply<{ hash: string; index: number }>(
      first.dao.propose({ ...wish, proposal: remark, description: 'words', duration: 14_400 }),
    )
    const { active } = await query.dao.get()
    expect(active).toHaveLength(2)
    expect(active[1]).toMatchObject({
      hash: words.hash,
      threshold: 5,
      ayes: [],
      nayes: [],
      vetos: [],
      action: 'a DAO proposal',
      description: 'words',
      link: 'https://example.org',
      ayesProgress: 0,
    })
    const vote = (client: Client, more: object = {}) =>
      client.dao.vote({ farmId: farmers.indexOf(client) + 1, hash, approve: true, ...more })
    expect(await refusal(vote(alice, { farmId: 1 }))).toBe('NotAuthorizedToVote')
    expect(await refusal(vote(farmer, { hash: `0x${'12'.repeat(32)}` }))).toBe('ProposalMissing')
    expect(await refusal(first.dao.close({ hash, index }))).toBe(
      'OngoingVoteAndTresholdStillNotMet',
    )
    for (const each of farmers) await apply(vote(each, { approve: each !== farmers[4] }))
    expect(await refusal(vote(farmer))).toBe('DuplicateVote')
    const votes = await query.dao.getVotesOfProposal(hash)
    // Every farm has as many nodes, all alike.
    expect(votes).toMatchObject({ ayesProgress: 80, nayesProgress: 20 })
    expect(votes.ayes.map(({ farmId }) => farmId)).toEqual([1, 2, 3, 4])
    expect(votes.nays).toEqual([{ farmId: 5, weight: votes.ayes[0]!.weight }])
    expect(await refusal(alice.dao.close({ hash, index }))).toBe('ValidationError')
    const events = await eventsOf(() => apply(second.dao.close({ hash, index })))
    expect(events.find(name => name.startsWith('Executed'))).toContain('Ok')
    expect((await user.balances.getMyBalance()).free).toBe(42 * tft)
    for (const each of farmers) await apply(vote(each, { hash: words.hash, approve: false }))
    const closing = await eventsOf(() => apply(first.dao.close(words)))
    expect(closing).toContain('Disapproved')
    expect(await query.dao.get()).toEqual({ active: [], inactive: [] })
  })

  it('keeps values', async () => {
    const store = alice.kvStore
    expect(await store.list()).toEqual([])
    expect(await apply(store.set({ key: 'one', value: 'first' }))).toBe(alice.address)
    await apply(store.set({ key: 'two', value: 'zweites ü' }))
    await apply(store.set({ key: 'three', value: '3' }))
    expect(await store.get({ key: 'one' })).toBe('first')
    expect(await store.get({ key: 'two' })).toBe(`0x${Buffer.from('zweites ü').toString('hex')}`)
    expect(await store.get({ key: 'none' })).toBe('')
    expect((await store.list()).sort()).toEqual(['one', 'three', 'two'])
    expect(await farmer.kvStore.list()).toEqual([])
    expect(await apply(store.delete({ key: 'one' }))).toBe(alice.address)
    expect(await refusal(store.delete({ key: 'one' }))).toBe('NoValueStored')
    const large = 'x'.repeat(2049)
    expect(await refusal(store.set({ key: 'large', value: large }))).toBe('ValueIsTooLarge')
    expect(await refusal(store.set({ key: large.slice(0, 513), value: '' }))).toBe('KeyIsTooLarge')
    expect((await store.deleteAll()).sort()).toEqual(['three', 'two'])
    expect(await store.list()).toEqual([])
  })

  it('reads prices and policies, and sees them change', async () => {
    const policy = await query.pricingPolicies.get({ id: 1 })
    expect(policy).toMatchObject({
      id: 1,
      name: 'threefold_default_pricing_policy',
      su: { value: 50_000, unit: 'Gigabytes' },
      discountForDedicationNodes: 50,
    })
    expect(await query.pricingPolicies.get({ id: 2 })).toBeNull()
    const set = (client: Client) => {
      const extrinsic = client.api.tx.tftPriceModule!.setPrices!(50, 1)
      return Promise.resolve(client.patchExtrinsic(extrinsic as never))
    }
    expect(await refusal(set(second))).toBe('AccountUnauthorizedToSetPrice')
    expect(await apply(set(first))).toBe(50)
    expect(await query.tftPrice.get()).toBe(50)
    const limits = first.api.tx.tftPriceModule!
    expect(await carry(limits.setMaxTftPrice!(900) as never)).toContain('Approved')
    const max = await query.api.query.tftPriceModule!.maxTftPrice!()
    expect(max.toPrimitive()).toBe(900)
  })

  it('swaps to Stellar, and hears what was minted', async () => {
    expect(await query.tftBridge.getWithdrawFee()).toBe(tft)
    expect(await query.tftBridge.getDepositFee()).toBe(tft)
    const swap = (amount: number, target = stellarAddress) =>
      alice.tftBridge.swapToStellar({ target, amount })
    const before = await alice.balances.getMyBalance()
    expect(await apply(swap(5 * tft))).toBe(1)
    expect(before.free - (await alice.balances.getMyBalance()).free).toBeGreaterThan(5 * tft)
    expect(await refusal(swap(tft))).toBe('AmountIsLessThanWithdrawFee')
    expect(await refusal(swap(5 * tft, stellarAddress.toLowerCase()))).toBe(
      'InvalidStellarPublicKey',
    )
    expect(await refusal(swap(1e14))).toBe('NotEnoughBalanceToSwap')
    const mint = (client: Client, hash: string) => {
      const { proposeOrVoteMintTransaction } = client.api.tx.tftBridgeModule!
      const extrinsic = proposeOrVoteMintTransaction!(hash, alice.address, 9 * tft)
      return Promise.resolve(client.patchExtrinsic(extrinsic as never))
    }
    expect(await refusal(mint(alice, 'tx'))).toBe('ValidatorNotExists')
    const heard = alice.tftBridge.listenToMintCompleted(alice.address, 0.2)
    // The subscription stands when a later request of the same connection is answered.
    await alice.tftBridge.getDepositFee()
    await apply(mint(bridge, 'tx'))
    expect(await heard).toBe(9 * tft)
    await expect(query.listenForEvent('tftBridgeModule', 'Nothing', () => true)).rejects.toThrow(
      '<Nothing> is not defined on the chain under tftBridgeModule',
    )
    await expect(query.listenForEvent('nowhere', 'Nothing', () => true)).rejects.toThrow(
      '<nowhere> is not defined on the chain',
    )
  })

  it('sends many calls as one', async () => {
    const transfer = (amount: number) => alice.balances.transfer({ address: bob(), amount })
    const bob = () => up.info.accounts[1]!.address
    const freeOfBob = async () => (await query.balances.get({ address: bob() })).free
    const names = (list: string[]) => list.map(name => alice.contracts.createName({ name }))
    const made = await alice.utility.batchAll<{ contractId: number }>(
      (await Promise.all(names(['batchone', 'batchtwo']))) as never,
    )
    expect(made).toMatchObject([
      { contractType: { nameContract: { name: 'batchone' } } },
      { contractType: { nameContract: { name: 'batchtwo' } } },
    ])
    const cancels = await Promise.all(
      made.map(({ contractId }) => alice.contracts.cancel({ id: contractId })),
    )
    expect(await alice.applyAllExtrinsics(cancels as never)).toEqual(
      made.map(({ contractId }) => contractId),
    )
    const before = await freeOfBob()
    // One of them fails: `batch` stops there and keeps what was done, `batchAll` keeps nothing.
    const mixed = [await transfer(10), await transfer(1e14), await transfer(20)]
    await alice.utility.batch(mixed)
    expect((await freeOfBob()) - before).toBe(10)
    await expect(alice.utility.batchAll(mixed)).rejects.toThrow('Token Error')
    expect((await freeOfBob()) - before).toBe(10)
    expect(await alice.utility.batch([])).toEqual([])
    expect(await alice.utility.batchAll([undefined as never])).toEqual([])
    // More than 400 become several.
    const many = await Promise.all(Array.from({ length: 401 }, () => transfer(1)))
    await alice.utility.batchAll(many)
    expect((await freeOfBob()) - before).toBe(411)
  })

  it('disconnects, and connects again by itself', async () => {
    await query.disconnect()
    expect(query.api.isConnected).toBe(false)
    expect(await query.tftPrice.get()).toBe(50)
  })

  it('was called with every method that it has', () => {
    const left = [...declared].flatMap(([name, methods]) =>
      [...methods].filter(each => !called.get(name)!.has(each)).map(each => `${name}.${each}`),
    )
    // That one ends the process.
    expect(left).toEqual(['QueryClient.disconnectAndExit'])
  })
})
