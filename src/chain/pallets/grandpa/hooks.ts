// Finality at the end of a block: pending changes of the authorities.

import type { PalletHooks } from '../../runtime/declare.ts'
import type { grandpa } from './declaration.ts'
import { changeDue, finishChange } from './logic.ts'

export const hooks: PalletHooks<typeof grandpa> = {
  onFinalize: { nextDue: changeDue, run: finishChange, decidedBy: ['PendingChange'] },
}
