// The chain, nodes and faults of a target, as actors and scripts use them: each look is a question over the wire.

import { pallets } from '../../chain/pallets/all.ts'
import { system } from '../../chain/pallets/system/declaration.ts'
import { EventRecord } from '../../chain/pallets/system/types.ts'
import { tfgrid } from '../../chain/pallets/tfgrid/declaration.ts'
import type { PalletDecl } from '../../chain/runtime/declare.ts'
import { ChainState } from '../../chain/runtime/state.ts'
import { fromHex } from '../../crypto/hex.ts'
import { invariant } from '../../kernel/errors.ts'
import { Store } from '../../kernel/store.ts'
import { decodeFromBytes } from '../../scale/codec.ts'
import { vec } from '../../scale/containers.ts'
import type { NodeDetail, NodeItem } from '../../services/control/ports.ts'
import type { TargetLine } from './line.ts'
import { partial, unsupported } from './partial.ts'

/** How the declared items of a chain lie in its storage. */
const itemsOf = () =>
  new ChainState(
    new Store(),
    pallets.map(({ decl }) => decl),
  )

/** Reads values of the chain of a target. */
export function chainReader(line: TargetLine, items = itemsOf()) {
  return (decl: PalletDecl, name: string, keys: readonly unknown[]): unknown => {
    const item = items.item(decl.name, name)
    const bytes = line.rpc('state_getStorage', item.rawKeyOf(keys)) as string | null
    return bytes === null ? item.decl.absent : decodeFromBytes(item.decl.value, fromHex(bytes))
  }
}

/** What the chain of a target answers; a scenario sees so many of its nodes as it asked for. */
export function remoteChain(line: TargetLine, mostNodes: number) {
  const items = itemsOf()
  const readAll = chainReader(line, items)
  const read = (decl: PalletDecl, name: string, keys: readonly unknown[]): unknown => {
    const value = readAll(decl, name, keys)
    const isNodeCount = decl.name === tfgrid.name && name === 'NodeID'
    return isNodeCount ? Math.min(mostNodes, Number(value)) : value
  }
  const hashOf = (block: number) => line.rpc('chain_getBlockHash', block) as string | null
  return {
    runtime: {
      pallet: (name: string) => pallets.find(({ decl }) => decl.name === name),
      txOf: (decl: PalletDecl) => ({
        state: Object.fromEntries(
          Object.keys(decl.storage).map(name => [
            name,
            partial(`chain.${decl.name}.${name}`, {
              get: (...keys: unknown[]) => read(decl, name, keys),
            }),
          ]),
        ),
      }),
    },
    best: () => Number((line.rpc('chain_getHeader') as { number: string }).number),
    genesisHash: () => hashOf(0),
    eventsOf(block: number) {
      const { prefix } = items.item(system.name, 'Events')
      const bytes = line.rpc('state_getStorage', prefix, hashOf(block)) as string | null
      return bytes === null ? [] : decodeFromBytes(vec(EventRecord), fromHex(bytes))
    },
    nameOfError,
  }
}

/** The name of a dispatch error, or the words of who refused an extrinsic before it was in a block. */
function nameOfError(error: unknown): string {
  if (typeof error === 'string') return error
  const { type, value } = error as { type: string; value?: unknown }
  if (type !== 'Module') return value === undefined ? type : `${type}.${String(value)}`
  const { index, error: code } = value as { index: number; error: string }
  const decl = pallets.find(each => each.decl.index === index)?.decl
  const name = decl?.errors[Number.parseInt(code.slice(2, 4), 16)]
  return decl && name ? `${decl.name}.${name}` : `Module ${index} ${code}`
}

/** The nodes of a target. */
export function remoteNodes(line: TargetLine, mostNodes: number) {
  const find = (id: number) => line.find(`/nodes/${id}`) as NodeDetail | null
  const get = (id: number): NodeDetail => {
    const found = find(id)
    invariant(found, `node ${id} is there`)
    return found
  }
  const act = (id: number, action: unknown) =>
    void line.control('POST', `/nodes/${id}/actions`, action)
  const deployments = (id: number) =>
    get(id).deployments.map(each => ({ ...each, contractId: BigInt(each.contractId) }))
  return {
    list: () =>
      (line.control('GET', `/nodes?limit=${mostNodes}`) as NodeItem[]).map((node, i) => ({
        ...node,
        nodeId: node.id,
        index: i + 1,
      })),
    indexOf: (id: number) => (find(id) ? id : null),
    twinOf: (id: number) => find(id)?.twinId ?? null,
    isUp: (id: number) => get(id).phase === 'up',
    phaseOf: (id: number) => get(id).phase,
    isIdle: (id: number) => get(id).isIdle,
    totalOf: (id: number) => amountsOf(get(id).total),
    usedOf: (id: number) => amountsOf(get(id).used),
    areRegistered() {
      const { nodes, registered } = line.control('GET', '/scale') as Record<string, number>
      return nodes === registered
    },
    deploymentsOf: deployments,
    workloadsOf: (id: number, twinId: number, contractId: bigint) =>
      deployments(id).find(each => each.twinId === twinId && each.contractId === contractId)
        ?.workloads ?? [],
    crash: (id: number) => act(id, { type: 'crash' }),
    boot: (id: number) => act(id, { type: 'boot' }),
    reboot: (id: number) => act(id, { type: 'reboot' }),
    upgrade: (id: number, version: string) => act(id, { type: 'upgrade', version }),
  }
}

function amountsOf(texts: Readonly<Record<string, string>>): Record<string, bigint> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, BigInt(text)]))
}

interface FaultJson {
  readonly id: number
  readonly state: string
  readonly from: number
  readonly until: number | null
  readonly fault: unknown
}

/** They take back what its clients know of a chain, and scripts count on when that happens. */
const notOnTargets: ReadonlySet<string> = new Set(['chain.reset', 'chain.retract'])

/** The faults of a target. */
export function remoteFaults(line: TargetLine) {
  const faultOf = ({ fault: spec, ...rest }: FaultJson) => ({ ...rest, spec })
  const find = (id: number) => {
    const found = line.find(`/faults/${id}`) as FaultJson | null
    return found ? faultOf(found) : undefined
  }
  const change = (method: string, id: number, body?: unknown): boolean => {
    if (!find(id)) return false
    line.control(method, `/faults/${id}`, body)
    return true
  }
  return {
    add(input: unknown) {
      const { kind } = input as { kind: string }
      if (notOnTargets.has(kind)) unsupported(`the fault ${kind}`)
      return (line.control('POST', '/faults', input) as FaultJson).id
    },
    find,
    list: () => (line.control('GET', '/faults') as FaultJson[]).map(faultOf),
    patch: (id: number, body: unknown) => change('PATCH', id, body),
    remove: (id: number) => change('DELETE', id),
    // Whether the target's users can reach its chain shows when they try.
    isTwinCutOff: () => false,
  }
}
