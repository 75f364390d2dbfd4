// The tests of test/containers, which build images and start containers; they are skipped where no engine answers.

import { defineConfig } from 'vitest/config'
import { shared } from './vitest.config.ts'

export default defineConfig({
  test: {
    ...shared,
    include: ['test/containers/**/*.test.ts'],
    globalSetup: ['test/containers/images.ts'],
    // Signals and the environment are those of the process.
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
