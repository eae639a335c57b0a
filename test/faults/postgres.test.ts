import pg from 'pg'
import { ownPostgres } from '../support/own-servers.js'
import { withstandsAll } from './networked.js'
import { postgresStores } from './stores/postgres.js'

const at = (port: number): string => `postgres://postgres@127.0.0.1:${port}/postgres`

async function connections(port: number): Promise<number> {
  const client = new pg.Client(at(port))
  await client.connect()
  const others = `SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`
  const { rows } = await client.query<{ count: number }>(others)
  await client.end()
  return rows[0]!.count
}

for (const { name } of postgresStores) withstandsAll(name, ownPostgres, { at, connections })
