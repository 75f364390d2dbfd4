// The script that continuous integration runs: what it counts, and that a crash never looks like success.

import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('../.ci/run', import.meta.url))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pocketgrid-ci-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** The steps of the stand-in for npm: each a line of shell, `report` holding what the tests write. */
interface Steps {
  readonly install?: string
  readonly types?: string
  readonly lint?: string
  readonly test?: string
  readonly report?: object | string
  readonly containers?: string
  readonly containerReport?: object
}

/** Runs the script with a stand-in for npm first on the path. */
function run({
  install = 'true',
  types = 'true',
  lint = 'true',
  test = 'true',
  containers = 'true',
  containerReport = reportOf(0, 0),
  report,
}: Steps) {
  writeFileSync(join(folder, 'containers.json'), JSON.stringify(containerReport))
  const reportFile = join(folder, 'report.json')
  const text = typeof report === 'string' ? report : JSON.stringify(report)
  if (report !== undefined) writeFileSync(reportFile, text)
  const npm = join(folder, 'npm')
  // An engine that answers is not looked for any further.
  for (const engine of ['docker', 'dockerd']) {
    writeFileSync(join(folder, engine), '#!/bin/sh\n', { mode: 0o755 })
  }
  const write = report === undefined ? '' : `cp "${reportFile}" "\${out#--outputFile.json=}";`
  writeFileSync(
    npm,
    `#!/bin/sh
echo "npm $*" >> "${folder}/calls"
case "$1 $2" in
  "ci --ignore-scripts") ${install} ;;
  "run types") ${types} ;;
  "run lint") ${lint} ;;
  "run test:containers")
    for out in "$@"; do :; done
    cp "${folder}/containers.json" "\${out#--outputFile.json=}"
    ${containers} ;;
  "test --") for out in "$@"; do :; done; ${write} ${test} ;;
  *) exit 64 ;;
esac
`,
  )
  chmodSync(npm, 0o755)
  const { status, stdout } = spawnSync('bash', [script], {
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, TMPDIR: folder },
    encoding: 'utf8',
  })
  const lines = stdout.trimEnd().split('\n')
  const counts = lines.filter(line => /^\d+ passed, \d+ failed$/.test(line))
  expect(counts, stdout).toEqual([lines.at(-1)])
  return { status, counts: lines.at(-1) }
}

/** A report of the test runner with so many tests passed and failed. */
const reportOf = (numPassedTests: number, numFailedTests: number, brokenFiles = 0) => ({
  numPassedTests,
  numFailedTests,
  testResults: [
    ...(numFailedTests > 0 ? [{ status: 'failed', assertionResults: [{ status: 'failed' }] }] : []),
    ...Array.from({ length: brokenFiles }, () => ({ status: 'failed', assertionResults: [] })),
  ],
})

describe('.ci/run', () => {
  it('installs, checks, tests, and says how many passed', () => {
    expect(run({ report: reportOf(12, 0) })).toEqual({ status: 0, counts: '12 passed, 0 failed' })
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')
    expect(calls.map(call => call.split(' ').slice(0, 3).join(' '))).toEqual([
      'npm ci --ignore-scripts',
      'npm run types',
      'npm run lint',
      'npm test --',
      'npm run test:containers',
    ])
  })

  it.each<[string, Steps, string]>([
    [
      'a container test fails',
      { report: reportOf(12, 0), containers: 'exit 1', containerReport: reportOf(3, 2) },
      '15 passed, 2 failed',
    ],
    [
      'tests of both kinds fail',
      {
        report: reportOf(12, 1),
        test: 'exit 1',
        containers: 'exit 1',
        containerReport: reportOf(3, 2),
      },
      '15 passed, 3 failed',
    ],
    [
      'the container run dies with green tests',
      { report: reportOf(12, 0), containers: 'exit 1', containerReport: reportOf(3, 0) },
      '15 passed, 1 failed',
    ],
    ['a failed test', { test: 'exit 1', report: reportOf(11, 1) }, '11 passed, 1 failed'],
    [
      'a file that did not load',
      { test: 'exit 1', report: reportOf(11, 1, 1) },
      '11 passed, 2 failed',
    ],
    ['a stray rejection', { test: 'exit 1', report: reportOf(12, 0) }, '12 passed, 1 failed'],
    ['a type error', { types: 'exit 2', report: reportOf(12, 0) }, '12 passed, 1 failed'],
    [
      'types, lint and a test',
      { types: 'exit 2', lint: 'exit 1', test: 'exit 1', report: reportOf(1, 2) },
      '1 passed, 4 failed',
    ],
    ['an install that fails', { install: 'exit 1' }, '0 passed, 1 failed'],
    ['a runner that crashes', { test: 'kill -9 $$' }, '0 passed, 1 failed'],
    [
      'a report cut short',
      { test: 'exit 1', report: '{"numPassedTests": 3' },
      '0 passed, 1 failed',
    ],
    ['a runner that says nothing and succeeds', {}, '0 passed, 1 failed'],
    ['a run without a test', { report: reportOf(0, 0) }, '0 passed, 1 failed'],
  ])('counts %s', (_, steps, counts) => {
    expect(run(steps)).toEqual({ status: 1, counts })
  })
})
