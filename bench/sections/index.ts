import type { Row } from '../rows.js'
import { claims } from './claims.js'
import { guardedPut } from './guarded-put.js'
import { tableWrites } from './table-writes.js'

/** What is measured, in this order. */
export const sections: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  'guarded-put': guardedPut,
  'table-writes': tableWrites,
  claims,
}
