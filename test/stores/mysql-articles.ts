import type { Pool } from 'mysql2/promise'
import { mysqlTable, type MysqlTableOptions } from '../../src/stores/mysql.js'
import { tableName } from './mysql-support.js'

export interface Article {
  id: number
  title: string
  body: string | null
  owner?: string
  version: number
  removed_at?: Date | null
}

export const COLUMNS = `id INT PRIMARY KEY, title VARCHAR(50) UNIQUE, body TEXT, owner VARCHAR(20) DEFAULT 'root',
  version BIGINT NOT NULL DEFAULT 1, removed_at DATETIME`

/** A table of two articles. */
export async function articles(pool: Pool, options: Partial<MysqlTableOptions<Article>> = {}) {
  const name = tableName()
  await pool.query(`CREATE TABLE ${name} (${COLUMNS}) CHARACTER SET utf8mb4`)
  await pool.query(`INSERT INTO ${name} (id, title, version) VALUES (1, 'one', 5), (2, 'two', 5)`)
  return { name, table: mysqlTable<Article>(pool, { name, columns: ['title', 'body'], ...options }) }
}
