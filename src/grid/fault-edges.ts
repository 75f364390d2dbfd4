// Lets clients outside feel faults of the chain: it cannot be reached, or it was wiped under their feet.

import type { ChainServer } from '../chain/rpc/server.ts'
import type { World } from './world.ts'

/** Brings the chain's server to what the faults of a world say, from now on. */
export function followFaults(
  { chain, faults }: World,
  server: Pick<ChainServer, 'setReachable' | 'cutClients'>,
): void {
  let isReachable = true
  // Inside the world nothing is done to sockets: that waits until it has come to rest.
  const follow = () => {
    if (isReachable !== faults.isChainUnreachable) return
    isReachable = !isReachable
    server.setReachable(isReachable)
  }
  faults.listen(() => void setImmediate(follow))
  // What clients know of the chain, they know of another one: as on the real network they have to connect anew.
  chain.listen({ onReset: () => void setImmediate(() => server.cutClients()) })
}
