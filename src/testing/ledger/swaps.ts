import assert from 'node:assert/strict'
import { expire, move, renew, swapFrom, swapTo } from '../../core/machine.js'
import { create, LEASE, step, swap, take, takeBlind, timeless, write, WRITTEN } from './driver.js'
import type { LedgerCase } from './driver.js'

/** What a swap compares, and what it writes. */
export const swaps: readonly LedgerCase[] = [
  {
    id: 'ledger/swap-writes-the-record',
    requires: [],
    async run(subject) {
      const ledger = await subject.open()
      const key = subject.key()
      const before = await create(ledger, key)
      const claimed = await take(ledger, key, 'Token-1', 12_345)
      const held = { token: 'Token-1', beat: 0, lease: 12_345, doubtful: false }
      assert.deepEqual(timeless(claimed).claim, held, 'the claim is not the one that was written')
      assert.equal(claimed.count, before.count, 'a claim changes no state, so the version stays')
      const moved = await step(ledger, key, claimed, move(claimed))
      assert.equal(moved.count, before.count + 1)
      assert.deepEqual(timeless(moved).claim, { ...held, doubtful: true }, '`doubtful` was not kept')
      assert.deepEqual(timeless(await ledger.get(key)), timeless(moved), 'a swap answers with what it wrote')
    },
  },
  {
    // clients may send any count that is a safe integer: it is refused, and nothing breaks
    id: 'ledger/absurd-counts-are-refused',
    requires: [],
    async run(subject) {
      const ledger = await subject.open()
      const key = subject.key()
      const before = timeless(await create(ledger, key))
      for (const count of [Number.MAX_SAFE_INTEGER, 2 ** 31, 2 ** 32 + before.count, 0]) {
        if (count === before.count) continue
        const { swapped, record } = await takeBlind(ledger, key, count, 'absurd')
        assert.equal(swapped, false, `count ${count} is not the current one`)
        assert.deepEqual(timeless(record), before)
      }
    },
  },
  {
    id: 'ledger/refusal-changes-nothing',
    requires: [],
    async run(subject) {
      const ledger = await subject.open()
      const key = subject.key()
      const stale = await create(ledger, key)
      const current = timeless(await write(ledger, key, 'first', WRITTEN))
      const to = { ...stale, count: 999, existence: 'deleted', settled: 'loser', fence: 50 } as const
      const { swapped, record } = await swap(ledger, key, stale, {
        ...to,
        claim: { token: 'loser', beat: 7, lease: LEASE, doubtful: true },
      })
      assert.equal(swapped, false)
      assert.deepEqual(timeless(record), current, 'the loser is told the record as it stands')
      assert.deepEqual(timeless(await ledger.get(key)), current, 'a refused swap wrote something')
    },
  },
  ...(['count', 'token', 'beat'] as const).map((member): LedgerCase => ({
    id: `ledger/swap-compares-${member}`,
    requires: [],
    async run(subject) {
      const ledger = await subject.open()
      const key = subject.key()
      const claimed = await take(ledger, key, 'Token')
      const current = await step(ledger, key, claimed, renew(claimed, 'Token'))
      const from = swapFrom(current)
      const others = {
        count: [from.count - 1, from.count + 1],
        token: ['other', 'token', 'Token ', '', null],
        beat: [0, 2, -1],
      }
      for (const other of others[member]) {
        const change = { from: { ...from, [member]: other }, to: swapTo(current, expire(current)) }
        const { swapped, record } = await ledger.compareAndSwap(key, change)
        assert.equal(swapped, false, `swapped from ${member} ${String(other)}, which is not the stored one`)
        assert.deepEqual(timeless(record), timeless(current))
      }
      await step(ledger, key, current, expire(current))
    },
  })),
]
