// Sessions at the start of a block: one ends every hour.

import type { PalletHooks } from '../../runtime/declare.ts'
import type { session } from './declaration.ts'
import { rotate } from './logic.ts'

/** How many blocks a session has (`tfchain: substrate-node/runtime/src/lib.rs`, Period). */
const period = 600

export const hooks: PalletHooks<typeof session> = {
  onInitialize: {
    nextDue: (_tx, from) => Math.max(1, Math.ceil(from / period)) * period,
    decidedBy: [],
    run: tx => rotate(tx),
  },
}
