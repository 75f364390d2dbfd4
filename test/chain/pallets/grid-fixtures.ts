// The twins, farms and nodes from which the worked cases of the grid's pallets set out, and how their outcomes are checked.

import { expect } from 'vitest'
import { tfgrid } from '../../../src/chain/pallets/tfgrid/declaration.ts'
import type { Node } from '../../../src/chain/pallets/tfgrid/types.ts'
import type { PalletDecl } from '../../../src/chain/runtime/declare.ts'
import type { Resources } from '../../../src/chain/types/grid.ts'
import type { Caller, DevName, Outcome, TestChain } from '../support/chain.ts'

/** A worked case: its id, what it shows, and how. */
export type Case = readonly [id: string, title: string, run: (t: TestChain) => void]

export const GiB = 1n << 30n

/** Resources with disks and memory in GiB. */
export const gib = (hru: number, sru: number, cru: number, mru: number): Resources => ({
  hru: BigInt(hru) * GiB,
  sru: BigInt(sru) * GiB,
  cru: BigInt(cru),
  mru: BigInt(mru) * GiB,
})

/** CU 20, SU 2, weight 42. */
export const STD = gib(1024, 512, 8, 16)

export const LOC = {
  city: 'Ghent',
  country: 'Belgium',
  latitude: '12.233213231',
  longitude: '32.323112123',
}

export const pk = '0x6c8fd181adc178cea218e168e8549f0b0ff30627c879db9eac4318927e87c901'
export const farmIp = { ip: '185.206.122.33/24', gw: '185.206.122.1' }

/** A call of TfgridModule. */
export const grid = (
  t: TestChain,
  caller: Caller,
  name: string,
  args: Record<string, unknown> = {},
): Outcome => t.run(caller, 'TfgridModule', name, args)

/** Fails unless the call succeeded; returns its outcome. */
export function succeeds(outcome: Outcome): Outcome {
  expect(outcome.error).toBeUndefined()
  expect(outcome.ok).toBe(true)
  return outcome
}

/** The events of a successful call, as names. */
export const namesOf = (outcome: Outcome): string[] => succeeds(outcome).events.map(e => e.name)

/** All that a pallet keeps, as text that can be compared. */
export function dump(t: TestChain, pallet: PalletDecl): string {
  const access = t.state(pallet) as Record<string, { entries(): unknown }>
  return JSON.stringify(
    Object.keys(pallet.storage).map(name => [name, access[name]?.entries()]),
    (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value),
  )
}

/** Runs a call that must fail with `error`, without an event and without a trace in the pallet's state. */
export function refuses(t: TestChain, error: string, run: () => Outcome, pallet: PalletDecl): void {
  const before = dump(t, pallet)
  const outcome = run()
  expect(outcome.error).toBe(error)
  expect(outcome.events).toEqual([])
  expect(dump(t, pallet)).toBe(before)
}

/** The same for a call of TfgridModule and an error of it. */
export function gridRefuses(
  t: TestChain,
  error: string,
  caller: Caller,
  name: string,
  args: Record<string, unknown> = {},
): void {
  const full = error === 'BadOrigin' ? error : `TfgridModule.${error}`
  refuses(t, full, () => grid(t, caller, name, args), tfgrid)
}

export const gridState = (t: TestChain) => t.state(tfgrid)

export const accept = (t: TestChain, who: DevName): Outcome =>
  succeeds(
    grid(t, who, 'user_accept_tc', { document_link: 'some_link', document_hash: 'some_hash' }),
  )

/** A twin; ids go by order. */
export function twin(t: TestChain, who: DevName): number {
  accept(t, who)
  succeeds(grid(t, who, 'create_twin', { relay: 'somerelay.io', pk }))
  return gridState(t).TwinID.get()
}

/** A farm of somebody who gets a twin if he has none. */
export function farm(t: TestChain, who: DevName, name: string, public_ips = [farmIp]): number {
  if (!gridState(t).TwinIdByAccountID.has(t.account(who))) twin(t, who)
  succeeds(grid(t, who, 'create_farm', { name, public_ips }))
  return gridState(t).FarmID.get()
}

export const farmA = (t: TestChain): number => farm(t, 'alice', 'test_farm')
export const farmA2 = (t: TestChain): number => farm(t, 'alice', 'test_farm2')
export const farmB = (t: TestChain): number => farm(t, 'bob', 'bob_farm')

/** What `create_node` takes. */
export const nodeArgs = (farm_id: number, change: Record<string, unknown> = {}) => ({
  farm_id,
  resources: STD,
  location: LOC,
  interfaces: [],
  secure_boot: true,
  virtualized: true,
  serial_number: 'Default String',
  ...change,
})

export function createNode(
  t: TestChain,
  who: DevName,
  farmId: number,
  change: Record<string, unknown> = {},
): number {
  if (!gridState(t).TwinIdByAccountID.has(t.account(who))) twin(t, who)
  succeeds(grid(t, who, 'create_node', nodeArgs(farmId, change)))
  return gridState(t).NodeID.get()
}

/** Alice's farm 1 with her node 1 in it. */
export function node1(t: TestChain): void {
  farmA(t)
  createNode(t, 'alice', 1)
}

export function nodeAt(t: TestChain, id: number): Node {
  const node = gridState(t).Nodes.get(id)
  expect(node).not.toBeNull()
  return node as Node
}

/** Makes the next block fall on a time. */
export function nextBlockAt(t: TestChain, ms: number): void {
  t.advance(ms - 6000 - t.kernel.now())
}

const policyArgs = (node: string, farmCertification: string, isDefault: boolean) => ({
  name: `policy_${node}_${farmCertification}`,
  su: 12,
  cu: 15,
  nu: 10,
  ipv4: 8,
  minimal_uptime: 9999,
  policy_end: 100_000,
  immutable: true,
  default: isDefault,
  node_certification: node,
  farm_certification: farmCertification,
})

export function farmingPolicy(
  t: TestChain,
  node: string,
  farmCertification: string,
  isDefault: boolean,
  change: Record<string, unknown> = {},
): number {
  const args = { ...policyArgs(node, farmCertification, isDefault), ...change }
  succeeds(grid(t, 'restricted', 'create_farming_policy', args))
  return gridState(t).FarmingPolicyID.get()
}

/** Four default policies, 3 to 6 after those of the dev genesis. */
export const pol4 = (t: TestChain) => ({
  f1: farmingPolicy(t, 'Diy', 'Gold', true),
  f2: farmingPolicy(t, 'Diy', 'NotCertified', true),
  f3: farmingPolicy(t, 'Certified', 'Gold', true),
  f4: farmingPolicy(t, 'Certified', 'NotCertified', true),
})

/** Two policies that are no defaults. */
export const pol2 = (t: TestChain) => ({
  f5: farmingPolicy(t, 'Diy', 'NotCertified', false),
  f6: farmingPolicy(t, 'Certified', 'Gold', false),
})

/** Limits of a policy, none unless given. */
export const limitsOf = (farming_policy_id: number, change: Record<string, unknown> = {}) => ({
  farming_policy_id,
  cu: null,
  su: null,
  end: null,
  node_count: null,
  node_certification: false,
  ...change,
})

/** The limits that most of the worked cases attach. */
export const smallLimits = (id: number) =>
  limitsOf(id, { cu: 20n, su: 2n, end: 4_102_444_800n, node_count: 10 })
