import assert from 'node:assert/strict'
import { several } from '../concurrency.js'
import { ALWAYS, attempt, insert, oneOf, stands, update } from './driver.js'
import type { TableCase } from './driver.js'

/** Delete and re-create: a version of the first life never matches in the second (P2). */
export const lives: readonly TableCase[] = [
  {
    id: 'table/second-life',
    requires: [],
    async run(subject) {
      const [table, other] = await several(subject)
      const first = await insert(table, subject.id())
      const changed = await update(table, first, 'second')
      await table.delete({ id: first.id }, oneOf(table.versionOf(changed)))
      let reborn = await insert(other, first.id, 'reborn')
      // as many versions in the second life as there were in the first, for one could fall on another
      for (const round of ['once', 'twice', 'thrice']) {
        for (const old of [first, changed]) {
          const expected = oneOf(table.versionOf(old))
          const next = await table.update({ id: first.id }, expected, { title: 'lost' })
          assert.equal(next, undefined, `${table.versionOf(old)} of the first life matched in the second`)
          assert.equal(await table.delete({ id: first.id }, expected), undefined)
        }
        await stands(other, reborn, 'a write with a version of the first life changed the second')
        reborn = await update(other, reborn, round)
      }
    },
  },
  {
    id: 'table/version-never-returns',
    requires: [],
    async run(subject) {
      const table = await subject.open()
      const id = subject.id()
      const seen: string[] = []
      for (let life = 0; life < 4; life++) {
        const first = await insert(table, id)
        const second = await update(table, first, 'second')
        seen.push(table.versionOf(first), table.versionOf(second))
        await table.delete({ id }, ALWAYS)
      }
      assert.equal(new Set(seen).size, seen.length, `a version came again: ${seen.join(', ')}`)
    },
  },
  {
    // else whoever re-creates a row chooses which old tags match it
    id: 'table/insert-chooses-no-version',
    requires: [],
    async run(subject) {
      const table = await subject.open()
      const first = await insert(table, subject.id())
      const { id, version } = first
      await table.delete({ id }, ALWAYS)
      await attempt(() => table.insert({ id }, { id, version, title: 'reborn', note: null }))
      const found = await table.find({ id })
      if (found)
        assert.notEqual(table.versionOf(found), table.versionOf(first), 'the version was taken from the row')
    },
  },
]
