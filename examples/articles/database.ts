import Database from 'libsql'
import { StartError } from './settings.js'

export interface Article {
  id: number
  title: string
  body: string
  version: number
}

/** Opens the file, makes the table, and puts two articles into an empty one. */
export function openDatabase(path: string): Database.Database {
  let db: Database.Database | undefined
  try {
    db = new Database(path)
    // first of all: the other statements, too, wait for another process that is writing
    db.exec('PRAGMA busy_timeout = 5000')
    db.exec('PRAGMA journal_mode = WAL')
    // AUTOINCREMENT: the id of a deleted article is never given out again, so nor is any of its versions
    db.exec(`CREATE TABLE IF NOT EXISTS articles (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      title TEXT NOT NULL,
      body TEXT NOT NULL,
      version INTEGER NOT NULL DEFAULT 1
    )`)
    if (listArticles(db).length === 0) {
      for (const { title, body } of EXAMPLES) insertArticle(db, title, body)
    }
    return db
  } catch (error) {
    db?.close()
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartError(
      `The database ${JSON.stringify(path)} cannot be opened: ${reason}. Choose another file: DATABASE=/tmp/articles.db npm start`,
    )
  }
}

export function listArticles(db: Database.Database): Pick<Article, 'id' | 'title' | 'version'>[] {
  return db.prepare('SELECT id, title, version FROM articles ORDER BY id').all() as Article[]
}

/** The id of the new article, which begins at version 1. */
export function insertArticle(db: Database.Database, title: string, body: string): number {
  const { lastInsertRowid } = db.prepare('INSERT INTO articles (title, body) VALUES (?, ?)').run(title, body)
  return Number(lastInsertRowid)
}

const EXAMPLES = [
  {
    title: 'Opening hours',
    body: 'The library is open from Monday to Friday, from nine to five.\nOn Saturday it closes at noon.',
  },
  { title: 'House rules', body: 'Please be quiet.' },
]
