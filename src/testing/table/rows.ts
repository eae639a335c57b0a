import assert from 'node:assert/strict'
import { several } from '../concurrency.js'
import { ALWAYS, columnsOf, insert, oneOf, stands, update } from './driver.js'
import type { TableCase } from './driver.js'

/** A row that is read, made, changed and removed. */
export const rows: readonly TableCase[] = [
  {
    id: 'table/nothing-there',
    requires: [],
    async run(subject) {
      const table = await subject.open()
      const id = subject.id()
      assert.equal(await table.find({ id }), undefined)
      assert.equal(await table.update({ id }, ALWAYS, { title: 'x' }), undefined, 'an update made a row')
      assert.equal(await table.delete({ id }, ALWAYS), undefined)
      assert.equal(await table.find({ id }), undefined)
    },
  },
  {
    id: 'table/insert',
    requires: [],
    async run(subject) {
      const [table, other] = await several(subject)
      const id = subject.id()
      const row = await table.insert({ id }, { title: 'made', note: 'a note' })
      assert.ok(row, 'an insert answers with the row it made')
      const { version, ...rest } = columnsOf(table, row)
      assert.deepEqual(rest, { id, title: 'made', note: 'a note', owner: null })
      assert.ok(table.isVersion(version), `the version ${version} of a new row is none`)
      await stands(other, row, 'an insert answers with something else than it made')
    },
  },
  {
    id: 'table/insert-over-a-row',
    requires: [],
    async run(subject) {
      const [table, other] = await several(subject)
      const row = await insert(table, subject.id())
      const again = await other.insert({ id: row.id }, { title: 'second', note: null })
      assert.equal(again, undefined, 'a row was inserted over a row')
      await stands(table, row, 'an insert that was refused changed the row that stood there')
    },
  },
  {
    id: 'table/update',
    requires: [],
    async run(subject) {
      const [table, other] = await several(subject)
      const bystander = await insert(table, subject.id(), 'bystander')
      const row = await insert(table, subject.id())
      const next = await table.update({ id: row.id }, oneOf(table.versionOf(row)), { note: 'changed' })
      assert.ok(next, 'an update from the current version matched nothing')
      assert.notEqual(table.versionOf(next), table.versionOf(row), 'the version did not move')
      const { version: _, ...rest } = columnsOf(table, next)
      assert.deepEqual(rest, { id: row.id, title: 'first', note: 'changed', owner: null })
      await stands(other, next, 'an update answers with something else than it wrote')
      await stands(other, bystander, 'an update changed another row')
      const cleared = await table.update({ id: row.id }, ALWAYS, { note: null })
      assert.equal(cleared?.note, null)
    },
  },
  {
    // some databases count only rows that look different afterwards
    id: 'table/update-with-the-same-values',
    requires: [],
    async run(subject) {
      const table = await subject.open()
      const row = await insert(table, subject.id(), 'same')
      const next = await update(table, row, 'same')
      assert.notEqual(
        table.versionOf(next),
        table.versionOf(row),
        'a write is a new version, whatever it writes',
      )
    },
  },
  {
    id: 'table/update-with-a-stale-version',
    requires: [],
    async run(subject) {
      const [table, other] = await several(subject)
      const first = await insert(table, subject.id())
      const second = await update(table, first, 'second')
      const third = await update(other, second, 'third')
      for (const stale of [first, second]) {
        const expected = oneOf(table.versionOf(stale))
        assert.equal(await other.update({ id: first.id }, expected, { title: 'lost' }), undefined)
        assert.equal(await other.delete({ id: first.id }, expected), undefined)
        await stands(table, third, 'a write with a stale version changed the row')
      }
    },
  },
  {
    id: 'table/delete',
    requires: [],
    async run(subject) {
      const [table, other] = await several(subject)
      const bystander = await insert(table, subject.id(), 'bystander')
      const row = await insert(table, subject.id())
      const gone = await table.delete({ id: row.id }, oneOf(table.versionOf(row)))
      assert.ok(gone, 'a delete from the current version matched nothing')
      assert.deepEqual(
        columnsOf(table, gone),
        columnsOf(table, row),
        'a delete answers with the row as it was',
      )
      assert.equal(await other.find({ id: row.id }), undefined)
      assert.equal(await other.delete({ id: row.id }, ALWAYS), undefined, 'a row was deleted twice')
      await stands(other, bystander, 'a delete changed another row')
    },
  },
]
