import { defineConfig } from 'vitest/config'
import { alias } from './vitest.config.js'

/** The fast tests of src/core alone: what mutation testing runs against every mutant. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/core/**/*.test.ts', 'test/conformance/**/*.test.ts'],
    environment: 'node',
    pool: 'threads',
  },
})
