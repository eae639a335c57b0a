import { expect, it, vi } from 'vitest'
import { sqliteTable, versionTrigger, type SqliteTableOptions } from '../../src/stores/sqlite.js'
import { NO_MATTER, coded, oneOf } from './sqlite-articles.js'
import { closing, onEachDriver, temporaryFile, tidyUp } from './sqlite-drivers.js'

tidyUp()

interface Row {
  id: string
  text: string
  version: unknown
}

/** the name is data too */
const NAME = `pages"; DROP TABLE x; --`
const TABLE = `"${NAME.replaceAll('"', '""')}"`

onEachDriver('versionTrigger', (driver) => {
  const setUp = (type = 'INTEGER', versionType: SqliteTableOptions<Row>['versionType'] = 'integer') => {
    const db = closing(driver.open(':memory:'))
    db.exec(`CREATE TABLE ${TABLE} (id TEXT PRIMARY KEY, text TEXT, version ${type}) WITHOUT ROWID`)
    const options = { name: NAME, columns: ['text'] as const, versionType }
    const sql = versionTrigger<Row>(options)
    // twice: a migration may run again
    db.exec(sql)
    db.exec(sql)
    return { db, table: sqliteTable<Row>(db, options) }
  }

  it('moves the version when somebody else writes, also one who puts it back', () => {
    const { db, table } = setUp()
    const version = () => Number(table.versionOf(table.find({ id: 'a' })!))
    table.insert({ id: 'a' }, { text: 'one' })
    const seen = [version()]
    for (const change of [`text = 'two'`, 'version = 1', 'version = NULL', `text = 'two'`]) {
      db.exec(`UPDATE ${TABLE} SET ${change}`)
      expect(version()).toBeGreaterThan(seen.at(-1)!)
      seen.push(version())
    }
    expect(
      table.update({ id: 'a' }, oneOf(...seen.slice(0, -1).map(String)), { text: 'lost' }),
    ).toBeUndefined()
  })

  it('leaves the writes of the library as they answered', () => {
    const { table } = setUp()
    const first = table.insert({ id: 'a' }, { text: 'one' })!
    expect(table.find({ id: 'a' })).toEqual(first)
    const second = table.update({ id: 'a' }, oneOf(table.versionOf(first)), { text: 'two' })!
    expect(table.find({ id: 'a' })).toEqual(second)
    expect(Number(second.version)).toBe(Number(first.version) + 1)
  })

  it('of the application’s own, which write the row once more, are in what is answered', () => {
    const { db, table } = setUp()
    db.exec(`CREATE TRIGGER stamp AFTER UPDATE OF text ON ${TABLE} BEGIN
      UPDATE ${TABLE} SET text = NEW.text || '!' WHERE id = NEW.id; END`)
    db.exec(`CREATE TRIGGER welcome AFTER INSERT ON ${TABLE} BEGIN
      UPDATE ${TABLE} SET text = 'welcome ' || NEW.text WHERE id = NEW.id; END`)
    const first = table.insert({ id: 'a' }, { text: 'one' })!
    expect(first.text).toBe('welcome one!')
    expect(table.find({ id: 'a' })).toEqual(first)
    // the version that was answered is the one that stands
    const second = table.update({ id: 'a' }, oneOf(table.versionOf(first)), { text: 'two' })!
    expect(second.text).toBe('two!')
    expect(table.find({ id: 'a' })).toEqual(second)
    expect(table.update({ id: 'a' }, oneOf(table.versionOf(first)), { text: 'lost' })).toBeUndefined()
    const third = table.transaction((steps) => steps.update({ id: 'a' }, NO_MATTER, { text: 'three' }))
    expect(table.find({ id: 'a' })).toEqual(third)
  })

  it.each([
    ['on this connection alone', 'main', 'TEMP TRIGGER moves'],
    ['on a temporary table', 'temp', 'TEMP TRIGGER moves'],
    ['in an attached database', 'other', 'TRIGGER other.moves'],
  ])('of the application’s own %s are in what is answered', (_, schema, trigger) => {
    const db = closing(driver.open(':memory:'))
    db.exec(`ATTACH ':memory:' AS other`)
    db.exec(`CREATE TABLE ${schema}.notes (id TEXT PRIMARY KEY, text TEXT, version INTEGER NOT NULL)`)
    const table = sqliteTable<Row>(db, { name: 'notes', columns: ['text'] })
    table.insert({ id: 'a' }, { text: 'one' })
    // made when the table has been written to: what was known of it does not stand any more
    table.update({ id: 'a' }, NO_MATTER, { text: 'two' })
    db.exec(`CREATE ${trigger} AFTER UPDATE OF text ON notes BEGIN
      UPDATE notes SET version = version + 1 WHERE id = NEW.id; END`)
    for (const text of ['three', 'four']) {
      const row = table.update({ id: 'a' }, NO_MATTER, { text })!
      expect(table.find({ id: 'a' })).toEqual(row)
      expect(table.update({ id: 'a' }, oneOf(table.versionOf(row)), { text: 'five' })).toBeDefined()
    }
    db.exec(trigger.includes('.') ? 'DROP TRIGGER other.moves' : 'DROP TRIGGER moves')
    const row = table.update({ id: 'a' }, NO_MATTER, { text: 'six' })!
    expect(table.find({ id: 'a' })).toEqual(row)
  })

  it('leaves nothing open where a trigger refuses', () => {
    const { db, table } = setUp()
    db.exec(
      `CREATE TRIGGER no AFTER UPDATE ON ${TABLE} WHEN NEW.text = 'no' BEGIN SELECT RAISE(ABORT, 'no'); END`,
    )
    const first = table.insert({ id: 'a' }, { text: 'one' })!
    expect(() => table.update({ id: 'a' }, NO_MATTER, { text: 'no' })).toThrow('no')
    expect(table.find({ id: 'a' })).toEqual(first)
    expect(table.update({ id: 'a' }, NO_MATTER, { text: 'two' })).toMatchObject({ text: 'two' })
  })

  it('starts a row that a console deletes and creates again above its earlier versions', () => {
    const { db, table } = setUp()
    table.insert({ id: 'a' }, { text: 'one' })
    const last = table.versionOf(table.update({ id: 'a' }, NO_MATTER, { text: 'two' })!)
    db.exec(`DELETE FROM ${TABLE}; INSERT INTO ${TABLE} (id, text, version) VALUES ('a', 'three', 1)`)
    expect(Number(table.versionOf(table.find({ id: 'a' })!))).toBeGreaterThan(Number(last))
    // without a version at all
    db.exec(`DELETE FROM ${TABLE}; INSERT INTO ${TABLE} (id, text) VALUES ('a', 'four')`)
    expect(Number(table.versionOf(table.find({ id: 'a' })!))).toBeGreaterThan(Number(last))
  })

  it('sees a row that is replaced under the version that was read', async () => {
    const { db, table } = setUp()
    const read = table.versionOf(table.insert({ id: 'a' }, { text: 'one' })!)
    // SQLite's clock has no part of a ms: until the next one has begun
    for (const now = Date.now(); Date.now() < now + 2;) await new Promise(setImmediate)
    db.exec(`INSERT OR REPLACE INTO ${TABLE} (id, text, version) VALUES ('a', 'by another tool', ${read})`)
    expect(Number(table.versionOf(table.find({ id: 'a' })!))).toBeGreaterThan(Number(read))
    expect(table.update({ id: 'a' }, oneOf(read), { text: 'lost' })).toBeUndefined()
  })

  it('leaves each insert of the library as it answered, whatever the clocks of both say', () => {
    const { table } = setUp()
    const slept = performance.now() - 60_000
    const clock = vi.spyOn(performance, 'now').mockReturnValue(slept)
    try {
      for (let n = 0; n < 500; n++) {
        const made = table.insert({ id: `row ${n}` }, { text: 'one' })!
        expect(table.find({ id: `row ${n}` })).toEqual(made)
      }
    } finally {
      clock.mockRestore()
    }
  })

  it.each([['uuid'], [{ timestamp: 3 }]] as const)('draws versions of the type %j', (versionType) => {
    const { db, table } = setUp('TEXT', versionType)
    table.insert({ id: 'a' }, { text: 'one' })
    const seen = new Set([table.versionOf(table.find({ id: 'a' })!)])
    for (let i = 0; i < 20; i++) {
      db.exec(`UPDATE ${TABLE} SET text = 'again'`)
      seen.add(table.versionOf(table.find({ id: 'a' })!))
    }
    expect(seen.size).toBe(21)
  })

  it('is told of a table as sqliteTable is', () => {
    expect(() => versionTrigger({ name: '' })).toThrow(coded('ERR_OPTION_INVALID', 'name'))
    expect(() => versionTrigger({ name: 'a', versionType: { timestamp: 6 } })).toThrow(
      coded('ERR_OPTION_INVALID'),
    )
  })

  it('leaves inserts to a start of the application’s own', () => {
    expect(versionTrigger({ name: 'a', start: () => 1 })).not.toContain('INSERT')
  })

  it('may be dropped and made again around a write, which matches all the same', () => {
    const file = temporaryFile()
    const [db, migration] = [closing(driver.open(file)), closing(driver.open(file))]
    db.exec('PRAGMA journal_mode = WAL')
    db.exec('CREATE TABLE pages (id TEXT PRIMARY KEY, text TEXT, version INTEGER NOT NULL)')
    const options = { name: 'pages', columns: ['text'] as const }
    db.exec(versionTrigger<Row>(options))
    let around = 0
    const drop = () => migration.exec('DROP TRIGGER "pages version update"')
    const make = () => migration.exec(versionTrigger<Row>(options))
    const [prepare, exec] = [db.prepare.bind(db), db.exec.bind(db)]
    db.prepare = (sql: string) => {
      const statement = prepare(sql)
      const all = statement.all.bind(statement)
      statement.all = (...params: Parameters<typeof all>) => {
        if (around === 0 || driver.name === 'libsql' || !/^(?:UPDATE|INSERT)/.test(sql)) return all(...params)
        around--
        drop()
        const found = all(...params)
        make()
        return found
      }
      return statement
    }
    // which writes inside a transaction of its own, that nobody comes in between
    db.exec = (sql: string) => {
      if (around > 0 && driver.name === 'libsql' && sql.startsWith('BEGIN')) drop()
      const done = exec(sql)
      if (around > 0 && driver.name === 'libsql' && sql.startsWith('COMMIT')) {
        around--
        make()
      }
      return done
    }
    const table = sqliteTable<Row>(db, options)
    const made = table.insert({ id: 'a' }, { text: 'one' })!
    const next = table.update({ id: 'a' }, oneOf(table.versionOf(made)), { text: 'two' })!
    around = 1
    expect(table.update({ id: 'a' }, oneOf(table.versionOf(next)), { text: 'three' })).toMatchObject({
      text: 'three',
    })
    around = 1
    expect(table.insert({ id: 'b' }, { text: 'new' })).toMatchObject({ text: 'new' })
    expect(around).toBe(0)
  })
})
