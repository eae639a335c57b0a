import type { StorePromises } from '../../core/store-promises.js'

const ONE_FILE =
  'one file, no failover of its own; what copies the file (a backup, Litestream) brings back the state of its copy'

export const LEDGER_PROMISES: StorePromises = {
  durable: 'yes',
  failover: ONE_FILE,
  clock: 'observer',
  transaction: true,
}

/** A database without a file ends with its connection; its versions say so. */
export const IN_MEMORY_PROMISES: StorePromises = { ...LEDGER_PROMISES, durable: 'no' }

export const TABLE_PROMISES: StorePromises = { ...LEDGER_PROMISES, clock: 'none' }
