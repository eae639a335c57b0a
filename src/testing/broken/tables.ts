import type { TableSubject } from '../subjects.js'
import type { BrokenStore } from './broken-store.js'
import { columnFaults } from './table-columns.js'
import { tableModel } from './table-model.js'
import { versionFaults } from './table-versions.js'

/** Tables that people write, and that lose updates: each is correct but for one part. */
export const brokenTables: readonly BrokenStore<TableSubject>[] = [...versionFaults, ...columnFaults].map(
  ({ id, breaks, parts }) => ({
    id,
    breaks: breaks.map((name) => `table/${name}`),
    open: () => tableModel(`broken: ${id}`, parts),
  }),
)
