import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { createApp, type Database } from '../../examples/orms/kysely.js'
import { ormCases } from './orms-cases.js'
import { COUNTED, overPostgres, type OpenOrm } from './orms-postgres.js'

function open(connectionString: string): OpenOrm {
  const dialect = new PostgresDialect({ pool: new pg.Pool({ connectionString }) })
  const db = new Kysely<Database>({ dialect })
  return { createApp: () => createApp(db), close: () => db.destroy() }
}

overPostgres('Kysely', COUNTED, open, (scene) => {
  ormCases({ methods: ['PUT'], deletes: true }, scene)
})
