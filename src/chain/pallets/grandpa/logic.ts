// Who finalises: changes of the authorities, scheduled at a session's start and enacted at the block's end.

import type { Hex } from '../../../crypto/hex.ts'
import { byteStringFromBytes, hexOfByteString } from '../../../scale/byte-string.ts'
import { encodeToBytes, encodeToHex } from '../../../scale/codec.ts'
import { tuple, vec } from '../../../scale/containers.ts'
import { u8, u32, u64 } from '../../../scale/primitives.ts'
import type { Tx } from '../../runtime/tx.ts'
import { DigestItem, GrandpaId } from '../../types/primitives.ts'
import type { grandpa } from './declaration.ts'
import type { StoredPendingChange } from './types.ts'

type GrandpaTx = Tx<typeof grandpa>

const AuthorityList = vec(tuple(GrandpaId, u64))
const ScheduledChange = tuple(AuthorityList, u32)

/** Raw key of the authorities: they lie outside of the pallet's own storage, behind a version byte. */
const authoritiesKey = hexOfByteString(':grandpa_authorities')
const VersionedAuthorities = tuple(u8, AuthorityList)

/** `ConsensusLog` (`substrate: primitives/consensus/grandpa/src/lib.rs`). */
const logs = { scheduledChange: '\x01', forcedChange: '\x02' }

/** Writes the list of authorities. */
export function writeAuthorities(
  raw: GrandpaTx['raw'],
  authorities: StoredPendingChange['next_authorities'],
): void {
  raw.setRaw(authoritiesKey, encodeToHex(VersionedAuthorities, [1, authorities]))
}

/** A new session: its authorities come into office with this block, even if they are those of before. */
export function scheduleChange(
  tx: GrandpaTx,
  change: { isChanged: boolean; session: number; authorities: readonly Hex[] },
): void {
  const { state } = tx
  let setId = state.CurrentSetId.get()
  const stalled = state.Stalled.get()
  if (change.isChanged || stalled !== null) {
    state.Stalled.remove()
    const authorities = change.authorities.map(id => [id, 1n] as const)
    if (pend(tx, authorities, stalled)) {
      setId += 1n
      state.CurrentSetId.set(setId)
      // `MaxSetIdSessionEntries` is 0, which upstream reads as 1.
      state.SetIdSession.remove(setId - 1n)
    }
  }
  state.SetIdSession.set(setId, change.session)
}

/** Notes a change for the end of this block, or later when forced; false while another one is pending. */
function pend(
  tx: GrandpaTx,
  next_authorities: StoredPendingChange['next_authorities'],
  stalled: readonly [number, number] | null,
): boolean {
  const { state, block: scheduled_at } = tx
  if (state.PendingChange.has()) return false
  const [delay, forced] = stalled ?? [0, null]
  if (forced !== null) {
    const next = state.NextForced.get()
    if (next !== null && next > scheduled_at) return false
    state.NextForced.set(scheduled_at + delay * 2)
  }
  state.PendingChange.set({ scheduled_at, delay, next_authorities, forced })
  return true
}

/** The block at whose end a pending change has something to do, from `from` on. */
export function changeDue(tx: GrandpaTx, from: number): number | null {
  const pending = tx.state.PendingChange.get()
  if (!pending) return null
  if (pending.scheduled_at >= from) return pending.scheduled_at
  const enacted = pending.scheduled_at + pending.delay
  return enacted >= from ? enacted : null
}

/** Tells of a change in the block that scheduled it, and enacts it when its delay is over. */
export function finishChange(tx: GrandpaTx, block: number): void {
  const pending = tx.state.PendingChange.get()
  if (!pending) return
  const { scheduled_at, delay, next_authorities, forced } = pending
  if (block === scheduled_at) {
    const scheduled = byteStringFromBytes(encodeToBytes(ScheduledChange, [next_authorities, delay]))
    const log =
      forced === null
        ? logs.scheduledChange + scheduled
        : logs.forcedChange + byteStringFromBytes(encodeToBytes(u32, forced)) + scheduled
    tx.addDigest(encodeToHex(DigestItem, { type: 'Consensus', value: ['FRNK', log] }))
  }
  if (block === scheduled_at + delay) {
    writeAuthorities(tx.raw, next_authorities)
    tx.deposit('NewAuthorities', { authority_set: next_authorities })
    tx.state.PendingChange.remove()
  }
}
