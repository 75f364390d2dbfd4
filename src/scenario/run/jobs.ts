// What a run plays: scenarios chosen by words and tags, each with every seed, and the part of them that a shard takes.

import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { globSync } from 'tinyglobby'
import { asError, GridError, gridError } from '../../kernel/errors.ts'
import type { AnyScenario } from '../define.ts'
import { loadScenarioModule } from '../loader/load.ts'

/** Seeds of one run. */
export const mostSeeds = 100_000_000

/** A scenario file that was loaded, or why it could not be. */
export type LoadedFile =
  | { readonly file: string; readonly scenario: AnyScenario }
  | { readonly file: string; readonly problem: Error }

/** One scenario with one seed. */
export interface Job {
  /** Absolute path. */
  readonly file: string
  readonly seed: string
}

/** What of the files is played. */
export interface Selection {
  /** Only scenarios whose name or path holds this text; capitals do not count. */
  readonly only?: string | undefined
  /** Only scenarios with one of these tags. */
  readonly tags?: readonly string[] | undefined
}

/** The files that paths and patterns name, each once, in order. GRID_SCRIPT_NOT_FOUND. */
export function filesOf(patterns: readonly string[]): string[] {
  const files = new Set<string>()
  for (const pattern of patterns) {
    const found = statSync(pattern, { throwIfNoEntry: false })?.isFile()
      ? [pattern]
      : globSync(pattern, { onlyFiles: true })
    if (found.length === 0) throw gridError('GRID_SCRIPT_NOT_FOUND', { detail: pattern })
    for (const file of found.sort()) files.add(resolve(file))
  }
  return [...files]
}

/** Loads the scenario of a file. GRID_SCRIPT_FAILED. */
export async function scenarioOf(file: string): Promise<AnyScenario> {
  const module = (await loadScenarioModule(file)) as { default?: Partial<AnyScenario> }
  const scenario = module.default
  const unknown = Object.keys(scenario ?? {}).filter(key => !scenarioKeys.has(key))
  if (typeof scenario?.run === 'function' && unknown.length > 0) {
    const detail = `${file}: a scenario has no ${unknown.map(key => `'${key}'`).join(', ')}`
    const hint = `It may have ${[...scenarioKeys].join(', ')}.`
    throw gridError('GRID_CONFIG_INVALID', { detail, hint })
  }
  if (typeof scenario?.name === 'string' && typeof scenario.run === 'function') {
    return scenario as AnyScenario
  }
  throw gridError('GRID_SCRIPT_FAILED', {
    detail: `${file} has no scenario`,
    hint: 'Its default export must be defineScenario({ name, run }).',
  })
}

/**
 * Loads files and takes those that are wanted. One that cannot be loaded is taken when its path is wanted, so that
 * it is not lost. GRID_SCRIPT_NOT_FOUND when nothing is left.
 */
export async function selectFiles(
  files: readonly string[],
  selection: Selection,
): Promise<LoadedFile[]> {
  const loaded: LoadedFile[] = []
  for (const file of files) {
    const one = await load(file)
    if (isWanted(one, selection)) loaded.push(one)
  }
  if (loaded.length === 0) {
    const { only, tags = [] } = selection
    const words = [
      ...(only === undefined ? [] : [`--only '${only}'`]),
      ...tags.map(tag => `--tag ${tag}`),
    ]
    throw gridError('GRID_SCRIPT_NOT_FOUND', {
      detail: `none of ${files.length} with ${words.join(' ')}`,
    })
  }
  return loaded
}

async function load(file: string): Promise<LoadedFile> {
  try {
    return { file, scenario: await scenarioOf(file) }
  } catch (cause) {
    return { file, problem: asError(cause) }
  }
}

function isWanted(loaded: LoadedFile, { only, tags = [] }: Selection): boolean {
  const name = 'scenario' in loaded ? loaded.scenario.name : ''
  const text = `${name}\n${loaded.file}`.toLowerCase()
  if (only !== undefined && !text.includes(only.toLowerCase())) return false
  if (tags.length === 0) return true
  const own = 'scenario' in loaded ? (loaded.scenario.tags ?? []) : []
  return tags.some(tag => own.includes(tag))
}

/**
 * So many seeds from the first one on: numbers count up, so that `--seed 7 --seeds 3` is 7, 8 and 9; a text is
 * followed by `text-2`, `text-3`.
 */
export function* seedsFrom(first: string, count: number): Generator<string> {
  const isNumber = /^\d{1,15}$/.test(first) && String(Number(first)) === first
  for (let i = 0; i < count; i += 1) {
    if (isNumber) yield String(Number(first) + i)
    else yield i === 0 ? first : `${first}-${i + 1}`
  }
}

/** A part of the jobs: the `index`-th of `of`, from 1. */
export interface Shard {
  readonly index: number
  readonly of: number
}

/** Every scenario with every seed: all scenarios of a seed, then those of the next, so that fixtures are used again. */
export function* jobsOf(
  files: readonly string[],
  seeds: { readonly first: string; readonly count: number },
  shard: Shard = { index: 1, of: 1 },
): Generator<Job> {
  let place = 0
  for (const seed of seedsFrom(seeds.first, seeds.count)) {
    for (const file of files) {
      if (place % shard.of === shard.index - 1) yield { file, seed }
      place += 1
    }
  }
}

/** How many jobs a shard has. */
export function countJobs(files: number, seeds: number, { index, of }: Shard): number {
  const all = files * seeds
  return Math.floor(all / of) + (index <= all % of ? 1 : 0)
}

/** What a person reads of a file that could not begin. */
export function problemOf(error: Error): string {
  if (error instanceof GridError) return `${error.code}: ${error.message}\n${error.hint}`
  return error.stack ?? error.message
}

/** What `defineScenario` takes: a word that was misspelt would be passed over in silence. */
const scenarioKeys: ReadonlySet<string> = new Set<keyof AnyScenario>([
  'name',
  'tags',
  'grid',
  'fixture',
  'options',
  'invariants',
  'workloads',
  'commands',
  'failures',
  'run',
])
