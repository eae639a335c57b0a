import { defineConfig } from 'vitest/config'
import main, { LOAD } from './vitest.config.js'

/** Races and faults under load: one file at a time, so that each has the machine for itself. */
export default defineConfig({
  ...main,
  test: { ...main.test, include: LOAD, exclude: ['node_modules/**'], maxWorkers: 1 },
})
