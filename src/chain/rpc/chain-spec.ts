// chainSpec_v1_*: what never changes about the chain.

import { method, namespace } from './registry.ts'
import { tokenProperties } from './system.ts'

export const chainSpecNamespace = namespace('chainSpec', {
  chainSpec_v1_chainName: method('The name of the chain', [], ({ identity }) => identity.chain),

  chainSpec_v1_genesisHash: method('The hash of the genesis block', [], ({ chain }) =>
    chain.archive.hashOf(0),
  ),

  chainSpec_v1_properties: method('The token', [], () => tokenProperties),
})
