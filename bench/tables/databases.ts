import type { Articles } from './articles.js'
import { mariadbArticles } from './mariadb.js'
import { postgresArticles } from './postgres.js'
import { sqliteArticles } from './sqlite.js'

/** One table of articles each, made anew. */
export const databases = {
  PostgreSQL: postgresArticles,
  MariaDB: mariadbArticles,
  SQLite: sqliteArticles,
} satisfies Readonly<Record<string, () => Promise<Articles>>>

export type Database = keyof typeof databases

export function isDatabase(name: string): name is Database {
  return Object.hasOwn(databases, name)
}
