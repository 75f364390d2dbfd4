// Holds the directions of the design: who may import whom, and what has no place in simulated time.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  checkTree,
  describeProblem,
  type Exception,
  type Options,
  readSourceTree,
} from './support/import-graph.ts'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/**
 * The edges of the simulated world: the only files of its rooms that may look at the wall clock or wait.
 * An entry that nothing needs any more fails the test.
 */
const exceptions: readonly Exception[] = [
  {
    path: 'src/kernel/driver.ts',
    rules: ['wall-clock'],
    reason:
      'It moves the world by wall time for people and clients; deterministic runs do without it.',
  },
  {
    path: 'src/crypto/internal/wasm.ts',
    rules: ['wall-clock'],
    reason: 'The WASM module demands a source of entropy; only sr25519 signatures draw on it.',
  },
  {
    path: 'src/zos/go/timestamp.ts',
    rules: ['wall-clock'],
    reason: 'It counts the days of given dates, and reads no clock.',
  },
]

describe('the import graph of src', () => {
  it('follows the layers of the design, and keeps time and chance out of the simulated world', () => {
    const { dependencies, peerDependencies } = JSON.parse(
      readFileSync(`${root}/package.json`, 'utf8'),
    ) as Record<'dependencies' | 'peerDependencies', Record<string, string> | undefined>
    const packages = new Set(Object.keys({ ...dependencies, ...peerDependencies }))
    const tree = readSourceTree(root)
    expect(tree.size, 'source files found').toBeGreaterThan(0)
    const problems = checkTree(tree, { packages, exceptions }).map(describeProblem)
    if (problems.length > 0) expect.fail(`\n${problems.join('\n')}\n`)
  })
})

/** The problems of a tree given as texts by path. */
function problemsOf(files: Record<string, string>, options: Options = {}): string[] {
  return checkTree(new Map(Object.entries(files)), options).map(describeProblem)
}

/** Whether a file may import another: the rule that forbids it, or undefined. */
function ruleAgainst(
  from: string,
  to: string,
  statement = `import { a } from`,
): string | undefined {
  const depth = from.split('/').length - 2
  const specifier = `${depth === 0 ? './' : '../'.repeat(depth)}${to.slice('src/'.length)}`
  const found = problemsOf({ [from]: `${statement} '${specifier}'`, [to]: 'export const a = 1' })
  expect(found.length, found.join('\n')).toBeLessThanOrEqual(1)
  return /\[(.*?)\]/.exec(found[0] ?? '')?.[1]
}

describe('the rules themselves', () => {
  it.each([
    ['src/cli/up.ts', 'src/scenario/runner.ts'],
    ['src/cli/up.ts', 'src/kernel/clock.ts'],
    ['src/index.ts', 'src/grid.ts'],
    ['src/vitest.ts', 'src/index.ts'],
    ['src/scenario/runner.ts', 'src/grid.ts'],
    ['src/grid.ts', 'src/services/control/server.ts'],
    ['src/grid/wiring.ts', 'src/grid.ts'],
    ['src/services/graphql/schema.ts', 'src/services/http.ts'],
    ['src/services/graphql/schema.ts', 'src/services/indexer/store.ts'],
    ['src/services/graphql/schema.ts', 'src/zos/node.ts'],
    ['src/faults/schema.ts', 'src/zos/node.ts'],
    ['src/zos/node.ts', 'src/chain/client/port.ts'],
    ['src/zos/node.ts', 'src/rmb/envelope.ts'],
    ['src/rmb/relay/server.ts', 'src/crypto/hash.ts'],
    ['src/chain/pallets/twins.ts', 'src/scale/codec.ts'],
    ['src/crypto/hash.ts', 'src/kernel/errors.ts'],
    ['src/chain/node/pool.ts', 'src/chain/rpc/author.ts'],
  ])('%s may import %s', (from, to) => {
    expect(ruleAgainst(from, to)).toBeUndefined()
  })

  it.each([
    ['src/kernel/clock.ts', 'src/chain/node/pool.ts', 'up'],
    ['src/chain/node/pool.ts', 'src/zos/node.ts', 'up'],
    ['src/rmb/envelope.ts', 'src/zos/node.ts', 'up'],
    ['src/zos/node.ts', 'src/faults/schema.ts', 'up'],
    ['src/services/control/server.ts', 'src/grid.ts', 'up'],
    ['src/grid.ts', 'src/scenario/runner.ts', 'up'],
    ['src/scenario/runner.ts', 'src/index.ts', 'up'],
    ['src/rmb/envelope.ts', 'src/chain/node/pool.ts', 'sideways'],
    ['src/chain/node/pool.ts', 'src/rmb/envelope.ts', 'sideways'],
    ['src/services/http.ts', 'src/faults/schema.ts', 'sideways'],
    ['src/faults/schema.ts', 'src/services/control/server.ts', 'sideways'],
    ['src/services/graphql/schema.ts', 'src/services/gridproxy/nodes.ts', 'sideways'],
    ['src/services/http.ts', 'src/services/gridproxy/nodes.ts', 'sideways'],
    ['src/services/indexer/rows.ts', 'src/services/graphql/schema.ts', 'sideways'],
    ['src/scale/codec.ts', 'src/crypto/hash.ts', 'sideways'],
    ['src/kernel/clock.ts', 'src/config/schema.ts', 'sideways'],
    ['src/config/schema.ts', 'src/kernel/clock.ts', 'sideways'],
    ['src/cli/up.ts', 'src/index.ts', 'sideways'],
    ['src/index.ts', 'src/cli/up.ts', 'sideways'],
    ['src/cli/up.ts', 'src/chain/node/internal/tree.ts', 'internal'],
    ['src/chain/rpc/author.ts', 'src/chain/node/internal/tree.ts', 'internal'],
    ['src/services/control/server.ts', 'src/dashboard/page.tsx', 'dashboard'],
    ['src/dashboard/page.tsx', 'src/services/control/api.ts', 'dashboard'],
    ['src/dashboard/page.tsx', 'src/kernel/clock.ts', 'dashboard'],
  ])('%s may not import %s (%s)', (from, to, rule) => {
    expect(ruleAgainst(from, to)).toBe(rule)
  })

  it.each([
    'import type { a } from',
    'import { type a } from',
    'import',
    'export * from',
    'export { a } from',
    'export type { a } from',
  ])('counts `%s`', statement => {
    expect(ruleAgainst('src/kernel/clock.ts', 'src/zos/node.ts', statement)).toBe('up')
  })

  it('counts dynamic imports and imports inside types, at their own lines', () => {
    const found = problemsOf({
      'src/kernel/clock.ts': [
        '// a comment with import { x } from "../grid.ts" is not an import',
        "const text = `import x from '../grid.ts'`",
        "export const later = () => import('../grid.ts')",
        "export type T = import('../grid.ts').Grid",
        'export { text }',
      ].join('\n'),
      'src/grid.ts': 'export interface Grid {}',
    })
    const message = '[up] kernel may not import from grid, which stands above it'
    expect(found).toEqual([
      `src/kernel/clock.ts:3 ${message} (src/kernel/clock.ts -> src/grid.ts)`,
      `src/kernel/clock.ts:4 ${message} (src/kernel/clock.ts -> src/grid.ts)`,
    ])
  })

  it('lets the dashboard import types of the control service only', () => {
    const from = 'src/dashboard/page.tsx'
    expect(
      ruleAgainst(from, 'src/services/control/api.ts', 'import type { a } from'),
    ).toBeUndefined()
    expect(ruleAgainst(from, 'src/services/graphql/api.ts', 'import type { a } from')).toBe(
      'dashboard',
    )
  })

  it('lets a folder use its own internal/', () => {
    expect(ruleAgainst('src/chain/node/pool.ts', 'src/chain/node/internal/tree.ts')).toBeUndefined()
    expect(
      ruleAgainst('src/chain/node/internal/leaf.ts', 'src/chain/node/internal/tree.ts'),
    ).toBeUndefined()
  })

  it('takes the package imported by its own name for its entry point', () => {
    const files = { 'src/index.ts': 'export const a = 1', 'src/zos/node.ts': "import 'pocketgrid'" }
    expect(problemsOf(files)).toEqual([expect.stringContaining('src/zos/node.ts:1 [up]')])
  })

  it('finds circles of run-time imports, and leaves circles of types alone', () => {
    const circle = (first: string) => ({
      'src/zos/a.ts': `export const a = 1\n${first} './b.ts'`,
      'src/zos/b.ts': "export { c } from './c.ts'",
      'src/zos/c.ts': "export const c = () => import('./a.ts')",
      'src/zos/d.ts': "import './a.ts'",
    })
    expect(problemsOf(circle('import { c } from'))).toEqual([
      'src/zos/a.ts:2 [cycle] files import one another in a circle at run time: ' +
        'src/zos/a.ts -> src/zos/b.ts -> src/zos/c.ts -> src/zos/a.ts',
    ])
    expect(problemsOf(circle('import type { c } from'))).toEqual([])
  })

  it('sees a file that imports itself', () => {
    expect(problemsOf({ 'src/zos/a.ts': "import './a.ts'" })).toEqual([
      expect.stringContaining('[cycle]'),
    ])
  })

  it('refuses files that are in no room, and imports that name no file', () => {
    expect(problemsOf({ 'src/misc.ts': '', 'src/utils/a.ts': '' })).toEqual([
      'src/misc.ts:1 [room] src/misc.ts is in no room of the design',
      'src/utils/a.ts:1 [room] src/utils/a.ts is in no room of the design',
    ])
    expect(problemsOf({ 'src/zos/a.ts': "\nimport './b'" })).toEqual([
      "src/zos/a.ts:2 [unresolved] './b' names no file (imports carry their .ts extension)",
    ])
  })

  it('refuses packages that an installed copy would lack', () => {
    const files = {
      'src/zos/a.ts': [
        "import { z } from 'zod'",
        "import type { T } from '@polkadot/api'",
        "import { readFileSync } from 'node:fs'",
        "export const api = () => import('@polkadot/api/promise')",
      ].join('\n'),
    }
    expect(problemsOf(files, { packages: new Set(['zod']) })).toEqual([
      expect.stringMatching(/^src\/zos\/a\.ts:4 \[undeclared-package\] '@polkadot\/api' is not/),
    ])
  })
})

function asyncOf(path: string): Exception {
  return { path, rules: ['async'], reason: 'a test' }
}

describe('time and chance in the simulated world', () => {
  /** The wall-clock and async findings of one statement in a file. */
  const found = (text: string, file = 'src/zos/a.ts') =>
    problemsOf({ [file]: text }).map(line => line.replace(/ has no place.*/, ''))

  it.each([
    ['export const t = Date.now()', 'Date.now'],
    ['export const t = new Date()', 'Date (new Date)'],
    ['export const t = Date()', 'Date()'],
    ['export const t = performance.now()', 'performance'],
    ['export const r = Math.random()', 'Math.random'],
    ['setTimeout(() => 0, 1)', 'setTimeout'],
    ['export const f = { later: setInterval }', 'setInterval'],
    ['setImmediate(f)', 'setImmediate'],
    ['globalThis.setTimeout(f)', 'globalThis.setTimeout'],
    ['export const e = process.env.HOME', 'process'],
    ["import { setTimeout } from 'node:timers/promises'", "'node:timers/promises'"],
    ["import { randomBytes } from 'node:crypto'", "'randomBytes'"],
    ["import * as crypto from 'node:crypto'\n;crypto.randomUUID()", 'crypto.randomUUID'],
  ])('refuses `%s`', (text, what) => {
    const line = text.split('\n').length
    expect(found(text)).toEqual([`src/zos/a.ts:${line} [wall-clock] ${what}`])
  })

  it.each([
    ['// Date.now() in a comment'],
    ["export const s = 'Math.random() in a text'"],
    ['export const f = (clock: Clock) => clock.setTimeout(1)'],
    ['export const f = (process: { run(): void }) => process.run()'],
    ['export function f(at: Date, later: typeof setTimeout) { return [at, later] }'],
    ['export const o = { process: 1, setTimeout() {} }'],
    ["import { process } from './b.ts'\nprocess()"],
    ['export interface P { performance: { now(): number } }'],
  ])('accepts `%s`', text => {
    expect(found(text).filter(line => line.includes('[wall-clock]'))).toEqual([])
  })

  it.each([
    ['export async function f() {}', 'an async function'],
    ['export const f = async () => 0', 'an async function'],
    ['export const o = { async f() {} }', 'an async function'],
    ['await f', 'await'],
  ])('refuses `%s`', (text, what) => {
    expect(found(text)).toEqual([`src/zos/a.ts:1 [async] ${what}`])
  })

  it('leaves the rooms outside the simulated world alone, and lets crypto prepare itself', () => {
    const text = 'export const f = async () => Date.now()'
    for (const file of [
      'src/cli/a.ts',
      'src/scenario/a.ts',
      'src/services/front/a.ts',
      'src/grid.ts',
    ]) {
      expect(found(text, file)).toEqual([])
    }
    expect(found(text, 'src/crypto/a.ts')).toEqual(['src/crypto/a.ts:1 [wall-clock] Date.now'])
  })

  it('takes what serves sockets for the edge of the world', () => {
    const text = 'export const f = async () => Date.now()'
    expect(found(text, 'src/chain/rpc/author.ts')).toEqual([])
    expect(found(text, 'src/chain/client/remote.ts')).toEqual([])
    expect(found(text, 'src/chain/client/remote/api.ts')).toEqual([])
    expect(found(text, 'src/chain/client/embedded.ts').length).toBe(2)
  })

  it('lets an exception through for its rule only, and refuses one that nothing needs', () => {
    const text = 'export const f = async () => Date.now()'
    const exceptions = [asyncOf('src/zos/a.ts'), asyncOf('src/rmb/b.ts')]
    expect(problemsOf({ 'src/zos/a.ts': text }, { exceptions })).toEqual([
      'src/rmb/b.ts:0 [stale-exception] the exception for src/rmb/b.ts is not needed any more: take it out',
      'src/zos/a.ts:1 [wall-clock] Date.now has no place in the simulated world',
    ])
  })
})
