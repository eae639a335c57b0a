import type { FaultStore } from './store.js'

/** Loads the driver of that store, and no other. */
async function storesOf(database: string | undefined): Promise<readonly FaultStore[]> {
  switch (database) {
    case 'sqlite':
      return (await import('./sqlite.js')).sqliteStores
    case 'postgres':
      return (await import('./postgres.js')).postgresStores
    case 'mysql':
      return (await import('./mysql.js')).mysqlStores
    case 'redis':
      return (await import('./redis.js')).redisStores
    default:
      return []
  }
}

/** `name`: `postgres ledger` */
export async function faultStore(name: string): Promise<FaultStore> {
  const found = (await storesOf(name.split(' ')[0])).find((store) => store.name === name)
  if (found === undefined) throw new Error(`no store is called ${name}`)
  return found
}
