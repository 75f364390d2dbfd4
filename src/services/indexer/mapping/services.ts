// Solution providers and service contracts (`threefoldtech/tfchain_graphql: src/mappings/{solutionProviders,serviceContracts}.ts`).

import type { smartContract } from '../../../chain/pallets/smart-contract/declaration.ts'
import type { ServiceContract } from '../../../chain/pallets/smart-contract/types.ts'
import type { Row } from '../entities.ts'
import { addressOf, change, type EventContext, type Handlers, textOf } from './handlers.ts'

export const serviceHandlers: Handlers<typeof smartContract> = {
  SolutionProviderCreated: (context, [provider]) =>
    context.rows.put('SolutionProvider', {
      key: context.keyOf(),
      solutionProviderID: provider.solution_provider_id,
      description: textOf(provider.description),
      link: textOf(provider.link),
      approved: false,
      providers: provider.providers.map(({ who, take }) => ({ who: addressOf(who), take })),
    }),

  SolutionProviderApproved: (context, [id, approved]) =>
    change(
      context,
      'SolutionProvider',
      context.rows.one('SolutionProvider', 'solutionProviderID', id),
      { approved },
    ),

  ServiceContractCreated: (context, [contract]) =>
    context.rows.put('ServiceContract', {
      key: context.keyOf(),
      serviceContractID: contract.service_contract_id,
      serviceTwinID: contract.service_twin_id,
      consumerTwinID: contract.consumer_twin_id,
      baseFee: 0n,
      variableFee: 0n,
      metadata: '',
      acceptedByService: false,
      acceptedByConsumer: false,
      lastBill: 0n,
      state: 'Created',
    }),

  ServiceContractMetadataSet: (context, [contract]) =>
    update(context, contract, { metadata: textOf(contract.metadata) }),

  ServiceContractFeesSet: (context, [contract]) =>
    update(context, contract, {
      baseFee: contract.base_fee,
      variableFee: contract.variable_fee,
    }),

  ServiceContractApproved: (context, [contract]) =>
    update(context, contract, {
      acceptedByService: contract.accepted_by_service,
      acceptedByConsumer: contract.accepted_by_consumer,
      lastBill: contract.last_bill,
    }),

  ServiceContractCanceled: ({ rows }, { service_contract_id }) => {
    const saved = rows.one('ServiceContract', 'serviceContractID', service_contract_id)
    if (saved) rows.remove('ServiceContract', saved.key)
  },

  ServiceContractBilled: (context, { service_contract: contract, bill, amount }) => {
    const { rows } = context
    const { service_contract_id: id, last_bill: lastBill } = contract
    rows.append('ServiceContractBill', context, {
      serviceContractID: id,
      variableAmount: bill.variable_amount,
      window: bill.window,
      metadata: textOf(bill.metadata),
      amount,
    })
    const saved = rows.one('ServiceContract', 'serviceContractID', id)
    change(context, 'ServiceContract', saved, { lastBill })
  },
}

/** Some columns of a service contract change, and its state with them. */
function update(
  context: EventContext,
  contract: ServiceContract,
  columns: Partial<Row<'ServiceContract'>>,
): void {
  const { service_contract_id: id, state } = contract
  const saved = context.rows.one('ServiceContract', 'serviceContractID', id)
  change(context, 'ServiceContract', saved, { ...columns, state })
}
