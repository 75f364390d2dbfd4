// What can be done to a node by who plays it.

import type { NodeAction } from '../services/control/ports.ts'
import type { Nodes } from '../zos/nodes.ts'

/** Actions that need nothing but the node: neither its farmer nor the council. */
export type NodeActionAlone = Exclude<NodeAction, { type: 'power' | 'drain' }>

/** Does it at once. */
export function actAlone(nodes: Nodes, nodeId: number, action: NodeActionAlone): void {
  switch (action.type) {
    case 'crash':
      nodes.crash(nodeId)
      break
    case 'boot':
      nodes.boot(nodeId)
      break
    case 'reboot':
      nodes.reboot(nodeId)
      break
    case 'restartDaemon':
      nodes.restartDaemon(nodeId)
      break
    case 'upgrade':
      nodes.upgrade(nodeId, action.version)
      break
  }
}
