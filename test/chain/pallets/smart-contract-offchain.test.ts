// Who bills and when: the schedule, the offchain worker of the author, and what no run of bills may break.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { immortal } from '../../../src/chain/node/era.ts'
import { decodeExtrinsic, encodeSigned, signedPayload } from '../../../src/chain/node/extrinsic.ts'
import { billCall } from '../../../src/chain/node/offchain.ts'
import { smartContract } from '../../../src/chain/pallets/smart-contract/declaration.ts'
import { dueBills, nextBillDue } from '../../../src/chain/pallets/smart-contract/schedule.ts'
import { system } from '../../../src/chain/pallets/system/declaration.ts'
import { tftPrice } from '../../../src/chain/pallets/tft-price/declaration.ts'
import { RuntimeCall } from '../../../src/chain/types/outer.ts'
import { cryptoReady } from '../../../src/crypto/ready.ts'
import { encodeToBytes } from '../../../src/scale/codec.ts'
import { accountOf, type DevName, testChain } from '../support/chain.ts'
import {
  type ContractCase,
  contractCase,
  epochSeconds,
  fieldsOf,
  namesOf,
} from '../support/contracts.ts'

await cryptoReady()

const contractsOf = (env: ContractCase) => env.runtime.txOf(smartContract)

/** The names of all events of a block but those of extrinsics as such. */
function eventsIn(env: ContractCase, block: number): string[] {
  const events = env.chain.eventsOf(block).map(({ event }) => event)
  return namesOf(events).filter(name => !name.startsWith('System.Extrinsic'))
}

describe('the schedule', () => {
  it('is empty without contracts', () => {
    const env = contractCase()
    expect(dueBills(contractsOf(env), 7)).toEqual([])
    expect(nextBillDue(contractsOf(env), 7)).toBe(null)
  })

  it('finds the contracts of a bucket in its order, but for node contracts that use nothing', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('bob')
      for (let i = 2; i <= 10; i += 1) env.register('bob', `name${i}`)
      env.register('bob', 'name11')
      env.deploy('bob', { ips: 1 })
    })
    const tx = contractsOf(env)
    expect(dueBills(tx, 11)).toEqual([11n])
    expect(dueBills(tx, 12)).toEqual([2n, 12n])
    expect(dueBills(tx, 20)).toEqual([10n])
    env.at(2, () => env.report(1))
    expect(dueBills(tx, 31)).toEqual([1n, 11n])
    env.at(3, () => env.report(1, { hru: 0n, sru: 0n, cru: 0n, mru: 0n }))
    expect(dueBills(tx, 31)).toEqual([11n])
    env.at(4, () => env.traffic(1))
    expect(dueBills(tx, 31)).toEqual([1n, 11n])
  })

  it('finds rent contracts whatever the node does', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    env.at(1, () => env.rent('bob'))
    env.grid.NodePower.set(1, { state: { type: 'Down', value: 1 }, target: 'Down' })
    expect(dueBills(contractsOf(env), 21)).toEqual([1n])
  })

  it('skips contracts that are in a bucket but gone', () => {
    const env = contractCase()
    env.at(1, () => env.register('bob', 'name'))
    env.contracts.ContractsToBillAt.set(1n, [7n, 1n])
    expect(dueBills(contractsOf(env), 1)).toEqual([1n])
  })

  it('knows the next block with bills, near or far, as if it had looked at each', () => {
    const buckets = fc.uniqueArray(fc.bigInt(0n, 700n), { maxLength: 4 })
    fc.assert(
      fc.property(buckets, fc.bigInt(1n, 650n), fc.nat(2000), (used, frequency, from) => {
        const env = contractCase()
        env.contracts.BillingFrequency.set(frequency)
        used.forEach((bucket, i) => {
          const id = BigInt(i + 1)
          const name = { type: 'NameContract', value: { name: `name${i}` } } as const
          env.contracts.Contracts.set(id, {
            version: 4,
            state: { type: 'Created' },
            contract_id: id,
            twin_id: 2,
            contract_type: name,
            solution_provider_id: null,
          })
          env.contracts.ContractsToBillAt.set(bucket, [id])
        })
        const tx = contractsOf(env)
        const blocks = Array.from({ length: Number(frequency) }, (_, i) => from + i)
        const expected = blocks.find(block => dueBills(tx, block).length > 0) ?? null
        expect(nextBillDue(tx, from)).toBe(expected)
      }),
      { numRuns: 60 },
    )
  })
})

describe('the offchain worker', () => {
  it('bills in the block after that of the bucket, for nothing, with the nonce of the author', () => {
    const env = contractCase({ billing: 'offchain' })
    env.at(1, () => {
      env.deploy('bob')
      env.report(1)
    })
    env.blocks(10)
    expect(env.chain.best()).toBe(11)
    // Bucket 1 was due after block 1 already; block 2 carried that bill, for 6 s.
    expect(eventsIn(env, 2)).toContain('ContractBilled')
    expect(eventsIn(env, 11)).toEqual([])
    const before = env.free('alice')
    env.blocks(1)
    // Due after block 11, so in block 12.
    expect(eventsIn(env, 12)).toEqual([
      'Balances.Reserved',
      'ContractBilled',
      'TransactionPayment.TransactionFeePaid',
    ])
    expect(env.paymentOf(1)?.last_updated_seconds).toBe(BigInt(epochSeconds + 72))
    expect(env.free('alice')).toBe(before)
    expect(env.state(system).Account.get(accountOf('alice')).nonce).toBe(2)
    expect(
      fieldsOf(
        env.chain.eventsOf(12).map(({ event }) => event),
        'TransactionFeePaid',
      ),
    ).toEqual([{ who: accountOf('alice'), actual_fee: 0n, tip: 0n }])
  })

  it('leaves extrinsics in the block that anybody can decode, signed by the author', () => {
    const env = contractCase({ billing: 'offchain' })
    env.at(1, () => {
      for (let i = 1; i <= 11; i += 1) env.register('bob', `name${i}`)
    })
    env.blocks(11)
    const calls = env.chain
      .extrinsicsOf(12)
      .slice(1)
      .map(bytes => {
        const decoded = decodeExtrinsic(bytes)
        if (!decoded.ok) return decoded
        const { signer, nonce, call } = decoded.extrinsic
        return { signer, nonce, name: call.name, args: call.args }
      })
    const signer = accountOf('alice')
    const name = 'bill_contract_for_block'
    // Each has been billed once, in blocks 2 to 11.
    expect(calls).toEqual([
      { signer, nonce: 11, name, args: { contract_id: 1n } },
      { signer, nonce: 12, name, args: { contract_id: 11n } },
    ])
  })

  it('does nothing when it is off', () => {
    const env = contractCase()
    env.at(1, () => env.register('bob', 'name'))
    env.blocks(30)
    expect(env.reserved('bob')).toBe(0n)
  })

  it('goes on with the old buckets after the frequency was raised', () => {
    const env = contractCase({ billing: 'offchain' })
    env.at(1, () => {
      for (let i = 1; i <= 12; i += 1) env.register('bob', `name${i}`)
      env.sc('root', 'change_billing_frequency', { frequency: 11n })
    })
    // 12 is in bucket 2 still: billed after blocks 2, 13, 24.
    env.blocks(13)
    expect(env.paymentOf(12)?.last_updated_seconds).toBe(BigInt(epochSeconds + 6 * 14))
    expect(env.paymentOf(2)?.last_updated_seconds).toBe(BigInt(epochSeconds + 6 * 14))
  })

  it('lets bills wait that find no room in a block, and forgets those of contracts that have gone', () => {
    const env = contractCase({ billing: 'offchain' })
    const count = 1600
    const name = (id: bigint) =>
      ({
        version: 4,
        state: { type: 'Created' },
        contract_id: id,
        twin_id: 4,
        contract_type: { type: 'NameContract', value: { name: `name${id}` } },
        solution_provider_id: null,
      }) as const
    const ids = Array.from({ length: count }, (_, i) => BigInt(i * 10 + 5))
    for (const id of ids) {
      env.contracts.Contracts.set(id, name(id))
      env.contracts.ContractPaymentState.set(id, {
        standard_reserve: 0n,
        additional_reserve: 0n,
        standard_overdraft: 0n,
        additional_overdraft: 0n,
        last_updated_seconds: BigInt(epochSeconds),
        cycles: 0,
      })
    }
    env.contracts.ContractsToBillAt.set(5n, ids)
    env.blocks(6)
    const billedIn = (block: number) =>
      eventsIn(env, block).filter(event => event === 'ContractBilled').length
    // 1.5e12 ps for bills of 881 735 000 and 124 414 000 each.
    expect(billedIn(6)).toBe(1490)
    const last = ids[count - 1]!
    env.contracts.Contracts.remove(last)
    env.blocks(1)
    expect(billedIn(7)).toBe(count - 1490 - 1)
    env.blocks(1)
    expect(billedIn(8)).toBe(0)
  })

  it('does not bill a contract that is cancelled in the same block', () => {
    const env = contractCase({ billing: 'offchain' })
    env.at(1, () => env.register('bob', 'name'))
    env.blocks(10)
    env.chain.submit(
      { pallet: 'SmartContractModule', name: 'cancel_contract', args: { contract_id: 1n } },
      { signer: accountOf('bob') },
    )
    env.blocks(1)
    const events = eventsIn(env, 12)
    expect(events.filter(name => name === 'ContractBilled')).toHaveLength(1)
    expect(events).toContain('NameContractCanceled')
    // The one bill is that of block 2.
    expect(env.state(system).Account.get(accountOf('alice')).nonce).toBe(1)
  })

  it.each<[DevName, boolean]>([
    ['alice', false],
    ['bob', true],
  ])('a bill that %s submits costs a fee: %s', (who, pays) => {
    const env = contractCase()
    env.at(1, () => env.register('dave', 'name'))
    const before = env.free(who)
    env.extrinsic(who, 'SmartContractModule', 'bill_contract_for_block', { contract_id: 1n })
    expect(env.reserved('dave')).toBeGreaterThan(0n)
    expect(env.free(who) < before).toBe(pays)
  })

  it.each([
    { blocks: 480, steps: [480, 5] },
    // Beyond the window the content of blocks is forgotten, whether their hashes were asked for or not.
    { blocks: 3000, steps: [3000, 10] },
  ])(
    'gives the same history of $blocks blocks whether time passes at once or in $steps steps',
    row => {
      const run = (steps: number) => {
        const chain = testChain({ billing: 'offchain', billingFrequency: 20 })
        const register = (name: string) =>
          chain.run('bob', 'SmartContractModule', 'create_name_contract', { name })
        chain.run('bob', 'TfgridModule', 'user_accept_tc', {
          document_link: 'a',
          document_hash: 'b',
        })
        chain.run('bob', 'TfgridModule', 'create_twin', { relay: null, pk: null })
        for (const name of ['one', 'two', 'three']) expect(register(name).ok).toBe(true)
        const { archive } = chain.chain
        for (let i = 0; i < steps; i += 1) {
          chain.blocks(row.blocks / steps)
          if (steps > 1) archive.hashOf(chain.chain.best())
        }
        expect(register('four').ok).toBe(true)
        const best = chain.chain.best()
        const contracts = chain.state(smartContract).ContractPaymentState.entries()
        const bob = chain.state(system).Account.get(accountOf('bob'))
        const hashes = [best, 7, 100, 101].map(block => archive.hashOf(block))
        return { best, hashes, contracts, bob }
      }
      const once = run(1)
      expect(once.contracts.every(({ value }) => value.last_updated_seconds > 0n)).toBe(true)
      for (const steps of row.steps) expect(run(steps)).toEqual(once)
    },
  )
})

describe('the pool', () => {
  /** A signed extrinsic of a dev account that bills contract 1. */
  function signedBill(env: ContractCase, who: DevName, tip = 0n): Uint8Array {
    const { chain } = env
    const genesisHash = chain.genesisHash()
    const call = billCall(1n)
    const callBytes = encodeToBytes(RuntimeCall, call)
    const parts = { callBytes, era: immortal, nonce: chain.nonceOf(accountOf(who)), tip }
    const context = {
      specVersion: 153,
      transactionVersion: 2,
      genesisHash,
      birthHash: genesisHash,
    }
    const signature = env.pair(who).sign(signedPayload(parts, context))
    return encodeSigned({ ...parts, signer: accountOf(who), scheme: 'sr25519', signature })
  }

  it('13.5 holds one bill of a contract, and takes another only for a higher priority', () => {
    const env = contractCase()
    env.at(1, () => env.register('dave', 'name'))
    expect(env.chain.submitBytes(signedBill(env, 'bob'))).toMatchObject({ ok: true })
    expect(env.chain.submitBytes(signedBill(env, 'dave'))).toMatchObject({
      ok: false,
      problem: { type: 'lowPriority' },
    })
    const usurped: unknown[] = []
    env.chain.listen({
      onStatus(_, status) {
        usurped.push(status)
      },
    })
    const dearer = env.chain.submitBytes(signedBill(env, 'dave', 5n))
    expect(dearer).toMatchObject({ ok: true })
    expect(usurped[0]).toEqual({ type: 'usurped', by: dearer.ok && dearer.hash })
    env.blocks(1)
    expect(eventsIn(env, 2).filter(name => name === 'ContractBilled')).toHaveLength(1)
    // The block took it: the next one may come.
    expect(env.chain.submitBytes(signedBill(env, 'bob'))).toMatchObject({ ok: true })
  })
})

type Step =
  | { readonly do: 'deploy'; readonly who: DevName; readonly ips: number; readonly node: number }
  | { readonly do: 'rent'; readonly who: DevName; readonly node: number }
  | { readonly do: 'register'; readonly who: DevName; readonly name: number }
  | { readonly do: 'report' | 'traffic' | 'cancel' | 'bill'; readonly nth: number }
  | { readonly do: 'pay'; readonly from: DevName; readonly to: DevName; readonly amount: bigint }
  | { readonly do: 'fee'; readonly node: number; readonly amount: bigint }
  | { readonly do: 'price'; readonly price: number }
  | { readonly do: 'power'; readonly up: boolean }
  | { readonly do: 'delete'; readonly node: number }
  | { readonly do: 'pass'; readonly blocks: number }

const who = fc.constantFrom<DevName>('alice', 'bob', 'charlie', 'dave')
const node = fc.constantFrom(1, 2)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('deploy' as const), who, ips: fc.nat(2), node }),
  },
  fc.record({ do: fc.constant('rent' as const), who, node }),
  fc.record({ do: fc.constant('register' as const), who, name: fc.nat(3) }),
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('report' as const, 'traffic', 'cancel', 'bill', 'bill'),
      nth: fc.nat(30),
    }),
  },
  fc.record({
    do: fc.constant('pay' as const),
    from: who,
    to: who,
    amount: fc.bigInt(1n, 10n ** 9n),
  }),
  fc.record({ do: fc.constant('fee' as const), node, amount: fc.bigInt(0n, 200_000n) }),
  fc.record({ do: fc.constant('price' as const), price: fc.integer({ min: 1, max: 2000 }) }),
  fc.record({ do: fc.constant('power' as const), up: fc.boolean() }),
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), node: fc.constant(2) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('pass' as const), blocks: fc.nat(40) }) },
)

/** Two nodes, a worker that bills, and an account that is soon out of funds. */
function grid(): ContractCase {
  const env = contractCase({
    billing: 'offchain',
    balances: { charlie: 2_000_000n, bob: 80_000_000n },
  })
  const second = {
    ...env.grid.Nodes.get(1)!,
    id: 2,
    twin_id: 4,
    certification: 'Certified',
  } as const
  env.grid.Nodes.set(2, second)
  env.grid.NodeIdByTwinID.set(4, 2)
  env.grid.NodesByFarmID.set(1, [1, 2])
  return env
}

function take(env: ContractCase, each: Step): void {
  switch (each.do) {
    case 'deploy':
      env.deploy(each.who, { ips: each.ips, node: each.node })
      return
    case 'rent':
      env.rent(each.who, each.node)
      return
    case 'register':
      env.register(each.who, `name${each.name}`)
      return
    case 'pay':
      env.transfer(each.from, each.to, each.amount)
      return
    case 'fee':
      env.sc('alice', 'set_dedicated_node_extra_fee', {
        node_id: each.node,
        extra_fee: each.amount,
      })
      return
    case 'price':
      env.state(tftPrice).AverageTftPrice.set(each.price)
      return
    case 'power':
      env.call('alice', 'TfgridModule', 'change_power_state', {
        power_state: each.up ? 'Up' : 'Down',
      })
      return
    case 'delete':
      env.call('alice', 'TfgridModule', 'delete_node_farm', { node_id: each.node })
      return
    case 'pass':
      return
    default:
      takeOn(env, each.do, each.nth)
  }
}

/** Does something with one of the contracts that there have been. */
function takeOn(
  env: ContractCase,
  what: 'report' | 'traffic' | 'cancel' | 'bill',
  nth: number,
): void {
  const id = (nth % (Number(env.contracts.ContractID.get()) + 1)) + 1
  if (what === 'report') env.report(id)
  else if (what === 'traffic') env.traffic(id, { timestamp: 10n ** 11n, nru: 10n ** 9n })
  else if (what === 'bill') env.bill(id, 'dave')
  else {
    const contract = env.contracts.Contracts.get(BigInt(id))
    const owner = contract && env.grid.Twins.get(contract.twin_id)
    if (owner) env.cancel(owner.account_id, id)
  }
}

/** What holds at the end of every block. */
function expectSound(env: ContractCase): void {
  expect(env.owned()).toBe(env.issuance())
  const { contracts } = env
  const live = contracts.Contracts.entries().map(({ value }) => value)
  const payments = contracts.ContractPaymentState.entries()
  expect(payments.map(({ keys: [id] }) => id).sort()).toEqual(
    live.map(({ contract_id }) => contract_id).sort(),
  )
  for (const name of ['alice', 'bob', 'charlie', 'dave'] as const) {
    const twinId = env.grid.TwinIdByAccountID.get(accountOf(name))
    const reserved = live
      .filter(({ twin_id }) => twin_id === twinId)
      .map(({ contract_id }) => contracts.ContractPaymentState.get(contract_id)!)
      .reduce((sum, state) => sum + state.standard_reserve + state.additional_reserve, 0n)
    expect(env.reserved(name)).toBe(reserved)
  }
  const listed = contracts.ContractsToBillAt.entries().flatMap(({ value }) => value)
  expect(listed.sort()).toEqual(live.map(({ contract_id }) => contract_id).sort())
  const active = contracts.ActiveNodeContracts.entries().flatMap(({ value }) => value)
  const onNodes = live.filter(({ contract_type }) => contract_type.type === 'NodeContract')
  expect(active.sort()).toEqual(onNodes.map(({ contract_id }) => contract_id).sort())
  const taken = env.grid.Farms.get(1)!.public_ips.flatMap(ip => ip.contract_id || [])
  const holding = onNodes.flatMap(({ contract_id, contract_type }) =>
    contract_type.type === 'NodeContract'
      ? contract_type.value.public_ips_list.map(() => contract_id)
      : [],
  )
  expect(taken.sort()).toEqual(holding.sort())
}

it('whatever is deployed, billed and cancelled, no token is made or lost, and every reserve has its contract', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), steps => {
      const env = grid()
      const issued = env.issuance()
      for (const each of steps) {
        if (each.do === 'pass') env.blocks(each.blocks)
        else env.at(env.chain.best() + 1, () => take(env, each))
        expectSound(env)
      }
      // Only shares too small for a new account are destroyed: the staking pool's and the foundation's.
      expect(issued - env.issuance()).toBeLessThan(500n * BigInt(steps.length * 45))
    }),
    { numRuns: 60 },
  )
})
