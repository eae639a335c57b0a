import { IfMatchError } from '../../core/errors.js'
import type { MemoryTableSteps } from './table.js'

/** The same steps until the transaction has ended: asynchronous work would go on past its rollback. */
export function closable<Row>(steps: MemoryTableSteps<Row>): {
  own: MemoryTableSteps<Row>
  close: () => void
} {
  let open = true
  const whileOpen = (): MemoryTableSteps<Row> => {
    if (open) return steps
    throw new IfMatchError(
      'ERR_TRANSACTION_ASYNC',
      'memoryTable: the transaction has ended. Use its steps only while its work runs (ERR_TRANSACTION_ASYNC, see docs/errors.md)',
    )
  }
  return {
    own: {
      find: (identity) => whileOpen().find(identity),
      update: (identity, expected, change) => whileOpen().update(identity, expected, change),
      insert: (identity, row) => whileOpen().insert(identity, row),
      delete: (identity, expected) => whileOpen().delete(identity, expected),
    },
    close: () => (open = false),
  }
}
