// Everything that nodes serve, by namespace.

import { adminCommands, adminGuard } from './admin.ts'
import type { ApiContext } from './context.ts'
import { debugCommands, debugGuard } from './debug.ts'
import { deploymentCommands } from './deployment.ts'
import { hardwareCommands } from './hardware.ts'
import { networkCommands } from './network.ts'
import { perfCommands } from './perf.ts'
import type { Command, Guard } from './router.ts'
import { systemCommands } from './system.ts'

/** The commands of upstream's nodes, full and light (threefoldtech/zosbase: pkg/zos_api, pkg/zos_api_light). */
export function upstreamCommands(context: ApiContext): readonly Command[] {
  return [
    ...systemCommands(context),
    ...perfCommands(context),
    ...hardwareCommands(context),
    ...networkCommands(context),
    ...deploymentCommands(context),
    ...adminCommands(context),
    ...debugCommands(context),
  ]
}

/** Who may call which of them. */
export function upstreamGuards(context: ApiContext): readonly Guard[] {
  return [adminGuard(context), debugGuard(context)]
}
