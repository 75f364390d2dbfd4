// The environment of the worked cases of contracts and billing: exact blocks, balances, prices and fixtures.

import { devAccounts } from '../../../src/chain/genesis.ts'
import { balances } from '../../../src/chain/pallets/balances/declaration.ts'
import { smartContract } from '../../../src/chain/pallets/smart-contract/declaration.ts'
import { stakingPoolAccount } from '../../../src/chain/pallets/smart-contract/distribution.ts'
import type {
  Contract,
  ContractPaymentState,
  ContractState,
} from '../../../src/chain/pallets/smart-contract/types.ts'
import { system } from '../../../src/chain/pallets/system/declaration.ts'
import { tfgrid } from '../../../src/chain/pallets/tfgrid/declaration.ts'
import { type Farm, Node, type PricingPolicy } from '../../../src/chain/pallets/tfgrid/types.ts'
import { tftPrice } from '../../../src/chain/pallets/tft-price/declaration.ts'
import type { ChainEvent } from '../../../src/chain/runtime/outer.ts'
import type { AccountId } from '../../../src/chain/types/primitives.ts'
import { invariant } from '../../../src/kernel/errors.ts'
import { defaultOf } from '../../../src/scale/type.ts'
import { accountOf, type Caller, type DevName, type Outcome, testChain } from './chain.ts'

export const GiB = 1n << 30n

/** Block n of the worked cases has this timestamp plus 6 n, in seconds. */
export const epochSeconds = 1_628_082_000

/** Where a name or an account of a case is. */
export type Who = DevName | 'staking' | AccountId

const idOf = (who: Who): AccountId => (who === 'staking' ? stakingPoolAccount : accountOf(who))

const twinIds = { alice: 1, bob: 2, charlie: 3, dave: 4 } as const

const perGigabyte = (value: number) => ({ value, unit: 'Gigabytes' }) as const

/** Fixture POLICY. */
export const casePolicy: PricingPolicy = {
  version: 1,
  id: 1,
  name: 'policy_1',
  su: perGigabyte(194_400),
  cu: perGigabyte(305_600),
  nu: perGigabyte(50_000),
  ipu: perGigabyte(69_400),
  unique_name: perGigabyte(13_900),
  domain_name: perGigabyte(27_800),
  foundation_account: devAccounts.ferdie,
  certified_sales_account: devAccounts.eve,
  discount_for_dedication_nodes: 50,
}

/** Fixture FARM. */
const caseFarm: Farm = {
  version: 4,
  id: 1,
  name: 'test_farm',
  twin_id: 1,
  pricing_policy_id: 1,
  certification: 'NotCertified',
  public_ips: [33, 34].map(last => ({
    ip: `185.206.122.${last}/24`,
    gateway: '185.206.122.1',
    contract_id: 0n,
  })),
  dedicated_farm: false,
  farming_policy_limits: null,
}

/** Fixture NODE. */
const caseNode: Node = {
  ...defaultOf(Node),
  version: 5,
  id: 1,
  farm_id: 1,
  twin_id: 1,
  resources: { hru: 1024n * GiB, sru: 512n * GiB, cru: 8n, mru: 16n * GiB },
  certification: 'Diy',
}

/** What RES reports. */
export const caseResources = { hru: 0n, sru: 60n * GiB, cru: 2n, mru: 2n * GiB }

/** The fixtures that a case starts with; every one contains those before it. */
export type Fixture = 'TWINS' | 'SHARED' | 'DEDICATED'

export interface CaseOptions {
  /** Default SHARED. */
  readonly fixture?: Fixture
  /** In mUSD; default 50, and 'none' leaves it unset. */
  readonly price?: number | 'none'
  readonly billing?: 'offchain' | 'off'
  readonly balances?: Partial<Record<DevName, bigint>>
}

/** Balances of all cases. */
const caseBalances = {
  alice: 1_000_000_000_000n,
  bob: 2_500_000_000n,
  charlie: 150_000n,
  dave: 1_000_000_000_000n,
  aliceStash: 0n,
  bobStash: 0n,
  bridge1: 0n,
  bridge2: 0n,
  bridge3: 0n,
} as const

/** A chain in the environment of the worked cases, at block 0. */
export function contractCase(options: CaseOptions = {}) {
  const { fixture = 'SHARED', price = 50 } = options
  const owned = Object.entries({ ...caseBalances, ...options.balances })
  const chain = testChain({
    blocks: 'manual',
    startAt: epochSeconds * 1000,
    billing: options.billing ?? 'off',
    billingFrequency: 10,
    settings: { gracePeriodBlocks: 100 },
    endowed: owned.map(([name, amount]) => [accountOf(name as DevName), amount] as const),
  })
  const contracts = chain.state(smartContract)
  const grid = chain.state(tfgrid)
  const money = chain.state(balances)
  const accounts = chain.state(system).Account
  grid.PricingPolicies.set(1, casePolicy)
  for (const [name, id] of Object.entries(twinIds)) addTwin(name as DevName, id)
  grid.TwinID.set(4)
  if (fixture !== 'TWINS') {
    grid.Farms.set(1, { ...caseFarm, dedicated_farm: fixture === 'DEDICATED' })
    grid.FarmID.set(1)
    grid.NodesByFarmID.set(1, [1])
    grid.Nodes.set(1, caseNode)
    grid.NodeIdByTwinID.set(1, 1)
    grid.NodeID.set(1)
  }
  if (price !== 'none') chain.state(tftPrice).AverageTftPrice.set(price)

  let log: ChainEvent[] = []
  let isOpen = false

  function addTwin(who: DevName | AccountId, id: number): void {
    const account = accountOf(who)
    grid.Twins.set(id, { id, account_id: account, relay: null, entities: [], pk: null })
    grid.TwinIdByAccountID.set(account, id)
  }

  /** Dispatches a call in the block that `at` makes. */
  function call(
    caller: Caller,
    pallet: string,
    name: string,
    args: Record<string, unknown>,
  ): Outcome {
    invariant(isOpen, 'calls of a case are made inside of a block')
    const { events } = chain.runtime.execution
    const from = events.length
    const origin = originOf(caller)
    const result = chain.runtime.dispatch({ pallet, name, args }, origin)
    const own = events.slice(from).map(({ event }) => event)
    log.push(...own)
    const outcome = { refTime: result.refTime, events: own }
    if (!result.ok) return { ...outcome, ok: false, error: chain.chain.nameOfError(result.error) }
    return { ...outcome, ok: true, ...(result.paysFee ? {} : { pays: 'No' as const }) }
  }

  /** A call of SmartContractModule. */
  const sc = (caller: Caller, name: string, args: Record<string, unknown>): Outcome =>
    call(caller, 'SmartContractModule', name, args)

  return {
    ...chain,
    contracts,
    grid,
    addTwin,
    call,
    sc,

    /** Runs `body` in block `number`, with nothing in the blocks before it. */
    at<T>(number: number, body: () => T): T {
      const best = chain.chain.archive.best
      invariant(number > best, `block ${number} is still to come after ${best}`)
      chain.blocks(number - best - 1)
      return chain.inBlock(() => {
        isOpen = true
        try {
          return body()
        } finally {
          isOpen = false
        }
      })
    },

    /** Creates a node contract on node 1; returns the outcome. */
    deploy(
      caller: Caller,
      more: { node?: number; ips?: number; hash?: string; provider?: bigint | null } = {},
    ): Outcome {
      const next = contracts.ContractID.get() + 1n
      return sc(caller, 'create_node_contract', {
        node_id: more.node ?? 1,
        deployment_hash: more.hash ?? hashOf(Number(next)),
        deployment_data: 'some_data',
        public_ips: more.ips ?? 0,
        solution_provider_id: more.provider ?? null,
      })
    },
    rent: (caller: Caller, node = 1, provider: bigint | null = null) =>
      sc(caller, 'create_rent_contract', { node_id: node, solution_provider_id: provider }),
    register: (caller: Caller, name: string) => sc(caller, 'create_name_contract', { name }),
    cancel: (caller: Caller, id: number) =>
      sc(caller, 'cancel_contract', { contract_id: BigInt(id) }),
    bill: (id: number, caller: Caller = 'alice') =>
      sc(caller, 'bill_contract_for_block', { contract_id: BigInt(id) }),
    /** RES(c). */
    report: (id: number, used = caseResources, caller: Caller = 'alice') =>
      sc(caller, 'report_contract_resources', {
        contract_resources: [{ contract_id: BigInt(id), used }],
      }),
    /** NRU(c). */
    traffic: (id: number, more: { timestamp?: bigint; nru?: bigint; window?: bigint } = {}) =>
      sc('alice', 'add_nru_reports', {
        reports: [
          {
            contract_id: BigInt(id),
            timestamp: more.timestamp ?? BigInt(epochSeconds + 60),
            window: more.window ?? 60n,
            nru: more.nru ?? 3_000_000_000n,
          },
        ],
      }),
    transfer: (from: DevName, to: Who, amount: bigint) =>
      call(from, 'Balances', 'transfer', { dest: { type: 'Id', value: idOf(to) }, value: amount }),

    stateOf: (id: number): ContractState['type'] | 'gone' =>
      contracts.Contracts.get(BigInt(id))?.state.type ?? 'gone',
    contractOf(id: number): Contract {
      const found = contracts.Contracts.get(BigInt(id))
      invariant(found, `contract ${id} is there`)
      return found
    },
    paymentOf: (id: number): ContractPaymentState | null =>
      contracts.ContractPaymentState.get(BigInt(id)),
    free: (who: Who): bigint => accounts.get(idOf(who)).data.free,
    reserved: (who: Who): bigint => accounts.get(idOf(who)).data.reserved,
    issuance: (): bigint => money.TotalIssuance.get(),
    /** What all accounts own together. */
    owned(): bigint {
      let sum = 0n
      for (const { value } of accounts.entries()) sum += value.data.free + value.data.reserved
      return sum
    },
    /** The events of calls since this was last asked. */
    takeEvents(): ChainEvent[] {
      const taken = log
      log = []
      return taken
    },
  }
}

export type ContractCase = ReturnType<typeof contractCase>

/** A deployment hash as clients write it: 32 hex digits. */
export const hashOf = (number: number): string => number.toString(16).padStart(32, '0')

function originOf(caller: Caller) {
  if (typeof caller !== 'string') return caller
  if (caller === 'root') return { type: 'Root' } as const
  if (caller === 'restricted') return { type: 'Members', yes: 3, of: 5 } as const
  return { type: 'Signed', account: accountOf(caller) } as const
}

/** `Pallet.Event` of events. */
export const namesOf = (events: readonly ChainEvent[]): string[] =>
  events.map(({ pallet, name }) => `${pallet === 'SmartContractModule' ? '' : `${pallet}.`}${name}`)

/** The fields of the events of a name, whatever the pallet. */
export const fieldsOf = (events: readonly ChainEvent[], name: string): unknown[] =>
  events.filter(event => event.name === name).map(({ fields }) => fields)
