import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import Database from 'libsql'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { Redis } from 'ioredis'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb'
import { memoryLedger, memoryTable } from 'express-if-match'
import type { StorePromises } from 'express-if-match/core'
import { dynamodbLedger, dynamodbTable } from 'express-if-match/dynamodb'
import { mysqlLedger, mysqlTable } from 'express-if-match/mysql'
import { postgresLedger, postgresTable } from 'express-if-match/postgres'
import { redisLedger } from 'express-if-match/redis'
import { sqliteLedger, sqliteTable } from 'express-if-match/sqlite'

interface Row {
  readonly id: string
}

const TABLE = { name: 'articles', columns: [] as const }

const CLOCKS: Readonly<Record<StorePromises['clock'], string>> = {
  store: "the store's",
  observer: 'an observer, by its own monotonic clock',
  none: 'no claims',
}

/** Every store as a table of Markdown, from what each says of itself. None of them is connected to anything. */
export async function storePromises(): Promise<string> {
  const pool = new pg.Pool()
  const pglite = new PGlite()
  const sqlite = new Database(':memory:')
  const mysqlPool = mysql.createPool({})
  const redis = new Redis({ lazyConnect: true })
  const dynamodb = DynamoDBDocument.from(new DynamoDB({ region: 'eu-central-1' }))
  const folder = mkdtempSync(path.join(tmpdir(), 'if-match-docs-'))
  const file = new Database(path.join(folder, 'app.db'))
  const stores: readonly [name: string, promises: StorePromises | undefined][] = [
    ['memory, ledger', memoryLedger().promises],
    ['memory, table', memoryTable<Row>({}).promises],
    ['SQLite, ledger on a file', sqliteLedger(file).promises],
    ['SQLite, ledger in memory', sqliteLedger(sqlite).promises],
    ['SQLite, table', sqliteTable<Row>(sqlite, TABLE).promises],
    ['PostgreSQL, ledger', postgresLedger(pool).promises],
    ['PostgreSQL, table', postgresTable<Row>(pool, TABLE).promises],
    ['PGlite in memory, ledger', postgresLedger(pglite).promises],
    ['MySQL and MariaDB, ledger', mysqlLedger(mysqlPool).promises],
    ['MySQL and MariaDB, table', mysqlTable<Row>(mysqlPool, TABLE).promises],
    ['Redis, ledger', redisLedger(redis).promises],
    ['Redis, ledger with `wait`', redisLedger(redis, { wait: { replicas: 1 } }).promises],
    ['Redis, ledger with `durable`', redisLedger(redis, { durable: true }).promises],
    ['DynamoDB, ledger', dynamodbLedger(dynamodb).promises],
    ['DynamoDB, table', dynamodbTable<Row>(dynamodb, TABLE).promises],
  ]
  await Promise.all([pool.end(), pglite.close(), mysqlPool.end()])
  redis.disconnect()
  sqlite.close()
  file.close()
  rmSync(folder, { recursive: true })
  const lines = stores.map(([name, promises]) => {
    if (promises === undefined) throw new Error(`${name} promises nothing`)
    const { durable, failover, clock, transaction } = promises
    return `| ${name} | ${durable} | ${failover} | ${CLOCKS[clock]} | ${transaction ? 'yes' : 'no'} |`
  })
  const head =
    '| store | durable | what a failover can lose | whose clock ends a claim | in your transaction |'
  return [head, '|---|---|---|---|---|', ...lines].join('\n')
}
