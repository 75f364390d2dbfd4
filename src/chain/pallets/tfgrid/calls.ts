// TfgridModule: all its calls.

import { certification } from './certification.ts'
import { entities } from './entities.ts'
import { farms } from './farms.ts'
import { nodes } from './nodes.ts'
import { policies } from './policies.ts'
import { power } from './power.ts'
import { twins } from './twins.ts'

type Name = keyof (typeof twins &
  typeof farms &
  typeof nodes &
  typeof power &
  typeof certification &
  typeof policies &
  typeof entities)

/** The calls of TfgridModule, by name; each has its index. All their types together are too long to be written down. */
export const calls: Readonly<Record<Name, unknown>> = {
  ...twins,
  ...farms,
  ...nodes,
  ...power,
  ...certification,
  ...policies,
  ...entities,
}
