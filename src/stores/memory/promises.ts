import type { StorePromises } from '../../core/store-promises.js'

const NOT_SHARED = 'nothing outlives the process, and no other process sees it'

export const LEDGER_PROMISES: StorePromises = {
  durable: 'no',
  failover: NOT_SHARED,
  clock: 'store',
  transaction: false,
}

export const TABLE_PROMISES: StorePromises = { ...LEDGER_PROMISES, clock: 'none', transaction: true }
