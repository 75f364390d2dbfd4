// Module hooks, run by Node in their own thread: TypeScript becomes JavaScript, `pocketgrid` the running copy.

import { access, readFile } from 'node:fs/promises'
import type { LoadHook, ModuleSource, ResolveHook } from 'node:module'
import { fileURLToPath } from 'node:url'

/** What the main thread tells the hooks when it registers them. */
export interface HookData {
  /** The URLs of the running copy's entry points, by the specifier that names them. */
  readonly entryPoints: Readonly<Record<string, string>>
  /** The URL of the running copy's folder, whose own files are taken as they are. */
  readonly packageRoot: string
}

/** What went wrong, as plain data: errors cross the thread border without their class. */
export type LoadProblem =
  | {
      readonly kind: 'syntax'
      readonly file: string
      readonly line: number
      readonly column: number
      readonly text: string
    }
  | {
      readonly kind: 'import'
      readonly specifier: string
      /** The URL of the file that holds the import. */
      readonly parent: string
      readonly text: string
      readonly hint: string
    }

/** The property of an error that carries the problem. */
export const problemKey = 'pocketgridProblem'

/** An error of the hooks; what matters is the problem that it carries. */
class HookError extends Error {
  readonly code: string
  readonly [problemKey]: LoadProblem

  constructor(code: string, problem: LoadProblem) {
    super(problem.text)
    this.code = code
    this[problemKey] = problem
  }
}

/** How esbuild should read a file, by its extension. */
const loaders = { '.ts': 'ts', '.mts': 'ts', '.tsx': 'tsx' } as const

/** In TypeScript a compiled name stands for its source: `./other.js` is written where `./other.ts` lies. */
const sourceOf = { '.js': ['.ts', '.tsx'], '.mjs': ['.mts'], '.jsx': ['.tsx'] } as const

let running: HookData = { entryPoints: {}, packageRoot: '' }

/** Called by Node once, in the hooks' thread. */
export function initialize(data: HookData): void {
  running = data
}

/** Decides which file a specifier names. */
export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  if (specifier === 'pocketgrid' || specifier.startsWith('pocketgrid/')) {
    const url = running.entryPoints[specifier]
    if (url === undefined) throw unknownEntryPoint(specifier, context.parentURL ?? '')
    return { url, shortCircuit: true }
  }
  const source = await sourceBehind(specifier, context.parentURL)
  if (source !== undefined) return nextResolve(source, context)
  try {
    return await nextResolve(specifier, context)
  } catch (cause) {
    // The error itself goes on unchanged, for libraries that look whether an optional package is there.
    if (cause instanceof Error && context.parentURL !== undefined) {
      const problem = await importProblem(specifier, context.parentURL, cause)
      Object.assign(cause, { [problemKey]: problem })
    }
    throw cause
  }
}

/** Gives the code of a file; TypeScript loses its types and gains an inline source map. */
export const load: LoadHook = async (url, context, nextLoad) => {
  const loader = url.startsWith('file:') ? loaderOf(new URL(url).pathname) : undefined
  if (loader !== undefined) {
    const source = await compile(url, await readFile(fileURLToPath(url), 'utf8'), loader)
    return { format: 'module', source, shortCircuit: true }
  }
  const loaded = await nextLoad(url, context)
  // Node does not say where JavaScript fails to parse; esbuild does.
  if (loaded.format === 'module' && isUsers(url)) await compile(url, textOf(loaded.source), 'js')
  return loaded
}

function textOf(source: ModuleSource | undefined): string {
  if (source === undefined || typeof source === 'string') return source ?? ''
  return new TextDecoder().decode(source)
}

async function compile(url: string, text: string, loader: 'ts' | 'tsx' | 'js'): Promise<string> {
  const { transform } = await import('esbuild')
  try {
    const { code } = await transform(text, {
      loader,
      format: 'esm',
      target: `node${process.versions.node}`,
      sourcefile: url,
      sourcemap: 'inline',
      // A user's tsconfig is for their editor; the loader behaves the same wherever the file lies.
      tsconfigRaw: '{}',
      logLevel: 'silent',
    })
    return code
  } catch (cause) {
    throw syntaxError(fileURLToPath(url), cause)
  }
}

/** Whether a file is part of a scenario, and not of a package. */
function isUsers(url: string): boolean {
  if (!url.startsWith('file:') || url.includes('/node_modules/')) return false
  return !url.startsWith(`${running.packageRoot}dist/`)
}

function loaderOf(path: string): 'ts' | 'tsx' | undefined {
  return Object.entries(loaders).find(([extension]) => path.endsWith(extension))?.[1]
}

/** The TypeScript file that a compiled name stands for, when a TypeScript file asks for it. */
async function sourceBehind(specifier: string, parent?: string): Promise<string | undefined> {
  if (parent === undefined || !isPath(specifier) || loaderOf(parent) === undefined) return undefined
  const compiled = new URL(specifier, parent).href
  for (const [extension, sources] of Object.entries(sourceOf)) {
    if (!compiled.endsWith(extension)) continue
    for (const source of sources) {
      const candidate = compiled.slice(0, -extension.length) + source
      if (await exists(candidate)) return candidate
    }
  }
  return undefined
}

async function importProblem(
  specifier: string,
  parent: string,
  cause: Error,
): Promise<LoadProblem & { kind: 'import' }> {
  const problem = (text: string, hint: string) =>
    ({ kind: 'import', specifier, parent, text, hint }) as const
  if (!isPath(specifier)) {
    const code = 'code' in cause ? cause.code : undefined
    return code === 'ERR_MODULE_NOT_FOUND'
      ? problem(`the package '${specifier}' is not installed`, 'Install it beside the scenario.')
      : problem(cause.message, 'Correct the import, or the package that it names.')
  }
  const target = new URL(specifier, parent).href.replace(/\/$/, '')
  for (const suffix of ['.ts', '.mts', '.tsx', '.js', '.mjs', '/index.ts', '/index.js']) {
    if (!(await exists(target + suffix))) continue
    return problem(
      `'${specifier}' has no file extension`,
      `Write the whole name of the file: '${specifier.replace(/\/$/, '')}${suffix}'.`,
    )
  }
  return problem(
    `there is no file '${specifier}'`,
    `Correct the path; it is taken from the folder of the file that imports it.`,
  )
}

function unknownEntryPoint(specifier: string, parent: string): HookError {
  return new HookError('ERR_PACKAGE_PATH_NOT_EXPORTED', {
    kind: 'import',
    specifier,
    parent,
    text: `'${specifier}' is no entry point of pocketgrid`,
    hint: `Import one of ${Object.keys(running.entryPoints).join(', ')}.`,
  })
}

/** What esbuild says about a file: an error with a list of messages, each with a place. */
function syntaxError(file: string, cause: unknown): unknown {
  const first = (cause as { errors?: EsbuildMessage[] }).errors?.[0]
  if (first === undefined) return cause
  return new HookError('ERR_INVALID_TYPESCRIPT_SYNTAX', {
    kind: 'syntax',
    file,
    line: first.location?.line ?? 1,
    column: (first.location?.column ?? 0) + 1,
    text: first.text,
  })
}

interface EsbuildMessage {
  readonly text: string
  readonly location?: { readonly line: number; readonly column: number } | null
}

function isPath(specifier: string): boolean {
  return /^(?:\.{0,2}\/|file:)/.test(specifier) || specifier === '.' || specifier === '..'
}

async function exists(url: string): Promise<boolean> {
  if (!url.startsWith('file:')) return false
  return access(fileURLToPath(url)).then(
    () => true,
    () => false,
  )
}
