export type {
  MysqlCallbackClient,
  MysqlClient,
  MysqlConnection,
  MysqlPool,
  MysqlPoolConnection,
  MysqlQueries,
  MysqlQuery,
} from './mysql/client.js'
export { mysqlLedger } from './mysql/ledger.js'
export type { MysqlLedger, MysqlLedgerOptions } from './mysql/ledger.js'
export { mysqlLedgerSchema } from './mysql/ledger-schema.js'
export type { MysqlLedgerSteps } from './mysql/ledger-steps.js'
export { mysqlTable } from './mysql/table.js'
export type { MysqlTable } from './mysql/table.js'
export type { MysqlTableOptions } from './mysql/table-options.js'
export type { MysqlTableSteps } from './mysql/table-steps.js'
export { versionTrigger } from './mysql/version-trigger.js'
export type { MysqlTriggerOptions } from './mysql/version-trigger.js'
