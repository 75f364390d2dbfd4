// Contracts and what they cost: what their events do to the index (`threefoldtech/tfchain_graphql: src/mappings/contracts.ts`).

import type { smartContract } from '../../../chain/pallets/smart-contract/declaration.ts'
import type { Contract } from '../../../chain/pallets/smart-contract/types.ts'
import type { Row } from '../entities.ts'
import type { RowReader } from '../store.ts'
import { change, type EventContext, type Handlers, textOf } from './handlers.ts'

const contractTables = ['NodeContract', 'NameContract', 'RentContract'] as const
type ContractTable = (typeof contractTables)[number]
type ContractState = Row<'NodeContract'>['state']

export const contractHandlers: Handlers<typeof smartContract> = {
  ContractCreated: (context, [contract]) => {
    const { rows } = context
    const columns = {
      key: context.keyOf(),
      gridVersion: contract.version,
      contractID: contract.contract_id,
      twinID: contract.twin_id,
      state: 'Created',
      createdAt: context.seconds,
      solutionProviderID: Number(contract.solution_provider_id ?? 0n),
    } as const
    const { type, value } = contract.contract_type
    if (type === 'NameContract') {
      rows.put('NameContract', { ...columns, name: textOf(value.name) })
      return
    }
    if (type === 'RentContract') {
      rows.put('RentContract', { ...columns, nodeID: value.node_id })
      const node = rows.one('Node', 'nodeID', value.node_id)
      change(context, 'Node', node, { dedicated: true })
      return
    }
    rows.put('NodeContract', {
      ...columns,
      nodeID: value.node_id,
      deploymentData: textOf(value.deployment_data),
      deploymentHash: textOf(value.deployment_hash),
      numberOfPublicIPs: value.public_ips,
      resourcesUsed: null,
    })
    for (const { ip } of value.public_ips_list) {
      const known = rows.one('PublicIp', 'ip', textOf(ip))
      change(context, 'PublicIp', known, { contractId: contract.contract_id })
    }
  },

  ContractUpdated: (context, [contract]) => {
    const { rows } = context
    const { type, value } = contract.contract_type
    const columns = {
      gridVersion: contract.version,
      twinID: contract.twin_id,
      state: stateOf(context, contract),
    }
    if (type === 'NodeContract') {
      const saved = rows.one('NodeContract', 'contractID', contract.contract_id)
      change(context, 'NodeContract', saved, {
        ...columns,
        nodeID: value.node_id,
        numberOfPublicIPs: value.public_ips,
        deploymentData: textOf(value.deployment_data),
        deploymentHash: textOf(value.deployment_hash),
      })
    }
    if (type === 'NameContract') {
      const saved = rows.one('NameContract', 'contractID', contract.contract_id)
      change(context, 'NameContract', saved, { ...columns, name: textOf(value.name) })
    }
  },

  NodeContractCanceled: (context, { contract_id }) => {
    const { rows, rules } = context
    const saved = rows.one('NodeContract', 'contractID', contract_id)
    if (!saved) return
    change(context, 'NodeContract', saved, { state: 'Deleted' })
    const ips = rows.find('PublicIp', 'contractId', contract_id)
    // Upstream frees one address of a contract that had several.
    for (const ip of rules.isStrict ? ips.slice(0, 1) : ips) {
      change(context, 'PublicIp', ip, { contractId: 0n })
    }
  },

  NameContractCanceled: (context, { contract_id }) =>
    change(context, 'NameContract', context.rows.one('NameContract', 'contractID', contract_id), {
      state: 'Deleted',
    }),

  RentContractCanceled: (context, { contract_id }) => {
    const { rows } = context
    const saved = rows.one('RentContract', 'contractID', contract_id)
    if (!saved) return
    change(context, 'RentContract', saved, { state: 'Deleted' })
    const node = rows.one('Node', 'nodeID', saved.nodeID)
    change(context, 'Node', node, { dedicated: node?.extraFee != null })
  },

  ContractGracePeriodStarted: (context, { contract_id }) =>
    setState(context, contract_id, 'GracePeriod'),

  ContractGracePeriodEnded: (context, { contract_id }) => setState(context, contract_id, 'Created'),

  NodeExtraFeeSet: (context, { node_id, extra_fee }) =>
    change(context, 'Node', context.rows.one('Node', 'nodeID', node_id), {
      extraFee: extra_fee,
      dedicated: extra_fee > 0n,
    }),

  UpdatedUsedResources: (context, [{ contract_id, used }]) => {
    const { rows } = context
    const contract = rows.one('NodeContract', 'contractID', contract_id)
    if (!contract) return
    const key = contract.resourcesUsed ?? context.keyOf()
    const { hru, sru, cru, mru } = used
    rows.put('ContractResources', { key, contract: contract.key, hru, sru, cru, mru })
    if (contract.resourcesUsed !== key) {
      change(context, 'NodeContract', contract, { resourcesUsed: key })
    }
  },

  NruConsumptionReportReceived: (context, [{ contract_id, timestamp, window, nru }]) =>
    context.rows.append('NruConsumption', context, {
      contractID: contract_id,
      timestamp,
      window,
      nru,
    }),

  ContractBilled: (context, [bill]) =>
    context.rows.append('ContractBillReport', context, {
      contractID: bill.contract_id,
      discountReceived: bill.discount_level,
      amountBilled: bill.amount_billed,
      timestamp: bill.timestamp,
    }),
}

/** Upstream knows two states of an updated contract and takes any other for being out of funds. */
function stateOf({ rules }: EventContext, { state }: Contract): ContractState {
  return state.type === 'GracePeriod' && rules.isStrict ? 'OutOfFunds' : state.type
}

function setState(context: EventContext, contractId: bigint, state: ContractState): void {
  for (const table of contractTables) setStateIn(context, table, contractId, state)
}

function setStateIn(
  context: EventContext,
  table: ContractTable,
  contractId: bigint,
  state: ContractState,
): void {
  const saved = (context.rows as RowReader).one(table, 'contractID', contractId)
  change(context, table, saved, { state })
}
