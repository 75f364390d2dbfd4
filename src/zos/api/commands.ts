// The commands that nodes serve, by namespace (`zosbase: pkg/zos_api`, `pkg/zos_api_light`).

import { encodeDeployment, encodeWorkload } from '../deployment/deployment.ts'
import type { Engine, EngineNode } from '../engine/engine.ts'
import { hasOkay } from '../engine/records.ts'
import { decodeJson, struct, text, uint64 } from '../go/json-decoder.ts'
import { dmi } from '../hardware/dmi.ts'
import { cacheSize } from '../hardware/pools.ts'
import { systemCapacity, totalCapacity } from '../hardware/profile.ts'
import { graphicsCardReports, nodeFeatures, poolReports, statistics } from '../hardware/report.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import type { ChainPort } from '../ports.ts'
import {
  contractOfCard,
  listPrivateIps,
  listPublicIps,
  userCounters,
  wireguardPorts,
} from '../resources/queries.ts'
import type { CommandTable, Request } from './router.ts'

/** What commands need of the world. */
export interface ApiOptions {
  readonly engine: Engine
  readonly chain: ChainPort
  readonly nodeOf: (index: number) => ApiNode
}

/** A node as its API sees it. */
export interface ApiNode extends EngineNode {
  readonly farmId: number
  /** Its private address. */
  readonly address: string
  /** Its planetary address. */
  readonly planetary: string
}

/** Versions that nodes report (`zos` v3.14.11, `zoslight` v0.3.18). */
const versions = { full: '3.14.11', light: '0.3.18' } as const

const contractRequest = struct('struct { ContractID uint64 "json:\\"contract_id\\"" }', {
  contract_id: uint64(),
})
const networkRequest = struct('struct { NetworkName string "json:\\"network_name\\"" }', {
  network_name: text(),
})

/** JSON of what a node says of itself: its sizes are far below 2^53. */
function json(value: unknown): string {
  return JSON.stringify(value, (_key, member) =>
    typeof member === 'bigint' ? Number(member) : member,
  )
}

/** Makes the commands of full and light nodes. */
export function commandsOf(options: ApiOptions): (index: number) => CommandTable {
  const full = table(options, 'full')
  const light = table(options, 'light')
  return index => (options.nodeOf(index).facts.kind === 'full' ? full : light)
}

function table(options: ApiOptions, kind: 'full' | 'light'): CommandTable {
  return {
    commands: {
      ...system(options, kind),
      ...deployments(options),
      ...network(options, kind),
      ...hardware(options),
      ...admin(options, kind),
    },
    guards: {
      'zos.admin.': ({ index, twin }) => {
        const { farmId } = options.nodeOf(index)
        return options.chain.farm(farmId)?.twinId === twin ? undefined : 'unauthorized'
      },
    },
  }
}

function system({ engine, nodeOf }: ApiOptions, kind: 'full' | 'light'): CommandTable['commands'] {
  return {
    'zos.system.version': () => accepted(json({ zos: versions[kind], zinit: 'v0.2.26' })),
    'zos.system.dmi': ({ index }) => accepted(json(dmi(nodeOf(index).profile))),
    'zos.system.hypervisor': ({ index }) => accepted(json(nodeOf(index).profile.hypervisor)),
    'zos.system.node_features_get': ({ index }) =>
      accepted(json(nodeFeatures(kind, !!nodeOf(index).facts.publicConfig?.domain))),
    'zos.location.get': () =>
      accepted(
        json({
          longitude: 3.7174,
          latitude: 51.0543,
          continent: 'Europe',
          country_name: 'Belgium',
          country_code: 'BE',
          city_name: 'Ghent',
        }),
      ),
    'zos.statistics.get': ({ index }) => {
      const total = totalCapacity(nodeOf(index).profile)
      const records = engine.recordsOf(index).map(({ deployment }) => deployment)
      return accepted(
        json(
          statistics({
            total,
            workloads: engine.workloadCapacityOf(index),
            system: systemCapacity(total, cacheSize(engine.resourcesOf(index).pools)),
            users: userCounters(records),
            openConnections: 10 + records.length,
          }),
        ),
      )
    },
  }
}

function deployments({ engine }: ApiOptions): CommandTable['commands'] {
  const found = (request: Request) => {
    const asked = decodeJson(request.payload, contractRequest)
    if (!asked.ok) return asked
    const record = engine.record(request.index, request.twin, asked.value.contract_id)
    return record ? accepted(record) : refused('deployment not found')
  }
  const accept =
    (kind: 'deploy' | 'update') =>
    (request: Request): Outcome<string> => {
      const outcome = engine.accept(request.index, kind, request.payload, request.twin)
      return outcome.ok ? accepted('null') : outcome
    }
  return {
    'zos.deployment.deploy': accept('deploy'),
    'zos.deployment.update': accept('update'),
    'zos.deployment.delete': () =>
      refused('deletion over the api is disabled, please cancel your contract instead'),
    'zos.deployment.get': request => {
      const record = found(request)
      return record.ok ? accepted(encodeDeployment(record.value.deployment)) : record
    },
    'zos.deployment.changes': request => {
      const record = found(request)
      if (!record.ok) return record
      const { history } = record.value
      return accepted(history.length === 0 ? 'null' : `[${history.map(encodeWorkload).join(',')}]`)
    },
    'zos.deployment.list': ({ index, twin }) => {
      const listed = engine
        .recordsOf(index)
        .map(({ deployment }) => deployment)
        .filter(
          ({ twin_id, workloads }) =>
            twin_id === twin &&
            workloads.some(({ result }) => result.state !== 'deleted' && result.state !== 'error'),
        )
      return accepted(`[${listed.map(encodeDeployment).join(',')}]`)
    },
  }
}

function network({ engine, nodeOf }: ApiOptions, kind: 'full' | 'light'): CommandTable['commands'] {
  const shared: CommandTable['commands'] = {
    'zos.network.list_wg_ports': ({ index }) =>
      accepted(json(wireguardPorts(kind, engine.resourcesOf(index).networks))),
    'zos.network.public_config_get': ({ index }) => {
      const config = nodeOf(index).facts.publicConfig
      if (!config) {
        return refused(
          kind === 'full'
            ? 'no public configuration'
            : 'failed to load public config: no public configuration',
        )
      }
      return accepted(
        json({
          type: kind === 'full' ? '' : 'macvlan',
          ipv4: config.ip4.ip,
          ipv6: config.ip6?.ip ?? '',
          gw4: config.ip4.gw,
          gw6: config.ip6?.gw ?? '',
          domain: config.domain ?? '',
        }),
      )
    },
    'zos.network.interfaces': ({ index }) => {
      const { address, planetary } = nodeOf(index)
      return accepted(
        json(kind === 'full' ? { zos: [address], ygg: [planetary] } : { zos: [address] }),
      )
    },
    'zos.network.has_ipv6': ({ index }) =>
      kind === 'light'
        ? accepted('false')
        : nodeOf(index).facts.publicIpv6Subnet === ''
          ? refused('no public ipv6 found')
          : accepted('true'),
    'zos.network.list_private_ips': ({ index, twin, payload }) => {
      const asked = decodeJson(payload, networkRequest)
      if (!asked.ok) return asked
      const active = engine
        .recordsOf(index)
        .filter(({ deployment }) => deployment.twin_id === twin)
        .map(({ deployment }) => deployment)
      const ips = listPrivateIps(active, asked.value.network_name)
      return ips.ok ? accepted(json(ips.value)) : ips
    },
  }
  if (kind === 'light') return shared
  return {
    ...shared,
    'zos.network.list_public_ips': ({ index }) => {
      const ips = listPublicIps(engine.recordsOf(index).map(({ deployment }) => deployment))
      return ips.ok ? accepted(json(ips.value)) : ips
    },
  }
}

function hardware({ engine, nodeOf }: ApiOptions): CommandTable['commands'] {
  return {
    'zos.gpu.list': ({ index }) => {
      const records = engine.recordsOf(index).filter(hasOkay)
      const deployed = records.map(({ deployment }) => deployment)
      const cards = graphicsCardReports(nodeOf(index).profile, card =>
        contractOfCard(deployed, card),
      )
      return accepted(cards.length === 0 ? 'null' : json(cards))
    },
    'zos.storage.pools': ({ index }) => {
      const pools = poolReports(engine.resourcesOf(index).pools)
      return accepted(pools.length === 0 ? 'null' : json(pools))
    },
  }
}

function admin({ nodeOf }: ApiOptions, kind: 'full' | 'light'): CommandTable['commands'] {
  return {
    'zos.admin.interfaces': ({ index }) =>
      accepted(json({ zos: { ips: [`${nodeOf(index).address}/24`], mac: '' } })),
    'zos.admin.get_public_nic': () =>
      kind === 'light'
        ? refused('not supported')
        : accepted(json({ is_single: true, is_dual: false, dual_interface: '' })),
  }
}
