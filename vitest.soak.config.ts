// The long tests of test/soak, which run for minutes and are not part of `npm test`.

import { defineConfig } from 'vitest/config'
import { shared } from './vitest.config.ts'

export default defineConfig({
  test: {
    ...shared,
    include: ['test/soak/**/*.test.ts'],
    passWithNoTests: true,
    maxWorkers: 1,
    testTimeout: 30 * 60_000,
    hookTimeout: 60_000,
  },
})
