// The kinds of fault and their settings as people read them: made from the schema by which faults are checked.

import { z } from 'zod'
import { faultSchema } from '../faults/schema.ts'
import { gridError } from '../kernel/errors.ts'
import type { FaultPreview } from '../services/control/ports.ts'

/** As much of a JSON schema as is told. */
interface Told {
  readonly type?: string
  readonly description?: string
  readonly const?: unknown
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: Told
  readonly anyOf?: readonly Told[]
  readonly properties?: Readonly<Record<string, Told>>
  readonly required?: readonly string[]
}

function kinds(): readonly Told[] {
  const { oneOf } = z.toJSONSchema(faultSchema, { io: 'input', unrepresentable: 'any' })
  return oneOf as readonly Told[]
}

const nameOf = ({ properties }: Told): string => String(properties?.kind?.const)

/** All kinds with what they do, or the settings of one. GRID_CONFIG_INVALID for a kind that there is not. */
export function faultHelp(kind?: string): string {
  const all = kinds()
  if (kind === undefined) {
    const rows = all.map(each => [nameOf(each), each.description ?? ''])
    const usual = all.find(each => nameOf(each) === 'chain.halt')!
    return [
      'Usage: pocketgrid ctl fault add <kind> [name=value...]',
      '',
      'Kinds (fault add <kind> --help tells the settings of one):',
      ...columns(rows),
      '',
      'Settings of every kind:',
      ...columns(settingsOf(usual)),
      '',
    ].join('\n')
  }
  const found = all.find(each => nameOf(each) === kind)
  if (!found) {
    const detail = `there is no fault '${kind}'`
    throw gridError('GRID_CONFIG_INVALID', {
      detail,
      hint: `Kinds: ${all.map(nameOf).join(', ')}.`,
    })
  }
  return [`${kind}: ${found.description}`, '', ...columns(settingsOf(found)), ''].join('\n')
}

function settingsOf({ properties = {}, required = [] }: Told): string[][] {
  return Object.entries(properties)
    .filter(([name]) => name !== 'kind')
    .map(([name, own]) => {
      const isNeeded = required.includes(name) && own.default === undefined
      return [`${name}=`, formOf(name, own), isNeeded ? 'needed' : usualOf(own)]
    })
}

function formOf(name: string, own: Told): string {
  if (own.properties) {
    const parts = Object.keys(own.properties).map(part => `"${part}":[1]`)
    return `JSON: {${parts.join(',')}}`
  }
  const list = own.type === 'array' ? own : own.anyOf?.find(({ type }) => type === 'array')
  if (list) return list.items?.type === 'integer' ? '1 or 1,2,3' : 'words, with commas between'
  if (own.type === 'boolean') return 'true or false'
  if (own.type === 'string') return 'text'
  if (/Ms$|^ms$/.test(name)) return 'ms, or 90s, 10m, 1h, 2d'
  const least = own.minimum ?? Number.NEGATIVE_INFINITY
  return `${own.type === 'integer' ? 'a whole number' : 'a number'} from ${least} to ${own.maximum}`
}

function usualOf({ default: usual }: Told): string {
  if (usual === undefined) return ''
  return typeof usual === 'object' ? 'default: everybody' : `default: ${String(usual)}`
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map(row => row[i]!.length)))
  return rows.map(row => `  ${row.map((text, i) => text.padEnd(widths[i]!)).join('  ')}`.trimEnd())
}

/** A preview as people read it. */
export function previewText(answer: FaultPreview | { readonly refused: string }): string {
  if ('refused' in answer) return `it would be refused: ${clean(answer.refused)}\n`
  const { from, until, chance, isDrawnOnce, aims } = answer
  const date = (at: number) => new Date(at).toISOString()
  const end = until === null ? 'until it is removed' : `until ${date(until)}`
  const lines = [until === from ? `at ${date(from)}` : `from ${date(from)} ${end}`]
  if (chance < 1) {
    const what = isDrawnOnce ? 'drawn once, for all of it' : 'drawn each time'
    lines.push(`chance ${chance}, ${what}`)
  }
  for (const { role, isEverybody, part, nodes, twins } of aims) {
    const title = role === 'hit' ? 'hits' : role
    if (part !== null) lines.push(`${title} ${part}`)
    else if (isEverybody)
      lines.push(`${title} everybody: ${nodes.count} nodes, and who comes later`)
    else lines.push(`${title} ${nodes.count} nodes, ${twins.count} other twins`)
    if (!isEverybody) {
      const named = nodes.items.map(
        ({ id, name, farm, phase }) => `  node ${id}  ${name}  ${farm}  ${phase}`,
      )
      const people = twins.items.map(({ id, name }) => `  twin ${id}  ${name || 'unknown here'}`)
      const more = nodes.count + twins.count - named.length - people.length
      lines.push(...named.map(clean), ...people.map(clean))
      if (more > 0) lines.push(`  ... and ${more} more`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** Nothing that somebody named moves the terminal's cursor. */
function clean(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, '·')
}
