import { IfMatchError } from '../../core/errors.js'
import type { MaybePromise } from '../../core/ledger.js'
import { chain, isPromise } from '../../core/promise.js'
import type { RowWrite } from '../write-handle.js'
import { Pending } from './pending.js'

/** The writes of one run on its row, whether the work awaits them or not. */
export interface RowsInside {
  readonly write: RowWrite<unknown>
  /** waits until all are done; throws what failed while nobody awaited it: it must not be committed */
  settled(): MaybePromise<void>
}

/** Where the store answers at once so does this; else one write begins when those before it are done. */
export function rowsInside(rows: RowWrite<unknown>): RowsInside {
  const pending = new Pending()
  let later = false
  let over = false

  const inOrder = (write: () => MaybePromise<unknown>): MaybePromise<unknown> => {
    if (over) {
      if (!later) throw overdue()
      return Promise.reject(overdue())
    }
    if (later) return pending.track(write)
    const answer = write()
    if (!isPromise(answer)) return answer
    later = true
    return pending.track(() => answer)
  }

  return {
    write: {
      update: (change) => inOrder(() => rows.update(change)),
      insert: (row) => inOrder(() => rows.insert(row)),
      delete: () => inOrder(() => rows.delete()),
    },
    settled() {
      if (!later) {
        over = true
        return
      }
      return chain(pending.settled(), () => {
        over = true
        if (pending.unseenFailure !== undefined) throw pending.unseenFailure.cause
      })
    },
  }
}

function overdue(): IfMatchError {
  return new IfMatchError(
    'ERR_WRITE_UNSUPPORTED',
    'write: the work of this transaction has ended. Await in it whatever writes (ERR_WRITE_UNSUPPORTED, see docs/errors.md)',
  )
}
