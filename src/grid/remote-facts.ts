// What of a remote chain a grid reads: by which keys, what belongs to a party of its own, and which events change it.

import type { ItemName, KeysOf } from '../chain/client/port.ts'
import { smartContract } from '../chain/pallets/smart-contract/declaration.ts'
import { system } from '../chain/pallets/system/declaration.ts'
import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import type { Node } from '../chain/pallets/tfgrid/types.ts'
import { timestamp } from '../chain/pallets/timestamp/declaration.ts'
import type { PalletDecl } from '../chain/runtime/declare.ts'
import type { ChainEvent } from '../chain/runtime/outer.ts'
import { utf8ToByteString } from '../crypto/hex.ts'

/** One value of the chain's storage: where it lies. */
export interface StorageKey {
  readonly pallet: PalletDecl
  readonly item: string
  readonly keys: readonly unknown[]
  /** The same for the same key. */
  readonly id: string
}

/** Names a value of the storage: `keyOf(tfgrid, 'Twins', 7)`. */
export function keyOf<P extends PalletDecl, N extends ItemName<P>>(
  pallet: P,
  item: N,
  ...keys: KeysOf<P, N>
): StorageKey {
  const parts = keys as readonly unknown[]
  return { pallet, item, keys: parts, id: `${pallet.name}.${item}/${parts.map(String).join('/')}` }
}

/** A twin, by its id. */
export const twinKey = (id: number): StorageKey => keyOf(tfgrid, 'Twins', id)

/** A contract, by its id. */
export const contractKey = (id: bigint): StorageKey => keyOf(smartContract, 'Contracts', id)

/** The id of a name contract, by the name as people write it. */
export const nameKey = (name: string): StorageKey =>
  keyOf(smartContract, 'ContractIDByNameRegistration', utf8ToByteString(name))

const farmKey = (id: number) => keyOf(tfgrid, 'Farms', id)
const twinIdKey = (account: string) => keyOf(tfgrid, 'TwinIdByAccountID', account as `0x${string}`)
const nodeIdKey = (twinId: number) => keyOf(tfgrid, 'NodeIdByTwinID', twinId)
const nodeKey = (id: number) => keyOf(tfgrid, 'Nodes', id)
const powerKey = (nodeId: number) => keyOf(tfgrid, 'NodePower', nodeId)
const activeKey = (nodeId: number) => keyOf(smartContract, 'ActiveNodeContracts', nodeId)
const rentKey = (nodeId: number) => keyOf(smartContract, 'ActiveRentContractForNode', nodeId)
const balanceKey = (account: string) => keyOf(system, 'Account', account as `0x${string}`)
const termsKey = (account: string) =>
  keyOf(tfgrid, 'UsersTermsAndConditions', account as `0x${string}`)

/** With what the knowledge of a party begins; what belongs to it beyond that follows by `linksOf`. */
export function accountKeys(account: string): StorageKey[] {
  return [balanceKey(account), termsKey(account), twinIdKey(account)]
}

/** A farm that nodes stand in. */
export { farmKey }

type Links = Readonly<Record<string, (value: never) => StorageKey[]>>

/** From a value to those that belong to the same party: account, twin, node, contracts. */
const links: Links = {
  'TfgridModule.TwinIdByAccountID': (id: number | null) =>
    id === null ? [] : [twinKey(id), nodeIdKey(id)],
  'TfgridModule.NodeIdByTwinID': (id: number) =>
    id === 0 ? [] : [nodeKey(id), powerKey(id), activeKey(id), rentKey(id)],
  'SmartContractModule.ActiveNodeContracts': (ids: readonly bigint[]) => ids.map(contractKey),
  'SmartContractModule.ActiveRentContractForNode': (id: bigint | null) =>
    id === null ? [] : [contractKey(id)],
}

/** A name contract that is read by its name is read with what it names, whoever asks. */
const closeLinks: Links = {
  'SmartContractModule.ContractIDByNameRegistration': (id: bigint) =>
    id === 0n ? [] : [contractKey(id)],
}

/** The values that belong to the party of a value, one step on. */
export function linksOf(
  { pallet, item }: StorageKey,
  value: unknown,
  isOwn: boolean,
): StorageKey[] {
  const name = `${pallet.name}.${item}`
  const link = closeLinks[name] ?? (isOwn ? links[name] : undefined)
  return link?.(value as never) ?? []
}

interface ContractFields {
  readonly contract_id: bigint
  readonly contract_type:
    | {
        readonly type: 'NodeContract' | 'RentContract'
        readonly value: { readonly node_id: number }
      }
    | { readonly type: 'NameContract'; readonly value: { readonly name: string } }
}

const ofContract = ({ contract_id, contract_type: { type, value } }: ContractFields) => {
  const key = contractKey(contract_id)
  if (type !== 'NameContract') return [key, activeKey(value.node_id), rentKey(value.node_id)]
  return [key, keyOf(smartContract, 'ContractIDByNameRegistration', value.name)]
}

const ofTwin = ([{ id, account_id }]: readonly [{ id: number; account_id: string }]) => [
  twinKey(id),
  twinIdKey(account_id),
]

const ofNode = ([{ id, twin_id }]: readonly [Pick<Node, 'id' | 'twin_id'>]) => [
  nodeKey(id),
  nodeIdKey(twin_id),
]

const byId = ({ contract_id }: { contract_id: bigint }) => [contractKey(contract_id)]

/** What an event says has changed. */
const changes: Readonly<Record<string, Readonly<Record<string, (fields: never) => StorageKey[]>>>> =
  {
    TfgridModule: {
      TwinStored: ofTwin,
      TwinUpdated: ofTwin,
      TwinDeleted: ([id]: readonly [number]) => [twinKey(id), nodeIdKey(id)],
      TwinAccountBounded: ([id, account]: readonly [number, string]) => [
        twinKey(id),
        twinIdKey(account),
      ],
      FarmStored: ([{ id }]: readonly [{ id: number }]) => [farmKey(id)],
      FarmUpdated: ([{ id }]: readonly [{ id: number }]) => [farmKey(id)],
      FarmDeleted: ([id]: readonly [number]) => [farmKey(id)],
      NodeStored: ofNode,
      NodeUpdated: ofNode,
      NodeDeleted: ([id]: readonly [number]) => [nodeKey(id), powerKey(id)],
      NodePublicConfigStored: ([id]: readonly [number, unknown]) => [nodeKey(id)],
      PowerTargetChanged: ({ node_id }: { node_id: number }) => [powerKey(node_id)],
      PowerStateChanged: ({ node_id }: { node_id: number }) => [powerKey(node_id)],
    },
    SmartContractModule: {
      ContractCreated: ([contract]: readonly [ContractFields]) => ofContract(contract),
      ContractUpdated: ([contract]: readonly [ContractFields]) => ofContract(contract),
      NodeContractCanceled: ({
        contract_id,
        node_id,
      }: {
        contract_id: bigint
        node_id: number
      }) => [contractKey(contract_id), activeKey(node_id)],
      NameContractCanceled: byId,
      RentContractCanceled: byId,
      ContractGracePeriodStarted: byId,
      ContractGracePeriodEnded: byId,
      ContractGracePeriodElapsed: byId,
    },
  }

/** What every block changes without saying so: the chain's time. */
export const changesAlways: readonly StorageKey[] = [keyOf(timestamp, 'Now')]

/** Pallets whose events name the accounts that they change. */
const ofAccounts: ReadonlySet<string> = new Set(['Balances', 'TransactionPayment'])

/** The values that an event may have changed. */
export function changesOf({ pallet, name, fields }: ChainEvent): StorageKey[] {
  if (ofAccounts.has(pallet)) {
    const accounts = Object.values(fields as object).filter(isAccount)
    // Who has paid has called something, and accepted terms are told by no event.
    return accounts.flatMap(account => [balanceKey(account), termsKey(account)])
  }
  return changes[pallet]?.[name]?.(fields as never) ?? []
}

/**
 * What hangs on a value that goes, by what was known of it: no event names the node of a rent contract, the name of
 * a name contract, or the twin of a node.
 */
export function changesWith({ pallet, item }: StorageKey, known: unknown): StorageKey[] {
  if (!known) return []
  switch (`${pallet.name}.${item}`) {
    case 'SmartContractModule.Contracts':
      return ofContract(known as ContractFields)
    case 'TfgridModule.Nodes':
      return ofNode([known as Node])
    default:
      return []
  }
}

const isAccount = (value: unknown): value is string =>
  typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)
