// JSON text of what nodes answer: members in the order given, integers of any size in full.

/** What can be written; absent members are left out. */
export type Answer =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly Answer[]
  | { readonly [name: string]: Answer }

/** The JSON text of a value. */
export function encodeAnswer(value: Answer): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  if (Array.isArray(value)) return `[${value.map(encodeAnswer).join(',')}]`
  const members = Object.entries(value as { readonly [name: string]: Answer })
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}:${encodeAnswer(member)}`)
  return `{${members.join(',')}}`
}
