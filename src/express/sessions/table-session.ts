import type { MaybePromise } from '../../core/ledger.js'
import { chain } from '../../core/promise.js'
import type { Table } from '../../core/table.js'
import { isUnreachable } from '../unreachable.js'
import type { RowWrite, TableWrite } from '../write-handle.js'
import { baseHandle } from './base-handle.js'
import { storeUnavailable } from './claim-one.js'
import { failureOf, unanswered } from './ledger-transaction.js'
import { notWritten } from './not-written.js'
import { pendingWork } from './pending.js'
import type { Remarks, SessionRequest, Settled, WriteSession } from './session.js'
import { rowsInside } from './rows-inside.js'
import { rowWriter, type Lost, type Progress } from './table-write.js'
import { nesting, requireTransaction } from './transaction.js'
import { failureAt, workInside, type Step, type Work } from './transaction-work.js'

const NESTED = 'Use the write that it hands over as its second argument.'

/** A write on the application's own table. Nothing is read or claimed before it: the write is the swap. */
export function tableSession(request: SessionRequest, table: Table<unknown>): WriteSession {
  const { key, demand } = request
  const remarks: Remarks = { unchanged: false, wrote: false }
  const pending = pendingWork()
  const nested = nesting()
  const controller = new AbortController()
  let applied = false
  const effected = () => applied || remarks.wrote
  const lost: Lost = {}
  const writer = rowWriter(request, table, effected, lost)
  const direct = writer.on(table)

  const track: typeof pending.track = (work) => {
    nested.refuse(NESTED)
    return pending.track(async (promise) => {
      try {
        const value = await work(promise)
        applied = writer.progress.written
        return value
      } catch (error) {
        throw failureAt('work', error, key.key, applied)
      }
    })
  }

  /** one statement by itself: where its database was not reached, nothing was written */
  const alone = <T>(statement: () => MaybePromise<T>): Promise<T> =>
    track(async () => {
      try {
        return await statement()
      } catch (error) {
        throw isUnreachable(error) && !effected() ? storeUnavailable(key.key, error) : error
      }
    })

  const handle: TableWrite<unknown> = {
    ...baseHandle({
      key: key.key,
      expectation: demand.expectation,
      remarks,
      pending,
      applied: () => applied,
    }),
    signal: controller.signal,
    update: (change) => alone(() => direct.update(change)),
    insert: (row) => alone(() => direct.insert(row)),
    delete: () => alone(() => direct.delete()),
    transaction: (work, options) =>
      track((promise) => workInside(request, remarks, promise, options, (inside) => transact(inside, work))),
  }

  async function transact<T>(
    inside: Work,
    run: (client: unknown, write: RowWrite<unknown>) => MaybePromise<T>,
  ): Promise<T> {
    requireTransaction(table)
    let step = 'store' as Step
    try {
      const done = await table.transaction<{ value: T; progress: Progress }>((steps, client) => {
        inside.begin()
        step = 'work'
        // of each run its own: what one has written that was rolled back is no state to go on from
        const inRun = rowWriter(request, table, effected, lost, writer.progress)
        const rows = rowsInside(inRun.on(steps))
        return chain(
          nested.within(() => run(client, rows.write)),
          (given) =>
            chain(rows.settled(), () => {
              const value = inside.end(given)
              step = 'commit'
              return { value, progress: inRun.progress }
            }),
        )
      }, inside.options)
      writer.progress = done.progress
      return done.value
    } catch (error) {
      throw failureAt(step, error, key.key, applied)
    }
  }

  return {
    handle,
    // nothing is claimed, so no guard within this one can find it held
    alsoDemand: () => undefined,
    nextVersion: () => undefined,
    unanswered: () => unanswered(remarks, key.key, applied),
    // the handler is through by then, and whatever it held is free
    explain: (error) => writer.inTurn(error),
    async settle(status): Promise<Settled> {
      await pending.settled()
      const { written, version } = writer.progress
      const outcome = written ? 'written' : 'unwritten'
      const insisted = pending.insistedFailure
      if (insisted === undefined) {
        if (status >= 500) return { version: undefined, outcome: written ? 'written' : 'unknown' }
        if (status >= 400) return { version: undefined, outcome: remarks.wrote ? 'written' : outcome }
      }
      const failure = insisted ?? pending.unseenFailure ?? pending.failure
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
