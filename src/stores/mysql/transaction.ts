import type { IfMatchError } from '../../core/errors.js'
import type { MaybePromise, TransactionOptions } from '../../core/ledger.js'
import { refusal } from '../../core/refusal.js'
import { isPool, type MysqlConnection, type MysqlPool, type MysqlPoolConnection } from './client.js'
import { MOST_REPEATS, conflict, errorNumber, isConflict, repeated } from './errors.js'
import { transactionMistake, unsupported } from './errors.js'
import { submit } from './script.js'
import { insideSession, lent, type Session, type SessionOptions } from './session.js'

/** What transactions of one store have in common. */
export interface Transactions extends SessionOptions {
  readonly client: MysqlPool | MysqlConnection
}

/**
 * START TRANSACTION, `work`, COMMIT, on a connection of its own. What `work` threw comes out as it was; where the server
 * ended the transaction for a deadlock or a lock that did not become free, it begins again if it may, else that is
 * `transaction-conflict`.
 */
export async function transact<Steps, T>(
  transactions: Transactions,
  stepsOn: (session: Session) => Steps,
  work: (steps: Steps, client: never) => MaybePromise<T>,
  { repeatable = false }: TransactionOptions = {},
): Promise<T> {
  const { store, client } = transactions
  if (!isPool(client)) throw shared(store)
  const attempt = (connection: MysqlPoolConnection): Promise<T> =>
    within(connection, transactions, (session) => work(stepsOn(session), connection as never))
  try {
    return await repeated(repeatable ? MOST_REPEATS : 0, () => lent(client, attempt))
  } catch (error) {
    throw isConflict(error) ? conflict(error) : error
  }
}

/**
 * It is there until the transaction ends. A statement of the work's that commits by itself, like CREATE TABLE, ends it,
 * and so does a deadlock: all that follows would then be written for good, one by one, and without a word of it.
 */
const MARK = '`express-if-match: begun`'

async function within<T>(
  connection: MysqlPoolConnection,
  options: Transactions,
  work: (session: Session) => MaybePromise<T>,
): Promise<T> {
  const { store, way } = options
  let open = true
  const session = insideSession(connection, options, () => {
    if (!open) throw over(store)
  })
  await submit(connection, way, ['START TRANSACTION', `SAVEPOINT ${MARK}`], 'plainly')
  try {
    const result = await work(session)
    open = false
    await submit(connection, way, [`RELEASE SAVEPOINT ${MARK}`, 'COMMIT'], 'plainly')
    return result
  } catch (error) {
    throw errorNumber(error) === NO_SAVEPOINT && !open ? ended(store, error) : error
  } finally {
    open = false
  }
}

/** ER_SP_DOES_NOT_EXIST */
const NO_SAVEPOINT = 1305

function ended(store: string, cause: unknown): IfMatchError {
  const what =
    'the transaction was over before its work: a statement in it commits by itself (CREATE, ALTER, LOCK TABLES …), or has begun or ended one, or the error of a deadlock was passed over. Some of the work may stand'
  return refusal('outcome-unknown', {}, { cause: new Error(`${store}: ${what}`, { cause }) })
}

function over(store: string): IfMatchError {
  return transactionMistake(
    store,
    'this step belongs to a transaction that is over. Await every step, and do not keep them for later',
  )
}

function shared(store: string): IfMatchError {
  return unsupported(
    store,
    'a connection that others share takes part in no transaction, for their statements would be inside it. Hand over a Pool',
  )
}
