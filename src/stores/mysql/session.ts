import type { SqlRow } from '../sql/ledger-row.js'
import { inTime } from '../sql/in-time.js'
import { ask, isPool, rowsOf } from './client.js'
import type { MysqlConnection, MysqlPool, MysqlPoolConnection, MysqlQueries, Reading } from './client.js'
import { transactionMistake, undisturbed, unsupported } from './errors.js'
import { FOREIGN, ownBlock, ownRead, rowsOfBlock, sharedBlock, submit, type Way } from './script.js'

/** Where the statements of a store run: each write for itself, or all in one transaction of the application's. */
export interface Session {
  /** whether `write` takes one trip, however many its statements are */
  readonly oneTrip: boolean
  /** in a transaction, where a plain SELECT may tell of a state that is over */
  readonly inside: boolean
  /** one statement that reads */
  read(statement: string): Promise<readonly SqlRow[]>
  /**
   * statements that happen wholly or not at all, and the rows of the one that has any. `required`: the last one reads,
   * and where it finds nothing, nothing has happened
   */
  write(statements: readonly string[], required?: boolean): Promise<readonly SqlRow[]>
  /** one statement that writes, and what the server says of it */
  alone(statement: string): Promise<WriteHeader>
}

/** mysql2's ResultSetHeader. */
export interface WriteHeader {
  /** the last value of LAST_INSERT_ID(expression) that the statement came to; 0 without one */
  readonly insertId: number | string
  readonly serverStatus: number
}

/** What sessions of one store have in common. */
export interface SessionOptions {
  /** how messages call the store */
  readonly store: string
  readonly way: Way
  readonly reading: Reading
}

/** Each write in a transaction of its own. */
export function ownSession(client: MysqlPool | MysqlConnection, options: SessionOptions): Session {
  const { store, way, reading } = options
  const alone = { alone: (statement: string) => undisturbed(() => writeAlone(store, client, statement)) }
  const own = { oneTrip: way !== 'single', inside: false, ...alone }
  if (isPool(client)) {
    return {
      ...own,
      read: (statement) => rowsOf(client, statement, reading),
      write: (statements, required = false) =>
        undisturbed(() => lent(client, (connection) => writeOwn(connection, options, statements, required))),
    }
  }
  const block = (text: string) => undisturbed(() => rowsOfBlock(client, text, reading).catch(foreign(store)))
  return {
    ...own,
    read: (statement) => (way === 'block' ? block(ownRead(statement)) : rowsOf(client, statement, reading)),
    write: (statements, required = false) =>
      way === 'block' ? block(sharedBlock(statements, required)) : Promise.reject(needsPool(store)),
  }
}

/** In the transaction that is open on this connection. `stillOpen` throws once it is over. */
export function insideSession(
  connection: MysqlPoolConnection,
  { way, reading }: SessionOptions,
  stillOpen: () => void,
): Session {
  return {
    oneTrip: way !== 'single',
    inside: true,
    async read(statement) {
      stillOpen()
      return rowsOf(connection, statement, reading)
    },
    async write(statements, required = false) {
      stillOpen()
      if (!required) return submit(connection, way, statements, reading)
      const rows = await submit(connection, way, [`SAVEPOINT ${BEFORE}`, ...statements], reading)
      if (rows.length === 0) await ask(connection, `ROLLBACK TO SAVEPOINT ${BEFORE}`, reading)
      return rows
    },
    async alone(statement) {
      stillOpen()
      return (await ask(connection, statement, reading)) as WriteHeader
    },
  }
}

const BEFORE = '`express-if-match: before this`'

/** A connection of the pool's, for as long as `work` takes; it goes back with no transaction open, or not at all. */
export async function lent<T>(
  pool: MysqlPool,
  work: (connection: MysqlPoolConnection) => Promise<T>,
): Promise<T> {
  const connection = await pool.getConnection()
  let result
  try {
    result = await work(connection)
  } catch (error) {
    await inTime(ask(connection, 'ROLLBACK', 'plainly')).then(
      () => connection.release(),
      () => connection.destroy(),
    )
    throw error
  }
  connection.release()
  return result
}

async function writeOwn(
  connection: MysqlPoolConnection,
  { store, way, reading }: SessionOptions,
  statements: readonly string[],
  required: boolean,
): Promise<readonly SqlRow[]> {
  if (way === 'block')
    return rowsOfBlock(connection, ownBlock(statements, required), reading).catch(foreign(store))
  const begun = ['START TRANSACTION', ...statements]
  if (!required) return submit(connection, way, [...begun, 'COMMIT'], reading)
  const rows = await submit(connection, way, begun, reading)
  await ask(connection, rows.length === 0 ? 'ROLLBACK' : 'COMMIT', reading)
  return rows
}

/** SERVER_STATUS_IN_TRANS, after a statement that should have been committed by itself */
const IN_TRANSACTION = 1

async function writeAlone(store: string, client: MysqlQueries, statement: string): Promise<WriteHeader> {
  const header = (await ask(client, statement, 'plainly')) as WriteHeader
  if ((header.serverStatus & IN_TRANSACTION) !== 0) throw foreignError(store)
  return header
}

function foreign(store: string): (error: unknown) => never {
  return (error) => {
    throw error instanceof Error && error.message === FOREIGN ? foreignError(store, error) : error
  }
}

function foreignError(store: string, cause?: unknown): Error {
  const what =
    'a transaction is open on this connection, and what is written now would go with its rollback. Hand over a Pool; inside a transaction use the steps that it hands over'
  return transactionMistake(store, what, cause)
}

function needsPool(store: string): Error {
  return unsupported(
    store,
    'MySQL writes a row and tells of it in several statements, between which others may come on a connection that they share. Hand over a Pool',
  )
}
