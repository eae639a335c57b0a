import { judge, type Expectation, type Verdict } from '../../core/expectation.js'
import type { MaybePromise } from '../../core/ledger.js'
import { chain } from '../../core/promise.js'
import type { Table, TableSteps } from '../../core/table.js'
import { refusal } from '../refusal.js'
import type { IfMatchError } from '../../core/errors.js'
import { failedDemand, type Standing } from '../refused.js'
import type { RowWrite } from '../write-handle.js'
import type { SessionRequest } from './session.js'
import { awaitTurn, mayAwaitTurn } from './turn.js'

/** What the writes of one handle have come to. */
export interface Progress {
  /** what the next one compares: the client's demand at first, then the version of the row as it was written */
  readonly expectation: Expectation
  readonly written: boolean
  /** of the row that was written last; undefined once it is deleted */
  readonly version: string | undefined
}

/** The writes of one request on one row. */
export interface RowWriter {
  progress: Progress
  /** the refusal, once more, of a write that lost, when it is the turn of its client; undefined for other errors */
  inTurn(error: unknown): Promise<unknown> | undefined
  /** the writes, on the table or inside a transaction of it */
  on(steps: TableSteps<unknown>): RowWrite<unknown>
}

type Failed = Exclude<Verdict, { pass: true }>

/** The refusals of one request whose client will wait for its turn, and why they were made. */
export type Lost = WeakMap<object, Failed>

const UNCONDITIONAL: Expectation = { kind: 'unconditional' }
const RACE: Failed = { pass: false, code: 'version-conflict', reason: 'race', source: 'if-match' }
const STANDS: Failed = { pass: false, code: 'already-exists', source: 'if-none-match' }

export function rowWriter(
  request: SessionRequest,
  table: Table<unknown>,
  applied: () => boolean,
  lost: Lost,
  start: Progress = { expectation: request.demand.expectation, written: false, version: undefined },
): RowWriter {
  const { setup, key, demand, refuse } = request
  const failed = (verdict: Failed, row: unknown, turn?: Standing['turn']) =>
    failedDemand(setup, verdict, {
      key: key.key,
      expectation: demand.expectation,
      version: row === undefined ? undefined : table.versionOf(row),
      row,
      turn,
      ...(applied() ? { applied: 'unknown' } : {}),
    })

  const writer: RowWriter = {
    progress: start,
    inTurn(error) {
      const verdict = typeof error === 'object' && error !== null ? lost.get(error) : undefined
      return verdict && refusedInTurn(verdict).catch(() => error)
    },
    on: (steps) => ({
      update: (change) =>
        swap(steps, (expected) => steps.update(key.identity, expected, change), table.versionOf.bind(table)),
      insert: (row) => insert(steps, row),
      delete: () => swap(steps, (expected) => steps.delete(key.identity, expected)),
    }),
  }

  /** one statement; only where it matched nothing is a second one needed, to say why */
  function swap(
    steps: TableSteps<unknown>,
    attempt: (expected: Expectation) => MaybePromise<unknown>,
    versionAfter?: (row: unknown) => string,
  ): MaybePromise<unknown> {
    const done = (row: unknown) => wrote(row, versionAfter?.(row))
    return chain(attempt(writer.progress.expectation), (row) => {
      if (row !== undefined) return done(row)
      return chain(missed(steps), () =>
        // under `observe` the refusal was only reported, and the write is made all the same
        chain(attempt(UNCONDITIONAL), (forced) => (forced === undefined ? missing() : done(forced))),
      )
    })
  }

  function missed(steps: TableSteps<unknown>): MaybePromise<void> {
    return chain(steps.find(key.identity), (row) => {
      const verdict = verdictOn(row)
      if (verdict.pass && row === undefined) missing()
      // it would match now: another write came and went, or created it, between our two statements
      const why = verdict.pass ? RACE : verdict
      const waits = !applied() && mayAwaitTurn(request, why)
      const problem = failed(why, row, waits ? 'awaited' : undefined)
      if (waits) lost.set(problem, why)
      refuse(problem)
    })
  }

  function verdictOn(row: unknown): Verdict {
    const version = row === undefined ? '' : table.versionOf(row)
    return judge(writer.progress.expectation, { version, existence: existenceOf(row) })
  }

  async function refusedInTurn(why: Failed): Promise<IfMatchError> {
    const turn = (await awaitTurn(request, why)) === true ? 'come' : undefined
    const row = await table.find(key.identity)
    const verdict = verdictOn(row)
    return failed(verdict.pass ? why : verdict, row, turn)
  }

  function insert(
    steps: TableSteps<unknown>,
    given: Parameters<RowWrite<unknown>['insert']>[0],
  ): MaybePromise<unknown> {
    // a client that names a version demands that the row exists; creating it would answer a different request
    const verdict = judge(writer.progress.expectation, { version: '', existence: 'deleted' })
    if (!verdict.pass) refuse(failed(verdict, undefined))
    return chain(steps.insert(key.identity, given), (row) => {
      if (row !== undefined) return wrote(row, table.versionOf(row))
      return chain(steps.find(key.identity), (standing): never => {
        const error = failed(STANDS, standing)
        // `observe` cannot create what stands there already: that is the table's own refusal
        if (!setup.observing) refuse(error)
        throw error
      })
    })
  }

  function wrote(row: unknown, version: string | undefined): unknown {
    const expectation: Expectation =
      version === undefined
        ? UNCONDITIONAL
        : { kind: 'one-of', versions: [version], weak: false, source: 'if-match' }
    writer.progress = { expectation, written: true, version }
    return row
  }

  function missing(): never {
    throw refusal('not-found', { resource: key.key, ...(applied() ? { applied: 'unknown' } : {}) })
  }

  return writer
}

function existenceOf(row: unknown): 'present' | 'deleted' {
  return row === undefined ? 'deleted' : 'present'
}
