// What a peer remembers of a request that it sent: `rmb-rs: proto/peer.proto`.

import { WireFault, WireReader } from '../internal/wire-reader.ts'
import { WireWriter } from '../internal/wire-writer.ts'

/** Who asked, and where the answer goes. */
export interface Backlog {
  readonly uid: string
  /** The caller's own reference; absent when it gave none. */
  readonly reference?: string
  readonly replyTo: string
  /** The part of the peer that takes the answer; empty for the local interface. */
  readonly module: string
  /** Seconds for which it is remembered. */
  readonly ttl: bigint
}

const UID = 1 * 8 + 2
const REFERENCE = 2 * 8 + 2
const REPLY_TO = 3 * 8 + 2
const MODULE = 4 * 8 + 2
const TTL = 5 * 8

export function encodeBacklog({ uid, reference, replyTo, module, ttl }: Backlog): Uint8Array {
  const writer = new WireWriter()
  if (uid !== '') writer.text(UID, uid)
  if (reference !== undefined) writer.text(REFERENCE, reference)
  if (replyTo !== '') writer.text(REPLY_TO, replyTo)
  if (module !== '') writer.text(MODULE, module)
  if (ttl !== 0n) writer.u64(TTL, ttl)
  return writer.finish()
}

/** The entry; `undefined` when the bytes are none. */
export function decodeBacklog(bytes: Uint8Array): Backlog | undefined {
  const backlog = { uid: '', replyTo: '', module: '', ttl: 0n }
  let reference: string | undefined
  try {
    const reader = new WireReader(bytes)
    for (let next = reader.tag(); next !== 0; next = reader.tag()) {
      if (next === UID) backlog.uid = reader.text()
      else if (next === REFERENCE) reference = reader.text()
      else if (next === REPLY_TO) backlog.replyTo = reader.text()
      else if (next === MODULE) backlog.module = reader.text()
      else if (next === TTL) backlog.ttl = reader.u64()
      else reader.skip(next)
    }
  } catch (cause) {
    if (cause instanceof WireFault) return undefined
    throw cause
  }
  return reference === undefined ? backlog : { ...backlog, reference }
}
