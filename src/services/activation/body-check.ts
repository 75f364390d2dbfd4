// What an activation request may hold (`threefoldtech/tfchain: activation-service/lib/schemas/activate.js`), and
// what is said of one that does not fit: the texts of the `jsonschema` package, which the real service uses.

type Json = Readonly<Record<string, unknown>>

/** The problems of a body, in the order in which the real check finds them; none when it fits. */
export function problemsOf(body: unknown): string[] {
  if (!isObject(body)) return ['instance is not of a type(s) object']
  return [
    ...textProblem('instance.kycSignature', body.kycSignature),
    ...dataProblems(body.data),
    ...textProblem('instance.substrateAccountID', body.substrateAccountID),
    ...missing('instance', body, ['substrateAccountID']),
    ...Object.keys(body)
      .filter(key => !known.has(key))
      .map(key => `instance is not allowed to have the additional property ${JSON.stringify(key)}`),
  ]
}

const known: ReadonlySet<string> = new Set(['substrateAccountID', 'kycSignature', 'data'])

function dataProblems(data: unknown): string[] {
  if (data === undefined) return []
  if (!isObject(data)) return ['instance.data is not of a type(s) object']
  return [
    ...textProblem('instance.data.name', data.name),
    ...textProblem('instance.data.email', data.email),
    ...missing('instance.data', data, ['name', 'email']),
  ]
}

function textProblem(path: string, value: unknown): string[] {
  return value === undefined || typeof value === 'string'
    ? []
    : [`${path} is not of a type(s) string`]
}

function missing(path: string, value: Json, names: readonly string[]): string[] {
  return names
    .filter(name => value[name] === undefined)
    .map(name => `${path} requires property ${JSON.stringify(name)}`)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
