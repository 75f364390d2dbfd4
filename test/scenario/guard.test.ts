// The script guard: each way out of the simulated world is noticed with its line, and nothing else is.

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { GridError } from '../../src/kernel/errors.ts'
import { installLoader, loadInNode, writeFiles } from '../support/installed-loader.ts'
import { guard, loop, type Runner, runner } from './guard/runner.ts'
import { innocents, violations } from './guard/scripts.ts'

const scripts = fileURLToPath(new URL('./guard/scripts.ts', import.meta.url))
const lines = readFileSync(scripts, 'utf8').split('\n')

/** The number of the line that ends in the comment. */
function lineOf(name: string): number {
  return lines.findIndex(line => line.endsWith(`// ${name}`)) + 1
}

function underGuard<T>(script: (runner: Runner) => Promise<T>) {
  const seen: GridError[] = []
  const run = guard.run(() => script(runner), { onViolation: error => seen.push(error) })
  return { result: loop(run), seen }
}

/** The kind of resource that each script opens. */
const kinds: Record<keyof typeof violations, RegExp> = {
  fetch: /^a /,
  fetchOfManyAwaits: /^a /,
  readFilePromise: /^a file operation \(FSREQPROMISE\)$/,
  openFile: /^a file operation \(FSREQPROMISE\)$/,
  readFile: /^a file operation \(FSREQCALLBACK\)$/,
  stream: /^a file operation \(FSREQCALLBACK\)$/,
  setTimeout: /^a timer \(Timeout\)$/,
  setTimeoutInStep: /^a timer \(Timeout\)$/,
  setTimeoutInLaterStep: /^a timer \(Timeout\)$/,
  setInterval: /^a timer \(Timeout\)$/,
  setImmediate: /^a timer \(setImmediate\) \(Immediate\)$/,
  timersPromises: /^a timer \(Timeout\)$/,
  scheduler: /^a timer \(Timeout\)$/,
  abortTimeout: /^a timer \(Timeout\)$/,
  socket: /^a socket \(TCPWRAP\)$/,
  server: /^a server \(TCPSERVERWRAP\)$/,
  http: /^a|an HTTP request/,
  dns: /^a DNS look-up \(GETADDRINFOREQWRAP\)$/,
  childProcess: /^a child process \(PROCESSWRAP\)$/,
  worker: /^a worker thread \(WORKER\)$/,
  messageChannel: /^a message port \(MESSAGEPORT\)$/,
  subtle: /^cryptography in another thread \(HASHREQUEST\)$/,
  pbkdf2: /^cryptography in another thread \(PBKDF2REQUEST\)$/,
  gzip: /^compression in another thread \(ZLIB\)$/,
  inLibrary: /^a timer \(Timeout\)$/,
  inLibraryLater: /^a timer \(Timeout\)$/,
  inCallbackOfTick: /^a timer \(Timeout\)$/,
  afterOutside: /^a file operation \(FSREQPROMISE\)$/,
}

describe('a script under guard', () => {
  it.each(Object.entries(violations))('is caught at its line: %s', async (name, script) => {
    expect(lineOf(name), 'the marked line').toBeGreaterThan(0)
    const { result, seen } = underGuard(script)
    const error: GridError = await result.then(
      () => expect.fail('the script went through'),
      caught => caught,
    )
    expect(error).toMatchObject({
      name: 'GridError',
      code: 'GRID_SCRIPT_OUTSIDE',
      hint: expect.stringContaining('outside('),
    })
    const [, kind, line] =
      /: (.*) was opened at test\/scenario\/guard\/scripts\.ts:(\d+):\d+$/.exec(error.message) ?? []
    expect(Number(line), error.message).toBe(lineOf(name))
    expect(kind).toMatch(kinds[name as keyof typeof violations])
    expect(seen).toEqual([error])
  })

  it.each(Object.entries(innocents))('is left alone: %s', async (_, script) => {
    const { result, seen } = underGuard(script)
    expect(await result).toEqual(expect.any(String))
    expect(seen).toEqual([])
  })

  it('ends with its own error when it fails by itself', async () => {
    const { result, seen } = underGuard(async ({ wait }) => {
      await wait()
      throw new TypeError('a fault of the script')
    })
    await expect(result).rejects.toThrow(new TypeError('a fault of the script'))
    await expect(guard.run(() => JSON.parse('{'))).rejects.toThrow(SyntaxError)
    expect(seen).toEqual([])
  })

  it('does not share its guilt with scripts that run at the same time', async () => {
    const guilty = underGuard(violations.setTimeout)
    const innocent = underGuard(innocents.promises)
    await expect(guilty.result).rejects.toMatchObject({ code: 'GRID_SCRIPT_OUTSIDE' })
    expect(await innocent.result).toBe('3 waits')
    expect(innocent.seen).toEqual([])
  })

  it('may be run within what runs outside', async () => {
    const run = guard.outside(() => guard.run(() => violations.readFilePromise(runner)))
    await expect(run).rejects.toMatchObject({ code: 'GRID_SCRIPT_OUTSIDE' })
  })

  it('is caught even when the one who listens fails', async () => {
    const run = guard.run(() => violations.setTimeout({ ...runner, wait: async () => {} }), {
      onViolation: () => {
        throw new RangeError('a fault of the listener')
      },
    })
    await expect(run).rejects.toMatchObject({
      code: 'GRID_SCRIPT_OUTSIDE',
      cause: new RangeError('a fault of the listener'),
    })
  })

  it('gives the stack back as it found it', async () => {
    const before = [Error.stackTraceLimit, Error.prepareStackTrace]
    await underGuard(violations.setTimeout).result.catch(() => {})
    expect([Error.stackTraceLimit, Error.prepareStackTrace]).toEqual(before)
  })
})

describe('a guard in plain Node', () => {
  it('names the line of the TypeScript that the loader compiled', async () => {
    const { folder, loader } = await installLoader()
    const watched = (name: string, body: string) => ({
      [`${name}.ts`]: [
        "import { readFile } from 'node:fs/promises'",
        "import { createScriptGuard } from './guard.mjs'",
        'interface Padding { readonly a: string',
        '}',
        'const script = async (): Promise<Padding> => {',
        `  ${body}`,
        "  return { a: '' }",
        '}',
        'const guard = createScriptGuard({ scriptFiles: file => file === import.meta.filename })',
        'export const run = () => guard.run(script)',
      ].join('\n'),
    })
    writeFiles(folder, {
      ...watched('fetch', "const a: Response = await fetch('http://127.0.0.1:46999/'); void a"),
      ...watched('file', "await readFile('file.ts', 'utf8' as const)"),
      ...watched('late', "await import('node:fs/promises')"),
      ...watched('timer', 'await new Promise<void>(resolve => setTimeout(resolve, 1))'),
      ...watched('innocent', "console.log('')"),
      'guard.mjs': `export * from ${JSON.stringify(join(loader, '../../guard.js'))}`,
    })
    try {
      const names = ['fetch', 'file', 'late', 'timer', 'innocent']
      const outcomes = loadInNode(
        loader,
        folder,
        names.map(name => `${name}.ts`),
      )
      expect(outcomes.map(({ message }) => message)).toEqual([
        expect.stringMatching(/was opened at fetch\.ts:6:29$/),
        expect.stringMatching(/a file operation \(FSREQPROMISE\) was opened at file\.ts:6:9$/),
        expect.stringMatching(/a module \(import\(\) .*\) was opened at late\.ts:6:3$/),
        expect.stringMatching(/a timer \(Timeout\) was opened at timer\.ts:6:38$/),
        undefined,
      ])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
