import { expect } from 'vitest'
import type { Expectation } from '../../src/core/expectation.js'
import { sqliteTable, type SqliteTableOptions } from '../../src/stores/sqlite.js'
import type { OpenDatabase } from './sqlite-drivers-open.js'
import { closing } from './sqlite-drivers.js'

export interface Article {
  id: number
  title: string
  body: string | null
  version: number
}

export const NO_MATTER: Expectation = { kind: 'unconditional' }
export const oneOf = (...versions: string[]): Expectation => ({
  kind: 'one-of',
  versions,
  weak: false,
  source: 'if-match',
})
export const noneOf = (...versions: string[]): Expectation => ({
  kind: 'none-of',
  versions,
  source: 'if-none-match',
})
export const coded = (code: string, text = '') =>
  expect.objectContaining({ code, message: expect.stringContaining(text) })

/** A table of two articles in a database of its own. */
export function articles(db: OpenDatabase, options: Partial<SqliteTableOptions<Article>> = {}) {
  closing(db).exec(`
    CREATE TABLE articles (
      id INTEGER PRIMARY KEY, title TEXT UNIQUE, body, owner TEXT DEFAULT 'root', version INTEGER DEFAULT 1);
    INSERT INTO articles (id, title, version) VALUES (1, 'one', 5), (2, 'two', 5)`)
  const table = sqliteTable<Article>(db, { name: 'articles', columns: ['title', 'body'], ...options })
  const plain = (row: unknown) => (row === undefined ? undefined : { ...(row as object) })
  return { db, table, plain }
}
