import type { IfMatchError } from '../../core/errors.js'
import type { MaybePromise, TransactionOptions } from '../../core/ledger.js'
import { chain } from '../../core/promise.js'
import type { Table } from '../../core/table.js'
import { isUnreachable } from '../unreachable.js'
import type { RowWrite } from '../write-handle.js'
import type { Writing } from './base-handle.js'
import { storeUnavailable } from './claim-one.js'
import { GivenUp } from './given-up.js'
import { failureOf, unanswered } from './ledger-transaction.js'
import { notWritten } from './not-written.js'
import { Pending, type HandedOut } from './pending.js'
import type { Remarks, SessionRequest, Settled, WriteSession } from './session.js'
import { rowsInside } from './rows-inside.js'
import { TableHandle } from './table-handle.js'
import { RowWriter, type Lost, type Progress, type RowRequest } from './table-write.js'
import { Nesting, requireTransaction } from './transaction.js'
import { failureAt, workInside, type Step, type Work } from './transaction-work.js'

const NESTED = 'Use the write that it hands over as its second argument.'

/** A write on the application's own table. Nothing is read or claimed before it: the write is the swap. */
export class TableSession implements WriteSession, Writing, RowRequest {
  readonly handle: TableHandle
  readonly remarks: Remarks = { unchanged: false, wrote: false }
  readonly givenUp = new GivenUp()
  applied = false
  lost: Lost | undefined = undefined
  readonly #pending = new Pending()
  readonly #nested = new Nesting()
  readonly #writer: RowWriter

  constructor(
    readonly request: SessionRequest,
    readonly table: Table<unknown>,
  ) {
    this.#writer = new RowWriter(this, {
      expectation: request.demand.expectation,
      written: false,
      created: false,
      version: undefined,
    })
    this.handle = new TableHandle(this)
  }

  get effected(): boolean {
    return this.applied || this.remarks.wrote
  }

  get created(): boolean {
    return this.#writer.progress.created
  }

  excuse(): void {
    this.#pending.excuse()
  }

  /** one statement by itself: where its database was not reached, nothing was written */
  alone<T>(statement: (writer: RowWriter, table: Table<unknown>) => MaybePromise<T>): Promise<T> {
    return this.#track(async () => {
      try {
        return await statement(this.#writer, this.table)
      } catch (error) {
        const { key } = this.request.key
        throw isUnreachable(error) && !this.effected ? storeUnavailable(key, error) : error
      }
    })
  }

  transaction<T>(
    work: (client: unknown, write: RowWrite<unknown>) => MaybePromise<T>,
    options: TransactionOptions | undefined,
  ): Promise<T> {
    const { request, remarks } = this
    return this.#track((promise) =>
      workInside(request, remarks, promise, options, (inside) => this.#transact(inside, work)),
    )
  }

  /** nothing is claimed, so no guard within this one can find it held */
  alsoDemand(): void {
    return
  }

  nextVersion(): undefined {
    return undefined
  }

  unanswered(): IfMatchError | undefined {
    return unanswered(this.remarks, this.request.key.key, this.applied)
  }

  /** the handler is through by then, and whatever it held is free */
  explain(error: unknown): Promise<unknown> | undefined {
    return this.#writer.inTurn(error)
  }

  async settle(status: number): Promise<Settled> {
    await this.#pending.settled()
    return this.#settled(status)
  }

  abandon(): void {
    this.givenUp.tooLong(this.request.key.key)
  }

  #track<T>(work: (promise: HandedOut) => Promise<T>): Promise<T> {
    this.#nested.refuse(NESTED)
    return this.#pending.track(async (promise) => {
      try {
        const value = await work(promise)
        this.applied = this.#writer.progress.written
        return value
      } catch (error) {
        throw failureAt('work', error, this.request.key.key, this.applied)
      }
    })
  }

  async #transact<T>(
    inside: Work,
    run: (client: unknown, write: RowWrite<unknown>) => MaybePromise<T>,
  ): Promise<T> {
    const { table } = this
    requireTransaction(table)
    let step = 'store' as Step
    try {
      const done = await table.transaction<{ value: T; progress: Progress }>((steps, client) => {
        inside.begin()
        step = 'work'
        // of each run its own: what one has written that was rolled back is no state to go on from
        const inRun = new RowWriter(this, this.#writer.progress)
        const rows = rowsInside(inRun.on(steps))
        return chain(
          this.#nested.within(() => run(client, rows.write)),
          (given) =>
            chain(rows.settled(), () => {
              const value = inside.end(given)
              step = 'commit'
              return { value, progress: inRun.progress }
            }),
        )
      }, inside.options)
      this.#writer.progress = done.progress
      return done.value
    } catch (error) {
      throw failureAt(step, error, this.request.key.key, this.applied)
    }
  }

  #settled(status: number): Settled {
    const { remarks } = this
    const { key } = this.request.key
    const pending = this.#pending
    const { written, version } = this.#writer.progress
    const outcome = written ? 'written' : 'unwritten'
    const insisted = pending.insistedFailure
    if (insisted === undefined) {
      if (status >= 500) return { version: undefined, outcome: written ? 'written' : 'unknown' }
      if (status >= 400) return { version: undefined, outcome: remarks.wrote ? 'written' : outcome }
    }
    const failure = insisted ?? pending.unseenFailure ?? pending.failure
    if (failure !== undefined) return { problem: failureOf(failure.cause, key, written), outcome }
    if (written) return { version, outcome }
    if (remarks.unchanged) return { version: undefined, outcome }
    const problem = notWritten(key, 'write.update, write.insert or write.delete')
    return problem === undefined
      ? { version: undefined, outcome: 'unknown' }
      : { problem, outcome: 'unknown' }
  }
}
