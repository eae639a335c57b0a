import type { Row } from '../rows.js'
import { claims } from './claims.js'
import { conflict } from './conflict.js'
import { contentionCurve } from './contention-curve.js'
import { guardAlone } from './guard-alone.js'
import { guardedPut } from './guarded-put.js'
import { imports } from './imports.js'
import { memory } from './memory.js'
import { processes } from './processes.js'
import { reads } from './reads.js'
import { tableRoutes } from './table-routes.js'
import { tableWrites } from './table-writes.js'
import { hotKey } from './hot-key.js'

/** What is measured, in this order. */
export const sections: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  'guarded-put': guardedPut,
  'guard-alone': guardAlone,
  reads,
  conflict,
  'table-routes': tableRoutes,
  'table-writes': tableWrites,
  claims,
  memory,
  imports,
  processes,
  'contention-curve': contentionCurve,
  'hot-key': hotKey,
}
