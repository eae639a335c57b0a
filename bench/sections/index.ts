import type { Row } from '../rows.js'
import { guardedPut } from './guarded-put.js'
import { hotKey } from './hot-key.js'

/** What is measured, in this order. */
export const sections: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  'guarded-put': guardedPut,
  'hot-key': hotKey,
}
