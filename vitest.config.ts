// How the tests run: everything under test/ except benchmarks and the soak, against the sources.

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'

const src = fileURLToPath(new URL('./src/', import.meta.url))

/** What the quick suite and the soak have in common. */
export const shared = {
  // A scenario imports the package by its name; in tests that is the source, as `pocketgrid run` does it.
  alias: [
    { find: /^pocketgrid$/, replacement: `${src}index.ts` },
    { find: /^pocketgrid\/(.+)$/, replacement: `${src}$1.ts` },
  ],
  environment: 'node',
  // A tenth faster than processes on two cores; what needs a process of its own starts one.
  pool: 'threads',
  restoreMocks: true,
  // Grids make a certificate authority of the user's: not that of whoever runs the tests.
  env: { XDG_DATA_HOME: join(tmpdir(), `pocketgrid-tests-${process.getuid?.() ?? 0}`) },
  unstubEnvs: true,
} as const

export default defineConfig({
  test: {
    ...shared,
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/bench/**', 'test/soak/**', 'test/containers/**'],
    // Many files wait for real clients, which look for answers once a second.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
