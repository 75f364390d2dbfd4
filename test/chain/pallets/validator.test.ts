// Validator: requests to become a validator, approved by the council, and what follows from them.

import { describe, expect, it } from 'vitest'
import { councilMembership } from '../../../src/chain/pallets/council-membership/declaration.ts'
import { validator } from '../../../src/chain/pallets/validator/declaration.ts'
import { validatorSet } from '../../../src/chain/pallets/validator-set/declaration.ts'
import {
  accountOf,
  address,
  type Caller,
  stranger,
  type TestChain,
  testChain,
} from '../support/chain.ts'

/** The validator's account V, its nodes' accounts N and M, and its stash S: none of the council. */
const [V, N, M, S] = [stranger(1), stranger(2), stranger(3), stranger(4)]

const call = (t: TestChain, caller: Caller, name: string, args: Record<string, unknown> = {}) =>
  t.run(caller, 'Validator', name, args)

const request = (t: TestChain, caller: Caller = V) =>
  call(t, caller, 'create_validator_request', {
    validator_node_account: N,
    stash_account: S,
    description: 'some description',
    tf_connect_id: 'some_id',
    info: 'some info',
  })

const approve = (t: TestChain, caller: Caller = 'alice', who = V) =>
  call(t, caller, 'approve_validator', { validator_account: address(who) })

const remove = (t: TestChain, caller: Caller, who = V) =>
  call(t, caller, 'remove_validator', { validator_account: address(who) })

const stateOf = (t: TestChain) => t.state(validator).Validator.get(V)?.state

/** A request that was made and approved. */
function approved(): TestChain {
  const t = testChain()
  request(t)
  approve(t)
  return t
}

/** One that makes blocks. */
function validating(): TestChain {
  const t = approved()
  call(t, V, 'activate_validator_node')
  return t
}

describe('a request', () => {
  it('is made once', () => {
    const t = testChain()
    const made = {
      validator_node_account: N,
      stash_account: S,
      description: 'some description',
      tf_connect_id: 'some_id',
      info: 'some info',
      state: 'Created',
    }
    expect(request(t).events).toEqual([
      { pallet: 'Validator', name: 'ValidatorRequestCreated', fields: [V, made] },
    ])
    expect(request(t).error).toBe('Validator.DuplicateValidator')
    expect(request(t, 'root').error).toBe('BadOrigin')
  })

  it('W135 is approved by one member of the council, and gives a seat', () => {
    const t = testChain()
    request(t)
    const outcome = approve(t)
    expect(outcome.events.map(({ pallet, name }) => `${pallet}.${name}`)).toEqual([
      'CouncilMembership.MemberAdded',
      'Validator.ValidatorRequestApproved',
    ])
    expect(stateOf(t)).toBe('Approved')
    expect(t.state(councilMembership).Members.get()).toContain(V)
  })

  it('W136 that was not made is not approved', () => {
    const t = testChain()
    expect(approve(t).error).toBe('Validator.ValidatorNotFound')
    request(t)
    expect(approve(t, 'charlie').error).toBe('Validator.NotCouncilMember')
    expect(approve(t, 'root').error).toBe('BadOrigin')
    const index = { validator_account: { type: 'Index', value: null } }
    expect(call(t, 'alice', 'approve_validator', index).error).toBe('CannotLookup')
  })

  it('W144 of a member of the council is not approved', () => {
    const t = testChain()
    request(t, 'bob')
    expect(approve(t, 'alice', accountOf('bob')).error).toBe('CouncilMembership.AlreadyMember')
    expect(t.state(validator).Validator.get(accountOf('bob'))?.state).toBe('Created')
  })

  it('W142 is taken back by who made it, with the seat', () => {
    const t = approved()
    expect(remove(t, V).events).toEqual([
      { pallet: 'CouncilMembership', name: 'MemberRemoved', fields: [] },
    ])
    expect(stateOf(t)).toBeUndefined()
    expect(t.state(councilMembership).Members.get()).not.toContain(V)
  })

  it('W143 that is not there is not taken back', () => {
    const t = testChain()
    expect(remove(t, 'alice').error).toBe('Validator.ValidatorNotFound')
    request(t)
    expect(remove(t, 'charlie').error).toBe('Validator.BadOrigin')
    expect(remove(t, V).error).toBe('CouncilMembership.NotMember')
    expect(stateOf(t)).toBe('Created')
  })
})

describe('a validator', () => {
  it('W137 makes blocks when it says so', () => {
    const t = approved()
    const outcome = call(t, V, 'activate_validator_node')
    expect(outcome.events.map(({ name }) => name)).toEqual([
      'ValidatorAdditionInitiated',
      'ValidatorActivated',
    ])
    expect(stateOf(t)).toBe('Validating')
    expect(t.state(validatorSet).Validators.get()).toEqual([accountOf('alice'), N])
    expect(call(t, V, 'activate_validator_node').error).toBe('Validator.ValidatorValidatingAlready')
  })

  it('W138 needs a request, and its approval', () => {
    const t = testChain()
    expect(call(t, V, 'activate_validator_node').error).toBe('Validator.ValidatorNotFound')
    request(t)
    expect(call(t, V, 'activate_validator_node').error).toBe('Validator.ValidatorNotApproved')
    approve(t)
    t.run('restricted', 'ValidatorSet', 'add_validator', { validator_id: N })
    expect(call(t, V, 'activate_validator_node').error).toBe('ValidatorSet.Duplicate')
    expect(stateOf(t)).toBe('Approved')
  })

  it('W139 can move to another node', () => {
    const t = validating()
    const change = (account: string) =>
      call(t, V, 'change_validator_node_account', { new_node_validator_account: account })
    expect(change(M).events.map(({ name, fields }) => [name, fields])).toEqual([
      ['ValidatorRemovalInitiated', [N]],
      ['NodeValidatorRemoved', [N]],
      ['ValidatorAdditionInitiated', [M]],
      ['NodeValidatorChanged', [M]],
    ])
    expect(t.state(validator).Validator.get(V)?.validator_node_account).toBe(M)
    // What was a validator once stays approved, and cannot be approved again.
    expect(change(N).error).toBe('ValidatorSet.Duplicate')
    expect(t.state(validatorSet).Validators.get()).toContain(M)
  })

  it('that does not make blocks yet moves without a word', () => {
    const t = approved()
    const args = { new_node_validator_account: M }
    expect(call(t, V, 'change_validator_node_account', args)).toMatchObject({
      ok: true,
      events: [],
    })
    expect(call(t, S, 'change_validator_node_account', args).error).toBe(
      'Validator.ValidatorNotFound',
    )
  })

  it('cannot leave the chain without any', () => {
    const t = validating()
    t.run('restricted', 'ValidatorSet', 'remove_validator', { validator_id: accountOf('alice') })
    const args = { new_node_validator_account: M }
    expect(call(t, V, 'change_validator_node_account', args).error).toBe(
      'ValidatorSet.TooLowValidatorCount',
    )
  })
})

describe('a stash', () => {
  const bond = (t: TestChain, caller: Caller = S) =>
    call(t, caller, 'bond', { validator: address(V) })

  it('W140 is bonded to a validator', () => {
    const t = testChain()
    expect(bond(t).events).toEqual([{ pallet: 'Validator', name: 'Bonded', fields: [S] }])
    expect(t.state(validator).Bonded.get(S)).toBe(V)
  })

  it('W141 is bonded once', () => {
    const t = testChain()
    bond(t)
    expect(bond(t).error).toBe('Validator.AlreadyBonded')
    expect(bond(t, 'root').error).toBe('BadOrigin')
  })
})
