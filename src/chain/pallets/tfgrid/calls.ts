// TfgridModule: all its calls.

import { certification } from './certification.ts'
import { entities } from './entities.ts'
import { farms } from './farms.ts'
import { nodes } from './nodes.ts'
import { policies } from './policies.ts'
import { power } from './power.ts'
import { twins } from './twins.ts'

/** The calls of TfgridModule, by name; each has its index. */
export const calls = {
  ...twins,
  ...farms,
  ...nodes,
  ...power,
  ...certification,
  ...policies,
  ...entities,
}
