// The one error that encoding and decoding SCALE can raise.

/** What is wrong with the bytes, or with the value that should become bytes. */
export type ScaleProblem =
  /** The input ends inside a value. */
  | 'endOfInput'
  /** Bytes are left over after the value. */
  | 'trailingBytes'
  /** Bytes or a value that the type does not have: a boolean of 2, an unknown variant, a number out of range. */
  | 'badValue'
  /** A bounded list is longer than its bound, or a list claims more items than there are bytes. */
  | 'tooLong'
  /** Calls inside calls, deeper than the limit. */
  | 'tooDeep'

/** Bytes that do not decode, or a value that does not fit its type. */
export class ScaleError extends Error {
  readonly problem: ScaleProblem

  constructor(problem: ScaleProblem, message: string) {
    super(message)
    this.name = 'ScaleError'
    this.problem = problem
  }
}
