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
      const keys = [subject.key(), subject.key()] as const
      const before = [await create(ledger, keys[0]), await create(ledger, keys[1])] as const
      let ended = (): void => undefined
      const over = new Promise<void>((resolve) => (ended = resolve))
      // one half at once, the other when the transaction would be over if nobody waited for it
      const work = async (steps: LedgerSteps) => {
        try {
          await steps.compareAndSwap(keys[0], change(before[0], move(before[0])))
          await new Promise(setImmediate)
          await steps.compareAndSwap(keys[1], change(before[1], move(before[1])))
        } finally {
          ended()
        }
      }
      const waits = subject.capabilities['async-work'] === true
      if (waits) await transact(ledger, work)
      else {
        await assert.rejects(transact(ledger, work), { code: 'ERR_TRANSACTION_ASYNC' })
        await over
      }
      for (const [index, key] of keys.entries()) {
        const moved = (await ledger.get(key)).count - (before[index]?.count ?? 0)
        const part = index === 0 ? 'began' : 'ended'
        assert.equal(
          moved,
          waits ? 1 : 0,
          `how the work ${part} was ${waits ? 'lost' : 'kept, though it was refused'}`,
        )
      }
    },
  },
]
