// SmartContractModule: all its calls.

import { billingCalls } from './billing.ts'
import { contractCalls } from './contracts.ts'
import { dedicatedNodeCalls } from './dedicated-nodes.ts'
import { reportCalls } from './reports.ts'
import { serviceContractCalls } from './service-contracts.ts'
import { solutionProviderCalls } from './solution-providers.ts'

/** The calls of SmartContractModule, by name. */
export const calls = {
  ...contractCalls,
  ...reportCalls,
  ...billingCalls,
  ...dedicatedNodeCalls,
  ...solutionProviderCalls,
  ...serviceContractCalls,
}
