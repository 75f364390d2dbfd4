// transaction_v1_*: extrinsics that are offered to the pool until they are in a block or their client stops.

import { rpcErrors } from './errors.ts'
import { bytes, param, text } from './params.ts'
import { method, namespace } from './registry.ts'

export const transactionNamespace = namespace('transaction', {
  transaction_v1_broadcast: method(
    'Offers an extrinsic to the pool from now on; returns the id, or null when there are too many',
    [param('transaction', bytes)],
    ({ edge, session }, extrinsic) => edge.broadcast(session, extrinsic),
  ),

  transaction_v1_stop: method(
    'Ends a broadcast',
    [param('operationId', text)],
    ({ edge, session }, id) => {
      if (!edge.stopBroadcast(session, id)) throw rpcErrors.invalidOperation()
      return null
    },
  ),
})
