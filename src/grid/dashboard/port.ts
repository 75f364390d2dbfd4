// A running grid as its dashboard reads it: everything goes through the driver.

import type { Driver } from '../../kernel/driver.ts'
import type { DashboardPort } from '../../services/control/dashboard.ts'
import type { ControlPort, NodeItem } from '../../services/control/ports.ts'
import type { KeptWorld } from '../kept-world.ts'
import { billingOf, blockOf, blocksOf, diffOf, entriesOf, storageOf } from './chain-view.ts'
import { farmingFactsOf, farmingOf, farmOf } from './farming.ts'
import { keptFor, loadsOf, mapOf, messageTally, overviewOf } from './overview.ts'
import { deploymentsOf, storyOf } from './story.ts'

/** What the dashboard reads of a world. */
export function dashboardPortOf(
  { world, hand }: KeptWorld,
  driver: Driver,
  { time, glance }: { time: ControlPort['time']; glance: () => readonly NodeItem[] },
): DashboardPort {
  const { chain } = world
  const enter = <T>(body: () => T): T => driver.enter(body)
  const loadOf = loadsOf(world)
  const overview = overviewOf(world, { messages: messageTally(world), loadOf, glance })
  const facts = keptFor(() => farmingFactsOf(world))
  const farming = keptFor(() => farmingOf(world, facts()))
  return {
    overview: () => enter(() => overview(time.state())),
    map: () => enter(() => mapOf(world, loadOf, glance())),
    blocks: (upTo, limit) => enter(() => blocksOf(chain, upTo, limit)),
    block: number => enter(() => blockOf(chain, number)),
    storage: at => enter(() => storageOf(chain, at)),
    entries: (item, page) => enter(() => entriesOf(chain, item, page)),
    diff: (from, to) => enter(() => diffOf(chain, from, to)),
    deployments: page => enter(() => deploymentsOf(world, page)),
    story: contractId => enter(() => storyOf(world, contractId)),
    billing: () => enter(() => billingOf(chain)),
    farming: () => enter(farming),
    farm: id => enter(() => farmOf(world, facts(), id)),
    users: () => world.config.users.map(({ name }) => name),
    deploy: order => enter(() => void hand['machine.deploy'](order)),
  }
}
