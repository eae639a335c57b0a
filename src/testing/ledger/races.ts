import assert from 'node:assert/strict'
import { expire, move, renew } from '../../core/machine.js'
import type { LedgerRecord } from '../../core/record.js'
import { contend, ROUNDS, several, WRITERS } from '../concurrency.js'
import { create, DELETED, finish, step, swap, take, takeBlind, timeless, WRITTEN } from './driver.js'
import type { LedgerCase } from './driver.js'

/** Many at once: the cases that a store which reads, compares and then writes cannot pass. */
export const races: readonly LedgerCase[] = [
  {
    id: 'ledger/one-winner',
    requires: [],
    async run(subject) {
      const handles = await several(subject)
      for (let round = 0; round < ROUNDS; round++) {
        const key = subject.key()
        const { count } = await create(handles[0], key)
        const results = await contend(handles, (ledger, n) => takeBlind(ledger, key, count, `writer-${n}`))
        const winners = results.flatMap(({ swapped }, n) => (swapped ? [`writer-${n}`] : []))
        assert.equal(winners.length, 1, `of ${WRITERS} claims on one version, ${winners.length} were granted`)
        for (const { record } of results)
          assert.equal(
            record.claim?.token,
            winners[0],
            'a loser was told of an older record than the one it lost to',
          )
      }
    },
  },
  {
    id: 'ledger/one-creator',
    requires: [],
    async run(subject) {
      const handles = await several(subject)
      for (let round = 0; round < ROUNDS; round++) {
        const key = subject.key()
        const before = await handles[0].get(key)
        const created = { ...before, count: before.count + 1, existence: 'present' } as const
        const results = await contend(handles, (ledger) => swap(ledger, key, before, created))
        const winners = results.filter(({ swapped }) => swapped)
        assert.equal(winners.length, 1, `the first swap of an unseen key was made ${winners.length} times`)
        for (const { record } of results)
          assert.deepEqual(timeless(record), created, 'a loser was told that there is nothing yet')
        const { existence } = await handles[1].get(key)
        assert.equal(existence, 'present', 'another handle does not see what was created')
      }
    },
  },
  {
    // P1 whole: claims on one version, the winner's write, and the losers' second try with the version they had
    id: 'ledger/one-write-per-version',
    requires: [],
    async run(subject) {
      const handles = await several(subject)
      const key = subject.key()
      let { count } = await create(handles[0], key)
      for (let round = 0; round < ROUNDS; round++) {
        const outcome = round % 2 === 0 ? DELETED : WRITTEN
        const writes = await contend(handles, async (ledger, n) => {
          const token = `round-${round}-writer-${n}`
          for (let attempt = 0; attempt < 3; attempt++) {
            const { swapped } = await takeBlind(ledger, key, count, token)
            if (swapped) return (await finish(ledger, key, token, outcome)).settlement
          }
          return 'refused'
        })
        const made = writes.filter((answer) => answer !== 'refused')
        assert.deepEqual(made, ['settled'], `${made.length} writers wrote over one version`)
        count = (await handles[round % handles.length]?.get(key))?.count ?? -1
      }
    },
  },
  {
    id: 'ledger/no-move-is-lost',
    requires: [],
    async run(subject) {
      const handles = await several(subject)
      const key = subject.key()
      const { count } = await create(handles[0], key)
      const seen = await contend(handles, async (ledger) => {
        let record = await ledger.get(key)
        for (;;) {
          const answer = await swap(ledger, key, record, move(record))
          if (answer.swapped) return answer.record.count
          assert.ok(
            answer.record.count > record.count,
            'a refused swap must tell of the record that refused it',
          )
          record = answer.record
        }
      })
      const expected = Array.from({ length: WRITERS }, (_, n) => count + n + 1)
      assert.deepEqual(
        seen.sort((a, b) => a - b),
        expected,
        'two moves made the same version',
      )
    },
  },
  ...[
    { id: 'ledger/renewal-or-takeover', act: renew, says: 'renewed' },
    { id: 'ledger/settle-or-takeover', act: settled, says: 'settled' },
  ].map(({ id, act, says }): LedgerCase => ({
    id,
    requires: [],
    async run(subject) {
      const handles = await several(subject)
      for (let round = 0; round < ROUNDS; round++) {
        const key = subject.key()
        const held = await take(handles[0], key, 'holder')
        const results = await contend(handles, async (ledger, n) => {
          // the holder and the observers of a dead lease, from the same record; each is first in turn
          const to = (n + round) % 2 === 0 ? expire(held) : (act(held, 'holder') ?? held)
          return swap(ledger, key, held, to)
        })
        const winners = results.filter(({ swapped }) => swapped)
        assert.equal(winners.length, 1, `a claim was ${says} and taken over, ${winners.length} times in all`)
      }
    },
  })),
  {
    id: 'ledger/claim-over-a-claim',
    requires: [],
    async run(subject) {
      const [first, second] = await several(subject)
      const key = subject.key()
      const held = await take(first, key, 'holder')
      const refused = await takeBlind(second, key, held.count, 'other')
      assert.equal(refused.swapped, false, 'a key that is claimed was claimed again')
      assert.deepEqual(timeless(refused.record), timeless(held), 'the loser is told who holds the claim')
      await finish(first, key, 'holder', { kind: 'unwritten' })
      const { swapped } = await takeBlind(second, key, held.count, 'other')
      assert.ok(swapped, 'a released claim leaves the version as it was, free to be claimed')
      await step(first, key, await first.get(key), expire(await first.get(key)))
    },
  },
]

function settled(held: LedgerRecord): LedgerRecord {
  return { ...held, count: held.count + 1, claim: null, settled: 'holder' }
}
