// Brings chain events to the nodes that they concern: by node or farm id, never to all.

import type { Chain } from '../chain/node/chain.ts'
import type { ChainEvent } from '../chain/runtime/outer.ts'
import { byteStringToUtf8 } from '../crypto/hex.ts'
import type { Nodes } from '../zos/nodes.ts'

interface ContractEvent {
  readonly contract_id: bigint
  readonly node_id: number
  readonly twin_id: number
}

type Route = (nodes: Nodes, fields: never) => void

/** The events that nodes react to (`zosbase: pkg/events`), and what each of them does. */
const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  SmartContractModule: {
    NodeContractCanceled: (nodes, event: ContractEvent) =>
      nodes.onContractCanceled(event.node_id, event.twin_id, event.contract_id),
    ContractGracePeriodStarted: (nodes, event: ContractEvent) =>
      nodes.onGracePeriodStarted(event.node_id, event.twin_id, event.contract_id),
    ContractGracePeriodEnded: (nodes, event: ContractEvent) =>
      nodes.onGracePeriodEnded(event.node_id, event.twin_id, event.contract_id),
  },
  TfgridModule: {
    ZosVersionUpdated: (nodes, [version]: readonly [string]) =>
      nodes.onZosVersion(byteStringToUtf8(version)),
    NodePublicConfigStored: (nodes, [nodeId]: readonly [number]) => nodes.onPublicConfig(nodeId),
    PowerTargetChanged: (
      nodes,
      event: { farm_id: number; node_id: number; power_target: 'Up' | 'Down' },
    ) => nodes.onPowerTarget(event.farm_id, event.node_id, event.power_target),
  },
}

/** A listener for blocks that routes their events. */
export function chainEventRouter(
  chain: Chain,
  nodes: Nodes,
): (first: number, last: number) => void {
  return (first, last) => {
    for (let block = first; block <= last; block += 1) {
      const content = chain.archive.contentOf(block)
      if (!content) return
      for (const { event } of content.events) routeEvent(nodes, event)
    }
  }
}

/** Brings one event to the node that it concerns, if it concerns one. */
export function routeEvent(nodes: Nodes, event: ChainEvent): void {
  routeOf(event)?.(nodes, event.fields as never)
}

function routeOf(event: ChainEvent): Route | undefined {
  return routes[event.pallet]?.[event.name]
}
