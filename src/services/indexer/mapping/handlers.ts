// What the handlers of chain events are given, and the texts that they make of the chain's bytes.

import type { FieldValues, PalletDecl } from '../../../chain/runtime/declare.ts'
import { type ByteString, byteStringToUtf8, fromHex } from '../../../crypto/hex.ts'
import { encodeSs58 } from '../../../crypto/ss58.ts'
import type { CurrentName, Row, RowKey } from '../entities.ts'
import type { RowReader, RowWriter } from '../store.ts'

/** How the index follows upstream where upstream loses information. */
export interface MappingRules {
  /** Keep upstream's known faults instead of repairing them. */
  readonly isStrict: boolean
  /** Take a farm's addresses of any range, private ones included. */
  readonly takesAnyIp: boolean
}

/** One event being handled. */
export interface EventContext {
  readonly rules: MappingRules
  readonly rows: RowReader & RowWriter
  readonly block: number
  /** Place of the event in its block. */
  readonly event: number
  /** Time of the block in s since the Unix epoch. */
  readonly seconds: bigint
  /** The key of the row that the event makes; of several, `part` tells which. */
  keyOf(part?: string | number): RowKey
}

/** The handlers of a pallet's events; events without one are ignored. */
export type Handlers<P extends PalletDecl> = {
  readonly [E in keyof P['events']]?: (
    context: EventContext,
    fields: FieldValues<P['events'][E]>,
  ) => void
}

/** Replaces some columns of a row; nothing happens without a row, as upstream has it. */
export function change<E extends CurrentName>(
  { rows }: EventContext,
  entity: E,
  row: Row<E> | undefined,
  columns: Partial<Row<E>>,
): void {
  if (row) rows.put(entity, { ...row, ...columns })
}

/** Bytes as text. Upstream's database takes no zero characters (`src/mappings/*.ts`). */
export function textOf(bytes: ByteString): string {
  return bytes.includes('\0') ? 'invalid' : byteStringToUtf8(bytes)
}

/** Text that may be absent on the chain and is empty then. */
export function textOrEmpty(bytes: ByteString | null): string {
  return bytes === null ? '' : textOf(bytes)
}

/** An account as its address. */
export function addressOf(account: string): string {
  return encodeSs58(fromHex(account))
}
