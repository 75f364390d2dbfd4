// Tokens come from nowhere and go nowhere: supply, reserves and bills add up.

import { balances } from '../../chain/pallets/balances/declaration.ts'
import type { Contract, ContractPaymentState } from '../../chain/pallets/smart-contract/types.ts'
import { system } from '../../chain/pallets/system/declaration.ts'
import type { AccountInfo } from '../../chain/pallets/system/types.ts'
import { tfgrid } from '../../chain/pallets/tfgrid/declaration.ts'
import type { World } from '../world.ts'
import { entriesOf, type GridInvariant } from './invariant.ts'

/** What all accounts have is what was issued. */
export const supplyAddsUp: GridInvariant = {
  name: 'the accounts together have what was issued',
  check({ world }) {
    let sum = 0n
    for (const [, { data }] of entriesOf<[string], AccountInfo>(world, 'System', 'Account')) {
      sum += data.free + data.reserved
    }
    const issued = world.chain.runtime.txOf(balances).state.TotalIssuance.get()
    return sum === issued ? null : `${issued} units were issued, the accounts have ${sum}`
  },
}

/** What is reserved of a payer is what his contracts have reserved. */
export const reservesAddUp: GridInvariant = {
  name: 'what is reserved of a payer is what his bills reserved',
  check({ world }) {
    const { runtime, state } = world.chain
    const twins = runtime.txOf(tfgrid).state.Twins
    const paid = state.item('SmartContractModule', 'ContractPaymentState')
    const expected = new Map<`0x${string}`, bigint>()
    for (const [[id], contract] of entriesOf<[bigint], Contract>(
      world,
      'SmartContractModule',
      'Contracts',
    )) {
      const payer = twins.get(contract.twin_id)?.account_id
      const payment = paid.read([id]) as ContractPaymentState | undefined
      if (!payer || !payment) continue
      const { standard_reserve, additional_reserve } = payment
      expected.set(payer, (expected.get(payer) ?? 0n) + standard_reserve + additional_reserve)
    }
    const accounts = runtime.txOf(system).state.Account
    for (const [payer, amount] of expected) {
      const { reserved } = accounts.get(payer).data
      if (reserved !== amount) {
        return `${reserved} units of ${payer} are reserved, the bills of its contracts reserved ${amount}`
      }
    }
    return null
  },
}

/** No stretch of time of a contract is paid for twice. */
export const billedOnce: GridInvariant = {
  name: 'a bill is applied once',
  check({ world, record }) {
    if (record.isRetracted.get()) return null
    const twice = record.doubleBill.get()
    if (twice !== null) return twice
    for (const [[id], payment] of payments(world)) {
      const billedAt = record.billedAt.get(id)
      if (billedAt !== undefined && payment.last_updated_seconds < billedAt) {
        return `contract ${id} was billed up to ${billedAt}, and will be again from ${payment.last_updated_seconds} on`
      }
    }
    return null
  },
}

/** What bills took is reserved, or was handed out. */
export const billsAddUp: GridInvariant = {
  name: 'what bills took is reserved or was handed out',
  check({ world, record }) {
    if (record.isRetracted.get()) return null
    for (const [[id], { standard_reserve, additional_reserve }] of payments(world)) {
      const taken = record.taken.get(id) ?? 0n
      const handedOut = record.handedOut.get(id) ?? 0n
      const kept = standard_reserve + additional_reserve
      if (taken !== handedOut + kept) {
        return `the bills of contract ${id} took ${taken} units, ${kept} are reserved and ${handedOut} were handed out`
      }
    }
    return null
  },
}

function payments(world: World): (readonly [readonly [bigint], ContractPaymentState])[] {
  return entriesOf(world, 'SmartContractModule', 'ContractPaymentState')
}
