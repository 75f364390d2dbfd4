// The parts of a grid that run in containers, where its configuration says so: `docker`, or `docker:IMAGE`.

import { startChain } from './chain.ts'
import type { Started } from './engine.ts'
import { containerRelayDomain, startRelay } from './relay.ts'

/** Where the parts of a grid are. */
export interface Parts {
  /** URL of the chain. */
  readonly chain: string
  /** URL of a relay elsewhere; undefined when the grid has its own. */
  readonly relay: string | undefined
  /** How twins name that relay; undefined when its URL says it. */
  readonly relayDomains: string[] | undefined
  /** Ends the containers that were started for the grid. */
  close(): Promise<void>
}

/** Starts containers for the parts that are not URLs; `onEnd` hears of one that ends by itself. */
export async function startParts(
  { chain, relay, chainPort }: { chain: string; relay: string | undefined; chainPort?: number },
  onEnd: (error: Error) => void,
): Promise<Parts> {
  const started: Started[] = []
  const close = async (): Promise<void> => {
    for (const part of started.splice(0).toReversed()) await part.close()
  }
  try {
    let ownChain: Started | null = null
    if (isContainer(chain)) {
      ownChain = await startChain({ image: imageOf(chain), hostPort: chainPort, onEnd })
      started.push(ownChain)
    }
    let ownRelay: Started | null = null
    if (relay !== undefined && isContainer(relay)) {
      ownRelay = await startRelay({
        image: imageOf(relay),
        redisImage: process.env.POCKETGRID_REDIS_IMAGE,
        chain: ownChain ?? chain,
        onEnd,
      })
      started.push(ownRelay)
    }
    return {
      chain: ownChain ? `ws://${ownChain.host}:${ownChain.port}` : chain,
      relay: ownRelay ? `ws://${ownRelay.host}:${ownRelay.port}` : relay,
      relayDomains: ownRelay ? [containerRelayDomain] : undefined,
      close,
    }
  } catch (cause) {
    await close()
    throw cause
  }
}

/** Whether a part is to be in a container. */
export function isContainer(text: string): boolean {
  return text === 'docker' || text.startsWith('docker:')
}

function imageOf(text: string): string | undefined {
  return text === 'docker' ? undefined : text.slice('docker:'.length)
}
