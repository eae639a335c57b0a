import { IfMatchError, optionError } from '../../core/errors.js'
import type { MaybePromise, TransactionOptions } from '../../core/ledger.js'
import { refusal } from '../../core/refusal.js'
import { rolledBack } from '../../core/rolled-back.js'
import { inTime } from '../sql/in-time.js'
import { isPGlite, isPool, runOn } from './client.js'
import type { PGliteDatabase, PostgresClient, PostgresPool, PostgresQueries, Run } from './client.js'
import { isUndone, MOST_REPEATS, repeated, sqlState } from './errors.js'

/** How much one transaction sees of the others; see PostgreSQL's manual, 13.2. */
export type Isolation = 'read committed' | 'repeatable read' | 'serializable'

const ISOLATIONS: readonly unknown[] = [undefined, 'read committed', 'repeatable read', 'serializable']

export function checkIsolation(isolation: unknown): void {
  if (ISOLATIONS.includes(isolation)) return
  throw optionError('isolation', isolation, `Give one of ${ISOLATIONS.slice(1).join(', ')}.`)
}

/** What transactions of one store have in common. */
export interface Transactions {
  /** how messages call the store */
  readonly store: string
  readonly client: PostgresClient
  /** undefined: what the database says, which is `read committed` unless somebody changed it */
  readonly isolation: Isolation | undefined
}

/** The type of the client is that of `TransactionClient`: the pool's own, or PGlite's. */
type Work<Steps, T> = (steps: Steps, client: never) => MaybePromise<T>

/**
 * BEGIN, `work`, COMMIT, on a connection of its own. What `work` threw comes out as it was; where PostgreSQL ended the
 * transaction for a deadlock or a serialization failure, it begins again if it may, else that is `transaction-conflict`.
 */
export function transact<Steps, T>(
  transactions: Transactions,
  stepsOn: (run: Run) => Steps,
  work: Work<Steps, T>,
  { repeatable = false }: TransactionOptions = {},
): Promise<T> {
  const { store, client } = transactions
  const inside = (own: PostgresQueries): Promise<T> => workOn(store, own, stepsOn, work)
  const attempt = isPool(client)
    ? () => onPool(transactions, client, inside)
    : isPGlite(client)
      ? () => onPGlite(transactions, client, inside)
      : () => Promise.reject(shared(store))
  return repeated(repeatable ? MOST_REPEATS : 0, attempt)
}

async function workOn<Steps, T>(
  store: string,
  client: PostgresQueries,
  stepsOn: (run: Run) => Steps,
  work: Work<Steps, T>,
): Promise<T> {
  let open = true
  const run = runOn(client)
  const steps = stepsOn((text, values) => (open ? run(text, values) : Promise.reject(over(store))))
  try {
    return await work(steps, client as never)
  } finally {
    open = false
  }
}

/**
 * To COMMIT where a statement has failed, PostgreSQL answers as if all was well, and rolls back; so it does, nearly,
 * where no transaction is open any more. A savepoint is refused in both, and whatever follows it too.
 */
const SAVEPOINT = 'SAVEPOINT if_match_end'

async function onPool<T>(
  { store, isolation }: Transactions,
  pool: PostgresPool,
  inside: (client: PostgresQueries) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  const { on, off } = client as Partial<NodeJS.EventEmitter>
  let broken: Error | undefined
  // a connection that is lost while nobody waits for an answer tells of it, and ends the process if nobody listens
  const lose = (error: Error): void => {
    broken = error
  }
  on?.call(client as never, 'error', lose)
  try {
    await client.query(isolation === undefined ? 'BEGIN' : `BEGIN ISOLATION LEVEL ${isolation}`)
    const result = await inside(client)
    // one trip for both
    await client.query(`${SAVEPOINT}; COMMIT`).catch(uncommitted(store))
    return result
  } catch (error) {
    await inTime(client.query('ROLLBACK')).catch(lose)
    throw error
  } finally {
    off?.call(client as never, 'error', lose)
    client.release(broken)
  }
}

function onPGlite<T>(
  { store, isolation }: Transactions,
  client: PGliteDatabase,
  inside: (client: PostgresQueries) => Promise<T>,
): Promise<T> {
  let committing = false
  const done = client.transaction(async (own) => {
    if (isolation !== undefined) await own.query(`SET TRANSACTION ISOLATION LEVEL ${isolation}`)
    const result = await inside(own)
    await own.query(SAVEPOINT).catch(uncommitted(store))
    committing = true
    return result
  })
  return done.catch((error: unknown) => {
    throw committing && isUndone(error) ? rolledBack(error) : error
  })
}

function uncommitted(store: string): (error: unknown) => never {
  return (error) => {
    const state = sqlState(error)
    // in_failed_sql_transaction
    if (state === '25P02') {
      throw new IfMatchError(
        'ERR_NOT_WRITTEN',
        `${store}: a statement inside the transaction failed, and its work went on: PostgreSQL has undone all of it. Let the error pass, or set a savepoint before what may fail (ERR_NOT_WRITTEN, see docs/errors.md)`,
        { cause: error },
      )
    }
    // no_active_sql_transaction
    if (state === '25P01') {
      const what = 'the work of a transaction has ended it: leave COMMIT and ROLLBACK to the store'
      const cause = new Error(`${store}: ${what}`, { cause: error })
      throw refusal('outcome-unknown', {}, { cause })
    }
    throw isUndone(error) ? rolledBack(error) : error
  }
}

function over(store: string): IfMatchError {
  return new IfMatchError(
    'ERR_TRANSACTION_ASYNC',
    `${store}: this step belongs to a transaction that is over. Await every step, and do not keep them for later (ERR_TRANSACTION_ASYNC, see docs/errors.md)`,
  )
}

function shared(store: string): IfMatchError {
  return new IfMatchError(
    'ERR_WRITE_UNSUPPORTED',
    `${store}: a connection that others share takes part in no transaction, for their statements would be inside it. Hand over a Pool (ERR_WRITE_UNSUPPORTED, see docs/errors.md)`,
  )
}
