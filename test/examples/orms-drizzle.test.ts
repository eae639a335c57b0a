import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { createApp } from '../../examples/orms/drizzle.js'
import { ormCases } from './orms-cases.js'
import { COUNTED, overPostgres, type OpenOrm } from './orms-postgres.js'

function open(connectionString: string): OpenOrm {
  const pool = new pg.Pool({ connectionString })
  const db = drizzle(pool)
  return { createApp: () => createApp(db), close: () => pool.end() }
}

overPostgres('Drizzle', COUNTED, open, (scene) => {
  ormCases({ methods: ['PUT'], deletes: true }, scene)
})
