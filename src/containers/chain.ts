// A TFChain of one node in a container, as its developers run it.

import { type Started, startContainer } from './engine.ts'

/** The image of the chain, of the release that Pocketgrid is made after. */
export const chainImage = 'ghcr.io/threefoldtech/tfchain'

const rpcPort = 9944

/** How long a chain may take to make its first block, in ms. */
const patienceMs = 180_000

/** Starts a chain and resolves when it has made a block. Fails as `startContainer` does. */
export function startChain(options: {
  readonly image?: string | undefined
  readonly hostPort?: number | undefined
  readonly onEnd: (error: Error) => void
}): Promise<Started> {
  const { image = chainImage, hostPort, onEnd } = options
  return startContainer({
    part: 'chain',
    image,
    command: ['--dev', '--unsafe-rpc-external', '--rpc-cors', 'all', '--rpc-methods', 'unsafe'],
    port: rpcPort,
    ...(hostPort === undefined ? {} : { hostPort }),
    isUp: ({ host, port }) => hasBlock(`http://${host}:${port}`),
    patienceMs,
    onEnd,
  })
}

/** Whether the chain at an `http://` URL answers, and has made a block: before, accounts have no nonces to count on. */
export async function hasBlock(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'chain_getHeader', params: [] }),
      signal: AbortSignal.timeout(2_000),
    })
    const { result } = (await response.json()) as { result?: { number?: string } }
    return Number(result?.number ?? '0x0') > 0
  } catch {
    return false
  }
}
