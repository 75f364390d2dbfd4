// Bodies as Express reads them: JSON and forms by their content type, anything else as an empty object.

/** What is answered to a request that cannot be used: fields of the `http-errors` package. */
export interface BodyError {
  readonly status: number
  readonly message: string
  /** What kind of fault the parser found. */
  readonly type?: string
}

/** Reads a body by its content type. */
export function parseBody(
  contentType: string,
  body: Buffer,
): { ok: true; value: unknown } | { ok: false; error: BodyError } {
  const type = contentType.split(';')[0]!.trim().toLowerCase()
  if (body.length === 0) return { ok: true, value: {} }
  if (type === 'application/x-www-form-urlencoded') return { ok: true, value: formOf(body) }
  if (type !== 'application/json') return { ok: true, value: {} }
  return jsonOf(body.toString('utf8'))
}

function jsonOf(text: string): ReturnType<typeof parseBody> {
  // The real parser is strict: what is no object or array is refused by its first character.
  const first = /^[ \t\n\r]*(.)/s.exec(text)?.[1]
  if (first !== '{' && first !== '[') return unparsable(`Unexpected token ${first ?? ''}`)
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (cause) {
    return unparsable(cause instanceof Error ? cause.message : 'Unexpected token')
  }
}

function unparsable(message: string): ReturnType<typeof parseBody> {
  return { ok: false, error: { status: 400, message, type: 'entity.parse.failed' } }
}

/** A form with one level of nesting: `data[name]=alice`. */
function formOf(body: Buffer): Record<string, unknown> {
  const form: Record<string, unknown> = Object.create(null)
  for (const [key, value] of new URLSearchParams(body.toString('utf8'))) {
    const [, outer, inner] = /^([^[\]]+)\[([^[\]]+)\]$/.exec(key) ?? []
    if (outer === undefined || inner === undefined) form[key] = value
    else form[outer] = { ...(form[outer] as object | undefined), [inner]: value }
  }
  return form
}
