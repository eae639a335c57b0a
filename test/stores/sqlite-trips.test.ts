import { expect, it } from 'vitest'
import { sqliteTable, type SqliteDatabase } from '../../src/stores/sqlite.js'
import { NO_MATTER, oneOf } from './sqlite-articles.js'
import { closing, onEachDriver, temporaryFile, tidyUp } from './sqlite-drivers.js'

tidyUp()

interface Page {
  id: string
  text: string
  version: number
}

interface Counted {
  readonly prepared: string[]
  readonly run: string[]
}

/** Writes down each statement that is prepared, and each that is run; those in which libsql's writes are wrapped excepted. */
function counting(db: SqliteDatabase): Counted {
  const counted: Counted = { prepared: [], run: [] }
  const prepare = db.prepare.bind(db)
  db.prepare = (sql) => {
    counted.prepared.push(sql)
    const statement = prepare(sql)
    const all = statement.all.bind(statement)
    statement.all = (...params) => {
      counted.run.push(sql)
      return all(...params)
    }
    return statement
  }
  return counted
}

/** how many other tables there are: what is known of a small schema is not what is known of a large one */
const OTHERS = [0, 70]

for (const others of OTHERS)
  onEachDriver(`the statements of a sqliteTable beside ${others} others`, (driver) => {
    const setUp = (file = ':memory:') => {
      const db = closing(driver.open(file))
      for (let index = 0; index < others; index++) db.exec(`CREATE TABLE other${index} (id INTEGER)`)
      db.exec(`CREATE TABLE pages (id TEXT PRIMARY KEY, text TEXT, version INTEGER NOT NULL)`)
      const counted = counting(db)
      const table = sqliteTable<Page>(db, { name: 'pages', columns: ['text'] })
      let row = table.insert({ id: 'a' }, { text: 'one' })!
      const update = (text: string) => {
        row = table.update({ id: 'a' }, oneOf(table.versionOf(row)), { text })!
        expect(row.text).toBe(text)
      }
      const statements = (work: () => void): [prepared: number, run: number] => {
        counted.prepared.length = counted.run.length = 0
        work()
        return [counted.prepared.length, counted.run.length]
      }
      update('two')
      return { db, table, update, statements, latest: () => row }
    }

    it('are one for a write, which is prepared once', () => {
      const { table, update, statements } = setUp()
      expect(statements(() => update('three'))).toEqual([0, 1])
      table.insert({ id: 'b' }, { text: 'one' })
      expect(statements(() => table.insert({ id: 'c' }, { text: 'one' }))).toEqual([0, 1])
      table.transaction((steps) => {
        expect(statements(() => steps.update({ id: 'b' }, NO_MATTER, { text: 'two' }))).toEqual([1, 1])
      })
    })

    it('are one for who finds the file locked, and waits for that once', () => {
      const file = temporaryFile()
      const { db, table, statements } = setUp(file)
      db.exec('PRAGMA busy_timeout = 1')
      const holder = closing(driver.open(file))
      holder.exec('BEGIN EXCLUSIVE')
      const locked = () =>
        expect(() => table.update({ id: 'a' }, NO_MATTER, { text: 'x' })).toThrow('database is locked')
      // libsql asks for the lock before the statement
      expect(statements(locked)[1]).toBeLessThanOrEqual(1)
      holder.exec('COMMIT')
    })

    it('are two for who loses: whether it was the version, or the schema', () => {
      const { table, update, statements, latest } = setUp()
      const lost = () => expect(table.update({ id: 'a' }, oneOf('1'), { text: 'lost' })).toBeUndefined()
      lost()
      expect(statements(lost)).toEqual([0, 2])
      update('three')
      expect(table.find({ id: 'a' })).toEqual(latest())
    })

    it('see a trigger of another connection at once, and that it is gone', () => {
      const file = temporaryFile()
      const { table, update, statements, latest } = setUp(file)
      const other = closing(driver.open(file))
      other.exec(`CREATE TRIGGER twice AFTER UPDATE OF text ON pages BEGIN
      UPDATE pages SET version = version + 1 WHERE id = NEW.id; END`)
      const before = latest().version
      update('three')
      expect(latest()).toEqual({ id: 'a', text: 'three', version: before + 2 })
      expect(table.find({ id: 'a' })).toEqual(latest())
      other.exec('DROP TRIGGER twice')
      update('four')
      expect(table.find({ id: 'a' })).toEqual({ id: 'a', text: 'four', version: before + 3 })
      update('five')
      expect(statements(() => update('six'))).toEqual([0, 1])
    })

    it('stay one where something else is migrated, or the file is made anew, as far as that is seen', () => {
      const file = temporaryFile()
      const { update, statements } = setUp(file)
      const other = closing(driver.open(file))
      for (const change of ['CREATE TABLE another (id INTEGER)', 'VACUUM', 'DROP TABLE another']) {
        other.exec(change)
        const [prepared] = statements(() => update(change))
        if (others === 0) expect(prepared).toBe(0)
        else update('prepared anew')
        expect(statements(() => update('again'))).toEqual([0, 1])
      }
    })

    it('know a trigger by the schema that was committed, not by one that was undone', () => {
      const { db, table, update, latest } = setUp()
      db.exec('BEGIN; CREATE TABLE other (id INTEGER)')
      update('three')
      db.exec('ROLLBACK')
      // the schema has the version now that it had in the transaction
      db.exec(`CREATE TRIGGER twice AFTER UPDATE OF text ON pages BEGIN
      UPDATE pages SET version = version + 1 WHERE id = NEW.id; END`)
      const found = table.find({ id: 'a' })!
      const row = table.update({ id: 'a' }, oneOf(table.versionOf(found)), { text: 'four' })!
      expect(row.version).toBe(found.version + 2)
      expect(table.find({ id: 'a' })).toEqual(row)
      expect(latest()).not.toEqual(row)
    })

    it('have the columns that a migration has made of the table', () => {
      const file = temporaryFile()
      const { table, update, latest } = setUp(file)
      const other = closing(driver.open(file))
      other.exec(`ALTER TABLE pages ADD COLUMN note TEXT DEFAULT 'new'`)
      update('three')
      expect(latest()).toMatchObject({ text: 'three', note: 'new' })
      other.exec('ALTER TABLE pages RENAME COLUMN text TO body')
      expect(() => table.update({ id: 'a' }, NO_MATTER, { text: 'four' })).toThrow(
        expect.objectContaining({ code: 'ERR_STORE_SCHEMA' }),
      )
    })
  })
