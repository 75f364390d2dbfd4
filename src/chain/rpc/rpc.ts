// rpc_*: what the server itself offers.

import { method, namespace } from './registry.ts'

export const rpcNamespace = namespace('rpc', {
  rpc_methods: method('The names of all methods', [], ({ registry }) => ({
    methods: registry.names,
  })),
})
