import type { PGlite, Transaction } from '@electric-sql/pglite'
import type pg from 'pg'
import { expectTypeOf, it } from 'vitest'
import type { PostgresClient, PostgresQueries, TransactionClient } from '../../src/stores/postgres/client.js'

it('hands over what the client itself would', () => {
  expectTypeOf<TransactionClient<pg.Pool>>().toEqualTypeOf<pg.PoolClient>()
  expectTypeOf<TransactionClient<PGlite>>().toEqualTypeOf<Transaction>()
  expectTypeOf<TransactionClient<pg.Client>>().toEqualTypeOf<PostgresQueries>()
  expectTypeOf<pg.Pool>().toExtend<PostgresClient>()
  expectTypeOf<pg.Client>().toExtend<PostgresClient>()
  expectTypeOf<PGlite>().toExtend<PostgresClient>()
})
