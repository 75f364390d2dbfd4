// Builds the scenario loader into a folder as an installed package has it, and runs it in a process of its own.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const src = fileURLToPath(new URL('../../src/', import.meta.url))

/** What became of one file: what its module gives, or the error that a user sees. */
export interface Outcome {
  readonly value?: unknown
  readonly code?: string
  readonly message?: string
  readonly hint?: string
}

/** A package `pocketgrid` in a folder, with the real loader and an entry point that tells which copy it is. */
export async function installLoader(): Promise<{ folder: string; loader: string }> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pocketgrid-loader-')))
  const home = join(folder, 'tools/node_modules/pocketgrid')
  await build({
    entryPoints: ['loader/load.ts', 'loader/hooks.ts', 'guard.ts'].map(file =>
      join(src, 'scenario', file),
    ),
    outbase: src,
    outdir: join(home, 'dist'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'silent',
  })
  const manifest = {
    name: 'pocketgrid',
    type: 'module',
    exports: { '.': { default: './dist/index.js' }, './vitest': './dist/vitest.js' },
  }
  writeFiles(home, {
    'package.json': JSON.stringify(manifest),
    'dist/index.js':
      "export const copy = 'running'; export const loads = [(globalThis.loads ??= 0), globalThis.loads++]",
    'dist/vitest.js': "export const grid = 'of vitest'",
  })
  const esbuild = dirname(createRequire(import.meta.url).resolve('esbuild/package.json'))
  symlinkSync(esbuild, join(home, '../esbuild'))
  return { folder, loader: join(home, 'dist/scenario/loader/load.js') }
}

/** Writes texts by path below a folder, which is made where it is missing. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

/** Loads files one after the other in a fresh Node; a module that exports `run` has its result as value. */
export function loadInNode(loader: string, cwd: string, files: readonly string[]): Outcome[] {
  const program = `
    import { loadScenarioModule } from ${JSON.stringify(loader)}
    const outcomes = []
    for (const file of ${JSON.stringify(files)}) {
      try {
        const { default: value, run } = await loadScenarioModule(file)
        outcomes.push({ value: run ? await run() : value })
      } catch ({ code, message, hint }) {
        outcomes.push({ code, message, hint })
      }
    }
    process.stdout.write('\\n' + JSON.stringify(outcomes))
  `
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd,
    encoding: 'utf8',
    timeout: 20_000,
  })
  if (child.status !== 0) return [{ message: `${child.stderr}${child.stdout}` }]
  return JSON.parse(child.stdout.trim().split('\n').at(-1)!) as Outcome[]
}
