import { optionError } from '../../core/errors.js'
import type { Ledger, MaybePromise, Swap, SwapResult, TransactionOptions } from '../../core/ledger.js'
import type { LedgerRecord } from '../../core/record.js'
import type { SqlRow } from '../sql/ledger-row.js'
import { storedKey } from '../sql/stored-key.js'
import { promised, type MysqlClient, type TransactionClient } from './client.js'
import { schemaError } from './errors.js'
import { LEDGER, ledgerName, prepareLedger, type LedgerPlace } from './ledger-schema.js'
import { ledgerSql, LONGEST_KEY } from './ledger-sql.js'
import { ledgerSteps, orUnseen, type MysqlLedgerSteps } from './ledger-steps.js'
import { afterOnce } from '../sql/once.js'
import { ledgerPromises } from './promises.js'
import { readWay } from './server.js'
import { ownSession, type SessionOptions } from './session.js'
import { transact } from './transaction.js'

export interface MysqlLedgerOptions extends LedgerPlace {
  /** creates the table where it is not there; `true`. With `false` a missing one is an error that shows the DDL */
  readonly create?: boolean
  /**
   * a text of a to z and 0 to 9, at most 32, in front of every version. Change it after an older backup was restored, or
   * a replica took over that lacked the last commits: what they forgot must not match what is counted again
   */
  readonly epoch?: string
}

/** A ledger in a MySQL or MariaDB database. */
export interface MysqlLedger<Client = unknown> extends MysqlLedgerSteps, Ledger<Client> {
  get(key: string): Promise<LedgerRecord>
  getMany(keys: readonly string[]): Promise<readonly LedgerRecord[]>
  compareAndSwap(key: string, swap: Swap): Promise<SwapResult>
  /** on a connection of its own, which is also handed over; ERR_WRITE_UNSUPPORTED on a Connection that others share */
  transaction<T>(
    work: (steps: MysqlLedgerSteps, client: Client) => MaybePromise<T>,
    options?: TransactionOptions,
  ): Promise<T>
}

/**
 * Without a binary log a crash takes back what others have read; the chance that a count which was lost comes again is
 * one in half a million, and a key has room for some seventeen thousand million writes
 */
const SKIPS = 2 ** 20

const OPTIONS = ['table', 'schema', 'create', 'epoch']

/**
 * A ledger beside the application's data, over a Pool of mysql2, or a Connection that others share. Whoever made the
 * client closes it. The table is looked for, or made, before the first step. Each step is one trip on MariaDB, and
 * where MySQL's client has set `multipleStatements`; elsewhere on MySQL, a claim of a key that was settled is two.
 */
export function mysqlLedger<Client extends MysqlClient>(
  client: Client,
  options: MysqlLedgerOptions = {},
): MysqlLedger<TransactionClient<Client>> {
  const { create = true, epoch = '' } = checkOptions(options)
  const own = promised('mysqlLedger(client)', client)
  const sql = ledgerSql(ledgerName(options).quoted)
  const ready = afterOnce(async () => {
    const way = await readWay('mysqlLedger(client)', own)
    await prepareLedger(own, options, create)
    const sessionOptions: SessionOptions = { store: LEDGER, way, reading: 'plainly' }
    const session = ownSession(own, sessionOptions)
    return { common: { ...sessionOptions, client: own }, session, steps: ledgerSteps(session, sql) }
  })
  return {
    name: 'mysql',
    promises: ledgerPromises(own),
    epoch,
    skips: SKIPS,
    get: (key) => ready(({ steps }) => steps.get(key).catch(explained)),
    compareAndSwap: (key, swap) => ready(({ steps }) => steps.compareAndSwap(key, swap).catch(explained)),
    async getMany(keys) {
      if (keys.length === 0) return []
      const found = new Map<unknown, SqlRow>()
      const all = sql.readMany([...new Set(keys)])
      for (const row of await ready(({ session }) => session.read(all).catch(explained)))
        found.set(row.key, row)
      return keys.map((key) => orUnseen(found.get(storedKey(key, LONGEST_KEY))))
    },
    transaction: (work, how) =>
      ready(({ common }) => transact(common, (inside) => ledgerSteps(inside, sql), work, how)),
  }
}

function explained(error: unknown): never {
  throw schemaError(LEDGER, 'Its table was there before', error)
}

function checkOptions(options: MysqlLedgerOptions): MysqlLedgerOptions {
  for (const [name, value] of Object.entries(options)) {
    const fix = `mysqlLedger takes ${OPTIONS.join(', ')}.`
    if (!OPTIONS.includes(name)) throw optionError(name, value, fix, 'ERR_OPTION_UNKNOWN')
  }
  const create: unknown = options.create
  if (create !== undefined && typeof create !== 'boolean')
    throw optionError('create', create, 'Give true or false.')
  const epoch: unknown = options.epoch
  if (epoch !== undefined && (typeof epoch !== 'string' || !/^[0-9a-z]{1,32}$/.test(epoch)))
    throw optionError('epoch', epoch, 'Give 1 to 32 characters of a to z and 0 to 9.')
  return options
}
