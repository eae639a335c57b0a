import knex from 'knex'
import { createApp } from '../../examples/orms/knex.js'
import { ormCases } from './orms-cases.js'
import { COUNTED, overPostgres, type OpenOrm } from './orms-postgres.js'

function open(connection: string): OpenOrm {
  const db = knex({ client: 'pg', connection })
  return { createApp: () => createApp(db), close: () => db.destroy() }
}

overPostgres('Knex', COUNTED, open, (scene) => {
  ormCases({ methods: ['PUT'], deletes: true }, scene)
})
