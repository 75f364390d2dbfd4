// Loads the module of a scenario, TypeScript included, and explains what is wrong with one that does not load.

import { readFileSync, statSync } from 'node:fs'
import { register } from 'node:module'
import { extname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { asError, GridError, gridError } from '../../kernel/errors.ts'
import { type Place, placeInFrame, shownFile, shownPlace } from '../place.ts'
import { type HookData, type LoadProblem, problemKey } from './hooks.ts'

/** The files that a scenario may be written in. */
export const scenarioExtensions = ['.ts', '.mts', '.tsx', '.js', '.mjs'] as const

/** The folder of the running copy's package. */
const packageRoot = new URL('../../../', import.meta.url)

/** From the sources there is nothing to install: whoever loaded this TypeScript loads the scenario's too. */
const runsFromSource = import.meta.url.endsWith('.ts')

let isInstalled = false

/**
 * Loads the module in a file and gives its namespace object. TypeScript needs no build step; `pocketgrid`
 * and its entry points are the running copy, whether or not the package is installed beside the file.
 * Fails with GRID_SCRIPT_NOT_FOUND or GRID_SCRIPT_FAILED, naming file, line and what to do.
 */
export async function loadScenarioModule(path: string): Promise<unknown> {
  const file = path.startsWith('file:') ? fileURLToPath(path) : resolve(path)
  checkFile(file)
  if (!isInstalled && !runsFromSource) installHooks()
  isInstalled = true
  try {
    return await import(/* @vite-ignore */ pathToFileURL(file).href)
  } catch (cause) {
    throw explainLoadError(cause, file)
  }
}

function checkFile(file: string): void {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat === undefined) {
    throw gridError('GRID_SCRIPT_NOT_FOUND', { detail: `there is no file ${shownFile(file)}` })
  }
  if (!stat.isFile()) {
    const hint = `Name a file in it, or a pattern in quotes: '${shownFile(file)}/*.ts'.`
    throw gridError('GRID_SCRIPT_FAILED', { detail: `${shownFile(file)} is not a file`, hint })
  }
  if (!scenarioExtensions.some(extension => extension === extname(file))) {
    const hint = `A scenario is a module: a file ending in ${scenarioExtensions.join(', ')}.`
    throw gridError('GRID_SCRIPT_FAILED', { detail: `${shownFile(file)} is no module`, hint })
  }
}

/** Registers the hooks for the rest of the process, and lets stack traces name the lines that users wrote. */
function installHooks(): void {
  process.setSourceMapsEnabled(true)
  const data: HookData = { entryPoints: entryPoints(), packageRoot: packageRoot.href }
  register('./hooks.js', import.meta.url, { data })
}

/** The entry points of the running copy, as its package.json exports them. */
function entryPoints(): Record<string, string> {
  const manifest = JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8')) as {
    exports: Record<string, string | { default: string }>
  }
  return Object.fromEntries(
    Object.entries(manifest.exports).map(([key, target]) => [
      `pocketgrid${key.slice(1)}`,
      new URL(typeof target === 'string' ? target : target.default, packageRoot).href,
    ]),
  )
}

/** Turns whatever a failed import threw into an error that names the user's file and line. */
function explainLoadError(thrown: unknown, entry: string): GridError {
  if (thrown instanceof GridError) return thrown
  const cause = asError(thrown)
  const problem = (cause as { [problemKey]?: LoadProblem })[problemKey]
  if (problem?.kind === 'syntax') return failed(problem, problem.text, cause)
  if (problem?.kind === 'import') {
    const parent = fileURLToPath(problem.parent)
    return failed(placeOfImport(parent, problem.specifier), problem.text, cause, problem.hint)
  }
  if (cause instanceof SyntaxError) return explainSyntaxError(cause, entry)
  if (cause !== thrown) return failed({ file: entry, line: 1 }, cause.message, cause)
  return explainBundler(cause) ?? failed(placeInStack(cause, entry), cause.message, cause)
}

/** The error for a place: what a terminal makes clickable, then what is wrong there. */
function failed(place: Place, text: string, cause: Error, hint?: string): GridError {
  const detail = `${shownPlace(place)}: ${text}`
  return gridError('GRID_SCRIPT_FAILED', { detail, cause, ...(hint === undefined ? {} : { hint }) })
}

/** A name that a module does not export, or JavaScript that does not parse; Node puts the place before the stack. */
function explainSyntaxError(cause: SyntaxError, entry: string): GridError {
  const [, url, line] = /^(file:\/\/\S+?):(\d+)\n/.exec(cause.stack ?? '') ?? []
  const file = url === undefined ? entry : fileURLToPath(url)
  const missing = /^The requested module '(.*)' does not provide an export named '(.*)'/s.exec(
    cause.message,
  )
  if (missing) {
    const [, specifier = '', name = ''] = missing
    const hint = `Export it there, or correct the name; a type is imported with 'import type'.`
    const place = placeOfImport(file, specifier)
    return failed(place, `'${specifier}' does not export '${name}'`, cause, hint)
  }
  return failed({ file, line: Number(line ?? 1) }, cause.message, cause)
}

/** The errors of Vite, which loads scenarios in tests of the sources. */
function explainBundler(cause: Error): GridError | undefined {
  const { loc, id } = cause as { loc?: Partial<Place>; id?: string }
  const file = loc?.file ?? id
  if (loc?.line !== undefined && file !== undefined) {
    return failed({ ...loc, file, line: loc.line }, cause.message, cause)
  }
  const missing = /^Cannot find (?:module|package) '(.*?)' imported from '?(.*?)'?\.?$/m.exec(
    cause.message,
  )
  if (!missing) return undefined
  const [, specifier = '', parent = ''] = missing
  const text = `there is no file or package '${specifier}'`
  const importer = parent.startsWith('file:') ? fileURLToPath(parent) : parent
  return failed(placeOfImport(importer, specifier), text, cause, 'Correct the import.')
}

/** The first line of the stack that is the user's: in the scenario itself, or in a file that it imports. */
function placeInStack(cause: Error, entry: string): Place {
  const ours = fileURLToPath(packageRoot)
  const places = (cause.stack ?? '').split('\n').flatMap(frame => placeInFrame(frame) ?? [])
  const isOurs = (file: string) => file.startsWith(`${ours}src/`) || file.startsWith(`${ours}dist/`)
  return (
    places.find(({ file }) => file === entry) ??
    places.find(({ file }) => !isOurs(file) && !file.includes('/node_modules/')) ?? {
      file: entry,
      line: 1,
    }
  )
}

/** Comments, then imports with their specifier, then other strings: whichever begins first. */
const importTokens =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|\b(?:from|import)\s*\(?\s*(['"])(?<specifier>[^'"\n]*)\1|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g

/** Where a file imports a specifier; its first line when the import cannot be found in the text. */
function placeOfImport(file: string, specifier: string): Place {
  const text = readFileSync(file, 'utf8')
  for (const token of text.matchAll(importTokens)) {
    if (token.groups?.specifier !== specifier) continue
    const at = token.index + token[0].lastIndexOf(specifier)
    const before = text.slice(0, at)
    const line = before.split('\n').length
    return { file, line, column: at - before.lastIndexOf('\n') - 1 }
  }
  return { file, line: 1 }
}
