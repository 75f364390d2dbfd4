// A chain with an index, on which a test lets any events happen.

import { smartContract } from '../../../src/chain/pallets/smart-contract/declaration.ts'
import type { Contract, ContractData } from '../../../src/chain/pallets/smart-contract/types.ts'
import { tfgrid } from '../../../src/chain/pallets/tfgrid/declaration.ts'
import { Farm, Node, Twin } from '../../../src/chain/pallets/tfgrid/types.ts'
import { tftPrice } from '../../../src/chain/pallets/tft-price/declaration.ts'
import type { FieldValues, PalletDecl } from '../../../src/chain/runtime/declare.ts'
import type { Tx } from '../../../src/chain/runtime/tx.ts'
import type { PublicIP } from '../../../src/chain/types/grid.ts'
import { defaultOf } from '../../../src/scale/type.ts'
import type { EntityName, Row, RowKey } from '../../../src/services/indexer/entities.ts'
import { createIndexer } from '../../../src/services/indexer/indexer.ts'
import type { MappingRules } from '../../../src/services/indexer/mapping/handlers.ts'
import { type TestChainOptions, testChain } from '../../chain/support/chain.ts'

/** Something that happens in a block. */
export type Happening = (tx: Tx) => void

function happening<P extends PalletDecl>(pallet: P) {
  return <E extends keyof P['events'] & string>(
    event: E,
    fields: FieldValues<P['events'][E]>,
  ): Happening =>
    tx =>
      tx.in(pallet).deposit(event, fields)
}

/** Events of the pallets that the index follows: `grid('FarmDeleted', [1])`. */
export const grid = happening(tfgrid)
export const contracts = happening(smartContract)
export const prices = happening(tftPrice)

/** A row as a test compares it: its columns alone. */
export type Plain = Readonly<Record<string, unknown>>

/** A chain that is indexed from its first block. */
export function indexedChain(
  options: { rules?: Partial<MappingRules>; chain?: TestChainOptions } = {},
) {
  const chain = testChain(options.chain)
  const index = createIndexer({
    kernel: chain.kernel,
    chain: chain.chain,
    ...(options.rules ? { rules: options.rules } : {}),
  })
  const rows = index.reader('graphql')
  return {
    ...chain,
    index,
    rows,
    /** Lets events happen, all in one block; returns its number. */
    emit(...happenings: readonly Happening[]): number {
      return chain.inBlock(tx => {
        for (const happen of happenings) happen(tx)
        return tx.block
      })
    },
    /** The rows of an entity without their keys. */
    plain<E extends EntityName>(entity: E): Plain[] {
      return rows.all(entity).map(row => {
        const { key: _, ...columns } = { ...row } as Row<E> & Plain & { key?: RowKey }
        return columns
      })
    },
  }
}

export type IndexedChain = ReturnType<typeof indexedChain>

/** The account of Bob, and its address. */
export const bob = '0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48' as const
export const bobAddress = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty'

export const twin = (more: Partial<Twin> = {}): Twin => ({
  ...defaultOf(Twin),
  id: 7,
  account_id: bob,
  relay: 'relay.example',
  pk: '\x01\xff',
  ...more,
})

export const ip = (last: number, more: Partial<PublicIP> = {}): PublicIP => ({
  ip: `185.206.122.${last}/24`,
  gateway: '185.206.122.1',
  contract_id: 0n,
  ...more,
})

export const farm = (more: Partial<Farm> = {}): Farm => ({
  ...defaultOf(Farm),
  version: 4,
  id: 3,
  name: 'green',
  twin_id: 7,
  pricing_policy_id: 1,
  ...more,
})

export const node = (more: Partial<Node> = {}): Node => ({
  ...defaultOf(Node),
  version: 6,
  id: 5,
  farm_id: 3,
  twin_id: 9,
  resources: { hru: 4n, sru: 3n, cru: 2n, mru: 1n },
  location: { city: 'Ghent', country: 'Belgium', latitude: '51.05', longitude: '3.72' },
  created: 1_699_999_999n,
  farming_policy_id: 1,
  interfaces: [
    { name: 'zos', mac: '00:00:00:00:00:01', ips: ['10.0.0.1', 'fe80::1'] },
    { name: 'ygg', mac: '00:00:00:00:00:02', ips: [] },
  ],
  secure_boot: true,
  serial_number: 'SN1',
  connection_price: 80,
  ...more,
})

const contract = (id: number, contract_type: ContractData, more: Partial<Contract> = {}) => ({
  version: 4,
  state: { type: 'Created' as const },
  contract_id: BigInt(id),
  twin_id: 7,
  contract_type,
  solution_provider_id: null,
  ...more,
})

const deploymentHash = 'a1'.repeat(16)

export const nodeContract = (id: number, more: Partial<Contract> & { ips?: PublicIP[] } = {}) => {
  const { ips = [], ...rest } = more
  return contract(
    id,
    {
      type: 'NodeContract',
      value: {
        node_id: 5,
        deployment_hash: deploymentHash,
        deployment_data: '{"type":"vm","name":"é"}'.replace('é', '\xc3\xa9'),
        public_ips: ips.length,
        public_ips_list: ips,
      },
    },
    rest,
  )
}

export const nameContract = (id: number, name = 'web', more: Partial<Contract> = {}) =>
  contract(id, { type: 'NameContract', value: { name } }, more)

export const rentContract = (id: number, more: Partial<Contract> = {}) =>
  contract(id, { type: 'RentContract', value: { node_id: 5 } }, more)
