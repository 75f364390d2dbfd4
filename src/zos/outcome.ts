// The result of a step that the node may refuse: a value, or the text that the user is told.

/** A value, or the text of the refusal exactly as the node words it. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: string }

/** The step went through. */
export function accepted<T>(value: T): Outcome<T> {
  return { ok: true, value }
}

/** The step was refused, with the node's words. */
export function refused(error: string): { readonly ok: false; readonly error: string } {
  return { ok: false, error }
}
