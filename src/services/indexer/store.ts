// How rows of the chain index are read and written: the interface between the index and the services above it.

import type { RowChange } from './change-log.ts'
import type {
  Columns,
  CurrentName,
  EntityName,
  HistoryName,
  LookupName,
  Row,
  RowKey,
} from './entities.ts'

/** What a lookup compares with: the value of an indexed field. Null finds nothing. */
export type LookupValue = string | number | bigint | null

/**
 * The rows as one service sees them. Answers are consistent within one synchronous stretch of code; row objects are
 * frozen and are replaced when they change, so that what is derived from one can be kept in a `WeakMap`.
 */
export interface RowReader {
  /** Another number whenever anything that is read here may have changed; going back in time counts. */
  readonly revision: number
  /** The moment up to which changes have been seen, for `changesSince`. */
  readonly changeMark: number
  /** The rows that changed after a moment; null when nobody knows any more, so that all may have. */
  changesSince(mark: number): readonly RowChange[] | null
  /** How many rows there are. */
  count(entity: EntityName): number
  /** All rows in the order in which they were made. The list is shared: it is not changed. */
  all<E extends EntityName>(entity: E): readonly Row<E>[]
  /** The same rows one by one: those of a history are made as they are asked for. */
  each<E extends EntityName>(entity: E): Iterable<Row<E>>
  /** The rows with this value in an indexed field, in the order in which they were made. */
  find<E extends EntityName>(entity: E, field: LookupName<E>, value: LookupValue): readonly Row<E>[]
  /** The first of them. */
  one<E extends EntityName>(entity: E, field: LookupName<E>, value: LookupValue): Row<E> | undefined
  /** The row with this key: where a foreign key points. */
  get<E extends EntityName>(entity: E, key: RowKey | null): Row<E> | undefined
  /** The row with this public id. */
  byId<E extends EntityName>(entity: E, id: string): Row<E> | undefined
  /**
   * The public id of a row. For rows that an event made it holds the block's hash, which may have to be computed:
   * ask for it only where it is shown.
   */
  idOf(key: RowKey): string
}

/** How the index and fixtures write rows. */
export interface RowWriter {
  /** Adds a row or replaces the one with the same key. A literal id (`no1`) is a key too. */
  put<E extends CurrentName>(entity: E, row: Row<E>): void
  /** Removes a row; false when there is none. */
  remove(entity: CurrentName, key: RowKey): boolean
  /** Adds a row to a history; `event` is the event's index in its block, and births never go back. */
  append<E extends HistoryName>(
    entity: E,
    birth: { readonly block: number; readonly event: number },
    columns: Columns<E>,
  ): void
}
