// A folder of scenarios that people play from the dashboard: what is in it, and a process that plays one file of it.

import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, extname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gridError } from '../kernel/errors.ts'
import { scenarioExtensions } from '../scenario/loader/load.ts'
import type { PlayedScenario, ScenarioPlayer } from '../services/control/runs.ts'

/** The folder that is taken when nobody names one and it is there. */
const usualFolder = 'scenarios'

/** Files that are offered, how deep below the folder they are looked for, and the largest of them in bytes. */
const mostFiles = 500
const mostDepth = 4
const mostBytes = 1 << 20

/** What is kept of what a process prints, in characters. */
const mostOutput = 16_000

/** How long a process has after SIGTERM, in ms. */
const endWithinMs = 3_000

const main = fileURLToPath(new URL('./main.js', import.meta.url))

/** The player of a folder; null when none is named and there is no `scenarios`. GRID_SCRIPT_NOT_FOUND. */
export function scenarioFolder(named: string | undefined): ScenarioPlayer | undefined {
  const folder = resolve(named ?? usualFolder)
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    if (named === undefined) return undefined
    throw gridError('GRID_SCRIPT_NOT_FOUND', { detail: `there is no folder ${named}` })
  }
  const root = realpathSync(folder)
  return {
    folder: named ?? basename(root),
    list() {
      const files = filesIn(root).sort()
      return {
        files: files.slice(0, mostFiles),
        leftOut: Math.max(0, files.length - mostFiles),
      }
    },
    play: (file, order) => {
      // Only what is listed: no path of a request reaches the disk.
      if (!filesIn(root).includes(file)) return null
      return started(root, file, order)
    },
  }
}

/** Scenarios in a folder and below it, by their paths with forward slashes; links that lead out of it are none. */
function filesIn(root: string): string[] {
  const found: string[] = []
  const look = (folder: string, depth: number): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      // Twice as many as are offered, so that it can be said that some are not.
      if (entry.name === 'node_modules' || entry.name.startsWith('.')) continue
      if (found.length >= 2 * mostFiles) return
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        if (depth < mostDepth) look(path, depth + 1)
      } else if (isScenario(root, path)) found.push(relative(root, path).replaceAll(sep, '/'))
    }
  }
  look(root, 1)
  return found
}

function isScenario(root: string, path: string): boolean {
  if (!scenarioExtensions.some(extension => extension === extname(path))) return false
  try {
    const real = realpathSync(path)
    const stat = statSync(real)
    if (!real.startsWith(root + sep) || !stat.isFile() || stat.size > mostBytes) return false
    // What only helps scenarios has nothing to play.
    return /\bexport\s+default\b|\bas\s+default\b/.test(readFileSync(real, 'utf8'))
  } catch {
    // It is gone, leads nowhere, or cannot be read.
    return false
  }
}

/** Variables of this process by which `pocketgrid run` would play something else, or tell of it elsewhere. */
const notPassedOn = ['POCKETGRID_SHARD', 'POCKETGRID_DEV_TOKEN', 'POCKETGRID_RUN_KEY']

function started(
  root: string,
  file: string,
  { seed, key, control, token }: Parameters<ScenarioPlayer['play']>[1],
): PlayedScenario {
  const out = mkdtempSync(join(tmpdir(), 'pocketgrid-run-'))
  const env: NodeJS.ProcessEnv = { ...process.env }
  for (const name of notPassedOn) delete env[name]
  env.POCKETGRID_RUN_KEY = key
  // Words can be read by everybody on the machine, variables cannot.
  if (token !== undefined) env.POCKETGRID_DEV_TOKEN = token
  const words = [join(root, file), `--seed=${seed}`, `--target=${control}`, `--out=${out}`]
  const child = spawn(process.execPath, [main, 'run', ...words], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const hear = (piece: string): void => {
    output = (output + piece).slice(-mostOutput)
  }
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', hear)
  return {
    output: () => output,
    stop() {
      child.kill('SIGTERM')
      setTimeout(() => child.kill('SIGKILL'), endWithinMs).unref()
    },
    ended: new Promise(done => {
      child.once('error', error => {
        hear(`${error.message}\n`)
        done(-1)
      })
      // Not when its pipes are closed: a process of its own may hold them.
      child.once('exit', (status, signal) => {
        rmSync(out, { recursive: true, force: true })
        done(signal ?? status ?? -1)
      })
    }),
  }
}
