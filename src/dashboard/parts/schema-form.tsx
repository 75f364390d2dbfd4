// Fields for what a JSON schema describes: numbers, words, yes or no, lists of them, and parts within parts.

/** As much of a JSON schema as forms are made of. */
export interface Schema {
  readonly type?: string
  readonly description?: string
  readonly const?: unknown
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

/** What was typed and chosen, by the path of the field: `from.nodes`. What was left alone is not in it. */
export type Words = Readonly<Record<string, { readonly text: string; readonly as: FieldKind }>>

type FieldKind = 'number' | 'text' | 'boolean' | 'numbers' | 'texts'

function kindOf(schema: Schema): FieldKind {
  const list = schema.type === 'array' ? schema : schema.anyOf?.find(({ type }) => type === 'array')
  if (list) return isNumber(list.items) ? 'numbers' : 'texts'
  if (isNumber(schema)) return 'number'
  return schema.type === 'boolean' ? 'boolean' : 'text'
}

const isNumber = (schema: Schema | undefined): boolean =>
  schema?.type === 'integer' || schema?.type === 'number'

/** What the words come to, as JSON; what is empty is left out. */
export function wishOf(words: Words): Record<string, unknown> {
  const wish: Record<string, unknown> = {}
  for (const [path, { text, as }] of Object.entries(words)) {
    if (text.trim() === '') continue
    const parts = path.split('.')
    let place = wish
    for (const part of parts.slice(0, -1)) {
      place[part] ??= {}
      place = place[part] as Record<string, unknown>
    }
    place[parts.at(-1)!] = jsonOf(text.trim(), as)
  }
  return wish
}

function jsonOf(text: string, as: FieldKind): unknown {
  if (as === 'number') return Number(text)
  if (as === 'boolean') return text === 'yes'
  if (as === 'text') return text
  const parts = text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
  return as === 'numbers' ? parts.map(Number) : parts
}

/** The fields of an object. */
export function Fields(props: {
  readonly schema: Schema
  readonly path: string
  readonly without: readonly string[]
  readonly words: Words
  readonly onChange: (words: Words) => void
}) {
  const { schema, path, without, words, onChange } = props
  const names = Object.keys(schema.properties ?? {}).filter(name => !without.includes(name))
  return (
    <div class="hands">
      {names.map(name => {
        const own = schema.properties![name]!
        const place = path === '' ? name : `${path}.${name}`
        if (own.properties) {
          return (
            <fieldset key={place}>
              <legend>{name}</legend>
              <Fields schema={own} path={place} without={[]} words={words} onChange={onChange} />
            </fieldset>
          )
        }
        return (
          <Field
            key={place}
            name={name}
            place={place}
            schema={own}
            isNeeded={(schema.required?.includes(name) ?? false) && own.default === undefined}
            text={words[place]?.text ?? ''}
            onText={text => onChange({ ...words, [place]: { text, as: kindOf(own) } })}
          />
        )
      })}
    </div>
  )
}

function Field(props: {
  readonly name: string
  readonly place: string
  readonly schema: Schema
  readonly isNeeded: boolean
  readonly text: string
  readonly onText: (text: string) => void
}) {
  const { name, place, schema, isNeeded, text, onText } = props
  const kind = kindOf(schema)
  const usual = schema.default === undefined ? '' : String(schema.default)
  if (kind === 'boolean') {
    return (
      <label>
        {name}
        <select value={text} onChange={event => onText(event.currentTarget.value)}>
          <option value="">{schema.default === true ? 'yes' : 'no'} (usual)</option>
          <option value="yes">yes</option>
          <option value="no">no</option>
        </select>
      </label>
    )
  }
  const hints = { numbers: 'all, or 1, 2, 3', texts: 'all, or a, b', text: '', number: '' }
  const id = `field-${place}`
  const own = {
    id,
    required: isNeeded,
    placeholder: usual === '' ? hints[kind] : usual,
    value: text,
    onInput: (event: { readonly currentTarget: HTMLInputElement }) =>
      onText(event.currentTarget.value),
  }
  return (
    <label for={id}>
      {name}
      {kind === 'number' ? (
        <input type="number" step="any" min={schema.minimum} max={schema.maximum} {...own} />
      ) : (
        <input size={14} {...own} />
      )}
    </label>
  )
}
