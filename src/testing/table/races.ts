import assert from 'node:assert/strict'
import { contend, ROUNDS, several, WRITERS } from '../concurrency.js'
import { ALWAYS, insert, oneOf, stands } from './driver.js'
import type { TableCase } from './driver.js'

/** Many at once: the cases that a store which reads, compares and then writes cannot pass. */
export const races: readonly TableCase[] = [
  {
    id: 'table/one-winner',
    requires: [],
    async run(subject) {
      const handles = await several(subject)
      let row = await insert(handles[0], subject.id())
      for (let round = 0; round < ROUNDS; round++) {
        const expected = oneOf(handles[0].versionOf(row))
        const results = await contend(handles, (table, n) =>
          table.update({ id: row.id }, expected, { title: `round ${round}, writer ${n}` }),
        )
        const winners = results.filter((result) => result !== undefined)
        assert.equal(winners.length, 1, `of ${WRITERS} updates of one version, ${winners.length} were made`)
        row = winners[0] ?? row
        await stands(handles[1], row, 'what the winner was told does not stand there')
      }
    },
  },
  {
    id: 'table/one-creator',
    requires: [],
    async run(subject) {
      const handles = await several(subject)
      for (let round = 0; round < ROUNDS; round++) {
        const id = subject.id()
        const results = await contend(handles, (table, n) =>
          table.insert({ id }, { title: `writer ${n}`, note: null }),
        )
        const winners = results.filter((result) => result !== undefined)
        assert.equal(winners.length, 1, `of ${WRITERS} inserts of one row, ${winners.length} were made`)
        if (winners[0]) await stands(handles[1], winners[0], 'what the winner was told does not stand there')
      }
    },
  },
  {
    id: 'table/update-or-delete',
    requires: [],
    async run(subject) {
      const handles = await several(subject)
      for (let round = 0; round < ROUNDS; round++) {
        const row = await insert(handles[0], subject.id())
        const expected = oneOf(handles[0].versionOf(row))
        const results = await contend(handles, async (table, n) => {
          // each is first in turn
          if ((n + round) % 2 === 0) return (await table.delete({ id: row.id }, expected)) && 'deleted'
          return (await table.update({ id: row.id }, expected, { title: 'updated' })) && 'updated'
        })
        const winners = results.filter((result) => result !== undefined)
        assert.equal(winners.length, 1, `one version was ${winners.join(' and ')}`)
        const left = await handles[1].find({ id: row.id })
        assert.equal(left === undefined, winners[0] === 'deleted')
      }
    },
  },
  {
    // unconditional writes are counted too: each makes a version of its own
    id: 'table/no-version-twice',
    requires: [],
    async run(subject) {
      const handles = await several(subject)
      const row = await insert(handles[0], subject.id())
      const results = await contend(handles, (table, n) =>
        table.update({ id: row.id }, ALWAYS, { title: `writer ${n}` }),
      )
      const versions = results.map((result) => result && handles[0].versionOf(result))
      assert.ok(
        !versions.includes(undefined),
        'an unconditional update of a row that stands there matched nothing',
      )
      assert.equal(new Set(versions).size, WRITERS, 'two updates made the same version')
    },
  },
]
