import assert from 'node:assert/strict'
import { HOSTILE_TEXTS, LOOKALIKES } from '../hostile.js'
import { ALWAYS, attempt, insert, oneOf, stands } from './driver.js'
import type { TableCase } from './driver.js'

/** Ids, versions and values come from outside: they are text and nothing else. */
export const values: readonly TableCase[] = [
  {
    id: 'table/hostile-ids',
    requires: [],
    async run(subject) {
      const table = await subject.open()
      const bystander = await insert(table, subject.id(), 'bystander')
      for (const text of HOSTILE_TEXTS) {
        // whole and as a part: `__proto__` is hostile only when nothing stands before it
        assert.equal(
          await table.find({ id: text }),
          undefined,
          `nothing stands under ${JSON.stringify(text)}`,
        )
        assert.equal(await table.update({ id: text }, ALWAYS, { title: 'x' }), undefined)
        assert.equal(await table.delete({ id: text }, ALWAYS), undefined)
        const row = await insert(table, `${subject.id()}/${text}`, text)
        assert.equal(row.title, text, 'a value came back changed')
        await stands(table, row, `id ${JSON.stringify(row.id)}`)
        const next = await table.update({ id: row.id }, oneOf(table.versionOf(row)), { note: text })
        assert.equal(next?.note, text, 'a value came back changed')
      }
      await stands(table, bystander, 'another row was written to')
    },
  },
  {
    id: 'table/lookalike-ids',
    requires: [],
    async run(subject) {
      const table = await subject.open()
      const prefix = subject.id()
      const rows = []
      for (const [index, text] of LOOKALIKES.entries())
        rows.push(await insert(table, `${prefix}${text}`, `row ${index}`))
      for (const row of rows) await stands(table, row, `${JSON.stringify(row.id)} was taken for another id`)
    },
  },
  {
    // a query string or a JSON body may bring anything where a text is expected
    id: 'table/identity-that-is-no-text',
    requires: [],
    async run(subject) {
      const table = await subject.open()
      const row = await insert(table, subject.id())
      const identities = [
        {},
        { id: undefined },
        { id: null },
        { id: {} },
        { id: { $ne: null } },
        { id: [row.id, 'x'] },
      ]
      for (const identity of [...identities, { id: true }, { id: Number.NaN }]) {
        assert.equal(await attempt(() => table.find(identity)), undefined)
        assert.equal(await attempt(() => table.update(identity, ALWAYS, { title: 'all' })), undefined)
        assert.equal(await attempt(() => table.delete(identity, ALWAYS)), undefined)
      }
      await stands(table, row, 'an identity that names no row reached one')
    },
  },
  {
    // databases turn text into the type of the column, and find 1 in '01'
    id: 'table/hostile-versions',
    requires: [],
    async run(subject) {
      const table = await subject.open()
      const row = await insert(table, subject.id())
      const version = table.versionOf(row)
      const texts = [
        ` ${version}`,
        `${version} `,
        `0${version}`,
        `+${version}`,
        `${version}.0`,
        `${version}e0`,
      ]
      for (const text of [
        ...texts,
        '',
        '%',
        '*',
        'null',
        "x' OR '1'='1",
        '9'.repeat(400),
        'NaN',
        '-1',
        '\u{1f511}',
      ]) {
        const expected = oneOf(text)
        const next = await attempt(() => table.update({ id: row.id }, expected, { title: 'lost' }))
        assert.equal(next, undefined, `${JSON.stringify(text)} matched the version ${version}`)
        assert.equal(await attempt(() => table.delete({ id: row.id }, expected)), undefined)
      }
      await stands(table, row, 'a text that is no version of the row changed it')
    },
  },
]
