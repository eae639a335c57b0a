import { randomBytes } from 'node:crypto'
import { optionError } from '../../core/errors.js'
import type { Ledger, LedgerSteps, Swap, SwapResult } from '../../core/ledger.js'
import { unseen, type LedgerRecord } from '../../core/record.js'
import { recordOf } from '../sql/ledger-row.js'
import { storedKey } from '../sql/stored-key.js'
import { checkDatabase, isInMemory, useWriteAheadLog, waitWhenBusy } from './connection.js'
import { rows, write, type SqliteDatabase, type SqliteRow } from './database.js'
import { swapParams, swapUnseenParams } from './ledger-row.js'
import { LEDGER_TABLE, prepareSchema, prepareStatements, type LedgerStatements } from './ledger-sql.js'
import { IN_MEMORY_PROMISES, LEDGER_PROMISES } from './promises.js'
import { quoted } from './quote.js'
import { refuseForeign, transact } from './transaction.js'

export interface SqliteLedgerOptions {
  /** the ledger's own table; `if_match_ledger` */
  readonly table?: string
  /** creates the table where it is not there; `true`. With `false` a missing one is an error that shows the DDL */
  readonly create?: boolean
  /** switches the file to write-ahead logging, under which readers and a writer do not wait for each other; `true` */
  readonly wal?: boolean
  /** ms that a statement waits for another connection's lock; 5000 where the connection has no timeout of its own */
  readonly busyTimeout?: number
}

/** The steps of a ledger, answered at once. */
export interface SqliteLedgerSteps extends LedgerSteps {
  get(key: string): LedgerRecord
  compareAndSwap(key: string, swap: Swap): SwapResult
}

/** A ledger in a SQLite database, answered at once. */
export interface SqliteLedger<Db extends SqliteDatabase = SqliteDatabase> extends Ledger<Db> {
  get(key: string): LedgerRecord
  getMany(keys: readonly string[]): readonly LedgerRecord[]
  compareAndSwap(key: string, swap: Swap): SwapResult
  /** `work` must be synchronous, and may not be called inside another transaction: ERR_TRANSACTION_ASYNC */
  transaction<T>(work: (steps: SqliteLedgerSteps, db: Db) => T): T
}

const OPTIONS = ['table', 'create', 'wal', 'busyTimeout']

/**
 * A ledger beside the application's data. The connection stays the application's: it closes it, and may use it for
 * its own tables; several processes may share one file. The table is looked for, or made, right away.
 */
export function sqliteLedger<Db extends SqliteDatabase>(
  db: Db,
  options: SqliteLedgerOptions = {},
): SqliteLedger<Db> {
  const { table = LEDGER_TABLE, create = true, wal = true, busyTimeout } = checkOptions(options)
  checkDatabase('sqliteLedger(db)', db)
  waitWhenBusy(db, busyTimeout)
  const inMemory = isInMemory(db)
  if (wal && !inMemory) useWriteAheadLog(db)
  prepareSchema(db, table, create)
  const statements = prepareStatements(db, table)
  const steps = stepsOn(db, statements)
  const alone = (): void => {
    refuseForeign('sqlite ledger', db)
  }

  return {
    name: 'sqlite',
    promises: inMemory ? IN_MEMORY_PROMISES : LEDGER_PROMISES,
    // counts that end with the connection must not be taken for those of the next one (P2)
    epoch: inMemory ? randomBytes(8).toString('hex') : '',
    get(key) {
      alone()
      return steps.get(key)
    },
    compareAndSwap(key, swap) {
      alone()
      return steps.compareAndSwap(key, swap)
    },
    getMany(keys) {
      alone()
      const stored = keys.map((key) => storedKey(key))
      const found = new Map<unknown, SqliteRow>()
      for (const row of rows(statements.readMany, [JSON.stringify(stored)])) found.set(row.key, row)
      return stored.map((key) => orUnseen(found.get(key)))
    },
    transaction(work) {
      return transact(
        'sqlite ledger',
        db,
        (stillOpen) => ({
          get(key: string) {
            stillOpen()
            return steps.get(key)
          },
          compareAndSwap(key: string, swap: Swap) {
            stillOpen()
            return steps.compareAndSwap(key, swap)
          },
        }),
        work,
      )
    },
  }
}

function stepsOn(db: SqliteDatabase, { read, swap: known, swapUnseen }: LedgerStatements): SqliteLedgerSteps {
  const get = (key: string): LedgerRecord => orUnseen(rows(read, [storedKey(key)])[0])
  return {
    get,
    compareAndSwap(key, swap) {
      const { count, token, beat } = swap.from
      const stored = storedKey(key)
      const [row] =
        count === 0 && token === null && beat === 0
          ? write(db, swapUnseen, swapUnseenParams(stored, swap))
          : write(db, known, swapParams(stored, swap))
      if (row !== undefined) return { swapped: true, record: recordOf('sqlite ledger', row) }
      // read after the swap was refused, so never older than what refused it; another process may have gone on since
      return { swapped: false, record: get(key) }
    },
  }
}

function orUnseen(row: SqliteRow | undefined): LedgerRecord {
  return row === undefined ? unseen() : recordOf('sqlite ledger', row)
}

function checkOptions(options: SqliteLedgerOptions): SqliteLedgerOptions {
  for (const name of Object.keys(options)) {
    if (OPTIONS.includes(name)) continue
    const fix = `sqliteLedger takes ${OPTIONS.join(', ')}.`
    throw optionError(name, (options as Record<string, unknown>)[name], fix, 'ERR_OPTION_UNKNOWN')
  }
  for (const name of ['create', 'wal'] as const) {
    const value: unknown = options[name]
    if (value !== undefined && typeof value !== 'boolean')
      throw optionError(name, value, 'Give true or false.')
  }
  if (options.table !== undefined) quoted('table', options.table)
  return options
}
