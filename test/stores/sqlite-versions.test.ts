import { expect, it } from 'vitest'
import { sqliteTable, type SqliteTableOptions } from '../../src/stores/sqlite.js'
import { NO_MATTER, coded, noneOf, oneOf } from './sqlite-articles.js'
import { closing, onEachDriver, tidyUp } from './sqlite-drivers.js'
import type { Driver } from './sqlite-drivers-open.js'

tidyUp()

interface Page {
  id: string
  text: string
  note: string | null
  version: string
  deleted: string | null
}

/** An empty table with a version column of text, or of another `type`. */
function pages(driver: Driver, options: Partial<SqliteTableOptions<Page>>, type = 'TEXT') {
  const db = closing(driver.open(':memory:'))
  db.exec(`CREATE TABLE pages (id TEXT PRIMARY KEY, text TEXT, note TEXT DEFAULT 'none', deleted TEXT,
    version ${type} NOT NULL)`)
  return { db, table: sqliteTable<Page>(db, { name: 'pages', columns: ['text', 'note'], ...options }) }
}

onEachDriver('sqliteTable with uuids for versions', (driver) => {
  it('draws another one with every write, and takes no other spelling', () => {
    const { table, db } = pages(driver, { versionType: 'uuid' })
    const first = table.insert({ id: 'a' }, { text: 'one' })!
    const second = table.update({ id: 'a' }, oneOf(table.versionOf(first)), { text: 'two' })!
    expect(table.versionOf(second)).not.toBe(table.versionOf(first))
    expect(table.update({ id: 'a' }, oneOf(table.versionOf(first)), { text: 'three' })).toBeUndefined()
    expect(table.update({ id: 'a' }, noneOf(table.versionOf(second), 'x'), { text: '3' })).toBeUndefined()
    db.exec(`UPDATE pages SET version = upper(version)`)
    const tags = [table.versionOf(first), table.versionOf(second)]
    expect(table.update({ id: 'a' }, oneOf(...tags), { text: 'three' })).toMatchObject({ text: 'three' })
    expect(table.isVersion(tags[0]!)).toBe(true)
    expect(table.isVersion(tags[0]!.toUpperCase())).toBe(false)
    expect(table.isVersion('1')).toBe(false)
  })

  it('says what a column is that holds none', () => {
    const { table, db } = pages(driver, { versionType: 'uuid' })
    db.exec(`INSERT INTO pages (id, version) VALUES ('a', '7')`)
    expect(() => table.versionOf(table.find({ id: 'a' })!)).toThrow(
      coded('ERR_VERSION_INVALID', 'uuid NOT NULL'),
    )
  })
})

onEachDriver('sqliteTable with timestamps for versions', (driver) => {
  it('moves on by a ms at least, however fast the writes, and is a text that a Date reads', () => {
    const { table } = pages(driver, { versionType: { timestamp: 3 } })
    let version = table.versionOf(table.insert({ id: 'a' }, { text: '0' })!)
    for (let i = 1; i <= 50; i++) {
      const row = table.update({ id: 'a' }, oneOf(version), { text: String(i) })!
      const next = table.versionOf(row)
      expect(Date.parse(next)).toBeGreaterThan(Date.parse(version))
      expect(new Date(next).toISOString()).toBe(next)
      expect(table.update({ id: 'a' }, oneOf(version), { text: 'late' })).toBeUndefined()
      version = next
    }
  })

  it('tells the lives of a row apart that is only marked as deleted, and created again at once', () => {
    const { table } = pages(driver, { versionType: { timestamp: 3 }, deleted: 'deleted' })
    const seen = new Set<string>()
    for (let life = 0; life < 20; life++) {
      seen.add(table.versionOf(table.insert({ id: 'a' }, {})!))
      seen.add(table.versionOf(table.update({ id: 'a' }, NO_MATTER, {})!))
      table.delete({ id: 'a' }, NO_MATTER)
    }
    expect(seen.size).toBe(40)
  })

  it('knows If-Unmodified-Since, in whole seconds', () => {
    const { table, db } = pages(driver, { versionType: { timestamp: 3 } })
    db.exec(`INSERT INTO pages (id, version) VALUES ('a', '2026-01-31T12:00:00.900Z')`)
    const since = (text: string) => ({
      kind: 'unmodified-since' as const,
      date: Date.parse(text),
      source: 'if-unmodified-since' as const,
    })
    expect(table.update({ id: 'a' }, since('2026-01-31T11:59:59Z'), { text: 'x' })).toBeUndefined()
    expect(table.update({ id: 'a' }, since('2026-01-31T12:00:00Z'), { text: 'x' })).toMatchObject({
      text: 'x',
    })
  })

  it('keeps whole seconds where the column does', () => {
    const { table } = pages(driver, { versionType: { timestamp: 0 } })
    const first = table.versionOf(table.insert({ id: 'a' }, {})!)
    const second = table.versionOf(table.update({ id: 'a' }, oneOf(first), {})!)
    expect(Date.parse(second) - Date.parse(first)).toBeGreaterThanOrEqual(1000)
    expect(second).toMatch(/\.000Z$/)
    expect(table.isVersion('2026-01-31T12:00:00.001Z')).toBe(false)
  })

  it('refuses a precision that SQLite does not have, and a row in another form', () => {
    expect(() => pages(driver, { versionType: { timestamp: 6 } })).toThrow(
      coded('ERR_OPTION_INVALID', 'timestamp: 3'),
    )
    expect(() => pages(driver, { versionType: 'date' as never })).toThrow(
      coded('ERR_OPTION_INVALID', '"date"'),
    )
    const { table, db } = pages(driver, { versionType: { timestamp: 3 } })
    db.exec(`INSERT INTO pages (id, version) VALUES ('a', '2026-01-31 12:00:00')`)
    expect(() => table.versionOf(table.find({ id: 'a' })!)).toThrow(coded('ERR_VERSION_INVALID'))
  })
})

onEachDriver('sqliteTable with rows that are only marked as deleted', (driver) => {
  const setUp = () => pages(driver, { deleted: 'deleted', versionType: 'bigint' }, 'INTEGER')

  it('does not find them, nor write them', () => {
    const { table, db } = setUp()
    const row = table.insert({ id: 'a' }, { text: 'one', note: 'mine' })!
    expect(table.delete({ id: 'a' }, oneOf('1'))).toBeUndefined()
    expect(table.delete({ id: 'a' }, oneOf(table.versionOf(row)))).toMatchObject({ text: 'one' })
    expect(table.find({ id: 'a' })).toBeUndefined()
    expect(table.update({ id: 'a' }, NO_MATTER, { text: 'two' })).toBeUndefined()
    expect(table.delete({ id: 'a' }, NO_MATTER)).toBeUndefined()
    expect(db.prepare('SELECT text, deleted IS NOT NULL AS gone FROM pages').all()).toMatchObject([
      { text: 'one', gone: 1 },
    ])
  })

  it('brings the row back under a further version, with nothing of the old one in its columns', () => {
    const { table } = setUp()
    const first = table.insert({ id: 'a' }, { text: 'one', note: 'mine' })!
    expect(table.insert({ id: 'a' }, { text: 'two' })).toBeUndefined()
    table.delete({ id: 'a' }, NO_MATTER)
    const second = table.insert({ id: 'a' }, { text: 'two' })!
    expect(second).toMatchObject({ text: 'two', note: 'none', deleted: null })
    expect(Number(table.versionOf(second))).toBe(Number(table.versionOf(first)) + 2)
  })

  it('leaves the mark to itself', () => {
    const columns = ['text', 'DELETED'] as unknown as ['text']
    expect(() => pages(driver, { deleted: 'deleted', columns })).toThrow(
      coded('ERR_OPTION_INVALID', 'mark of a deleted row'),
    )
  })
})
