import assert from 'node:assert/strict'
import { ledgerCount, ledgerVersion, type Ledger } from '../../core/ledger.js'
import type { LedgerRecord } from '../../core/record.js'
import { create, cut, finish, take, takeBlind, timeless, write, WRITTEN } from './driver.js'
import type { LedgerCase } from './driver.js'

/** Answers that were lost, and stores that were started again. */
export const recovery: readonly LedgerCase[] = [
  ...(['before', 'after'] as const).flatMap((when): LedgerCase[] => [
    {
      id: `ledger/settle-cut-${when}-it-was-made`,
      requires: [],
      async run(subject) {
        const ledger = await subject.open()
        const key = subject.key()
        const held = await take(ledger, key, 'holder')
        const { record, settlement } = await finish(cut(ledger, when), key, 'holder', WRITTEN)
        assert.equal(settlement, 'settled', 'a swap whose answer was lost is recognised by its token')
        assert.equal(record.count, held.count + 1, 'one write, told twice, moves the version once')
        assert.equal(record.settled, 'holder')
        assert.deepEqual(timeless(await ledger.get(key)), timeless(record))
      },
    },
    {
      id: `ledger/claim-cut-${when}-it-was-made`,
      requires: [],
      async run(subject) {
        const ledger = await subject.open()
        const key = subject.key()
        const { count } = await create(ledger, key)
        await assert.rejects(takeBlind(cut(ledger, when), key, count, 'holder'))
        const { claim } = await ledger.get(key)
        assert.equal(
          claim?.token,
          when === 'after' ? 'holder' : undefined,
          'a claim knows itself by its token',
        )
        // the second attempt is refused by the first, and finds its own name on it
        const { swapped, record } = await takeBlind(ledger, key, count, 'holder')
        assert.equal(swapped, when === 'before')
        assert.equal(record.claim?.token, 'holder')
        assert.equal((await finish(ledger, key, 'holder', WRITTEN)).settlement, 'settled')
      },
    },
  ]),
  {
    // P2: either the counts are still there, or no version of before is taken for one of now
    id: 'ledger/restart',
    requires: ['restart'],
    async run(subject) {
      const before = await subject.open()
      const key = subject.key()
      const held = subject.key()
      const record = await write(before, key, 'first', WRITTEN)
      const claimed = await take(before, held, 'crashed')
      const version = ledgerVersion(before.epoch, record.count)
      if (subject.restart === undefined) return assert.fail('a subject that declares `restart` must have it')
      await subject.restart()
      const after = await subject.open()
      if (after.epoch === before.epoch) {
        await keptOrRaised(after, key, record, 'a record')
        await keptOrRaised(after, held, claimed, 'a claim')
      } else {
        assert.equal(
          ledgerCount(after.epoch, version),
          'foreign',
          `${version} may match again after the restart`,
        )
        assert.notEqual(after.epoch, '', 'counts that start anew need an epoch of their own')
      }
    },
  },
]

/** A store that may have lost it gives a higher count instead: a conflict too many, and never a match too many. */
async function keptOrRaised(ledger: Ledger, key: string, before: LedgerRecord, what: string): Promise<void> {
  const after = await ledger.get(key)
  if (after.count > before.count) return
  assert.deepEqual(
    timeless(after),
    timeless(before),
    `${what} did not outlive the restart, and its version may match again`,
  )
}
