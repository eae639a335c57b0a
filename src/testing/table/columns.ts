import assert from 'node:assert/strict'
import type { ContractRow } from '../subjects.js'
import { ALWAYS, attempt, columnsOf, insert, oneOf, stands } from './driver.js'
import type { TableCase } from './driver.js'

const json = (text: string): Partial<ContractRow> => JSON.parse(text) as Partial<ContractRow>

/** Changes that name what nobody may set; a store may refuse or ignore them. */
const ASSIGNMENTS: Readonly<Record<string, Partial<ContractRow>>> = {
  owner: { title: 'taken', owner: 'mallory' },
  'owner-alone': { owner: 'mallory' },
  injection: json(`{"title": "taken", "owner\\" = 'mallory', \\"note": "x", "owner = 'mallory' --": "x"}`),
  prototype: json('{"title": "taken", "__proto__": {"owner": "mallory"}, "constructor": "x"}'),
  'not-a-column': json('{"title": "taken", "admin": true}'),
}

/** Only `columns` can be set, never the id or the version. */
export const columns: readonly TableCase[] = [
  {
    id: 'table/describes-itself',
    requires: [],
    async run(subject) {
      const table = await subject.open()
      assert.deepEqual([...table.columns].sort(), ['note', 'title'], 'the subject must allow title and note')
      assert.equal(table.versionColumn, 'version')
      const row = await insert(table, subject.id())
      const version = table.versionOf(row)
      assert.ok(
        version !== '' && table.isVersion(version),
        `${version} is the version of a row, and must be one`,
      )
      for (const text of [
        '',
        ' ',
        "1' OR '1'='1",
        `${version} `,
        ` ${version}`,
        `${version}x`,
        '*',
        'null',
        '-',
      ])
        assert.equal(table.isVersion(text), false, `${JSON.stringify(text)} can be no version of this column`)
    },
  },
  ...Object.entries(ASSIGNMENTS).map(([name, change]): TableCase => ({
    id: `table/only-columns-${name}`,
    requires: [],
    async run(subject) {
      const table = await subject.open()
      const bystander = await insert(table, subject.id(), 'bystander')
      const row = await insert(table, subject.id())
      await attempt(() => table.update({ id: row.id }, ALWAYS, change))
      const id = subject.id()
      await attempt(() => table.insert({ id }, change))
      for (const place of [row.id, id]) {
        const found = await table.find({ id: place })
        assert.equal(found?.owner ?? null, null, 'a column was set that is not in `columns`')
        assert.ok(!('admin' in (found ?? {})), 'a column was made that is not in `columns`')
      }
      await stands(table, bystander, 'the change reached another row')
      assert.equal(({} as Partial<ContractRow>).owner, undefined)
    },
  })),
  {
    // a body that was read, edited and sent back holds both
    id: 'table/id-and-version-in-the-change',
    requires: [],
    async run(subject) {
      const table = await subject.open()
      const row = await insert(table, subject.id())
      const elsewhere = subject.id()
      const version = table.versionOf(row)
      const change = { id: elsewhere, version: row.version, title: 'edited' }
      const next = await attempt(() => table.update({ id: row.id }, oneOf(version), change))
      assert.equal(await table.find({ id: elsewhere }), undefined, 'an update moved a row to another id')
      const found = await table.find({ id: row.id })
      assert.ok(found, 'an update moved a row to another id')
      if (next === undefined) assert.deepEqual(columnsOf(table, found), columnsOf(table, row))
      else assert.notEqual(table.versionOf(found), version, 'the version of the change was written')
    },
  },
]
