import assert from 'node:assert/strict'
import type { LedgerSteps, MaybePromise } from '../../core/ledger.js'
import { claim, move } from '../../core/machine.js'
import { chain, several } from '../concurrency.js'
import { change, create, LEASE, timeless, transact } from './driver.js'
import type { LedgerCase } from './driver.js'

const STOP = new Error('the application changed its mind')

/** The version row moves together with what it counts, or neither does. */
export const transactions: readonly LedgerCase[] = [
  {
    id: 'ledger/transaction-commits',
    requires: ['transaction'],
    async run(subject) {
      const [ledger, other] = await several(subject)
      const key = subject.key()
      const before = await create(ledger, key)
      const inside = await transact(ledger, (steps) =>
        chain(steps.compareAndSwap(key, change(before, move(before))), ({ swapped, record }) => {
          assert.ok(swapped)
          // a transaction sees what it wrote
          return chain(steps.get(key), (seen) => ({ seen, record }))
        }),
      )
      assert.equal(inside.record.count, before.count + 1)
      assert.deepEqual(timeless(inside.seen), timeless(inside.record))
      assert.deepEqual(timeless(await other.get(key)), timeless(inside.record), 'what committed is not there')
    },
  },
  {
    id: 'ledger/transaction-rolls-back',
    requires: ['transaction'],
    async run(subject) {
      const [ledger, other] = await several(subject)
      const key = subject.key()
      const unseen = subject.key()
      const before = await create(ledger, key)
      const work = (steps: LedgerSteps): MaybePromise<never> =>
        chain(steps.compareAndSwap(key, change(before, move(before))), () =>
          chain(steps.get(unseen), (free) =>
            chain(steps.compareAndSwap(unseen, change(free, claim(free, 'never', LEASE) ?? free)), () => {
              throw STOP
            }),
          ),
        )
      await assert.rejects(
        transact(ledger, work),
        STOP,
        'the error that stopped the work comes out as it was',
      )
      for (const handle of [ledger, other]) {
        assert.deepEqual(timeless(await handle.get(key)), timeless(before), 'a swap outlived its transaction')
        assert.equal((await handle.get(unseen)).claim, null, 'a claim outlived its transaction')
      }
      assert.equal(
        await transact(ledger, () => 'next'),
        'next',
        'the next transaction finds the store in order',
      )
    },
  },
  {
    id: 'ledger/transaction-holds-both',
    requires: ['transaction', 'application'],
    async run(subject) {
      const { application } = subject
      assert.ok(application, 'a subject that declares `application` must have it')
      const ledger = await subject.open()
      const key = subject.key()
      const before = await create(ledger, key)
      const both = (text: string, last: () => string) =>
        transact(ledger, (steps, client) =>
          chain(steps.compareAndSwap(key, change(before, move(before))), () =>
            chain(application.write(client, text), last),
          ),
        )
      const stop = (): never => {
        throw STOP
      }
      await assert.rejects(both(`${key} undone`, stop), STOP)
      assert.ok(!(await application.read()).includes(`${key} undone`), 'the write outlived its transaction')
      assert.equal(await both(`${key} done`, () => 'committed'), 'committed')
      assert.ok(
        (await application.read()).includes(`${key} done`),
        'the write was not committed with the version',
      )
      assert.equal((await ledger.get(key)).count, before.count + 1)
    },
  },
]
