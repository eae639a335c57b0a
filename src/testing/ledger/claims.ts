import assert from 'node:assert/strict'
import { claim, expire, move, renew } from '../../core/machine.js'
import { several } from '../concurrency.js'
import { create, finish, LEASE, step, swap, take, takeBlind, timeless, WRITTEN } from './driver.js'
import type { LedgerCase } from './driver.js'

/** The life of a claim: held, released, renewed, expired, taken over, overtaken. */
export const claims: readonly LedgerCase[] = [
  {
    id: 'ledger/released-claim',
    requires: [],
    async run(subject) {
      const ledger = await subject.open()
      const key = subject.key()
      const before = await create(ledger, key)
      await take(ledger, key, 'holder')
      const { record, settlement } = await finish(ledger, key, 'holder', { kind: 'unwritten' })
      assert.equal(settlement, 'settled')
      assert.equal(record.claim, null)
      assert.deepEqual([record.count, record.existence], [before.count, 'present'], 'nothing was written')
      assert.equal(
        record.settled,
        before.settled,
        '`settled` names who made this version, and a release makes none',
      )
    },
  },
  {
    // whoever saw token and beat for a whole lease may end the claim; a renewal in between must undo what it saw
    id: 'ledger/takeover-with-an-old-beat',
    requires: [],
    async run(subject) {
      const [holder, observer] = await several(subject)
      const key = subject.key()
      const seen = await take(holder, key, 'holder')
      const renewed = await step(holder, key, seen, renew(seen, 'holder'))
      assert.equal(renewed.claim?.beat, 1)
      const takeover = await swap(observer, key, seen, expire(seen))
      assert.equal(takeover.swapped, false, 'a living claim was ended by one who had not seen its renewal')
      assert.equal(
        takeover.record.claim?.beat,
        1,
        'the observer is told of the renewal, and waits a lease more',
      )
    },
  },
  {
    id: 'ledger/expired-and-overtaken',
    requires: [],
    async run(subject) {
      const [holder, observer] = await several(subject)
      const key = subject.key()
      await create(holder, key)
      const held = await take(holder, key, 'holder')
      const expired = await step(observer, key, held, expire(held))
      assert.deepEqual([expired.count, expired.existence], [held.count + 1, 'unknown'])
      const late = await finish(holder, key, 'holder', WRITTEN)
      assert.equal(late.settlement, 'unknown', 'the old holder was told that its write stands')
      assert.equal(late.record.count, expired.count + 1, 'a write of unknown outcome moves the version on')
    },
  },
  {
    id: 'ledger/overtaken-by-a-second-claim',
    requires: [],
    async run(subject) {
      const [first, second] = await several(subject)
      const key = subject.key()
      const held = await take(first, key, 'first')
      const expired = await step(second, key, held, expire(held))
      await take(second, key, 'second')
      const late = await finish(first, key, 'first', WRITTEN)
      assert.equal(late.settlement, 'unknown', 'the overtaken holder was told that its write stands')
      const marked = (await second.get(key)).claim
      assert.equal(marked?.token, 'second', 'the claim that stands there stays')
      assert.ok(marked.doubtful, 'the claim that stands there is not marked as doubtful')
      const after = await finish(second, key, 'second', WRITTEN)
      assert.equal(after.settlement, 'unknown', 'the second holder was told that its write stands')
      assert.ok(after.record.count > expired.count + 1)
    },
  },
  {
    // a job, or a POST below the key
    id: 'ledger/moved-under-a-claim',
    requires: [],
    async run(subject) {
      const [holder, mover] = await several(subject)
      const key = subject.key()
      const held = await take(holder, key, 'holder')
      await step(mover, key, held, move(held))
      const renewal = await swap(holder, key, held, renew(held, 'holder') ?? held)
      assert.equal(renewal.swapped, false, 'the holder renewed over the move, and unmade it')
      const again = await step(holder, key, renewal.record, renew(renewal.record, 'holder'))
      assert.ok(again.claim?.doubtful, 'the renewal washed the doubt off')
      assert.equal((await finish(holder, key, 'holder', WRITTEN)).settlement, 'unknown')
    },
  },
  {
    id: 'ledger/crash-leaves-the-claim',
    requires: [],
    async run(subject) {
      const [crashed, other] = await several(subject)
      const key = subject.key()
      const before = await create(crashed, key)
      const held = await take(crashed, key, 'crashed')
      // nothing more is heard of it: neither versions nor the claim may change until somebody ends the lease
      for (const token of ['second', 'third']) {
        const { swapped, record } = await takeBlind(other, key, before.count, token)
        assert.equal(swapped, false, 'a claim that stands was claimed over')
        assert.deepEqual(timeless(record), timeless(held))
      }
      const standing = await other.get(key)
      assert.equal(standing.count, before.count, 'the version moved though nothing is known of the write')
      const expired = await step(other, key, standing, expire(standing))
      assert.equal(expired.count, before.count + 1, 'the crashed handler may have written')
      const stale = await takeBlind(other, key, before.count, 'fourth')
      assert.equal(stale.swapped, false, 'the version from before the crash still matched')
      await step(other, key, expired, claim(expired, 'fifth', LEASE))
    },
  },
]
