import type { StorePromises } from '../../core/store-promises.js'

const ONE_REGION =
  'nothing within one region; a global table loses writes of two regions to one item, since the last one wins there: write in one region only, or give it multi-Region strong consistency'

export const LEDGER_PROMISES: StorePromises = {
  durable: 'yes',
  failover: ONE_REGION,
  clock: 'observer',
  transaction: false,
}

export const TABLE_PROMISES: StorePromises = { ...LEDGER_PROMISES, clock: 'none' }
