import type { StorePromises } from '../../core/store-promises.js'
import { hasClock, isInMemory, isPGlite, isPool, type PostgresClient } from './client.js'

const SENT = 'what a standby had not received yet, unless it replicates synchronously'

export function ledgerPromises(client: PostgresClient): StorePromises {
  return {
    durable: isInMemory(client) ? 'no' : 'yes',
    failover: isPGlite(client)
      ? 'there is none: the database is a part of its process'
      : `${SENT}; give the ledger another \`epoch\` then, as after a backup was restored`,
    clock: hasClock(client) ? 'store' : 'observer',
    // a connection that others share never does
    transaction: isPool(client) || isPGlite(client),
  }
}

export function tablePromises(client: PostgresClient): StorePromises {
  const ledger = ledgerPromises(client)
  const lost = `${SENT}; the versions of what was lost may come again, unless they are uuids`
  return { ...ledger, clock: 'none', failover: isPGlite(client) ? ledger.failover : lost }
}
