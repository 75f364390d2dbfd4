// `zos.system`, `zos.location`, `zos.statistics`: what a node is, where it stands, how full it is.

import { type Dmi, dmi } from '../hardware/dmi.ts'
import { cacheSize } from '../hardware/pools.ts'
import { systemCapacity, totalCapacity } from '../hardware/profile.ts'
import { nodeFeatures, statistics } from '../hardware/report.ts'
import { userCounters } from '../resources/queries.ts'
import type { Capacity } from '../workloads/capacity.ts'
import { type ApiContext, answered, everywhere } from './context.ts'
import type { Answer } from './json.ts'
import { isHealthy } from './perf.ts'
import type { Command, Handler } from './router.ts'
import { rfc3339 } from './time.ts'

/** The init tool's version that nodes report (threefoldtech/zinit). */
const zinitVersion = 'v0.2.26'

/** Connections of a node to its chain and relays, and to what updates it. */
const ownConnections = 12

/** The objects of each module on a node's internal bus, in the order in which they are asked (pkg/diagnostics). */
const modules: readonly (readonly [string, ...string[]])[] = [
  ['storage', 'storage'],
  ['node', 'host', 'system', 'performance-monitor'],
  ['identityd', 'manager', 'monitor'],
  ['vmd', 'manager'],
  ['flist', 'flist'],
  ['network', 'network'],
  ['container', 'container'],
  ['provision', 'provision', 'statistics'],
  ['gateway', 'manager'],
  ['qsfsd', 'manager'],
]

/** The commands of the namespaces (threefoldtech/zosbase: pkg/zos_api/system.go). */
export function systemCommands(context: ApiContext): Command[] {
  const { bodyOf, stateOf, factsOf } = context
  const command = (name: string, handle: Handler): Command => ({ name, kinds: everywhere, handle })
  return [
    command('zos.system.version', ({ index }) =>
      answered({ zos: stateOf(index).version, zinit: zinitVersion }),
    ),
    command('zos.system.dmi', ({ index }) => {
      const { profile, serial } = bodyOf(index)
      return answered(dmiAnswer(dmi(profile, serial)))
    }),
    command('zos.system.hypervisor', ({ index }) => answered(bodyOf(index).profile.hypervisor)),
    command('zos.system.diagnostics', ({ index }) => answered(diagnostics(context, index))),
    command('zos.system.node_features_get', ({ index }) => {
      const { kind, publicConfig } = factsOf(index)
      return answered(nodeFeatures(kind, (publicConfig?.domain ?? '') !== ''))
    }),
    command('zos.location.get', ({ index }) => {
      const { longitude, latitude, continent, country, countryCode, city } = bodyOf(index).site
      return answered({
        longitude,
        latitude,
        continent,
        country_name: country,
        country_code: countryCode,
        city_name: city,
      })
    }),
    command('zos.statistics.get', ({ index }) => answered(statisticsOf(context, index))),
  ]
}

function dmiAnswer({ tooling, sections }: Dmi): Answer {
  return {
    tooling: { ...tooling },
    sections: sections.map(({ subsections, ...head }) => ({
      ...head,
      subsections: subsections.map(({ title, properties }) => ({
        title,
        properties: Object.fromEntries(
          Object.entries(properties).map(([name, property]) => [name, { ...property }]),
        ),
      })),
    })),
  }
}

/** Everything on a fake node answers; a worker is busy while a job is worked on. */
function diagnostics({ kernel, engine, ...context }: ApiContext, index: number): Answer {
  const time = rfc3339(kernel.now())
  const isBusy = engine.waitingJobsOf(index) > 0
  const statusOf = ([name, ...objects]: readonly [string, ...string[]]) => ({
    status: {
      objects: objects.map(object => ({ Name: object, Version: '0.0.1' })),
      workers: [
        name === 'provision' && isBusy
          ? { state: 'busy', time, action: 'Provision' }
          : { state: 'free', time, action: '' },
      ],
    },
  })
  return {
    system_status_ok: true,
    modules: Object.fromEntries(modules.map(module => [module[0], statusOf(module)])),
    healthy: isHealthy(context.stateOf(index), kernel.now()),
  }
}

function statisticsOf({ engine, bodyOf }: ApiContext, index: number): Answer {
  const total = totalCapacity(bodyOf(index).profile)
  const { pools, machines } = engine.resourcesOf(index)
  const { users, open_connections, ...capacities } = statistics({
    total,
    workloads: engine.book.usedOf(index),
    system: systemCapacity(total, cacheSize(pools)),
    users: userCounters(engine.book.listOf(index).map(({ deployment }) => deployment)),
    openConnections: ownConnections + machines.length,
  })
  return {
    total: capacityAnswer(capacities.total),
    used: capacityAnswer(capacities.used),
    system: capacityAnswer(capacities.system),
    users: { ...users },
    open_connections,
  }
}

function capacityAnswer({ cru, sru, hru, mru, ipv4u }: Capacity): Answer {
  return { cru, sru, hru, mru, ipv4u }
}
