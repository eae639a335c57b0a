import assert from 'node:assert/strict'
import { ledgerCount, ledgerVersion } from '../../core/ledger.js'
import { expire } from '../../core/machine.js'
import { several } from '../concurrency.js'
import { create, DELETED, finish, step, take, takeBlind, timeless, write, WRITTEN } from './driver.js'
import type { LedgerCase } from './driver.js'

/** Delete and re-create: a version that was superseded never returns (P2). */
export const lives: readonly LedgerCase[] = [
  {
    id: 'ledger/tombstone-keeps-the-count',
    requires: [],
    async run(subject) {
      const [ledger, other] = await several(subject)
      const key = subject.key()
      const alive = await write(ledger, key, 'first', WRITTEN)
      const dead = await write(ledger, key, 'second', DELETED)
      assert.equal(dead.existence, 'deleted')
      assert.equal(dead.count, alive.count + 1)
      assert.deepEqual(
        timeless(await other.get(key)),
        timeless(dead),
        'the record of a deleted resource is kept',
      )
      const again = await create(other, key)
      assert.equal(again.count, dead.count + 1, 'the second life does not count on from the first')
      const stale = await takeBlind(ledger, key, alive.count, 'late')
      assert.equal(stale.swapped, false, 'a version of the first life matched in the second')
    },
  },
  {
    id: 'ledger/version-never-returns',
    requires: [],
    async run(subject) {
      const ledger = await subject.open()
      const key = subject.key()
      const seen: number[] = [(await ledger.get(key)).count]
      for (let life = 0; life < 4; life++) {
        seen.push((await create(ledger, key)).count)
        seen.push((await write(ledger, key, `changed-${life}`, WRITTEN)).count)
        seen.push((await write(ledger, key, `deleted-${life}`, DELETED)).count)
        const held = await take(ledger, key, `crashed-${life}`)
        seen.push((await step(ledger, key, held, expire(held))).count)
      }
      const growing = [...new Set(seen)].sort((a, b) => a - b)
      assert.deepEqual(seen, growing, 'the versions of several lives do not grow')
    },
  },
  {
    id: 'ledger/existence-is-kept',
    requires: [],
    async run(subject) {
      const ledger = await subject.open()
      const key = subject.key()
      for (const existence of ['present', 'deleted', 'unknown', 'present'] as const) {
        await write(ledger, key, `made-${existence}`, { kind: 'written', existence })
        assert.equal((await ledger.get(key)).existence, existence)
        await take(ledger, key, `looked-${existence}`)
        const { record } = await finish(ledger, key, `looked-${existence}`, { kind: 'unwritten' })
        assert.equal(record.existence, existence, 'a claim that wrote nothing changed it')
      }
    },
  },
  {
    id: 'ledger/versions-round-trip',
    requires: [],
    async run(subject) {
      const [ledger, other] = await several(subject)
      const { count } = await create(ledger, subject.key())
      const { epoch } = ledger
      assert.match(epoch, /^[0-9a-z]{0,32}$/, 'an epoch is lower-case letters and digits, at most 32')
      assert.equal(other.epoch, epoch, 'handles onto one state count in one epoch')
      const version = ledgerVersion(epoch, count)
      // RFC 9110 §8.8.3: etagc, and the dot is the border to the content part
      assert.match(version, /^[!#-\-/-~]+$/, `${version} cannot stand in an entity tag`)
      assert.equal(ledgerCount(epoch, version), count)
      assert.equal(ledgerCount(`${epoch}x`.slice(-32), version), 'foreign')
    },
  },
]
