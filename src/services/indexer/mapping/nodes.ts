// Nodes: what their events do to the index (`threefoldtech/tfchain_graphql: src/mappings/{nodes,power}.ts`).

import type { tfgrid } from '../../../chain/pallets/tfgrid/declaration.ts'
import type { Node } from '../../../chain/pallets/tfgrid/types.ts'
import type { JsonValue, Row } from '../entities.ts'
import { change, type EventContext, type Handlers, textOf } from './handlers.ts'

/** What a node is called that says no serial number. */
const unknownSerial = 'Unknown'

const nodeColumns = (node: Node) => ({
  gridVersion: node.version,
  farmID: node.farm_id,
  twinID: node.twin_id,
  farmingPolicyId: node.farming_policy_id,
  country: textOf(node.location.country),
  city: textOf(node.location.city),
  secure: node.secure_boot,
  virtualized: node.virtualized,
  serialNumber: node.serial_number === null ? unknownSerial : textOf(node.serial_number),
})

const placeOf = ({ location }: Node) => ({
  longitude: textOf(location.longitude),
  latitude: textOf(location.latitude),
})

const totalsOf = ({ resources: { hru, sru, cru, mru } }: Node) => ({ hru, sru, cru, mru })

/** A node that never spoke of its power counts as up. */
const poweredUp: JsonValue<'NodePower'> = { state: 'Up', target: 'Up' }

export const nodeHandlers: Handlers<typeof tfgrid> = {
  NodeStored: (context, [node]) => {
    const { rows, seconds } = context
    const key = context.keyOf()
    rows.put('Location', { key, ...placeOf(node) })
    rows.put('Node', {
      key,
      nodeID: node.id,
      ...nodeColumns(node),
      location: key,
      uptime: null,
      created: Number(node.created),
      certification: 'Diy',
      createdAt: seconds,
      updatedAt: seconds,
      connectionPrice: node.connection_price,
      power: null,
      dedicated: false,
      extraFee: null,
    })
    rows.put('NodeResourcesTotal', { key, node: key, ...totalsOf(node) })
    // Upstream gives all interfaces of this event one id, so that only the last is kept.
    node.interfaces.forEach(({ name, mac, ips }, i) => {
      rows.put('Interfaces', {
        key: context.rules.isStrict ? key : context.keyOf(i + 1),
        node: key,
        name: textOf(name),
        mac: textOf(mac),
        ips: ips.map(textOf).join(','),
      })
    })
  },

  NodeUpdated: (context, [node]) => {
    const { rows } = context
    const saved = rows.one('Node', 'nodeID', node.id)
    if (!saved) return
    change(context, 'Node', saved, {
      ...nodeColumns(node),
      certification: node.certification,
      updatedAt: context.seconds,
    })
    const totals = rows.one('NodeResourcesTotal', 'node', saved.key)
    change(context, 'NodeResourcesTotal', totals, totalsOf(node))
    change(context, 'Location', rows.get('Location', saved.location), placeOf(node))
    replaceInterfaces(context, saved, node)
  },

  NodeDeleted: ({ rows }, [id]) => {
    const node = rows.one('Node', 'nodeID', id)
    if (!node) return
    for (const entity of ['NodeResourcesTotal', 'PublicConfig', 'Interfaces'] as const) {
      for (const { key } of rows.find(entity, 'node', node.key)) rows.remove(entity, key)
    }
    rows.remove('Node', node.key)
  },

  NodeUptimeReported: (context, [nodeID, timestamp, uptime]) => {
    const { rows, seconds } = context
    rows.append('UptimeEvent', context, { nodeID, uptime, timestamp })
    const updatedAt = seconds
    change(context, 'Node', rows.one('Node', 'nodeID', nodeID), { uptime, updatedAt })
  },

  NodePublicConfigStored: (context, [nodeId, config]) => {
    const { rows } = context
    const node = rows.one('Node', 'nodeID', nodeId)
    if (!node) return
    const saved = rows.one('PublicConfig', 'node', node.key)
    if (config === null) {
      if (saved) rows.remove('PublicConfig', saved.key)
      return
    }
    const { ip4, ip6, domain } = config
    rows.put('PublicConfig', {
      key: saved?.key ?? context.keyOf(),
      node: node.key,
      ipv4: textOf(ip4.ip),
      gw4: textOf(ip4.gw),
      ipv6: ip6 && textOf(ip6.ip),
      gw6: ip6 && textOf(ip6.gw),
      domain: domain === null ? null : textOf(domain),
    })
  },

  NodeCertificationSet: (context, [nodeId, certification]) =>
    change(context, 'Node', context.rows.one('Node', 'nodeID', nodeId), { certification }),

  PowerTargetChanged: (context, { farm_id, node_id, power_target }) => {
    const { rows, block, seconds } = context
    rows.append('PowerTargetReport', context, {
      farmID: farm_id,
      nodeID: node_id,
      newPowerTarget: power_target,
      block,
      timestamp: seconds,
    })
    setPower(context, node_id, { target: power_target })
  },

  PowerStateChanged: (context, { farm_id, node_id, power_state }) => {
    const { rows, block, seconds } = context
    rows.append('PowerStateReport', context, {
      farmID: farm_id,
      nodeID: node_id,
      newPowerState: power_state.type,
      block,
      timestamp: seconds,
    })
    setPower(context, node_id, { state: power_state.type })
  },
}

function setPower(
  context: EventContext,
  nodeId: number,
  power: Partial<JsonValue<'NodePower'>>,
): void {
  const node = context.rows.one('Node', 'nodeID', nodeId)
  change(context, 'Node', node, { power: { ...poweredUp, ...node?.power, ...power } })
}

function replaceInterfaces(context: EventContext, saved: Row<'Node'>, node: Node): void {
  const { rows } = context
  for (const { key } of rows.find('Interfaces', 'node', saved.key)) rows.remove('Interfaces', key)
  for (const { name, mac, ips } of node.interfaces) {
    rows.put('Interfaces', {
      key: context.keyOf(textOf(name)),
      node: saved.key,
      name: textOf(name),
      mac: textOf(mac),
      ips: ips.map(textOf).join(','),
    })
  }
}
