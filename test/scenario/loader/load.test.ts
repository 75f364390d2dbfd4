// Loading scenarios from TypeScript: as an installed package does it in plain Node, and within these tests.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadScenarioModule } from '../../../src/scenario/loader/load.ts'
import {
  installLoader,
  loadInNode,
  type Outcome,
  writeFiles,
} from '../../support/installed-loader.ts'

const scenarios = {
  'typed.ts': `
    interface Story { readonly name: string }
    enum Size { Small = 3 }
    import { other } from './lib/other.ts'
    import { compiled } from './lib/compiled.js'
    import { plain } from './lib/plain.mjs'
    import type { Missing } from './lib/types-only.ts'
    import { Unused } from './lib/other.ts'
    const story: Story & Partial<Missing> = { name: 'a story' }
    export default [story.name, Size.Small, other satisfies string, compiled, plain]`,
  'lib/other.ts': "export const other: string = 'ts'; export type Unused = 1",
  'lib/compiled.ts': "export const compiled: string = 'from compiled.ts'",
  'lib/plain.mjs': "export const plain = 'mjs'",
  'copy.ts': `
    import { copy, loads } from 'pocketgrid'
    import { grid } from 'pocketgrid/vitest'
    import { loads as again } from './lib/copy-too.mjs'
    export default [copy, grid, loads === again]`,
  'lib/copy-too.mjs': "export { loads } from 'pocketgrid'",
  'optional.mjs': `
    export default await import('not-there').catch(error => error.code)`,
  'plain.mjs': "import { copy } from 'pocketgrid'; export default copy",
  'trace.ts': `interface Wide {
  readonly padding: string
}

export async function run(): Promise<string> {
  const none: Wide | undefined = undefined
  await Promise.resolve()
  const line = new Error('where').stack!.split('\\n')[1]!
  return line.trim() + String(none ?? '')
}`,
  'syntax.ts': 'export default 1\n\nconst a: number = ;\n',
  'imports-syntax.ts': "import { a } from './syntax.ts'\nexport default a\n",
  'missing-file.ts': "// import './gone.ts'\n\nimport { a } from './gone.ts'\nexport default a\n",
  'missing-package.ts': "\nimport {\n  a,\n} from 'not-installed'\nexport default a\n",
  'extensionless.ts': "import { other } from './lib/other'\nexport default other\n",
  'folder.ts': "export { other } from './things'\n",
  'things/index.ts': 'export const other = 1',
  'missing-export.ts': "\nimport { nothing } from './lib/other.ts'\nexport default nothing\n",
  'no-entry.ts': "import 'pocketgrid/internals'\n",
  'broken.mjs': 'export default 1\nconst b = = 2\n',
  'throws.ts':
    "interface A {\n  b: string\n}\nconst a: A | undefined = JSON.parse('null')\nexport default a!.b\n",
  'throws-inside.ts': "import './throws.ts'\nexport default 1\n",
  'thrown-text.ts': "throw 'a text'\n",
  'picture.png': '',
}

describe('loadScenarioModule in an installed package', () => {
  let folder: string
  let outcomes: Map<string, Outcome>

  beforeAll(async () => {
    const installed = await installLoader()
    folder = installed.folder
    const home = join(folder, 'stories')
    writeFiles(home, scenarios)
    // A package of the same name beside the scenario is not the running copy.
    writeFiles(join(home, 'node_modules/pocketgrid'), {
      'package.json': '{ "name": "pocketgrid", "type": "module", "exports": "./index.js" }',
      'index.js': "export const copy = 'another'; export const loads = []",
    })
    const files = [...Object.keys(scenarios), 'gone.ts', 'lib', join(home, 'plain.mjs')]
    const found = loadInNode(installed.loader, home, files)
    expect(found.length, found[0]?.message).toBe(files.length)
    outcomes = new Map(files.map((file, index) => [file, found[index]!]))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('loads TypeScript, with imports of .ts, of .js that is .ts, and of types only', () => {
    expect(outcomes.get('typed.ts')).toEqual({
      value: ['a story', 3, 'ts', 'from compiled.ts', 'mjs'],
    })
  })

  it('gives everyone the running copy of pocketgrid, once', () => {
    expect(outcomes.get('copy.ts')).toEqual({ value: ['running', 'of vitest', true] })
    expect(outcomes.get('plain.mjs')).toEqual({ value: 'running' })
  })

  it('takes an absolute path too', () => {
    expect(outcomes.get(join(folder, 'stories/plain.mjs'))).toEqual({ value: 'running' })
  })

  it('leaves a failed optional import as Node reports it', () => {
    expect(outcomes.get('optional.mjs')).toEqual({ value: 'ERR_MODULE_NOT_FOUND' })
  })

  it('names the lines of the source in stack traces', () => {
    expect(outcomes.get('trace.ts')?.value).toMatch(/stories\/trace\.ts:8:16\)?$/)
  })

  it.each([
    ['syntax.ts', /: syntax\.ts:3:19: Unexpected ";"$/, /named line/],
    ['imports-syntax.ts', /: syntax\.ts:3:19: Unexpected ";"$/, /named line/],
    ['missing-file.ts', /: missing-file\.ts:3:19: there is no file '\.\/gone\.ts'$/, /path/],
    [
      'missing-package.ts',
      /: missing-package\.ts:4:8: the package 'not-installed' is not installed$/,
      /Install/,
    ],
    ['extensionless.ts', /: extensionless\.ts:1:23: .* no file extension$/, /'\.\/lib\/other\.ts'/],
    ['folder.ts', /: folder\.ts:1:23: .* no file extension$/, /'\.\/things\/index\.ts'/],
    [
      'missing-export.ts',
      /: missing-export\.ts:2:25: '\.\/lib\/other\.ts' does not export 'nothing'$/,
      /Export it/,
    ],
    [
      'no-entry.ts',
      /: no-entry\.ts:1:8: 'pocketgrid\/internals' is no entry point/,
      /pocketgrid, pocketgrid\/vitest/,
    ],
    ['broken.mjs', /: broken\.mjs:2:11: Unexpected "="$/, /named line/],
    ['throws.ts', /: throws\.ts:5:\d+: Cannot read properties of null/, /named line/],
    ['throws-inside.ts', /: throws\.ts:5:\d+: Cannot read properties of null/, /named line/],
    ['thrown-text.ts', /: thrown-text\.ts:1: .*a text$/, /named line/],
    ['picture.png', /: picture\.png is no module$/, /\.ts/],
    ['lib', /: lib is not a file$/, /'lib\/\*\.ts'/],
  ])('explains what is wrong with %s', (file, message, hint) => {
    expect(outcomes.get(file)).toEqual({
      code: 'GRID_SCRIPT_FAILED',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    })
  })

  it('says when there is no such file', () => {
    expect(outcomes.get('gone.ts')).toEqual({
      code: 'GRID_SCRIPT_NOT_FOUND',
      message: 'No scenario matches: there is no file gone.ts',
      hint: expect.any(String),
    })
  })
})

describe('loadScenarioModule within the tests', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pocketgrid-stories-'))
    writeFiles(folder, {
      'plain.ts': "import { other } from './other.ts'\nexport default other as string",
      'other.ts': "export const other: string = 'ts'",
      'syntax.ts': '\n\nconst a: number = ;\n',
      'missing-file.ts': "\nimport { a } from './gone.ts'\nexport default a\n",
      'throws.ts': 'interface A {}\n\nexport default (undefined as any).b\n',
    })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('loads TypeScript', async () => {
    expect(await loadScenarioModule(join(folder, 'plain.ts'))).toHaveProperty('default', 'ts')
  })

  it.each([
    ['syntax.ts', /syntax\.ts:3/],
    ['missing-file.ts', /missing-file\.ts:2:19: there is no file/],
    ['throws.ts', /throws\.ts:3:\d+: Cannot read properties of undefined/],
  ])('explains what is wrong with %s', async (file, message) => {
    await expect(loadScenarioModule(join(folder, file))).rejects.toMatchObject({
      code: 'GRID_SCRIPT_FAILED',
      message: expect.stringMatching(message),
    })
  })
})
