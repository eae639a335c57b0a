import { defineConfig } from 'vitest/config'
import { alias } from './vitest.config.js'

/** The fast tests of src/core alone: what mutation testing runs against every mutant. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/core/**/*.test.ts', 'test/conformance/**/*.test.ts'],
    // minutes of every mutant's time; test/core/machine.test.ts has each rule by itself
    exclude: ['test/core/exploration.test.ts'],
    environment: 'node',
    pool: 'threads',
  },
})
