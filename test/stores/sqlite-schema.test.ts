import { describe, expect, it } from 'vitest'
import { sqliteLedger, sqliteLedgerSchema, sqliteTable } from '../../src/stores/sqlite.js'
import { driver } from './sqlite-drivers-open.js'
import { closing, onEachDriver, tidyUp } from './sqlite-drivers.js'

tidyUp()

const coded = (code: string, ...parts: string[]) =>
  expect.objectContaining({ code, message: expect.stringMatching(new RegExp(parts.join('.*'), 's')) })

onEachDriver("the ledger's own table", (driver) => {
  const open = () => closing(driver.open(':memory:'))
  const tables = (db: ReturnType<typeof open>) =>
    db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .all()
      .map((row) => (row as { name: string }).name)

  it('is made once, by whoever comes first', () => {
    const db = open()
    sqliteLedger(db)
    sqliteLedger(db)
    sqliteLedger(db, { create: false })
    expect(tables(db)).toEqual(['if_match_ledger'])
  })

  it('is missed with its DDL where it may not be made, and that DDL is enough', () => {
    const db = open()
    expect(() => sqliteLedger(db, { create: false, table: 'versions' })).toThrow(
      coded('ERR_STORE_SCHEMA', 'no ledger table "versions"', 'CREATE TABLE IF NOT EXISTS "versions"'),
    )
    expect(tables(db)).toEqual([])
    db.exec(sqliteLedgerSchema('versions'))
    expect(sqliteLedger(db, { create: false, table: 'versions' }).get('k').count).toBe(0)
  })

  it('may not be somebody else’s of that name, a view of theirs, or one with another key', () => {
    for (const ddl of [
      'CREATE TABLE if_match_ledger (id INTEGER PRIMARY KEY, "count" INTEGER)',
      'CREATE VIEW if_match_ledger AS SELECT 1 AS "key", 2 AS "count"',
      sqliteLedgerSchema().replace('"count" INTEGER', '"count" TEXT'),
      sqliteLedgerSchema()
        .replace('NOT NULL PRIMARY KEY', 'NOT NULL')
        .replace('"data" TEXT', '"data" TEXT PRIMARY KEY'),
    ]) {
      const db = open()
      db.exec(ddl)
      expect(() => sqliteLedger(db), ddl).toThrow(coded('ERR_STORE_SCHEMA', 'not a ledger', 'CREATE TABLE'))
    }
  })

  it('may have columns of later versions', () => {
    const db = open()
    db.exec(sqliteLedgerSchema().replace('"data" TEXT', '"data" TEXT, "later" TEXT'))
    expect(sqliteLedger(db).get('k').count).toBe(0)
  })

  it.each([
    `articles"; DROP TABLE victim; --`,
    `'; DROP TABLE victim; --`,
    'main.victim',
    'select',
    ' ',
    'größe 😀',
    '?',
  ])('takes the name %s as a name', (table) => {
    const db = open()
    db.exec('CREATE TABLE victim (id INTEGER)')
    const ledger = sqliteLedger(db, { table })
    const to = { count: 1, token: null, beat: 0, lease: 0, doubtful: false, raiseFence: false }
    ledger.compareAndSwap('k', { from: { count: 0, token: null, beat: 0 }, to })
    expect(ledger.get('k').count).toBe(1)
    expect(tables(db)).toEqual([table, 'victim'].sort())
  })

  it.each([
    ['count', -1],
    ['count', 1.5],
    ['count', 'x'],
    ['count', 2 ** 60],
    ['existence', 'maybe'],
    ['fence', 'x'],
    ['lease', -5],
    ['doubtful', 2],
    ['beat', 'x'],
    ['beat', 3],
    ['settled', 5.5],
  ])('with %s = %j in a row is an error, not a version', (column, value) => {
    const db = open()
    const ledger = sqliteLedger(db)
    db.exec(`INSERT INTO if_match_ledger VALUES ('k', 1, 'present', 1, NULL, 0, 0, 0, 't', NULL)`)
    db.exec(
      `UPDATE if_match_ledger SET "${column}" = ${typeof value === 'string' ? `'${value}'` : `${value}`}`,
    )
    // TEXT columns turn numbers into text
    if (column === 'settled') db.exec(`UPDATE if_match_ledger SET "settled" = x'00'`)
    for (const read of [() => ledger.get('k'), () => ledger.getMany(['k'])]) {
      // node:sqlite refuses to read an integer that does not fit a number
      if (value === 2 ** 60 && driver.name === 'node:sqlite') expect(read).toThrow('too large')
      else expect(read).toThrow(coded('ERR_STORE_SCHEMA', '"k"', `"${column}"`))
    }
  })
})

describe('options', () => {
  const open = () => closing(driver('libsql')!.open(':memory:'))

  it.each([
    [{ tabel: 'x' }, 'ERR_OPTION_UNKNOWN', 'tabel'],
    [{ table: '' }, 'ERR_OPTION_INVALID', 'table'],
    [{ table: 'a\0b' }, 'ERR_OPTION_INVALID', 'table'],
    [{ table: 7 }, 'ERR_OPTION_INVALID', 'table'],
    [{ create: 'yes' }, 'ERR_OPTION_INVALID', 'create'],
    [{ wal: 1 }, 'ERR_OPTION_INVALID', 'wal'],
    [{ busyTimeout: -1 }, 'ERR_OPTION_INVALID', 'busyTimeout'],
    [{ busyTimeout: '0; DROP TABLE x' }, 'ERR_OPTION_INVALID', 'busyTimeout'],
  ])('of a ledger: %j is refused', (options, code, name) => {
    expect(() => sqliteLedger(open(), options as never)).toThrow(coded(code, name))
  })

  it.each([
    [{ columns: ['title'] }, 'ERR_OPTION_INVALID', 'name'],
    [{ name: 't\0', columns: ['title'] }, 'ERR_OPTION_INVALID', 'name'],
    [{ name: 't' }, 'ERR_OPTION_INVALID', 'columns'],
    [{ name: 't', columns: [7] }, 'ERR_OPTION_INVALID', 'columns'],
    [{ name: 't', columns: ['ID'] }, 'ERR_OPTION_INVALID', 'columns'],
    [{ name: 't', columns: ['version'] }, 'ERR_OPTION_INVALID', 'columns'],
    [{ name: 't', columns: [], id: [] }, 'ERR_OPTION_INVALID', 'id'],
    [{ name: 't', columns: [], start: 1 }, 'ERR_OPTION_INVALID', 'start'],
    [{ name: 't', columns: [], type: 'text' }, 'ERR_OPTION_UNKNOWN', 'type'],
    [{ name: 't', columns: [], busyTimeout: Number.NaN }, 'ERR_OPTION_INVALID', 'busyTimeout'],
  ])('of a table: %j is refused', (options, code, name) => {
    expect(() => sqliteTable(open(), options as never)).toThrow(coded(code, name))
  })

  it('a client that answers later is refused', () => {
    const promised = { exec: () => undefined, prepare: () => Promise.resolve({}) }
    const called = { exec: () => undefined, prepare: () => ({ all: () => called }) }
    for (const db of [promised, called, {}, undefined, null]) {
      expect(() => sqliteLedger(db as never)).toThrow(coded('ERR_OPTION_INVALID', 'sqliteLedger'))
      expect(() => sqliteTable(db as never, { name: 't', columns: [] })).toThrow(
        coded('ERR_OPTION_INVALID', 'sqliteTable'),
      )
    }
  })
})
