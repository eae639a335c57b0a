import { judge, type Expectation } from '../../core/expectation.js'
import type { MaybePromise } from '../../core/ledger.js'
import { chain } from '../../core/promise.js'
import type { Table, TableSteps } from '../../core/table.js'
import { IfMatchError } from '../../core/errors.js'
import type { ExpressRequest } from '../express-types.js'
import type { RequestKey } from '../key.js'
import { refusal } from '../refusal.js'
import { failedDemand } from '../refused.js'
import type { Setup } from '../setup.js'
import type { TableWrite } from '../write-handle.js'
import { baseHandle } from './base-handle.js'
import { notWritten } from './not-written.js'
import { pendingWork } from './pending.js'
import { requireTransaction, rollsBack, unlessRolledBack } from './transaction.js'
import type { Remarks, Settled, WriteSession } from './session.js'

type RowWrite = Pick<TableWrite<unknown>, 'update' | 'insert' | 'delete'>

/** What the handle's writes have come to. `version`: of the row that was written last, undefined once deleted. */
interface Progress {
  expectation: Expectation
  written: boolean
  version: string | undefined
  failure: unknown
}

/** A write on the application's own table. Nothing is read or claimed before it: the write is the swap. */
export function tableSession(
  setup: Setup,
  table: Table<unknown, unknown>,
  req: ExpressRequest,
  key: RequestKey,
  expectation: Expectation,
): WriteSession {
  const remarks: Remarks = { unchanged: false, wrote: false }
  const pending = pendingWork()
  const controller = new AbortController()
  let progress: Progress = { expectation, written: false, version: undefined, failure: undefined }
  let answered: number | undefined

  const missed = (steps: TableSteps<unknown>): MaybePromise<never> =>
    chain(steps.find(key.identity), (row): never => {
      const version = row === undefined ? undefined : table.versionOf(row)
      const state = {
        version: version ?? '',
        existence: row === undefined ? ('deleted' as const) : ('present' as const),
      }
      const verdict = judge(progress.expectation, state)
      const standing = { key: key.key, expectation, version, row }
      if (!verdict.pass) throw failedDemand(setup, verdict, standing)
      if (row === undefined) throw refusal('not-found', { resource: key.key })
      // it would match now: another write came and went, or created it, between our two statements
      throw failedDemand(
        setup,
        { pass: false, code: 'version-conflict', reason: 'race', source: 'if-match' },
        standing,
      )
    })

  const wrote = (row: unknown, version: string | undefined): unknown => {
    const next: Expectation =
      version === undefined
        ? { kind: 'unconditional' }
        : { kind: 'one-of', versions: [version], weak: false, source: 'if-match' }
    progress = { expectation: next, written: true, version, failure: undefined }
    return row
  }

  const rowWrite = (steps: TableSteps<unknown>) => ({
    update: (change: Partial<unknown>) =>
      chain(steps.update(key.identity, progress.expectation, change), (row) =>
        row === undefined ? missed(steps) : wrote(row, table.versionOf(row)),
      ),
    insert: (row: Partial<unknown>) => {
      // a client that names a version demands that the row exists; creating it would answer a different request
      const verdict = judge(progress.expectation, { version: '', existence: 'deleted' })
      if (!verdict.pass && verdict.code === 'version-conflict')
        throw failedDemand(setup, verdict, { key: key.key, expectation })
      return chain(steps.insert(key.identity, row), (inserted) => {
        if (inserted !== undefined) return wrote(inserted, table.versionOf(inserted))
        return chain(steps.find(key.identity), (standing) => {
          const version = standing === undefined ? undefined : table.versionOf(standing)
          throw failedDemand(
            setup,
            { pass: false, code: 'already-exists', source: 'if-none-match' },
            { key: key.key, expectation, version, row: standing },
          )
        })
      })
    },
    delete: () =>
      chain(steps.delete(key.identity, progress.expectation), (row) =>
        row === undefined ? missed(steps) : wrote(row, undefined),
      ),
  })

  /** remembers the failure, so that an answer of success cannot hide it */
  const tracked = (work: () => MaybePromise<unknown>): Promise<unknown> =>
    pending.track(
      (async () => {
        try {
          return await work()
        } catch (error) {
          progress = { ...progress, failure: error }
          throw error
        }
      })(),
    )

  const direct = rowWrite(table)
  const handle = {
    ...baseHandle(key.key, expectation, remarks),
    signal: controller.signal,
    update: (change: Partial<unknown>) => tracked(() => direct.update(change)),
    insert: (row: Partial<unknown>) => tracked(() => direct.insert(row)),
    delete: () => tracked(() => direct.delete()),
    transaction: (work: (client: unknown, write: RowWrite) => MaybePromise<unknown>) =>
      tracked(async () => {
        const transaction = requireTransaction(
          table as unknown as Parameters<typeof requireTransaction>[0],
        ) as unknown as NonNullable<Table<unknown, unknown>['transaction']>
        const before = progress
        try {
          return await transaction((steps, client) =>
            chain(work(client, rowWrite(steps) as unknown as RowWrite), (value) =>
              rollsBack(answered, value),
            ),
          )
        } catch (error) {
          progress = before
          return unlessRolledBack(error)
        }
      }),
  } as unknown as TableWrite<unknown, unknown>

  return {
    handle,
    nextVersion: () => undefined,
    async settle(status): Promise<Settled> {
      answered = status
      await pending.settled()
      const { written, version, failure } = progress
      if (status >= 500) return { version: undefined, outcome: 'unknown' }
      if (status >= 400)
        return { version: undefined, outcome: written || remarks.wrote ? 'unknown' : 'unwritten' }
      if (failure !== undefined)
        return { problem: failureOf(failure, key.key, written), outcome: written ? 'unknown' : 'unwritten' }
      if (written) return { version, outcome: 'written' }
      if (remarks.unchanged) return { version: undefined, outcome: 'unwritten' }
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

function failureOf(failure: unknown, key: string, written: boolean): IfMatchError {
  if (failure instanceof IfMatchError && !written) return failure
  return refusal('outcome-unknown', { resource: key }, { cause: failure })
}
