import type { Row } from '../rows.js'
import { contentionCurve } from './contention-curve.js'
import { guardedPut } from './guarded-put.js'
import { imports } from './imports.js'
import { memory } from './memory.js'
import { processes } from './processes.js'

/** What is measured, in this order. */
export const sections: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  'guarded-put': guardedPut,
  imports,
  memory,
  processes,
  'contention-curve': contentionCurve,
}
