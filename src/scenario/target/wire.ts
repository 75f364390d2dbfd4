// What the two sides of a line to a target say to each other: one side waits, the other one does the talking.

import type { MessagePort } from 'node:worker_threads'
import type { EventRecord } from '../../chain/pallets/system/types.ts'
import type { ChainCall } from '../../chain/runtime/outer.ts'

/** Who somebody is, as what can cross to another thread. */
export interface Actor {
  readonly twinId: number
  /** A phrase or a 0x seed. */
  readonly secret: string
  readonly scheme: 'sr25519' | 'ed25519'
}

/** What the line is opened with. */
export interface LineData {
  /** `http://127.0.0.1:8080/api`. */
  readonly control: string
  readonly token: string | undefined
  /** `ws://...` */
  readonly substrate: string
  readonly relay: string
  /** Where orders come from and answers go. */
  readonly port: MessagePort
  /** Set to 1 by the talking side when an answer is there. */
  readonly flag: SharedArrayBuffer
}

/** What the waiting side asks for. */
export type Order =
  /** The talking side is connected. */
  | { readonly op: 'ready' }
  /** A request to the control API. */
  | {
      readonly op: 'control'
      readonly method: string
      readonly path: string
      readonly body: unknown
    }
  /** A JSON-RPC request to the chain. */
  | { readonly op: 'rpc'; readonly method: string; readonly params: readonly unknown[] }
  /** Signs and submits; the outcome comes with `next`. */
  | { readonly op: 'submit'; readonly ref: string; readonly call: ChainCall; readonly actor: Actor }
  /** Asks over the bus; the answer comes with `next`. */
  | {
      readonly op: 'request'
      readonly ref: string
      readonly actor: Actor
      readonly to: number
      readonly command: string
      readonly payload: string | null
      readonly ttlSeconds: number
    }
  /** The outcomes that have come; waits so many ms of the wall clock for the first one. */
  | { readonly op: 'next'; readonly waitMs: number }

/** What has come of something that was begun. */
export type Outcome =
  | {
      readonly type: 'submitted'
      readonly ref: string
      readonly block: number
      /** As the chain's, or the words of who refused it before it was in a block. */
      readonly error: unknown
      readonly events: readonly EventRecord[]
    }
  | {
      readonly type: 'answered'
      readonly ref: string
      readonly answer:
        | { readonly type: 'response'; readonly payload: string | null }
        | { readonly type: 'error'; readonly code: number; readonly message: string }
        | { readonly type: 'expired' }
    }

/** An answer to an order: its value, or what went wrong. */
export type Reply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: string }

/** What the control API answered. */
export interface ControlAnswer {
  readonly status: number
  readonly body: unknown
}
