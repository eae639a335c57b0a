import type { StorePromises } from '../../core/store-promises.js'
import { isPool, type MysqlConnection, type MysqlPool } from './client.js'

const REPLICA = 'what a replica had not received yet, unless it replicates semi-synchronously or in a cluster'

export function ledgerPromises(client: MysqlPool | MysqlConnection): StorePromises {
  // a connection that others share never takes part in a transaction
  return {
    durable: 'yes',
    failover: `${REPLICA}; give the ledger another \`epoch\` then, as after a backup was restored`,
    clock: 'store',
    transaction: isPool(client),
  }
}

export function tablePromises(client: MysqlPool | MysqlConnection): StorePromises {
  const lost = `${REPLICA}; the versions of what was lost may come again, unless they are uuids. Without a binary log a crash alone may do so to counts that did not begin at the clock`
  return { ...ledgerPromises(client), clock: 'none', failover: lost }
}
