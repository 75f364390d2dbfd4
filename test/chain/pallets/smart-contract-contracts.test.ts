// Contracts and reports: every call, its effects, and each of its refusals.

import { describe, expect, it } from 'vitest'
import type { Contract } from '../../../src/chain/pallets/smart-contract/types.ts'
import { accountOf, stranger } from '../support/chain.ts'
import {
  type ContractCase,
  caseResources,
  contractCase,
  epochSeconds,
  fieldsOf,
  hashOf,
  namesOf,
} from '../support/contracts.ts'

/** Does it in block `number` and expects that it is refused without a trace. */
function refuses(
  env: ContractCase,
  number: number,
  error: string,
  body: () => { ok: boolean; error?: string; events: readonly unknown[] },
): void {
  const outcome = env.at(number, body)
  expect({ ok: outcome.ok, error: outcome.error }).toEqual({ ok: false, error })
  expect(outcome.events).toEqual([])
}

const own = (error: string) => `SmartContractModule.${error}`

const deployed = (env: ContractCase, ips = 0): void => {
  env.at(1, () => expect(env.deploy('alice', { ips }).ok).toBe(true))
}

describe('create_node_contract', () => {
  it('stores the contract with addresses, billing data and the lists it stands in, and tells of nothing else', () => {
    const env = contractCase()
    const { events } = env.at(1, () => env.deploy('bob', { ips: 2, hash: hashOf(7) }))
    const list = [33, 34].map(last => ({
      ip: `185.206.122.${last}/24`,
      gateway: '185.206.122.1',
      contract_id: 1n,
    }))
    const contract: Contract = {
      version: 4,
      state: { type: 'Created' },
      contract_id: 1n,
      twin_id: 2,
      contract_type: {
        type: 'NodeContract',
        value: {
          node_id: 1,
          deployment_hash: hashOf(7),
          deployment_data: 'some_data',
          public_ips: 2,
          public_ips_list: list,
        },
      },
      solution_provider_id: null,
    }
    expect(events).toEqual([
      { pallet: 'SmartContractModule', name: 'ContractCreated', fields: [contract] },
    ])
    expect(env.contracts.Contracts.get(1n)).toEqual(contract)
    expect(env.contracts.ContractID.get()).toBe(1n)
    expect(env.grid.Farms.get(1)?.public_ips).toEqual(list)
    expect(env.contracts.ContractsToBillAt.get(1n)).toEqual([1n])
    expect(env.contracts.ActiveNodeContracts.get(1)).toEqual([1n])
    expect(env.contracts.ContractIDByNodeIDAndHash.get(1, hashOf(7))).toBe(1n)
    const now = BigInt(epochSeconds + 6)
    expect(env.contracts.ContractBillingInformationByID.get(1n)).toEqual({
      previous_nu_reported: 0n,
      last_updated: now,
      amount_unbilled: 0n,
    })
    expect(env.paymentOf(1)).toEqual({
      standard_reserve: 0n,
      additional_reserve: 0n,
      standard_overdraft: 0n,
      additional_overdraft: 0n,
      last_updated_seconds: now,
      cycles: 0,
    })
    // Kept in the metadata for old readers, never written by this runtime.
    expect(env.contracts.ContractLock.has(1n)).toBe(false)
  })

  it('takes the first free addresses in the order of the farm', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('bob', { ips: 1 })
      env.deploy('alice', { ips: 1 })
      env.cancel('bob', 1)
      env.deploy('dave', { ips: 1 })
    })
    expect(env.grid.Farms.get(1)?.public_ips.map(ip => ip.contract_id)).toEqual([3n, 2n])
  })

  it('does not ask whether the node has room', () => {
    const env = contractCase()
    env.at(1, () => {
      for (let i = 0; i < 20; i += 1) expect(env.deploy('bob').ok).toBe(true)
    })
    expect(env.contracts.ActiveNodeContracts.get(1)).toHaveLength(20)
    expect(env.contracts.ContractsToBillAt.get(3n)).toEqual([3n, 13n])
  })

  it('refuses Root', () => {
    const env = contractCase()
    refuses(env, 1, 'BadOrigin', () => env.deploy('root'))
  })

  it.each<[string, (env: ContractCase) => void, Parameters<ContractCase['deploy']>]>([
    ['TwinNotExists', () => undefined, [stranger(1)]],
    ['NodeNotExists', () => undefined, ['bob', { node: 2 }]],
    [
      'NodeNotAvailableToDeploy',
      env => env.grid.NodePower.set(1, { state: { type: 'Down', value: 1 }, target: 'Up' }),
      ['bob'],
    ],
    [
      'NodeNotAvailableToDeploy',
      env => env.grid.NodePower.set(1, { state: { type: 'Up' }, target: 'Down' }),
      ['bob'],
    ],
    ['FarmNotExists', env => env.grid.Farms.remove(1), ['bob']],
    ['ContractNotExists', env => env.contracts.ActiveRentContractForNode.set(1, 9n), ['bob']],
    ['NodeNotAvailableToDeploy', env => env.contracts.DedicatedNodesExtraFee.set(1, 1n), ['bob']],
    [
      'ContractNotExists',
      env => env.contracts.ContractIDByNodeIDAndHash.set(1, hashOf(1), 9n),
      ['bob'],
    ],
    ['FarmHasNotEnoughPublicIPs', () => undefined, ['bob', { ips: 3 }]],
    ['NoSuchSolutionProvider', () => undefined, ['bob', { provider: 1n }]],
  ])('fails with %s', (error, prepare, args) => {
    const env = contractCase()
    prepare(env)
    const farm = env.grid.Farms.get(1)
    refuses(env, 1, own(error), () => env.deploy(...args))
    expect(env.grid.Farms.get(1)).toEqual(farm)
    expect(env.contracts.ContractID.get()).toBe(0n)
  })

  it('fails with ContractIsNotUnique for a deployment that the node does already', () => {
    const env = contractCase()
    env.at(1, () => env.deploy('alice', { hash: hashOf(5) }))
    refuses(env, 2, own('ContractIsNotUnique'), () => env.deploy('bob', { hash: hashOf(5) }))
  })

  it('accepts the hash of a contract that is deleted but still stored', () => {
    const env = contractCase()
    env.at(1, () => env.deploy('alice', { hash: hashOf(5) }))
    const contract = env.contractOf(1)
    env.contracts.Contracts.set(1n, {
      ...contract,
      state: { type: 'Deleted', value: 'OutOfFunds' },
    })
    expect(env.at(2, () => env.deploy('bob', { hash: hashOf(5) })).ok).toBe(true)
    expect(env.contracts.ContractIDByNodeIDAndHash.get(1, hashOf(5))).toBe(2n)
  })

  it('fails with FarmHasNotEnoughPublicIPsFree, and takes none of those that are free', () => {
    const env = contractCase()
    env.at(1, () => env.deploy('alice', { ips: 1 }))
    refuses(env, 2, own('FarmHasNotEnoughPublicIPsFree'), () => env.deploy('bob', { ips: 2 }))
    expect(env.grid.Farms.get(1)?.public_ips.map(ip => ip.contract_id)).toEqual([1n, 0n])
  })

  it('N-07 finds a contract by node and hash, and the hash is free again after a cancel', () => {
    const env = contractCase()
    env.at(1, () => env.deploy('alice', { hash: hashOf(7) }))
    expect(env.contracts.ContractIDByNodeIDAndHash.get(1, hashOf(7))).toBe(1n)
    env.at(2, () => env.cancel('alice', 1))
    expect(env.contracts.ContractIDByNodeIDAndHash.get(1, hashOf(7))).toBe(0n)
    env.at(3, () => env.deploy('alice', { hash: hashOf(8) }))
    expect(env.contracts.ContractIDByNodeIDAndHash.get(1, hashOf(8))).toBe(2n)
  })

  it('N-03 a node with a contract cannot be switched off', () => {
    const env = contractCase()
    env.at(1, () => env.deploy('bob'))
    refuses(env, 2, 'TfgridModule.NodeHasActiveContracts', () =>
      env.call('alice', 'TfgridModule', 'change_power_target', {
        node_id: 1,
        power_target: 'Down',
      }),
    )
  })

  it('R-08 a dedicated node is rented first', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    refuses(env, 1, own('NodeNotAvailableToDeploy'), () => env.deploy('bob', { ips: 1 }))
  })

  it('R-09 the tenant deploys on the node that he rents', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    env.at(1, () => {
      expect(env.rent('bob').ok).toBe(true)
      expect(env.deploy('bob', { ips: 1 }).ok).toBe(true)
    })
  })

  it('R-10 nobody else deploys on a rented node, not even its farmer', () => {
    const env = contractCase()
    env.at(1, () => env.rent('bob'))
    refuses(env, 2, own('NodeNotAvailableToDeploy'), () => env.deploy('alice', { ips: 1 }))
  })

  it('13.4 nobody deploys on a node whose rent is in grace', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    env.at(1, () => env.rent('charlie'))
    env.at(11, () => env.bill(1))
    expect(env.stateOf(1)).toBe('GracePeriod')
    refuses(env, 12, own('NodeNotAvailableToDeploy'), () => env.deploy('charlie'))
  })

  it('P-03 accepts an approved solution provider and keeps its id', () => {
    const env = contractCase()
    const create = {
      description: 'd',
      link: 'l',
      providers: [{ who: accountOf('dave'), take: 10 }],
    }
    env.at(1, () => {
      env.sc('dave', 'create_solution_provider', create)
      env.sc('root', 'approve_solution_provider', { solution_provider_id: 1n, approve: true })
      expect(env.deploy('alice', { provider: 1n }).ok).toBe(true)
    })
    expect(env.contractOf(1).solution_provider_id).toBe(1n)
  })

  it('P-04 refuses a solution provider that is not approved', () => {
    const env = contractCase()
    const create = {
      description: 'd',
      link: 'l',
      providers: [{ who: accountOf('alice'), take: 10 }],
    }
    env.at(1, () => env.sc('alice', 'create_solution_provider', create))
    refuses(env, 2, own('SolutionProviderNotApproved'), () => env.deploy('alice', { provider: 1n }))
  })
})

describe('update_node_contract', () => {
  const update = (env: ContractCase, caller: Parameters<ContractCase['sc']>[0], id = 1n) =>
    env.sc(caller, 'update_node_contract', {
      contract_id: id,
      deployment_hash: hashOf(9),
      deployment_data: 'new data',
    })

  it('replaces hash and data, and keeps the addresses', () => {
    const env = contractCase()
    deployed(env, 1)
    const { events } = env.at(2, () => update(env, 'alice'))
    const { contract_type } = env.contractOf(1)
    expect(contract_type).toMatchObject({
      type: 'NodeContract',
      value: { deployment_hash: hashOf(9), deployment_data: 'new data', public_ips: 1 },
    })
    expect(events).toEqual([
      { pallet: 'SmartContractModule', name: 'ContractUpdated', fields: [env.contractOf(1)] },
    ])
    expect(env.contracts.ContractIDByNodeIDAndHash.has(1, hashOf(1))).toBe(false)
    expect(env.contracts.ContractIDByNodeIDAndHash.get(1, hashOf(9))).toBe(1n)
    expect(env.contracts.ActiveNodeContracts.get(1)).toEqual([1n])
  })

  it('14.7 takes over the place of another contract, and loses it with either of them', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('alice', { hash: hashOf(1) })
      env.deploy('bob', { hash: hashOf(9) })
      expect(update(env, 'alice').ok).toBe(true)
    })
    expect(env.contracts.ContractIDByNodeIDAndHash.get(1, hashOf(9))).toBe(1n)
    env.at(2, () => env.cancel('bob', 2))
    expect(env.contracts.ContractIDByNodeIDAndHash.has(1, hashOf(9))).toBe(false)
    expect(env.stateOf(1)).toBe('Created')
  })

  it('N-09 fails without a contract', () => {
    const env = contractCase()
    refuses(env, 1, own('ContractNotExists'), () => update(env, 'alice'))
  })

  it('fails without the twin of the contract', () => {
    const env = contractCase()
    deployed(env)
    env.grid.Twins.remove(1)
    refuses(env, 2, own('TwinNotExists'), () => update(env, 'alice'))
  })

  it("N-10 fails for somebody else's contract", () => {
    const env = contractCase()
    deployed(env)
    refuses(env, 2, own('TwinNotAuthorizedToUpdateContract'), () => update(env, 'bob'))
  })

  it('fails in the period of grace, and only then looks at the type', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    env.at(1, () => env.rent('charlie'))
    refuses(env, 2, own('InvalidContractType'), () => update(env, 'charlie'))
    env.at(11, () => env.bill(1))
    refuses(env, 12, own('CannotUpdateContractInGraceState'), () => update(env, 'charlie'))
  })

  it('fails for a name', () => {
    const env = contractCase()
    env.at(1, () => env.register('bob', 'foobar'))
    refuses(env, 2, own('InvalidContractType'), () => update(env, 'bob'))
  })

  it('refuses Root', () => {
    const env = contractCase()
    refuses(env, 1, 'BadOrigin', () => update(env, 'root'))
  })
})

describe('cancel_contract and cancel_contract_collective', () => {
  const collective = (env: ContractCase, caller: Parameters<ContractCase['sc']>[0], id = 1n) =>
    env.sc(caller, 'cancel_contract_collective', { contract_id: id })

  /** Nothing of the contract is left in storage. */
  function expectGone(env: ContractCase, id = 1n): void {
    const { contracts } = env
    expect(contracts.Contracts.has(id)).toBe(false)
    expect(contracts.ContractPaymentState.has(id)).toBe(false)
    expect(contracts.ContractBillingInformationByID.has(id)).toBe(false)
    expect(contracts.NodeContractResources.has(id)).toBe(false)
    expect(contracts.ContractsToBillAt.get(id % 10n)).toEqual([])
    expect(contracts.ActiveNodeContracts.get(1)).toEqual([])
  }

  it('N-11 the owner cancels', () => {
    const env = contractCase()
    deployed(env)
    env.at(2, () => env.report(1))
    const { ok, events } = env.at(2 + 1, () => env.cancel('alice', 1))
    expect(ok).toBe(true)
    expectGone(env)
    expect(events.at(-1)).toEqual({
      pallet: 'SmartContractModule',
      name: 'NodeContractCanceled',
      fields: { contract_id: 1n, node_id: 1, twin_id: 1 },
    })
  })

  it('cancels in the block of the creation: a bill of nothing, and it is gone', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('bob', { ips: 1 })
      env.takeEvents()
      expect(env.cancel('bob', 1).ok).toBe(true)
    })
    expectGone(env)
    const events = env.takeEvents()
    expect(namesOf(events)).toEqual(['ContractBilled', 'IPsFreed', 'NodeContractCanceled'])
    expect(fieldsOf(events, 'ContractBilled')).toEqual([
      [
        {
          contract_id: 1n,
          timestamp: BigInt(epochSeconds + 6),
          discount_level: 'None',
          amount_billed: 0n,
        },
      ],
    ])
    expect(env.reserved('bob')).toBe(0n)
  })

  it.each<[string, Parameters<ContractCase['sc']>[0]]>([
    ['N-12 Root', 'root'],
    ['N-13 three of five of the council', { type: 'Members', yes: 3, of: 5 }],
  ])('%s cancels', (_, caller) => {
    const env = contractCase()
    deployed(env)
    const { ok, events } = env.at(2, () => collective(env, caller))
    expect(ok).toBe(true)
    expectGone(env)
    expect(namesOf(events).at(-1)).toBe('NodeContractCanceled')
  })

  it.each<[string, Parameters<ContractCase['sc']>[0]]>([
    ['two of five of the council', { type: 'Members', yes: 2, of: 5 }],
    ['the owner', 'alice'],
  ])('%s may not cancel for the collective', (_, caller) => {
    const env = contractCase()
    deployed(env)
    refuses(env, 2, 'BadOrigin', () => collective(env, caller))
  })

  it('N-14 the others stay', () => {
    const env = contractCase()
    env.at(1, () => {
      for (let i = 0; i < 3; i += 1) env.deploy('alice')
    })
    expect(env.contracts.ActiveNodeContracts.get(1)).toEqual([1n, 2n, 3n])
    env.at(2, () => env.cancel('alice', 1))
    expect(env.contracts.ActiveNodeContracts.get(1)).toEqual([2n, 3n])
  })

  it('N-17 nobody else cancels', () => {
    const env = contractCase()
    deployed(env)
    refuses(env, 2, own('TwinNotAuthorizedToCancelContract'), () => env.cancel('bob', 1))
  })

  it('fails without a contract, and without its twin', () => {
    const env = contractCase()
    refuses(env, 1, own('ContractNotExists'), () => env.cancel('alice', 1))
    refuses(env, 2, own('ContractNotExists'), () => collective(env, 'root'))
    env.at(3, () => env.deploy('alice'))
    env.grid.Twins.remove(1)
    refuses(env, 4, own('TwinNotExists'), () => env.cancel('alice', 1))
  })

  it('R-12 a node is not given up while something runs on it', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    env.at(1, () => {
      env.rent('bob')
      env.deploy('bob', { ips: 1 })
    })
    refuses(env, 2, own('NodeHasActiveContracts'), () => env.cancel('bob', 1))
    refuses(env, 3, own('NodeHasActiveContracts'), () => collective(env, 'root'))
    env.at(4, () => {
      expect(env.cancel('bob', 2).ok).toBe(true)
      expect(env.cancel('bob', 1).ok).toBe(true)
    })
    expect(env.contracts.ActiveRentContractForNode.has(1)).toBe(false)
    expect(namesOf(env.takeEvents()).at(-1)).toBe('RentContractCanceled')
  })

  it('5.6 fails when a new billing frequency has moved the bucket, and keeps everything', () => {
    const env = contractCase()
    env.at(1, () => env.deploy('alice', { ips: 1 }))
    for (let i = 0; i < 11; i += 1) env.at(2 + i, () => env.deploy('alice'))
    env.at(20, () => env.sc('root', 'change_billing_frequency', { frequency: 11n }))
    refuses(env, 21, own('ContractWrongBillingLoopIndex'), () => env.cancel('alice', 12))
    expect(env.stateOf(12)).toBe('Created')
    // 1 mod 10 and 1 mod 11 are the same bucket.
    expect(env.at(22, () => env.cancel('alice', 1)).ok).toBe(true)
  })
})

describe('create_name_contract', () => {
  it('A-02 registers a name, and a cancel frees it', () => {
    const env = contractCase()
    const { events } = env.at(1, () => env.register('alice', 'some_name'))
    expect(env.contractOf(1)).toMatchObject({
      twin_id: 1,
      contract_type: { type: 'NameContract', value: { name: 'some_name' } },
      solution_provider_id: null,
    })
    expect(events).toEqual([
      { pallet: 'SmartContractModule', name: 'ContractCreated', fields: [env.contractOf(1)] },
    ])
    expect(env.contracts.ContractIDByNameRegistration.get('some_name')).toBe(1n)
    expect(env.contracts.ContractBillingInformationByID.has(1n)).toBe(false)
    env.at(2, () => env.cancel('alice', 1))
    expect(env.stateOf(1)).toBe('gone')
    expect(env.contracts.ContractIDByNameRegistration.get('some_name')).toBe(0n)
    expect(namesOf(env.takeEvents()).at(-1)).toBe('NameContractCanceled')
  })

  it('A-03 a name is given once', () => {
    const env = contractCase()
    env.at(1, () => env.register('bob', 'foobar'))
    refuses(env, 2, own('NameExists'), () => env.register('alice', 'foobar'))
  })

  it.each(['foo.bar', 'foo!', "foo;'", 'foo123.%', 'Foo', 'foo bar', 'foo\n', 'föö'])(
    'A-05 refuses %j',
    name => {
      const env = contractCase()
      refuses(env, 1, own('NameNotValid'), () => env.register('bob', name))
    },
  )

  it('counts the length before it looks at the letters', () => {
    const env = contractCase()
    refuses(env, 1, own('NameContractNameTooShort'), () => env.register('bob', 'A!'))
    refuses(env, 2, own('NameContractNameTooLong'), () => env.register('bob', '!'.repeat(65)))
    env.at(3, () => {
      expect(env.register('bob', 'a-_').ok).toBe(true)
      expect(env.register('bob', '9'.repeat(64)).ok).toBe(true)
    })
  })

  it('fails without a twin, and for Root', () => {
    const env = contractCase()
    refuses(env, 1, own('TwinNotExists'), () => env.register(stranger(1), 'a'))
    refuses(env, 2, 'BadOrigin', () => env.register('root', 'name'))
  })
})

describe('create_rent_contract', () => {
  it('R-01 rents a dedicated node', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    const { events } = env.at(1, () => env.rent('bob'))
    expect(env.contractOf(1)).toMatchObject({
      state: { type: 'Created' },
      twin_id: 2,
      contract_type: { type: 'RentContract', value: { node_id: 1 } },
    })
    expect(namesOf(events)).toEqual(['ContractCreated'])
    expect(env.contracts.ActiveRentContractForNode.get(1)).toBe(1n)
    expect(env.contracts.ContractsToBillAt.get(1n)).toEqual([1n])
    expect(env.paymentOf(1)?.last_updated_seconds).toBe(BigInt(epochSeconds + 6))
  })

  it('R-04 rents a node that stands by, and wakes it', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    const target = (power_target: 'Up' | 'Down') =>
      env.call('alice', 'TfgridModule', 'change_power_target', { node_id: 1, power_target })
    env.at(1, () => {
      expect(target('Down').ok).toBe(true)
      expect(env.rent('bob').ok).toBe(true)
      expect(target('Up').ok).toBe(true)
    })
  })

  it('a shared node is rented only while it is empty, a dedicated one always', () => {
    const env = contractCase()
    env.at(1, () => env.deploy('alice'))
    refuses(env, 2, own('NodeNotAvailableToDeploy'), () => env.rent('bob'))
    env.at(3, () => {
      env.call('root', 'TfgridModule', 'set_farm_dedicated', { farm_id: 1, dedicated: true })
      expect(env.rent('bob').ok).toBe(true)
    })
  })

  it.each<[string, (env: ContractCase) => void, Parameters<ContractCase['rent']>]>([
    ['NodeHasRentContract', env => env.contracts.ActiveRentContractForNode.set(2, 7n), ['bob', 2]],
    ['NodeNotExists', () => undefined, ['bob', 2]],
    ['FarmNotExists', env => env.grid.Farms.remove(1), [stranger(1)]],
    ['TwinNotExists', () => undefined, [stranger(1)]],
    ['NoSuchSolutionProvider', () => undefined, ['bob', 1, 1n]],
  ])('fails with %s', (error, prepare, args) => {
    const env = contractCase()
    prepare(env)
    refuses(env, 1, own(error), () => env.rent(...args))
  })

  it('fails with SolutionProviderNotApproved, and for Root', () => {
    const env = contractCase()
    env.at(1, () =>
      env.sc('bob', 'create_solution_provider', { description: '', link: '', providers: [] }),
    )
    refuses(env, 2, own('SolutionProviderNotApproved'), () => env.rent('bob', 1, 1n))
    refuses(env, 3, 'BadOrigin', () => env.rent('root'))
  })
})

describe('report_contract_resources', () => {
  it('stores what contracts use, one after the other, and is free', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('bob')
      env.deploy('bob')
    })
    const used = { ...caseResources, cru: 7n }
    const outcome = env.at(2, () =>
      env.sc('alice', 'report_contract_resources', {
        contract_resources: [
          { contract_id: 1n, used: caseResources },
          { contract_id: 99n, used },
          { contract_id: 2n, used: caseResources },
          { contract_id: 2n, used },
        ],
      }),
    )
    expect(outcome).toMatchObject({ ok: true, pays: 'No' })
    expect(fieldsOf(outcome.events, 'UpdatedUsedResources')).toEqual([
      [{ contract_id: 1n, used: caseResources }],
      [{ contract_id: 2n, used: caseResources }],
      [{ contract_id: 2n, used }],
    ])
    expect(env.contracts.NodeContractResources.get(2n)).toEqual({ contract_id: 2n, used })
  })

  it('fails as a whole for the contract of another node', () => {
    const env = contractCase()
    env.at(1, () => env.deploy('bob'))
    env.grid.NodeIdByTwinID.set(4, 2)
    env.grid.Nodes.set(2, { ...env.grid.Nodes.get(1)!, id: 2, twin_id: 4 })
    env.at(2, () => env.deploy('bob', { node: 2 }))
    refuses(env, 3, own('NodeNotAuthorizedToComputeReport'), () =>
      env.sc('dave', 'report_contract_resources', {
        contract_resources: [2n, 1n].map(contract_id => ({ contract_id, used: caseResources })),
      }),
    )
    expect(env.contracts.NodeContractResources.has(2n)).toBe(false)
  })

  it('fails for other contracts, for accounts that are no node, and for Root', () => {
    const env = contractCase()
    env.at(1, () => env.register('bob', 'foobar'))
    refuses(env, 2, own('InvalidContractType'), () => env.report(1))
    refuses(env, 3, own('NodeNotExists'), () => env.report(1, caseResources, 'bob'))
    refuses(env, 4, own('TwinNotExists'), () => env.report(1, caseResources, stranger(1)))
    refuses(env, 5, 'BadOrigin', () => env.report(1, caseResources, 'root'))
  })
})

describe('add_nru_reports', () => {
  it('adds up what traffic costs, and is free', () => {
    const env = contractCase()
    env.at(1, () => env.deploy('bob'))
    const outcome = env.at(2, () => env.traffic(1))
    expect(outcome).toMatchObject({ ok: true, pays: 'No' })
    expect(namesOf(outcome.events)).toEqual(['NruConsumptionReportReceived'])
    env.at(3, () => env.traffic(1))
    expect(env.contracts.ContractBillingInformationByID.get(1n)).toEqual({
      previous_nu_reported: 0n,
      last_updated: BigInt(epochSeconds + 60),
      amount_unbilled: 5000n,
    })
  })

  it('tells of a report from before the last one, but does not count it', () => {
    const env = contractCase()
    env.at(1, () => env.deploy('bob'))
    const early = env.at(2, () => env.traffic(1, { timestamp: BigInt(epochSeconds + 5) }))
    expect(namesOf(early.events)).toEqual(['NruConsumptionReportReceived'])
    expect(env.contracts.ContractBillingInformationByID.get(1n).amount_unbilled).toBe(0n)
    env.at(3, () => env.traffic(1, { timestamp: BigInt(epochSeconds + 6) }))
    expect(env.contracts.ContractBillingInformationByID.get(1n).amount_unbilled).toBe(2500n)
  })

  it('skips contracts that are gone or have no billing data', () => {
    const env = contractCase()
    env.at(1, () => env.register('bob', 'foobar'))
    env.at(2, () => {
      expect(env.traffic(9)).toMatchObject({ ok: true, events: [] })
      expect(env.traffic(1)).toMatchObject({ ok: true, events: [] })
    })
  })

  it.each<[string, (env: ContractCase) => void]>([
    ['NodeNotExists', env => env.grid.NodeIdByTwinID.remove(1)],
    ['NodeNotExists', env => env.grid.Nodes.remove(1)],
    ['FarmNotExists', env => env.grid.Farms.remove(1)],
    ['PricingPolicyNotExists', env => env.grid.PricingPolicies.remove(1)],
    ['TwinNotExists', env => env.grid.TwinIdByAccountID.remove(accountOf('alice'))],
    ['NodeNotAuthorizedToComputeReport', env => env.grid.NodeIdByTwinID.set(1, 2)],
    [
      'InvalidContractType',
      env => {
        const rent = { type: 'RentContract', value: { node_id: 1 } } as const
        env.contracts.Contracts.set(1n, { ...env.contractOf(1), contract_type: rent })
      },
    ],
  ])('fails with %s', (error, prepare) => {
    const env = contractCase()
    env.at(1, () => env.deploy('bob'))
    env.grid.Nodes.set(2, { ...env.grid.Nodes.get(1)!, id: 2 })
    prepare(env)
    refuses(env, 2, own(error), () => env.traffic(1))
    expect(env.contracts.ContractBillingInformationByID.get(1n).amount_unbilled).toBe(0n)
  })

  it('charges by the policy of the farm', () => {
    const env = contractCase()
    const policy = env.grid.PricingPolicies.get(1)!
    const nu = { value: 100_000, unit: 'Gigabytes' } as const
    env.grid.PricingPolicies.set(2, { ...policy, id: 2, nu })
    env.grid.Farms.set(1, { ...env.grid.Farms.get(1)!, pricing_policy_id: 2 })
    env.at(1, () => {
      env.deploy('bob')
      env.traffic(1)
    })
    expect(env.contracts.ContractBillingInformationByID.get(1n).amount_unbilled).toBe(5000n)
  })

  it('refuses Root', () => {
    const env = contractCase()
    refuses(env, 1, 'BadOrigin', () => env.sc('root', 'add_nru_reports', { reports: [] }))
  })
})

describe('solution providers', () => {
  const dave = { who: accountOf('dave'), take: 10 }
  const create = (env: ContractCase, providers: { who: string; take: number }[]) =>
    env.sc('dave', 'create_solution_provider', { description: 'some', link: 'a.b', providers })
  const approve = (env: ContractCase, flag = true) =>
    env.sc('root', 'approve_solution_provider', { solution_provider_id: 1n, approve: flag })
  const attach = (
    env: ContractCase,
    caller: Parameters<ContractCase['sc']>[0],
    contract_id = 1n,
    solution_provider_id = 1n,
  ) => env.sc(caller, 'attach_solution_provider_id', { contract_id, solution_provider_id })

  it('are stored unapproved, by anybody', () => {
    const env = contractCase()
    const outcome = env.at(1, () =>
      env.sc(stranger(1), 'create_solution_provider', {
        description: 'some',
        link: 'a.b',
        providers: [dave],
      }),
    )
    const stored = {
      solution_provider_id: 1n,
      providers: [dave],
      description: 'some',
      link: 'a.b',
      approved: false,
    }
    expect(env.contracts.SolutionProviders.get(1n)).toEqual(stored)
    expect(env.contracts.SolutionProviderID.get()).toBe(1n)
    expect(outcome.events).toEqual([
      { pallet: 'SmartContractModule', name: 'SolutionProviderCreated', fields: [stored] },
    ])
  })

  it('P-02 may not take more than 50 per cent together', () => {
    const env = contractCase()
    refuses(env, 1, own('InvalidProviderConfiguration'), () => create(env, [{ ...dave, take: 51 }]))
    const two = [dave, { who: accountOf('bob'), take: 41 }]
    refuses(env, 2, own('InvalidProviderConfiguration'), () => create(env, two))
    env.at(3, () => {
      expect(create(env, [{ ...dave, take: 50 }]).ok).toBe(true)
      expect(create(env, []).ok).toBe(true)
    })
  })

  it('14.9 are added up in 8 bits', () => {
    const env = contractCase()
    const much = [
      { ...dave, take: 200 },
      { who: accountOf('bob'), take: 100 },
    ]
    expect(env.at(1, () => create(env, much)).ok).toBe(true)
  })

  it('are approved, and disapproved, by Root or council', () => {
    const env = contractCase()
    env.at(1, () => create(env, [dave]))
    const { events } = env.at(2, () => approve(env))
    expect(fieldsOf(events, 'SolutionProviderApproved')).toEqual([[1n, true]])
    expect(env.contracts.SolutionProviders.get(1n)?.approved).toBe(true)
    env.at(3, () =>
      env.sc('restricted', 'approve_solution_provider', {
        solution_provider_id: 1n,
        approve: false,
      }),
    )
    expect(env.contracts.SolutionProviders.get(1n)?.approved).toBe(false)
    refuses(env, 4, own('NoSuchSolutionProvider'), () =>
      env.sc('root', 'approve_solution_provider', { solution_provider_id: 2n, approve: true }),
    )
    refuses(env, 5, 'BadOrigin', () =>
      env.sc('dave', 'approve_solution_provider', { solution_provider_id: 1n, approve: true }),
    )
    refuses(env, 6, 'BadOrigin', () =>
      env.sc('root', 'create_solution_provider', { description: '', link: '', providers: [] }),
    )
  })

  it('are attached once, to a contract of any kind', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    env.at(1, () => {
      create(env, [dave])
      approve(env)
      env.rent('bob')
      env.deploy('bob')
      env.register('bob', 'name')
      for (const id of [1n, 2n, 3n]) expect(attach(env, 'bob', id).ok).toBe(true)
    })
    expect(env.contractOf(3).solution_provider_id).toBe(1n)
    expect(fieldsOf(env.takeEvents(), 'ContractUpdated')).toEqual(
      [1, 2, 3].map(id => [env.contractOf(id)]),
    )
    refuses(env, 2, own('UnauthorizedToChangeSolutionProviderId'), () => attach(env, 'bob'))
  })

  it('are not attached by others, nor to what is not there', () => {
    const env = contractCase()
    env.at(1, () => {
      create(env, [dave])
      env.deploy('bob')
    })
    refuses(env, 2, own('NoSuchSolutionProvider'), () => attach(env, 'bob', 9n, 2n))
    refuses(env, 3, own('SolutionProviderNotApproved'), () => attach(env, 'bob', 9n))
    env.at(4, () => approve(env))
    refuses(env, 5, own('ContractNotExists'), () => attach(env, stranger(1), 9n))
    refuses(env, 6, own('TwinNotExists'), () => attach(env, stranger(1)))
    refuses(env, 7, own('UnauthorizedToChangeSolutionProviderId'), () => attach(env, 'alice'))
    refuses(env, 8, 'BadOrigin', () => attach(env, 'root'))
  })
})

describe('set_dedicated_node_extra_fee', () => {
  const set = (
    env: ContractCase,
    caller: Parameters<ContractCase['sc']>[0],
    node = 1,
    fee = 100_000n,
  ) => env.sc(caller, 'set_dedicated_node_extra_fee', { node_id: node, extra_fee: fee })

  it('X-08 makes a node of any farm one that is rented first', () => {
    const env = contractCase()
    const { events } = env.at(1, () => set(env, 'alice'))
    expect(events).toEqual([
      {
        pallet: 'SmartContractModule',
        name: 'NodeExtraFeeSet',
        fields: { node_id: 1, extra_fee: 100_000n },
      },
    ])
    expect(env.contracts.DedicatedNodesExtraFee.get(1)).toBe(100_000n)
    refuses(env, 2, own('NodeNotAvailableToDeploy'), () => env.deploy('bob'))
    env.at(3, () => {
      expect(env.rent('bob').ok).toBe(true)
      expect(env.deploy('bob').ok).toBe(true)
    })
  })

  it('0 makes it a shared node again', () => {
    const env = contractCase()
    env.at(1, () => {
      set(env, 'alice')
      set(env, 'alice', 1, 0n)
      expect(env.deploy('bob').ok).toBe(true)
    })
  })

  it.each<[string, (env: ContractCase) => void, Parameters<ContractCase['sc']>[0], number]>([
    ['TwinNotExists', () => undefined, stranger(1), 2],
    ['NodeNotExists', () => undefined, 'alice', 2],
    ['FarmNotExists', env => env.grid.Farms.remove(1), 'alice', 1],
    ['UnauthorizedToSetExtraFee', () => undefined, 'bob', 1],
    ['NodeHasActiveContracts', env => env.contracts.ActiveNodeContracts.set(1, [4n]), 'alice', 1],
    [
      'NodeHasActiveContracts',
      env => env.contracts.ActiveRentContractForNode.set(1, 4n),
      'alice',
      1,
    ],
  ])('fails with %s (X-02, X-04, X-05)', (error, prepare, caller, node) => {
    const env = contractCase()
    prepare(env)
    refuses(env, 1, own(error), () => set(env, caller, node))
  })

  it('refuses Root', () => {
    const env = contractCase()
    refuses(env, 1, 'BadOrigin', () => set(env, 'root'))
  })
})

describe('change_billing_frequency', () => {
  const change = (
    env: ContractCase,
    caller: Parameters<ContractCase['sc']>[0],
    frequency: bigint,
  ) => env.sc(caller, 'change_billing_frequency', { frequency })

  it('F-04 is raised by Root', () => {
    const env = contractCase()
    const { events } = env.at(1, () => change(env, 'root', 900n))
    expect(events).toEqual([
      { pallet: 'SmartContractModule', name: 'BillingFrequencyChanged', fields: [900n] },
    ])
    expect(env.contracts.BillingFrequency.get()).toBe(900n)
  })

  it('F-05 is never lowered, nor set again', () => {
    const env = contractCase()
    refuses(env, 1, own('CanOnlyIncreaseFrequency'), () => change(env, 'restricted', 9n))
    refuses(env, 2, own('CanOnlyIncreaseFrequency'), () => change(env, 'root', 10n))
    refuses(env, 3, 'BadOrigin', () => change(env, 'alice', 900n))
  })
})
