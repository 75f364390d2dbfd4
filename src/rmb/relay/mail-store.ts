// What a relay keeps over the end of its process: messages that wait for sessions, for other relays, or to be sealed.

import type { BusMessage } from '../bus.ts'

/** A message that waits. */
export type KeptMail =
  | {
      /** For a session, `7` or `7:abc`; or for the relay of a session. */
      readonly type: 'session' | 'relay'
      readonly to: string
      readonly uid: string
      /** The command, or what else it is: for the trace. */
      readonly what: string
      /** The envelope. */
      readonly bytes: Uint8Array
      /** Wall time in ms at which it came. */
      readonly at: number
    }
  /** It has left the world, and was not yet made an envelope. */
  | { readonly type: 'departure'; readonly message: BusMessage }

/** Keeps messages. The relay bounds how many there are. */
export interface MailStore {
  /** Keeps a message under a number of its own: when this returns it survives the end of the process. */
  put(mail: KeptMail): number
  /** Forgets messages. */
  remove(ids: readonly number[]): void
  /** All of them, in the order in which they were put. */
  all(): readonly { readonly id: number; readonly mail: KeptMail }[]
}

/** Keeps nothing: what waits ends with the process. */
export const noMailStore: MailStore = { put: () => 0, remove: () => undefined, all: () => [] }
