import type { SharedStore } from './store.js'

/** One file for each database. Only the one that is asked for is loaded: every server process waits for its driver. */
const FILES: Readonly<Record<string, () => Promise<readonly SharedStore[]>>> = {
  sqlite: async () => (await import('./sqlite.js')).sqliteStores,
  postgres: async () => (await import('./postgres.js')).postgresStores,
  mysql: async () => (await import('./mysql.js')).mysqlStores,
  redis: async () => (await import('./redis.js')).redisStores,
  dynamodb: async () => (await import('./dynamodb.js')).dynamodbStores,
  broken: async () => (await import('./broken.js')).brokenStores,
}

/** A store by its name, whose first word is the database: `postgres ledger`. */
export async function sharedStore(name: string): Promise<SharedStore> {
  const stores = await FILES[name.split(' ')[0] ?? '']?.()
  const found = stores?.find((store) => store.name === name)
  if (found === undefined) throw new Error(`no store is called ${name}`)
  return found
}
