// Service contracts: the agreement of two twins, and what one pays the other.

import { describe, expect, it } from 'vitest'
import type { ServiceContract } from '../../../src/chain/pallets/smart-contract/types.ts'
import type { ChainEvent } from '../../../src/chain/runtime/outer.ts'
import { accountOf, type Caller, type Outcome, stranger } from '../support/chain.ts'
import { type ContractCase, contractCase, epochSeconds, namesOf } from '../support/contracts.ts'

const create = (env: ContractCase, caller: Caller, service = 'alice', consumer = 'bob') =>
  env.sc(caller, 'service_contract_create', {
    service_account: accountOf(service as 'alice'),
    consumer_account: accountOf(consumer as 'alice'),
  })

const id = (service_contract_id = 1n) => ({ service_contract_id })

const setMetadata = (env: ContractCase, caller: Caller, metadata = 'some_metadata', which = 1n) =>
  env.sc(caller, 'service_contract_set_metadata', { ...id(which), metadata })

const setFees = (
  env: ContractCase,
  caller: Caller,
  fees: { base_fee?: bigint; variable_fee?: bigint } = {},
  which = 1n,
) =>
  env.sc(caller, 'service_contract_set_fees', {
    ...id(which),
    base_fee: 1000n,
    variable_fee: 1000n,
    ...fees,
  })

const approve = (env: ContractCase, caller: Caller, which = 1n) =>
  env.sc(caller, 'service_contract_approve', id(which))
const reject = (env: ContractCase, caller: Caller, which = 1n) =>
  env.sc(caller, 'service_contract_reject', id(which))
const cancel = (env: ContractCase, caller: Caller, which = 1n) =>
  env.sc(caller, 'service_contract_cancel', id(which))

const bill = (
  env: ContractCase,
  caller: Caller,
  more: { variable_amount?: bigint; metadata?: string; which?: bigint } = {},
) =>
  env.sc(caller, 'service_contract_bill', {
    ...id(more.which),
    variable_amount: more.variable_amount ?? 100n,
    metadata: more.metadata ?? 'bill_metadata',
  })

type Stage = 'SERVICE' | 'SERVICE-READY' | 'SERVICE-OK'

/** A case at one of the stages, its calls made in block 1. No price is set: 10 mUSD are in force. */
function serviceCase(stage: Stage = 'SERVICE'): ContractCase {
  const env = contractCase({ fixture: 'TWINS', price: 'none' })
  env.at(1, () => {
    create(env, 'alice')
    if (stage === 'SERVICE') return
    setMetadata(env, 'alice')
    setFees(env, 'alice')
    if (stage === 'SERVICE-READY') return
    approve(env, 'alice')
    approve(env, 'bob')
  })
  return env
}

const stored = (env: ContractCase): ServiceContract => env.contracts.ServiceContracts.get(1n)!

const created: ServiceContract = {
  service_contract_id: 1n,
  service_twin_id: 1,
  consumer_twin_id: 2,
  base_fee: 0n,
  variable_fee: 0n,
  metadata: '',
  accepted_by_service: false,
  accepted_by_consumer: false,
  last_bill: 0n,
  state: 'Created',
}

const told = (name: string, contract: ServiceContract): ChainEvent[] => [
  { pallet: 'SmartContractModule', name, fields: [contract] },
]

/** Makes the call in block `number` and expects that it is refused without a trace. */
function refuses(
  env: ContractCase,
  number: number,
  error: string,
  call: (env: ContractCase) => Outcome,
): void {
  const before = env.contracts.ServiceContracts.entries()
  const outcome = env.at(number, () => call(env))
  const text = error.includes('.') || error === 'BadOrigin' ? error : `SmartContractModule.${error}`
  expect({ error: outcome.error, events: outcome.events }).toEqual({ error: text, events: [] })
  expect(env.contracts.ServiceContracts.entries()).toEqual(before)
}

describe('the way to an agreement', () => {
  it('S-01 begins with a contract without fees and metadata', () => {
    const env = serviceCase()
    expect(stored(env)).toEqual(created)
    expect(env.contracts.ServiceContractID.get()).toBe(1n)
    expect(env.takeEvents()).toEqual(told('ServiceContractCreated', created))
  })

  it('is begun by the consumer as well', () => {
    const env = contractCase({ fixture: 'TWINS' })
    expect(env.at(1, () => create(env, 'bob')).ok).toBe(true)
  })

  it('S-04 gets metadata, and waits for a fee', () => {
    const env = serviceCase()
    const { events } = env.at(2, () => setMetadata(env, 'alice'))
    expect(stored(env)).toEqual({ ...created, metadata: 'some_metadata' })
    expect(events).toEqual(told('ServiceContractMetadataSet', stored(env)))
    env.at(3, () => expect(setMetadata(env, 'bob', 'other').ok).toBe(true))
    expect(stored(env).metadata).toBe('other')
  })

  it('gets fees, and waits for metadata', () => {
    const env = serviceCase()
    const { events } = env.at(2, () => setFees(env, 'alice'))
    expect(stored(env)).toEqual({ ...created, base_fee: 1000n, variable_fee: 1000n })
    expect(events).toEqual(told('ServiceContractFeesSet', stored(env)))
    env.at(3, () => setMetadata(env, 'bob'))
    expect(stored(env).state).toBe('AgreementReady')
  })

  it('is ready with metadata and fees, even when the base fee is 0', () => {
    expect(stored(serviceCase('SERVICE-READY')).state).toBe('AgreementReady')
    const env = serviceCase()
    env.at(2, () => {
      setMetadata(env, 'alice')
      setFees(env, 'alice', { base_fee: 0n })
    })
    expect(stored(env).state).toBe('AgreementReady')
  })

  it('S-11 is approved by both, and billed from then on', () => {
    const env = contractCase({ fixture: 'TWINS' })
    env.at(1, () => {
      create(env, 'alice')
      setMetadata(env, 'alice')
      setFees(env, 'alice')
      env.takeEvents()
      approve(env, 'alice')
      expect(stored(env)).toMatchObject({ accepted_by_service: true, state: 'AgreementReady' })
      expect(env.takeEvents()).toEqual(told('ServiceContractApproved', stored(env)))
      approve(env, 'bob')
    })
    expect(stored(env)).toMatchObject({
      accepted_by_service: true,
      accepted_by_consumer: true,
      state: 'ApprovedByBoth',
      last_bill: 1_628_082_006n,
    })
    expect(env.takeEvents()).toEqual(told('ServiceContractApproved', stored(env)))
  })

  it('keeps an approval when the fees change', () => {
    const env = serviceCase('SERVICE-READY')
    env.at(2, () => {
      approve(env, 'bob')
      setFees(env, 'alice', { base_fee: 2000n })
      approve(env, 'alice')
    })
    expect(stored(env)).toMatchObject({ base_fee: 2000n, state: 'ApprovedByBoth' })
  })

  it.each<[string, (env: ContractCase) => Outcome, Stage]>([
    ['rejected by the service', env => reject(env, 'alice'), 'SERVICE-READY'],
    ['rejected by the consumer', env => reject(env, 'bob'), 'SERVICE-READY'],
    ['cancelled at once', env => cancel(env, 'bob'), 'SERVICE'],
    ['cancelled after all', env => cancel(env, 'alice'), 'SERVICE-OK'],
  ])('is %s', (_, call, stage) => {
    const env = serviceCase(stage)
    const { events } = env.at(2, () => call(env))
    expect(env.contracts.ServiceContracts.has(1n)).toBe(false)
    expect(events).toEqual([
      {
        pallet: 'SmartContractModule',
        name: 'ServiceContractCanceled',
        fields: { service_contract_id: 1n, cause: 'CanceledByUser' },
      },
    ])
  })
})

describe('refusals', () => {
  it.each<[string, string, Stage, (env: ContractCase) => Outcome]>([
    ['S-02', 'TwinNotAuthorized', 'SERVICE', env => create(env, 'charlie')],
    [
      'S-03',
      'ServiceContractCreationNotAllowed',
      'SERVICE',
      env => create(env, 'alice', 'alice', 'alice'),
    ],
    ['create, caller', 'TwinNotExists', 'SERVICE', env => create(env, stranger(1))],
    ['create, service', 'TwinNotExists', 'SERVICE', env => create(env, 'alice', 'eve')],
    ['create, consumer', 'TwinNotExists', 'SERVICE', env => create(env, 'alice', 'alice', 'eve')],
    ['create, origin', 'BadOrigin', 'SERVICE', env => create(env, 'root')],
    ['metadata', 'TwinNotExists', 'SERVICE', env => setMetadata(env, stranger(1))],
    ['metadata', 'ServiceContractNotExists', 'SERVICE', env => setMetadata(env, 'alice', 'x', 2n)],
    ['metadata', 'TwinNotAuthorized', 'SERVICE-OK', env => setMetadata(env, 'charlie')],
    [
      'S-06',
      'ServiceContractModificationNotAllowed',
      'SERVICE-OK',
      env => setMetadata(env, 'alice', 'x'.repeat(67)),
    ],
    [
      'S-07',
      'ServiceContractMetadataTooLong',
      'SERVICE',
      env => setMetadata(env, 'alice', 'x'.repeat(67)),
    ],
    ['metadata, origin', 'BadOrigin', 'SERVICE', env => setMetadata(env, 'root')],
    ['fees', 'TwinNotExists', 'SERVICE', env => setFees(env, stranger(1))],
    ['fees', 'ServiceContractNotExists', 'SERVICE', env => setFees(env, 'alice', {}, 2n)],
    ['S-09', 'TwinNotAuthorized', 'SERVICE', env => setFees(env, 'bob')],
    ['fees', 'ServiceContractModificationNotAllowed', 'SERVICE-OK', env => setFees(env, 'alice')],
    ['fees, origin', 'BadOrigin', 'SERVICE', env => setFees(env, 'root')],
    ['approve', 'TwinNotExists', 'SERVICE-READY', env => approve(env, stranger(1))],
    ['approve', 'ServiceContractNotExists', 'SERVICE-READY', env => approve(env, 'alice', 2n)],
    ['S-12', 'ServiceContractApprovalNotAllowed', 'SERVICE', env => approve(env, 'alice')],
    [
      'approve twice',
      'ServiceContractApprovalNotAllowed',
      'SERVICE-OK',
      env => approve(env, 'charlie'),
    ],
    ['S-14', 'TwinNotAuthorized', 'SERVICE-READY', env => approve(env, 'charlie')],
    ['approve, origin', 'BadOrigin', 'SERVICE', env => approve(env, 'root')],
    ['reject', 'ServiceContractNotExists', 'SERVICE-READY', env => reject(env, stranger(1), 2n)],
    ['S-16', 'ServiceContractRejectionNotAllowed', 'SERVICE', env => reject(env, 'alice')],
    ['reject', 'ServiceContractRejectionNotAllowed', 'SERVICE-OK', env => reject(env, stranger(1))],
    ['reject', 'TwinNotExists', 'SERVICE-READY', env => reject(env, stranger(1))],
    ['reject', 'TwinNotAuthorized', 'SERVICE-READY', env => reject(env, 'charlie')],
    ['reject, origin', 'BadOrigin', 'SERVICE', env => reject(env, 'root')],
    ['cancel', 'TwinNotExists', 'SERVICE', env => cancel(env, stranger(1))],
    ['cancel', 'ServiceContractNotExists', 'SERVICE', env => cancel(env, 'alice', 2n)],
    ['cancel', 'TwinNotAuthorized', 'SERVICE', env => cancel(env, 'charlie')],
    ['cancel, origin', 'BadOrigin', 'SERVICE', env => cancel(env, 'root')],
    ['bill', 'TwinNotExists', 'SERVICE-OK', env => bill(env, stranger(1))],
    ['bill', 'ServiceContractNotExists', 'SERVICE-OK', env => bill(env, 'alice', { which: 2n })],
    ['bill', 'TwinNotAuthorized', 'SERVICE-OK', env => bill(env, 'bob')],
    ['S-23', 'ServiceContractBillingNotApprovedByBoth', 'SERVICE-READY', env => bill(env, 'alice')],
    ['bill, origin', 'BadOrigin', 'SERVICE', env => bill(env, 'root')],
  ])('%s: %s', (_, error, stage, call) => refuses(serviceCase(stage), 2, error, call))

  it('a bill for more than the time allows', () => {
    const env = serviceCase('SERVICE-OK')
    // 1200 s of 3600 are 333 of 1000.
    refuses(env, 201, 'ServiceContractBillingVariableAmountTooHigh', () =>
      bill(env, 'alice', { variable_amount: 334n, metadata: 'x'.repeat(67) }),
    )
    expect(env.at(202, () => bill(env, 'alice', { variable_amount: 333n })).ok).toBe(true)
  })

  it('S-25 a bill with too much metadata', () => {
    const env = serviceCase('SERVICE-OK')
    refuses(env, 601, 'ServiceContractBillMetadataTooLong', () =>
      bill(env, 'alice', { metadata: 'x'.repeat(67) }),
    )
  })

  it('a bill that the consumer cannot pay; the contract stays', () => {
    const env = serviceCase('SERVICE-OK')
    env.at(2, () => env.transfer('bob', 'dave', 2_400_000_000n))
    refuses(env, 201, 'ServiceContractNotEnoughFundsToPayBill', () => bill(env, 'alice'))
  })
})

describe('bills', () => {
  it('E9 the consumer pays for the window and for what varies', () => {
    const env = serviceCase('SERVICE-OK')
    env.takeEvents()
    env.at(201, () => bill(env, 'alice'))
    const billed = { ...stored(env), last_bill: BigInt(epochSeconds + 1206) }
    expect(stored(env)).toEqual(billed)
    expect(env.takeEvents()).toEqual([
      {
        pallet: 'Balances',
        name: 'Transfer',
        fields: { from: accountOf('bob'), to: accountOf('alice'), amount: 433_333_300n },
      },
      {
        pallet: 'SmartContractModule',
        name: 'ServiceContractBilled',
        fields: {
          service_contract: billed,
          bill: { variable_amount: 100n, window: 1200n, metadata: 'bill_metadata' },
          amount: 433_333_300n,
        },
      },
    ])
    expect(env.free('bob')).toBe(2_066_666_700n)
    expect(env.free('alice')).toBe(1_000_433_333_300n)
  })

  it('an hour is billed at most', () => {
    const env = serviceCase('SERVICE-OK')
    env.takeEvents()
    env.at(2001, () => bill(env, 'alice', { variable_amount: 0n }))
    expect(env.takeEvents().at(-1)?.fields).toMatchObject({
      bill: { window: 3600n },
      amount: 1_000_000_000n,
    })
  })

  it('a bill in the block of the approval is one of nothing, without a transfer', () => {
    const env = contractCase({ fixture: 'TWINS' })
    env.at(1, () => {
      create(env, 'alice')
      setMetadata(env, 'alice')
      setFees(env, 'alice')
      approve(env, 'alice')
      approve(env, 'bob')
      env.takeEvents()
      bill(env, 'alice', { variable_amount: 0n })
    })
    expect(namesOf(env.takeEvents())).toEqual(['ServiceContractBilled'])
  })

  it('the consumer keeps the existential deposit, and not a unit more when it comes to that', () => {
    // Spec 149 looks at the whole free balance, and the transfer then fails with Token.NotExpendable.
    const paid = 433_333_300n
    for (const left of [paid + 500n, paid + 499n]) {
      const env = serviceCase('SERVICE-OK')
      env.at(2, () => env.transfer('bob', 'dave', 2_500_000_000n - left))
      const { ok } = env.at(201, () => bill(env, 'alice'))
      expect(ok).toBe(left === paid + 500n)
      expect(env.free('bob')).toBe(ok ? 500n : left)
    }
  })
})
