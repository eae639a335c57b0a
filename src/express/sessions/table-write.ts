import type { IfMatchError } from '../../core/errors.js'
import { judge, type Expectation, type Verdict } from '../../core/expectation.js'
import type { MaybePromise } from '../../core/ledger.js'
import { chain } from '../../core/promise.js'
import type { Table, TableSteps } from '../../core/table.js'
import { isAuthorized } from '../authorized.js'
import { refusal } from '../refusal.js'
import { failedDemand } from '../refused.js'
import type { RowWrite } from '../write-handle.js'
import type { SessionRequest } from './session.js'
import { awaitTurn } from './turn.js'

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
  /** the same refusal of a write that lost, once it is the turn of its client; undefined for others, and who does not wait */
  inTurn(error: unknown): Promise<unknown> | undefined
  /** the writes, on the table or inside a transaction of it */
  on(steps: TableSteps<unknown>): RowWrite<unknown>
}

type Failed = Exclude<Verdict, { pass: true }>

/** The last refusal of one request that had written nothing, and why it was made. */
export interface Lost {
  last?: { readonly refusal: IfMatchError; readonly why: Failed }
}

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
  const failed = (verdict: Failed, row: unknown, inTurn = false) =>
    failedDemand(setup, verdict, {
      key: key.key,
      expectation: demand.expectation,
      version: row === undefined ? undefined : table.versionOf(row),
      row,
      inTurn,
      ...(applied() ? { applied: 'unknown' } : {}),
    })

  const writer: RowWriter = {
    progress: start,
    inTurn(error) {
      const { last } = lost
      if (last === undefined || error !== last.refusal || applied()) return undefined
      const turn = awaitTurn(request, last.why)
      return turn === undefined ? undefined : renewed(last, turn).catch(() => error)
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
      const problem = failed(why, row)
      lost.last = { refusal: problem, why }
      refuse(problem)
    })
  }

  function verdictOn(row: unknown): Verdict {
    const version = row === undefined ? '' : table.versionOf(row)
    return judge(writer.progress.expectation, { version, existence: existenceOf(row) })
  }

  /** what stands there when the turn has come, or the time for it is over, by one who may still be told */
  async function renewed(
    { refusal: error, why }: NonNullable<Lost['last']>,
    turn: MaybePromise<boolean>,
  ): Promise<IfMatchError> {
    const come = await turn
    if (!(await isAuthorized(setup, request.req))) return refusal('forbidden')
    const row = await table.find(key.identity)
    const verdict = verdictOn(row)
    const now = failed(verdict.pass ? why : verdict, row, come)
    return Object.assign(error, now, { message: now.message })
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
