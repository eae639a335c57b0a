import { randomBytes } from 'node:crypto'
import { optionError } from '../../core/errors.js'
import type {
  Ledger,
  LedgerSteps,
  MaybePromise,
  Swap,
  SwapResult,
  TransactionOptions,
} from '../../core/ledger.js'
import { unseen, type LedgerRecord } from '../../core/record.js'
import { recordOf, type SqlRow } from '../sql/ledger-row.js'
import { checkClient, hasClock, isInMemory, runAlone } from './client.js'
import type { PostgresClient, Run, TransactionClient } from './client.js'
import { ledgerName, prepareLedger, type LedgerPlace } from './ledger-schema.js'
import { keyOf } from './ledger-key.js'
import { ledgerSql, type LedgerSql } from './ledger-sql.js'
import { swapStatement } from './ledger-swap.js'
import { afterOnce } from '../sql/once.js'
import { ledgerPromises } from './promises.js'
import { checkIsolation, transact, type Isolation } from './transaction.js'

export interface PostgresLedgerOptions extends LedgerPlace {
  /** creates the table where it is not there; `true`. With `false` a missing one is an error that shows the DDL */
  readonly create?: boolean
  /**
   * a text of a to z and 0 to 9, at most 32, in front of every version. Change it after an older backup was restored, or
   * a standby took over that lacked the last commits: what they forgot must not match what is counted again
   */
  readonly epoch?: string
  /** of `transaction`; what the database says, `read committed` */
  readonly isolation?: Isolation
}

/** The steps of a ledger, answered with promises. */
export interface PostgresLedgerSteps extends LedgerSteps {
  get(key: string): Promise<LedgerRecord>
  compareAndSwap(key: string, swap: Swap): Promise<SwapResult>
}

/** A ledger in a PostgreSQL database. */
export interface PostgresLedger<Client = unknown> extends PostgresLedgerSteps, Ledger<Client> {
  get(key: string): Promise<LedgerRecord>
  getMany(keys: readonly string[]): Promise<readonly LedgerRecord[]>
  compareAndSwap(key: string, swap: Swap): Promise<SwapResult>
  /** on a connection of its own, which is also handed over; ERR_WRITE_UNSUPPORTED on a Client that others share */
  transaction<T>(
    work: (steps: PostgresLedgerSteps, client: Client) => MaybePromise<T>,
    options?: TransactionOptions,
  ): Promise<T>
}

const OPTIONS = ['table', 'schema', 'create', 'epoch', 'isolation']
const NAME = 'postgres ledger'

/**
 * A ledger beside the application's data, over a Pool of pg, a Client that others share, or PGlite. Whoever made the
 * client closes it. The table is looked for, or made, before the first step.
 */
export function postgresLedger<Client extends PostgresClient>(
  client: Client,
  options: PostgresLedgerOptions = {},
): PostgresLedger<TransactionClient<Client>> {
  checkOptions(options)
  checkClient('postgresLedger(client)', client)
  const { create = true, epoch, isolation } = options
  const sql = ledgerSql(ledgerName(options), hasClock(client))
  const run = runAlone(NAME, client)
  const prepared = afterOnce(() => prepareLedger(run, options, create))
  const steps = stepsOn(run, sql, (key) => run(sql.read, [keyOf(key)]))
  return {
    name: 'postgres',
    promises: ledgerPromises(client),
    // counts that end with the process must not be taken for those of the next one (P2)
    epoch: epoch ?? (isInMemory(client) ? randomBytes(8).toString('hex') : ''),
    get: (key) => prepared(() => steps.get(key)),
    compareAndSwap: (key, swap) => prepared(() => steps.compareAndSwap(key, swap)),
    getMany: (keys) =>
      prepared(async () => {
        const stored = keys.map(keyOf)
        if (stored.length === 0) return []
        const found = new Map<unknown, SqlRow>()
        for (const row of await run(sql.readMany, [[...new Set(stored)]])) found.set(row.key, row)
        return stored.map((key) => orUnseen(found.get(key)))
      }),
    transaction: (work, how) =>
      prepared(() =>
        transact({ store: NAME, client, isolation }, (inside) => stepsInside(inside, sql), work, how),
      ),
  }
}

/**
 * What is read inside a transaction is locked: whoever waited for another writer is then judged by what that one has
 * committed. Read plainly, it would be what both had found, and a swap from there is lost even by a write that names
 * no version (P3).
 */
function stepsInside(run: Run, sql: LedgerSql): PostgresLedgerSteps {
  return stepsOn(run, sql, async (key) => {
    const stored = keyOf(key)
    const rows = await run(sql.lock, [stored])
    return rows.length > 0 ? rows : run(sql.prepare, [stored])
  })
}

function stepsOn(
  run: Run,
  { place }: LedgerSql,
  find: (key: string) => Promise<readonly SqlRow[]>,
): PostgresLedgerSteps {
  const get = (key: string): Promise<LedgerRecord> => find(key).then(([row]) => orUnseen(row))
  return {
    get,
    compareAndSwap(key, swap) {
      const statement = swapStatement(place, key, swap)
      return run(statement.text, statement.values).then(([row]) =>
        row === undefined ? refused(key) : { swapped: true, record: recordOf(NAME, statement.row(row)) },
      )
    },
  }

  async function refused(key: string): Promise<SwapResult> {
    // Read after the swap was refused, so never older than what refused it. To tell it in the same statement would
    // make PostgreSQL plan more than it does: the winner would pay a third of its time (0.67, measured with pg 8
    // and PostgreSQL 15); and a plain SELECT there would tell of the state before the swap.
    return { swapped: false, record: await get(key) }
  }
}

function orUnseen(row: SqlRow | undefined): LedgerRecord {
  return row === undefined ? unseen() : recordOf(NAME, row)
}

function checkOptions(options: PostgresLedgerOptions): void {
  for (const [name, value] of Object.entries(options)) {
    const fix = `postgresLedger takes ${OPTIONS.join(', ')}.`
    if (!OPTIONS.includes(name)) throw optionError(name, value, fix, 'ERR_OPTION_UNKNOWN')
  }
  const create: unknown = options.create
  if (create !== undefined && typeof create !== 'boolean')
    throw optionError('create', create, 'Give true or false.')
  const epoch: unknown = options.epoch
  if (epoch !== undefined && (typeof epoch !== 'string' || !/^[0-9a-z]{1,32}$/.test(epoch)))
    throw optionError('epoch', epoch, 'Give 1 to 32 characters of a to z and 0 to 9.')
  checkIsolation(options.isolation)
}
