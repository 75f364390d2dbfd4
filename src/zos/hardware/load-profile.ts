// Finds hardware profiles by name among the fixtures of the package.

import { readdirSync, readFileSync } from 'node:fs'
import { gridError } from '../../kernel/errors.ts'
import { HardwareProfile } from './profile.ts'

// Sources and the built package lie equally deep, so one path serves both.
const folder = new URL('../../../fixtures/hardware/', import.meta.url)

const loaded = new Map<string, HardwareProfile>()

/** The names of the profiles that come with the package. */
export function hardwareProfileNames(): readonly string[] {
  return readdirSync(folder)
    .filter(file => file.endsWith('.json'))
    .map(file => file.slice(0, -'.json'.length))
    .sort()
}

/** Checks a profile that came from `source`, for instance a user's own file. */
export function parseHardwareProfile(value: unknown, source: string): HardwareProfile {
  const parsed = HardwareProfile.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const place = issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`
  throw gridError('GRID_CONFIG_INVALID', { detail: `hardware profile ${source}: ${place}` })
}

/** The profile of a name, read once. */
export function loadHardwareProfile(name: string): HardwareProfile {
  const known = loaded.get(name)
  if (known !== undefined) return known
  const names = hardwareProfileNames()
  if (!names.includes(name)) {
    const detail = `there is no hardware profile '${name}'; there are ${names.join(', ')}`
    throw gridError('GRID_CONFIG_INVALID', { detail })
  }
  const text = readFileSync(new URL(`${name}.json`, folder), 'utf8')
  const profile = parseHardwareProfile(JSON.parse(text), `'${name}'`)
  loaded.set(name, profile)
  return profile
}
