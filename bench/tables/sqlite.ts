import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteTable } from 'express-if-match/sqlite'
import { CHANGE, ROWS, type Article, type Articles } from './articles.js'

/** A file in WAL mode. The plain statement is prepared once, and `all` since `get` would never checkpoint. */
export async function sqliteArticles(): Promise<Articles> {
  // not in package.json: npm install --no-save better-sqlite3@12
  const { default: Database } = await import('better-sqlite3')
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  const db = new Database(join(folder, 'articles.db'))
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.exec(
    'CREATE TABLE articles (id INTEGER PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, version INTEGER NOT NULL)',
  )
  const insert = db.prepare('INSERT INTO articles VALUES (?, ?, ?, 1)')
  db.transaction(() => {
    for (let id = 0; id < ROWS; id++) insert.run(id, CHANGE.title, CHANGE.text)
  })()
  const update = db.prepare(
    'UPDATE articles SET title = ?, text = ?, version = version + 1 WHERE id = ? RETURNING *',
  )
  return {
    name: 'SQLite',
    plain: {
      'the same UPDATE … RETURNING without a condition': (id) =>
        update.all(CHANGE.title, CHANGE.text, id)[0] as Article,
    },
    table: sqliteTable<Article>(db, { name: 'articles', columns: ['title', 'text'] }),
    async close() {
      db.close()
      await rm(folder, { recursive: true })
    },
  }
}
