// A reorganisation: the last blocks are taken back, and what was in them waits again, or is lost.

import type { Chain } from './chain.ts'
import type { TrustedExtrinsic, WireExtrinsic } from './extrinsic.ts'
import { tagOf } from './offchain.ts'

/**
 * Takes the last `blocks` blocks back, as far as the window goes. Extrinsics go back to the pool in their order, as
 * on the real chain; `isLost` leaves them out. Bills come again by themselves. Returns how many extrinsics were in
 * the blocks.
 */
export function reorganize(chain: Chain, blocks: number, isLost: boolean): number {
  const best = chain.best()
  const target = Math.max(chain.archive.floor, best - blocks)
  const undone: (TrustedExtrinsic | WireExtrinsic)[] = []
  for (let block = target + 1; block <= best; block += 1) {
    for (const { extrinsic } of chain.archive.contentOf(block)?.extrinsics ?? []) {
      if (tagOf(extrinsic.call) === null) undone.push(extrinsic)
    }
  }
  chain.retractTo(target)
  if (isLost) return undone.length
  for (const extrinsic of undone) {
    if (extrinsic.origin === 'wire') chain.submitBytes(extrinsic.bytes, { wasTaken: true })
    else chain.submit(extrinsic.call, { signer: extrinsic.signer, tip: extrinsic.tip })
  }
  return undone.length
}
