export type {
  PGliteDatabase,
  PostgresClient,
  PostgresConnection,
  PostgresPool,
  PostgresPoolClient,
  PostgresQueries,
} from './postgres/client.js'
export { postgresLedger } from './postgres/ledger.js'
export type { PostgresLedger, PostgresLedgerOptions, PostgresLedgerSteps } from './postgres/ledger.js'
export { postgresLedgerSchema } from './postgres/ledger-schema.js'
export { postgresTable } from './postgres/table.js'
export type { PostgresTable } from './postgres/table.js'
export type { PostgresTableOptions } from './postgres/table-options.js'
export type { PostgresTableSteps } from './postgres/table-steps.js'
export type { Isolation } from './postgres/transaction.js'
export { versionTrigger } from './postgres/version-trigger.js'
