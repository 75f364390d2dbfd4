// `zos.gpu` and `zos.storage`: cards and disks of a node.

import { graphicsCardReports, poolReports } from '../hardware/report.ts'
import { accepted } from '../outcome.ts'
import { contractOfCard } from '../resources/queries.ts'
import { type ApiContext, answered, everywhere } from './context.ts'
import type { Command } from './router.ts'

/** The commands of the namespaces (threefoldtech/zosbase: pkg/zos_api/gpu.go, storage.go). */
export function hardwareCommands(context: ApiContext): Command[] {
  const { engine, bodyOf, factsOf } = context
  return [
    {
      name: 'zos.gpu.list',
      kinds: everywhere,
      handle: ({ index }) => {
        const deployments = engine.book.listOf(index).map(({ deployment }) => deployment)
        const cards = graphicsCardReports(bodyOf(index).profile, card =>
          contractOfCard(deployments, card),
        )
        if (cards.length === 0 || factsOf(index).isGpuDisabled) {
          return accepted(context.emptyGpuList)
        }
        return answered(cards.map(card => ({ ...card })))
      },
    },
    {
      name: 'zos.storage.pools',
      kinds: everywhere,
      handle: ({ index }) => {
        const pools = poolReports(engine.resourcesOf(index).pools)
        return answered(pools.length === 0 ? null : pools.map(pool => ({ ...pool })))
      },
    },
  ]
}
