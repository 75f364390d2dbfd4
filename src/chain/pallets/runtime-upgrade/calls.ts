// RuntimeUpgrade: its calls, their arguments and weights.

import { bytes } from '../../../scale/bytes.ts'
import { ensureRestricted } from '../../runtime/origins.ts'
import { noUpgrade } from '../system/logic.ts'
import { runtimeUpgrade } from './declaration.ts'

/** The calls of RuntimeUpgrade, by name. */
export const calls = {
  set_code: runtimeUpgrade.call(
    0,
    { code: bytes },
    { refTime: 87_811_619_000n, proofSize: 1485n, class: 'Operational' },
    tx => {
      ensureRestricted(tx)
      throw noUpgrade(tx)
    },
  ),
}
