import { optionError } from '../../core/errors.js'
import { isPool, rowsOf, takesBatches, type MysqlConnection, type MysqlPool } from './client.js'
import type { Way } from './script.js'

/** MySQL calls the isolation transaction_isolation, MariaDB did so only from 11.1 on. */
const VARIABLES =
  "SHOW SESSION VARIABLES WHERE Variable_name IN ('version', 'sql_mode', 'autocommit', 'tx_isolation', 'transaction_isolation')"

/**
 * How this client and the server behind it take several statements. Looks at one connection, for all of its client: an
 * application sets them up alike. Without autocommit a read would open a transaction, and go on telling what was
 * there then; under READ UNCOMMITTED it would tell of versions that are rolled back, and given to another state later.
 * Throws ERR_OPTION_INVALID.
 */
export async function readWay(option: string, client: MysqlPool | MysqlConnection): Promise<Way> {
  const rows = await rowsOf(client, VARIABLES, 'plainly')
  const variables = new Map(rows.map((row) => [row.Variable_name, String(row.Value)]))
  if (variables.get('autocommit') === 'OFF')
    throw optionError(option, client, 'Its connections must have autocommit on, as they have by default.')
  if ([...variables.values()].includes('READ-UNCOMMITTED'))
    throw optionError(option, client, 'Its connections must read what is committed, as they do by default.')
  // under sql_mode=ORACLE a block is of another grammar
  const hasBlocks = !(variables.get('sql_mode') ?? '').split(',').includes('ORACLE')
  if (hasBlocks && /mariadb/i.test(variables.get('version') ?? '')) return 'block'
  // on a connection that others share, what they have sent meanwhile would run in a batch that has failed half-way
  return isPool(client) && takesBatches(client) ? 'batch' : 'single'
}
