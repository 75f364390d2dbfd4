// What the published package holds: everything that an installed copy needs, and nothing else.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Manifest {
  readonly bin: Record<string, string>
  readonly exports: Record<string, string | Record<string, string>>
}

const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Manifest

/** The paths that `npm pack` would put into the package. */
function packedFiles(): string[] {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline']
  const text = execFileSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [packed] = JSON.parse(text) as [{ files: { path: string }[] }]
  return packed.files.map(({ path }) => path)
}

describe.skipIf(!existsSync(`${root}dist`))('the package (needs dist: npm run build)', () => {
  let files: string[]
  beforeAll(() => {
    files = packedFiles()
  })

  it('holds the program, its entry points and their types', () => {
    const targets = [
      ...Object.values(manifest.bin),
      ...Object.values(manifest.exports).flatMap(each =>
        typeof each === 'string' ? each : Object.values(each),
      ),
    ]
    expect(targets.length).toBeGreaterThan(2)
    for (const target of targets) expect(files).toContain(target.replace(/^\.\//, ''))
  })

  it('holds licence, README, fixtures and scenarios', () => {
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']))
    expect(files.filter(file => file.startsWith('fixtures/')).length).toBeGreaterThan(0)
    expect(files.filter(file => /^scenarios\/.*\.ts$/.test(file)).length).toBeGreaterThan(0)
  })

  it('holds the hooks that load scenarios, which nothing imports by name', () => {
    expect(files).toContain('dist/scenario/loader/hooks.js')
  })

  it('holds the dashboard, which is built beside the program', () => {
    expect(files).toContain('dist/dashboard/index.html')
    expect(files.filter(file => /^dist\/dashboard\/assets\/.+\.(js|css)$/.test(file)).length).toBe(
      2,
    )
  })

  it('holds no sources, tests or tools', () => {
    const expected = /^(?:LICENSE|README\.md|package\.json|(?:dist|fixtures|scenarios)\/.+)$/
    expect(files.filter(file => !expected.test(file))).toEqual([])
    expect(files.filter(file => /^dist\/.*(?:\.test\.|(?<!\.d)\.ts$)/.test(file))).toEqual([])
  })

  it('starts its program with a line that names Node', () => {
    for (const program of Object.values(manifest.bin)) {
      expect(readFileSync(`${root}${program}`, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
    }
  })
})
