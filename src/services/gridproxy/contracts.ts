// `/contracts`: contracts of nodes, names and rents, and what they were billed.

import type { Context } from './context.ts'
import type { ContractView } from './contract-book.ts'
import { accepted, type Result, refusals, refused } from './errors.ts'
import {
  atLeast,
  type Filters,
  filter,
  isNumber,
  isText,
  passes,
  remembered,
  testsOf,
} from './filter.ts'
import { encode, type Json } from './json.ts'
import { likeTest } from './like.ts'
import { countHeaders, decodeLimit, limitOf, spanOf } from './limit.ts'
import type { Answer, Given, List } from './list.ts'
import { sortsOf } from './order.ts'
import { text, textList, uint } from './params.ts'
import { parseId } from './path-id.ts'
import type { QueryValues } from './query-string.ts'
import { billsOf } from './twins.ts'

function contractFilters({ contracts }: Context): Filters<ContractView> {
  return {
    contract_id: isNumber('The id of the contract.', ({ id }) => id),
    twin_id: isNumber('The twin that made it.', ({ twinId }) => twinId),
    node_id: isNumber('The id of its node; names have 0.', ({ nodeId }) => nodeId),
    type: isText('node, name or rent.', ({ type }) => type),
    state: filter(textList, 'Created, GracePeriod, OutOfFunds or Deleted.', words => {
      const wanted = new Set(words.map(word => word.toLowerCase()))
      const isWanted = remembered(state => wanted.has(state.toLowerCase()))
      return ({ state }) => isWanted(state)
    }),
    name: isText('The name that a name contract holds.', ({ name }) => name),
    number_of_public_ips: atLeast('Public addresses.', ({ publicIps }) => publicIps),
    deployment_data: isText('What the user wrote into it.', contract => contract.deploymentData),
    deployment_hash: isText('The hash of its deployment.', contract => contract.deploymentHash),
    farm_name: filter(text, 'The name of the farm of its node.', pattern => {
      const isWanted = likeTest(pattern)
      const nodes = contracts.nodesOfFarms(({ name }) => isWanted(name))
      return ({ nodeId }) => nodes.has(nodeId)
    }),
    farm_id: filter(uint, 'The id of the farm of its node.', farmId => {
      const nodes = contracts.nodesOfFarms(({ farmID }) => farmID === farmId)
      return ({ nodeId }) => nodes.has(nodeId)
    }),
  }
}

const contractSorts = sortsOf<ContractView>('Contract', {
  contract_id: ({ id }) => id,
  twin_id: ({ twinId }) => twinId,
  state: ({ state }) => state,
  created_at: ({ createdAt }) => createdAt,
  type: ({ type }) => type,
})

/** The list of contracts. */
export function contractList(context: Context): List<ContractView> {
  const params = contractFilters(context)
  return {
    params,
    sorts: contractSorts,
    select(given, query) {
      const tests = testsOf(params, given, query)
      const candidates = candidatesOf(given, context)
      return { items: candidates.filter(contract => passes(contract, tests)) }
    },
    write: contract => contractItem(contract, context),
  }
}

/** The contracts that may match: those that an index finds where one helps. */
function candidatesOf(given: Given, { contracts }: Context): readonly ContractView[] {
  if (typeof given.contract_id === 'number') return contracts.with('contractID', given.contract_id)
  if (typeof given.twin_id === 'number') return contracts.with('twinID', given.twin_id)
  if (typeof given.node_id === 'number' && given.node_id > 0) {
    return contracts.with('nodeID', given.node_id)
  }
  if (typeof given.farm_id === 'number') return contracts.ofFarm(given.farm_id)
  return contracts.list()
}

function contractItem(contract: ContractView, context: Context): string {
  const { id, twinId, state, createdAt, type } = contract
  return encode({
    contract_id: id,
    twin_id: twinId,
    state,
    created_at: createdAt,
    type,
    details: detailsOf(contract, context),
  })
}

function detailsOf(contract: ContractView, { contracts }: Context): Json {
  if (contract.type === 'name') return { name: contract.name }
  const farm = contracts.farmOf(contract)
  const ofFarm = { farm_name: farm?.name ?? '', farm_id: farm?.farmID ?? 0 }
  const { nodeId } = contract
  if (contract.type === 'rent') return { nodeId, ...ofFarm }
  return {
    nodeId,
    deployment_data: contract.deploymentData,
    deployment_hash: contract.deploymentHash,
    number_of_public_ips: contract.publicIps,
    ...ofFarm,
  }
}

/** The id in a path of contracts. */
function contractIdOf(text: string): Result<number> {
  const id = parseId(text)
  return id.ok ? accepted(id.value) : refused(500, `invalid contract id: ${text}: ${id.problem}`)
}

/** One contract. */
export function oneContract(text: string, context: Context): Result<Answer> {
  const id = contractIdOf(text)
  if (!id.ok) return id
  const contract = context.contracts.byId(id.value)
  if (contract === undefined) return refusals.contractNotFound
  return accepted({ headers: {}, body: contractItem(contract, context) })
}

/** The bills of a contract, newest first; one that does not exist has none. */
export function contractBills(
  text: string,
  values: QueryValues,
  { rows }: Context,
): Result<Answer> {
  const given = decodeLimit(values)
  if (!given.ok) return given
  const id = contractIdOf(text)
  if (!id.ok) return id
  const limit = limitOf(given.value)
  const { from, to } = spanOf(limit)
  const bills = billsOf(BigInt(id.value), rows)
  const page = bills.slice(from, to).map(({ amountBilled, discountReceived, timestamp }) => ({
    amountBilled,
    discountReceived,
    timestamp,
  }))
  return accepted({ headers: countHeaders(bills.length, limit), body: encode(page) })
}
