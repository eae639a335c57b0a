import type { IfMatchError } from '../../core/errors.js'
import { judge, type Expectation, type Verdict } from '../../core/expectation.js'
import type { MaybePromise } from '../../core/ledger.js'
import { chain } from '../../core/promise.js'
import type { Table, TableSteps } from '../../core/table.js'
import { isAuthorized } from '../authorized.js'
import { refusal } from '../../core/refusal.js'
import { failedDemand } from '../refused.js'
import type { RowWrite } from '../write-handle.js'
import type { SessionRequest } from './session.js'
import { awaitTurn } from './turn.js'

/** What the writes of one handle have come to. */
export interface Progress {
  /** what the next one compares: the client's demand at first, then the version of the row as it was written */
  readonly expectation: Expectation
  readonly written: boolean
  /** the row that was written last is one that this request inserted */
  readonly created: boolean
  /** of the row that was written last; undefined once it is deleted */
  readonly version: string | undefined
}

type Change = Parameters<RowWrite<unknown>['update']>[0]

type Failed = Exclude<Verdict, { pass: true }>

/** A refusal of one request that had written nothing, and why it was made. */
export interface Lost {
  readonly refusal: IfMatchError
  readonly why: Failed
}

/** The request whose row is written, and what is known of all its writes. */
export interface RowRequest {
  readonly request: SessionRequest
  readonly table: Table<unknown>
  /** something was written: a refusal after it was not without effect (P4) */
  readonly effected: boolean
  /** the last one that was lost */
  lost: Lost | undefined
}

const UNCONDITIONAL: Expectation = { kind: 'unconditional' }
const RACE: Failed = { pass: false, code: 'version-conflict', reason: 'race', source: 'if-match' }
const STANDS: Failed = { pass: false, code: 'already-exists', source: 'if-none-match' }

/** The writes of one request on one row, on its table or inside a transaction of it. */
export class RowWriter {
  readonly #of: RowRequest

  constructor(
    of: RowRequest,
    public progress: Progress,
  ) {
    this.#of = of
  }

  on(steps: TableSteps<unknown>): RowWrite<unknown> {
    return {
      update: (change) => this.update(steps, change),
      insert: (row) => this.insert(steps, row),
      delete: () => this.delete(steps),
    }
  }

  update(steps: TableSteps<unknown>, change: Change): MaybePromise<unknown> {
    const { request, table } = this.#of
    const { identity } = request.key
    return this.#swap(
      steps,
      (expected) => steps.update(identity, expected, change),
      (row) => table.versionOf(row),
    )
  }

  delete(steps: TableSteps<unknown>): MaybePromise<unknown> {
    const { identity } = this.#of.request.key
    return this.#swap(
      steps,
      (expected) => steps.delete(identity, expected),
      () => undefined,
    )
  }

  insert(steps: TableSteps<unknown>, given: Change): MaybePromise<unknown> {
    const { request, table } = this.#of
    // a client that names a version demands that the row exists; creating it would answer a different request
    const verdict = judge(this.progress.expectation, { version: '', existence: 'deleted' })
    if (!verdict.pass) request.refuse(this.#failed(verdict, undefined))
    return chain(steps.insert(request.key.identity, given), (row) => {
      if (row !== undefined) return this.#wrote(row, table.versionOf(row), true)
      return chain(steps.find(request.key.identity), (standing): never => {
        const error = this.#failed(STANDS, standing)
        // `observe` cannot create what stands there already: that is the table's own refusal
        if (!request.setup.observing) request.refuse(error)
        throw error
      })
    })
  }

  /** the same refusal of a write that lost, once it is the turn of its client; undefined for others, and who does not wait */
  inTurn(error: unknown): Promise<unknown> | undefined {
    const { lost, request, effected } = this.#of
    if (lost === undefined || error !== lost.refusal || effected) return undefined
    const turn = awaitTurn(request, lost.why)
    return turn === undefined ? undefined : this.#renewed(lost, turn).catch(() => error)
  }

  /** one statement; only where it matched nothing is a second one needed, to say why */
  #swap(
    steps: TableSteps<unknown>,
    attempt: (expected: Expectation) => MaybePromise<unknown>,
    versionAfter: (row: unknown) => string | undefined,
  ): MaybePromise<unknown> {
    const done = (row: unknown) => this.#wrote(row, versionAfter(row))
    return chain(attempt(this.progress.expectation), (row) => {
      if (row !== undefined) return done(row)
      return chain(this.#missed(steps), () =>
        // under `observe` the refusal was only reported, and the write is made all the same
        chain(attempt(UNCONDITIONAL), (forced) => (forced === undefined ? this.#missing() : done(forced))),
      )
    })
  }

  #missed(steps: TableSteps<unknown>): MaybePromise<void> {
    const { request } = this.#of
    return chain(steps.find(request.key.identity), (row) => {
      const verdict = this.#verdictOn(row)
      if (verdict.pass && row === undefined) this.#missing()
      // it would match now: another write came and went, or created it, between our two statements
      const why = verdict.pass ? RACE : verdict
      const problem = this.#failed(why, row)
      this.#of.lost = { refusal: problem, why }
      request.refuse(problem)
    })
  }

  #verdictOn(row: unknown): Verdict {
    const version = row === undefined ? '' : this.#of.table.versionOf(row)
    return judge(this.progress.expectation, { version, existence: existenceOf(row) })
  }

  #failed(verdict: Failed, row: unknown, inTurn = false): IfMatchError {
    const { request, table, effected } = this.#of
    return failedDemand(request.setup, verdict, {
      key: request.key.key,
      expectation: request.demand.expectation,
      version: row === undefined ? undefined : table.versionOf(row),
      row,
      inTurn,
      ...(effected ? { applied: 'unknown' } : {}),
    })
  }

  /** what stands there when the turn has come, or the time for it is over, by one who may still be told */
  async #renewed({ refusal: error, why }: Lost, turn: MaybePromise<boolean>): Promise<IfMatchError> {
    const { request, table } = this.#of
    const come = await turn
    if (!(await isAuthorized(request.setup, request.req))) return refusal('forbidden')
    const row = await table.find(request.key.identity)
    const verdict = this.#verdictOn(row)
    const now = this.#failed(verdict.pass ? why : verdict, row, come)
    return Object.assign(error, now, { message: now.message })
  }

  #wrote(row: unknown, version: string | undefined, created = this.progress.created): unknown {
    const expectation: Expectation =
      version === undefined
        ? UNCONDITIONAL
        : { kind: 'one-of', versions: [version], weak: false, source: 'if-match' }
    this.progress = { expectation, written: true, created, version }
    return row
  }

  #missing(): never {
    const { request, effected } = this.#of
    throw refusal('not-found', { resource: request.key.key, ...(effected ? { applied: 'unknown' } : {}) })
  }
}

function existenceOf(row: unknown): 'present' | 'deleted' {
  return row === undefined ? 'deleted' : 'present'
}
