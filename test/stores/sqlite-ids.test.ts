import { expect, it } from 'vitest'
import { sqliteTable } from '../../src/stores/sqlite.js'
import { NO_MATTER, coded } from './sqlite-articles.js'
import { closing, onEachDriver, tidyUp } from './sqlite-drivers.js'

tidyUp()

interface Row {
  id: string | number
  text: string
  version: number
}

const malformed = coded('malformed-key')

onEachDriver('an id of a sqliteTable', (driver) => {
  const setUp = (id: string, more = '') => {
    const db = closing(driver.open(':memory:'))
    db.exec(`CREATE TABLE "Notes" ("Id" ${id}, text TEXT, version INTEGER NOT NULL) ${more}`)
    return { db, table: sqliteTable<Row>(db, { name: 'notes', id: 'id', columns: ['text'] }) }
  }

  it.each([
    ['INTEGER PRIMARY KEY', ''],
    ['INTEGER PRIMARY KEY', 'STRICT'],
    ['INT PRIMARY KEY NOT NULL', 'STRICT'],
  ])('that an %s %s cannot hold is malformed, and leaves the connection as it was', (type, more) => {
    const { db, table } = setUp(type, more)
    for (const id of ['abc', '', '1x', '0x10', '1.5', 1.5, '99999999999999999999']) {
      expect(() => table.insert({ id }, { text: 'x' }), String(id)).toThrow(malformed)
      expect(table.find({ id }), String(id)).toBeUndefined()
      expect(table.update({ id }, NO_MATTER, {}), String(id)).toBeUndefined()
    }
    expect(() => table.transaction((steps) => steps.insert({ id: 'abc' }, {}))).toThrow(malformed)
    expect(table.insert({ id: '1' }, { text: 'one' })).toMatchObject({ text: 'one' })
    for (const id of ['1', ' 1 ', '1.0', '1e0', 1])
      expect(table.insert({ id }, {}), String(id)).toBeUndefined()
    expect(db.prepare('SELECT count(*) AS rows FROM notes').get()).toMatchObject({ rows: 1 })
  })

  it('is not blamed for what a trigger, or another column, refuses', () => {
    const strict = setUp('TEXT PRIMARY KEY', 'STRICT')
    const bytes = new Uint8Array([1]) as never
    expect(() => strict.table.insert({ id: 'abc' }, { text: bytes })).toThrow('cannot store BLOB value')
    for (const id of ['TEXT PRIMARY KEY', 'INTEGER PRIMARY KEY']) {
      const { db, table } = setUp(id)
      db.exec(`CREATE TABLE log (id INTEGER PRIMARY KEY);
        CREATE TRIGGER logs AFTER INSERT ON notes BEGIN INSERT INTO log VALUES (NEW.text); END`)
      expect(() => table.insert({ id: id.startsWith('T') ? 'abc' : '1' }, { text: 'x' })).toThrow(
        'datatype mismatch',
      )
    }
  })
})
