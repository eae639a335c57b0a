import assert from 'node:assert/strict'
import type { LedgerSteps } from '../../core/ledger.js'
import { move } from '../../core/machine.js'
import { chain, contend, several } from '../concurrency.js'
import { change, create, timeless, transact } from './driver.js'
import type { LedgerCase } from './driver.js'

/** What others see of a transaction, and what may run in it. */
export const isolation: readonly LedgerCase[] = [
  {
    id: 'ledger/transaction-is-seen-when-it-commits',
    requires: ['transaction', 'shared'],
    async run(subject) {
      const [ledger, other] = await several(subject)
      const key = subject.key()
      const before = await create(ledger, key)
      const meanwhile = await transact(ledger, (steps) =>
        chain(steps.compareAndSwap(key, change(before, move(before))), () => other.get(key)),
      )
      assert.deepEqual(
        timeless(meanwhile),
        timeless(before),
        'another handle saw what had not been committed',
      )
      assert.equal((await other.get(key)).count, before.count + 1)
    },
  },
  {
    id: 'ledger/transaction-race',
    requires: ['transaction'],
    async run(subject) {
      const handles = await several(subject)
      const key = subject.key()
      const before = await create(handles[0], key)
      // a loser may be refused, or fail where the database found that the transactions cannot be put in order
      const results = await contend(handles, (ledger) =>
        transact(ledger, (steps) => steps.compareAndSwap(key, change(before, move(before)))).catch(
          () => undefined,
        ),
      )
      const winners = results.filter((result) => result?.swapped)
      assert.equal(winners.length, 1, `of many transactions from one version, ${winners.length} committed`)
      assert.equal((await handles[1].get(key)).count, before.count + 1)
    },
  },
  {
    id: 'ledger/transaction-async-work',
    requires: ['transaction'],
    async run(subject) {
      const ledger = await subject.open()
      const key = subject.key()
      const before = await create(ledger, key)
      let ended = (): void => undefined
      const over = new Promise<void>((resolve) => (ended = resolve))
      const work = async (steps: LedgerSteps) => {
        try {
          await new Promise(setImmediate)
          return await steps.compareAndSwap(key, change(before, move(before)))
        } finally {
          ended()
        }
      }
      if (subject.capabilities['async-work'] === true) {
        assert.ok((await transact(ledger, work)).swapped)
        assert.equal(
          (await ledger.get(key)).count,
          before.count + 1,
          'the transaction did not wait for its work',
        )
        return
      }
      await assert.rejects(transact(ledger, work), { code: 'ERR_TRANSACTION_ASYNC' })
      // what the refused work does later must not happen outside of every transaction
      await over
      assert.deepEqual(
        timeless(await ledger.get(key)),
        timeless(before),
        'refused work was done nevertheless',
      )
    },
  },
]
