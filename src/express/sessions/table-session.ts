import type { MaybePromise } from '../../core/ledger.js'
import { chain } from '../../core/promise.js'
import type { Table } from '../../core/table.js'
import type { RowWrite, TableWrite } from '../write-handle.js'
import { baseHandle } from './base-handle.js'
import { failureOf } from './ledger-transaction.js'
import { notWritten } from './not-written.js'
import { pendingWork } from './pending.js'
import type { Remarks, SessionRequest, Settled, WriteSession } from './session.js'
import { rowWriter } from './table-write.js'
import { nesting, requireTransaction, workEnd } from './transaction.js'

const NESTED = 'Use the write that it hands over as its second argument.'

/** A write on the application's own table. Nothing is read or claimed before it: the write is the swap. */
export function tableSession(request: SessionRequest, table: Table<unknown>): WriteSession {
  const { key, res, demand } = request
  const remarks: Remarks = { unchanged: false, wrote: false }
  const pending = pendingWork()
  const nested = nesting()
  const controller = new AbortController()
  let applied = false
  const writer = rowWriter(request, table, () => applied)
  const direct = writer.on(table)

  const track: typeof pending.track = (work) => {
    nested.refuse(NESTED)
    return pending.track(() =>
      chain(work(), (value) => {
        applied = writer.progress.written
        return value
      }),
    )
  }

  const handle: TableWrite<unknown> = {
    ...baseHandle({
      key: key.key,
      expectation: demand.expectation,
      remarks,
      pending,
      applied: () => applied,
    }),
    signal: controller.signal,
    update: (change) => track(() => direct.update(change)),
    insert: (row) => track(() => direct.insert(row)),
    delete: () => track(() => direct.delete()),
    transaction: <T>(work: (client: unknown, write: RowWrite<unknown>) => MaybePromise<T>) =>
      track(async () => {
        requireTransaction(table)
        const before = writer.progress
        const ending = workEnd<T>(res)
        try {
          return await table.transaction((steps, client) =>
            chain(
              nested.within(() => work(client, writer.on(steps))),
              (value) => ending.end(value),
            ),
          )
        } catch (error) {
          writer.progress = before
          return ending.recover(error)
        }
      }),
  }

  return {
    handle,
    // nothing is claimed, so no guard within this one can find it held
    alsoDemand: () => undefined,
    nextVersion: () => undefined,
    async settle(status): Promise<Settled> {
      await pending.settled()
      const { written, version } = writer.progress
      const outcome = written ? 'written' : 'unwritten'
      if (status >= 500) return { version: undefined, outcome: written ? 'written' : 'unknown' }
      if (status >= 400) return { version: undefined, outcome: remarks.wrote ? 'written' : outcome }
      const failure = pending.unseenFailure ?? pending.failure
      if (failure !== undefined) return { problem: failureOf(failure.cause, key.key, written), outcome }
      if (written) return { version, outcome }
      if (remarks.unchanged) return { version: undefined, outcome }
      const problem = notWritten(key.key, 'write.update, write.insert or write.delete')
      return problem === undefined
        ? { version: undefined, outcome: 'unknown' }
        : { problem, outcome: 'unknown' }
    },
    abandon() {
      controller.abort(new Error(`the write on ${key.key} took too long`))
      return Promise.resolve()
    },
  }
}
