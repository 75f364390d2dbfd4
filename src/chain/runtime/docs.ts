// Documentation of a pallet: a text for everything that it declares, and for nothing else.

import type { PalletDecl } from './declare.ts'

/** A text of one or more lines, each at most 120 characters long. */
export type Doc = string | readonly string[]

type Docs = Readonly<Record<string, Doc>>

/** What the metadata say about a pallet in words. */
export interface PalletDocs {
  readonly pallet: Doc
  readonly calls: Docs
  readonly storage: Docs
  readonly events: Docs
  readonly errors: Docs
  readonly constants: Docs
}

/** A text for each of these names; without names, none: `{}` alone would take any. */
type DocsFor<Name extends string> = [Name] extends [never]
  ? Readonly<Record<string, never>>
  : { readonly [N in Name]: Doc }

/** The documentation that a pallet of this declaration and with these calls has to have. */
export interface DocsOf<P extends PalletDecl, Calls = Record<never, never>> {
  readonly pallet: Doc
  readonly calls: DocsFor<keyof Calls & string>
  readonly storage: DocsFor<keyof P['storage'] & string>
  readonly events: DocsFor<keyof P['events'] & string>
  readonly errors: DocsFor<P['errors'][number]>
  readonly constants: DocsFor<keyof P['constants'] & string>
}

/** The lines of a text, as the metadata carry them. */
export function linesOf(doc: Doc): readonly string[] {
  return typeof doc === 'string' ? [doc] : doc
}
