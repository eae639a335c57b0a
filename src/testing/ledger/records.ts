import assert from 'node:assert/strict'
import { expire, move, presumed, renew } from '../../core/machine.js'
import { create, DELETED, finish, step, take, takeBlind, timeless, write, WRITTEN } from './driver.js'
import type { LedgerCase } from './driver.js'

/** What a record holds, and how it is read. */
export const records: readonly LedgerCase[] = [
  {
    id: 'ledger/unseen-is-unknown',
    requires: [],
    async run(subject) {
      const ledger = await subject.open()
      const record = await ledger.get(subject.key())
      assert.equal(record.existence, 'unknown', 'a key that was never written says nothing of the resource')
      assert.equal(record.claim, null)
      assert.equal(record.settled, null)
      // the count may be the store's floor, but it is one that can be counted on from
      assert.ok(Number.isSafeInteger(record.count) && record.count >= 0, `count: ${record.count}`)
      assert.ok(Number.isSafeInteger(record.fence) && record.fence >= 0, `fence: ${record.fence}`)
    },
  },
  {
    // a reader must not be able to fill the store with the keys it makes up
    id: 'ledger/reading-makes-no-entry',
    requires: ['entries'],
    async run(subject) {
      const ledger = await subject.open()
      const before = await subject.entries?.()
      const key = subject.key()
      const record = await ledger.get(key)
      await ledger.getMany([key, subject.key()])
      const { swapped } = await takeBlind(ledger, key, record.count + 1, 'stale')
      assert.equal(swapped, false)
      assert.equal(await subject.entries?.(), before, 'a read or a refused swap left an entry behind')
    },
  },
  {
    id: 'ledger/left-out-members-stay',
    requires: [],
    async run(subject) {
      const ledger = await subject.open()
      const key = subject.key()
      await write(ledger, key, 'first', WRITTEN)
      const { count } = await ledger.get(key)
      // a claim that did not read cannot know them, and so leaves them out
      const { swapped, record } = await takeBlind(ledger, key, count, 'second')
      assert.ok(
        swapped,
        'a claim from the current count was refused: only count, token and beat are compared',
      )
      assert.equal(record.existence, 'present', '`existence` was left out of the swap and yet changed')
      assert.equal(record.settled, 'first', '`settled` was left out of the swap and yet changed')
      const { record: after } = await finish(ledger, key, 'second', { kind: 'written', existence: 'keep' })
      assert.equal(after.existence, 'present')
      assert.equal(after.settled, 'second')
      const moved = await step(ledger, key, after, move(after))
      assert.equal(moved.existence, 'unknown')
      assert.equal(moved.settled, null, '`settled: null` was written, and is not the same as left out')
    },
  },
  {
    id: 'ledger/fence-grows-with-every-claim',
    requires: [],
    async run(subject) {
      const ledger = await subject.open()
      const key = subject.key()
      const first = await take(ledger, key, 'first')
      const renewed = await step(ledger, key, first, renew(first, 'first'))
      assert.equal(renewed.fence, first.fence, 'a renewal is no new claim')
      const { record: settled } = await finish(ledger, key, 'first', WRITTEN)
      assert.equal(settled.fence, first.fence, 'the end of a claim is no new claim')
      // the claimant presumes a fence of 0; the store adds one to its own
      const second = await takeBlind(ledger, key, settled.count, 'second')
      assert.ok(second.swapped && second.record.fence > first.fence, 'a blind claim did not raise the fence')
      const expired = await step(ledger, key, second.record, expire(second.record))
      const third = await take(ledger, key, 'third')
      assert.ok(third.fence > second.record.fence && expired.fence === second.record.fence)
      await finish(ledger, key, 'third', DELETED)
      const fourth = await take(ledger, key, 'fourth')
      assert.ok(fourth.fence > third.fence, 'the fence began anew with the next life of the resource')
    },
  },
  {
    id: 'ledger/answers-are-snapshots',
    requires: [],
    async run(subject) {
      const ledger = await subject.open()
      const key = subject.key()
      const seen = await take(ledger, key, 'first')
      const kept = timeless(seen)
      await step(ledger, key, seen, renew(seen, 'first'))
      assert.deepEqual(timeless(seen), kept, 'a record that was handed out changed with the store')
    },
  },
  {
    id: 'ledger/get-many-in-order',
    requires: [],
    async run(subject) {
      const ledger = await subject.open()
      assert.deepEqual(await ledger.getMany([]), [])
      const keys = Array.from({ length: 120 }, () => subject.key())
      for (const [index, key] of keys.entries()) {
        if (index % 3 === 0) await create(ledger, key)
        if (index % 3 === 1) await take(ledger, key, `holder-${index}`)
      }
      const free = presumed(0)
      const asked = [...keys, ...keys.slice(0, 3)].reverse()
      const answers = await ledger.getMany(asked)
      assert.equal(answers.length, asked.length, 'one record for each key, also for one that is asked twice')
      for (const [index, key] of asked.entries()) {
        const alone = timeless(await ledger.get(key))
        assert.deepEqual(
          timeless(answers[index] ?? free),
          alone,
          `the answer at ${index} is another key's, or not that of now`,
        )
      }
    },
  },
]
