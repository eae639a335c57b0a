import assert from 'node:assert/strict'
import type { MaybePromise } from '../../core/ledger.js'
import type { TableSteps } from '../../core/table.js'
import { chain, several } from '../concurrency.js'
import type { ContractRow } from '../subjects.js'
import { ALWAYS, columnsOf, insert, oneOf, stands, transact } from './driver.js'
import type { TableCase } from './driver.js'

type Steps = TableSteps<ContractRow>

const STOP = new Error('the application changed its mind')
const stop = (): never => {
  throw STOP
}

/** The row moves together with everything else in the transaction, or nothing does. */
export const transactions: readonly TableCase[] = [
  {
    id: 'table/transaction-commits',
    requires: ['transaction'],
    async run(subject) {
      const [table, other] = await several(subject)
      const row = await insert(table, subject.id())
      const second = subject.id()
      const version = oneOf(table.versionOf(row))
      const inside = await transact(table, (steps) =>
        chain(steps.update({ id: row.id }, version, { title: 'inside' }), (next) =>
          chain(steps.insert({ id: second }, { title: 'second', note: null }), () =>
            // a transaction sees what it wrote, and its losers are refused as outside
            chain(steps.update({ id: row.id }, version, { title: 'lost' }), (lost) =>
              chain(steps.find({ id: row.id }), (seen) => ({ next, lost, seen })),
            ),
          ),
        ),
      )
      assert.ok(inside.next && inside.seen)
      assert.equal(inside.lost, undefined)
      assert.deepEqual(columnsOf(table, inside.seen), columnsOf(table, inside.next))
      await stands(other, inside.next, 'what committed is not there')
      assert.equal((await other.find({ id: second }))?.title, 'second')
    },
  },
  {
    id: 'table/transaction-rolls-back',
    requires: ['transaction'],
    async run(subject) {
      const [table, other] = await several(subject)
      const row = await insert(table, subject.id())
      const doomed = await insert(table, subject.id())
      const never = subject.id()
      const work = (steps: Steps): MaybePromise<never> =>
        chain(steps.update({ id: row.id }, ALWAYS, { title: 'inside' }), () =>
          chain(steps.delete({ id: doomed.id }, ALWAYS), () =>
            chain(steps.insert({ id: never }, { title: 'never', note: null }), stop),
          ),
        )
      await assert.rejects(transact(table, work), STOP, 'the error that stopped the work comes out as it was')
      for (const handle of [table, other]) {
        await stands(handle, row, 'an update outlived its transaction')
        await stands(handle, doomed, 'a delete outlived its transaction')
        assert.equal(await handle.find({ id: never }), undefined, 'an insert outlived its transaction')
      }
      assert.equal(
        await transact(table, () => 'next'),
        'next',
        'the next transaction finds the store in order',
      )
    },
  },
  {
    id: 'table/transaction-holds-both',
    requires: ['transaction', 'application'],
    async run(subject) {
      const { application } = subject
      assert.ok(application, 'a subject that declares `application` must have it')
      const table = await subject.open()
      const row = await insert(table, subject.id())
      const both = (text: string, last: () => string) =>
        transact(table, (steps, client) =>
          chain(steps.update({ id: row.id }, ALWAYS, { title: text }), () =>
            chain(application.write(client, text), last),
          ),
        )
      await assert.rejects(both(`${row.id} undone`, stop), STOP)
      assert.ok(
        !(await application.read()).includes(`${row.id} undone`),
        'the write outlived its transaction',
      )
      await stands(table, row, 'the row outlived its transaction')
      await both(`${row.id} done`, () => 'committed')
      assert.ok(
        (await application.read()).includes(`${row.id} done`),
        'the write was not committed with the row',
      )
    },
  },
  {
    id: 'table/transaction-is-seen-when-it-commits',
    requires: ['transaction', 'shared'],
    async run(subject) {
      const [table, other] = await several(subject)
      const row = await insert(table, subject.id())
      const meanwhile = await transact(table, (steps) =>
        chain(steps.update({ id: row.id }, ALWAYS, { title: 'inside' }), () => other.find({ id: row.id })),
      )
      assert.equal(meanwhile?.title, row.title, 'another handle saw what had not been committed')
      assert.equal((await other.find({ id: row.id }))?.title, 'inside')
    },
  },
  {
    id: 'table/transaction-async-work',
    requires: ['transaction'],
    async run(subject) {
      const table = await subject.open()
      const rows = [await insert(table, subject.id()), await insert(table, subject.id())] as const
      let ended = (): void => undefined
      const over = new Promise<void>((resolve) => (ended = resolve))
      // one half at once, the other when the transaction would be over if nobody waited for it
      const work = async (steps: Steps) => {
        try {
          await steps.update({ id: rows[0].id }, ALWAYS, { title: 'inside' })
          await new Promise(setImmediate)
          await steps.update({ id: rows[1].id }, ALWAYS, { title: 'inside' })
        } finally {
          ended()
        }
      }
      const waits = subject.capabilities['async-work'] === true
      if (waits) await transact(table, work)
      else {
        await assert.rejects(transact(table, work), { code: 'ERR_TRANSACTION_ASYNC' })
        await over
      }
      for (const [index, { id, title }] of rows.entries()) {
        const found = await table.find({ id })
        const part = index === 0 ? 'began' : 'ended'
        const message = `how the work ${part} was ${waits ? 'lost' : 'kept, though it was refused'}`
        assert.equal(found?.title, waits ? 'inside' : title, message)
      }
    },
  },
]
